using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Table;

namespace ZombieOps.Sources.Processes.Facts;

/// <summary>Looks at every thread of a process whose first thread is dead.</summary>
/// <param name="AllDead">Whether every thread is in state <c>Z</c> or <c>X</c>; null where that could not be told.</param>
/// <param name="Says">What was seen, one sentence.</param>
internal readonly record struct ThreadScan(bool? AllDead, string Says)
{
    private const int ListBytes = 8192;
    private const int StatBytes = 2048;

    /// <summary>Looks twice: a thread that was not seen yet may have made another one behind the reader's back.</summary>
    public static ThreadScan Read(ProcDirectory process)
    {
        for (int look = 0; look < 2; look++)
        {
            ThreadScan scan = ReadOnce(process);
            if (scan.AllDead != true || look == 1)
            {
                return scan;
            }
        }

        return default;
    }

    private static unsafe ThreadScan ReadOnce(ProcDirectory process)
    {
        using ProcDirectory? tasks = process.OpenBelow("task\0"u8, out int errno);
        if (tasks is null)
        {
            return new ThreadScan(null, $"the threads could not be listed ({Errno.Name(errno)})");
        }

        byte* list = stackalloc byte[ListBytes];
        Span<byte> stat = stackalloc byte[StatBytes];
        Span<byte> path = stackalloc byte[PidPath.Length];
        int dead = 0;
        string? unread = null;
        while (true)
        {
            int bytes = ProcNative.GetDents(tasks.Descriptor, list, ListBytes);
            if (bytes < 0)
            {
                return new ThreadScan(null, $"the threads could not be listed to the end ({Errno.Name(-bytes)})");
            }

            if (bytes == 0)
            {
                break;
            }

            var entries = new PidEntries(new ReadOnlySpan<byte>(list, bytes));
            while (entries.Next(out int tid))
            {
                PidPath.Write(path, default, tid, "/stat"u8);
                int count = tasks.Read(path, stat);
                if (count < 0 && Errno.IsGone(-count))
                {
                    continue;
                }

                if (count < 0 || !StatParser.TryReadState(stat[..count], out byte state, out _))
                {
                    unread ??= $"thread {tid} could not be read ({(count < 0 ? Errno.Name(-count) : "torn")})";
                }
                else if (state is (byte)'Z' or (byte)'X' or (byte)'x')
                {
                    dead++;
                }
                else
                {
                    return new ThreadScan(false, $"thread {tid} is alive (state {(char)state}): the program runs, only its first thread has ended");
                }
            }
        }

        return unread is not null ? new ThreadScan(null, unread)
            : dead == 0 ? new ThreadScan(null, "no thread was listed")
            : new ThreadScan(true, dead == 1 ? "the only thread is dead" : $"all {dead} threads are dead");
    }
}
