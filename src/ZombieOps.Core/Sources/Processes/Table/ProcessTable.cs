using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Table;

/// <summary>
/// One pass over the process table: one read of <c>stat</c> a process, no managed allocation for a process that lives. Workers
/// take turns at listing and read what they have listed, so that listing and reading go on at the same time.
/// </summary>
internal sealed unsafe class ProcessTable
{
    // 250 to 340 entries: small enough to share the work out evenly, large enough that taking turns costs nothing.
    private const int ListBytes = 8192;

    // The longest line a kernel writes: 64 bytes of name, 51 fields of at most 20 digits.
    private const int StatBytes = 2048;

    private readonly int procFd;
    private readonly int workers;
    private readonly CancellationToken cancel;
    private readonly object gate = new();
    private readonly List<StatFacts> candidates = [];
    private bool listed;
    private int listError;
    private int processes;
    private long threads;
    private int vanished;
    private int unreadable;
    private int torn;
    private (int Pid, int Errno)? firstUnreadable;

    private ProcessTable(int procFd, int workers, CancellationToken cancel)
    {
        this.procFd = procFd;
        this.workers = workers;
        this.cancel = cancel;
    }

    /// <summary>Makes the pass.</summary>
    /// <param name="procFd">Descriptor of the procfs root, at its beginning.</param>
    /// <param name="workers">Threads to use at most, the caller's among them.</param>
    /// <param name="cancel">Honoured between batches.</param>
    public static TableResult Scan(int procFd, int workers, CancellationToken cancel)
    {
        var table = new ProcessTable(procFd, workers, cancel);
        table.Run();
        cancel.ThrowIfCancellationRequested();
        table.candidates.Sort(static (a, b) => a.Pid.CompareTo(b.Pid));
        return new TableResult
        {
            Processes = table.processes,
            Threads = table.threads,
            Vanished = table.vanished,
            Unreadable = table.unreadable,
            Torn = table.torn,
            FirstUnreadable = table.firstUnreadable,
            ListError = table.listError,
            Candidates = table.candidates,
        };
    }

    private void Run()
    {
        byte* first = stackalloc byte[ListBytes];
        int bytes = List(first);
        if (bytes == 0)
        {
            return;
        }

        // A host whose list fits into one buffer is read faster than a thread starts.
        if (workers <= 1 || bytes < ListBytes / 2)
        {
            var alone = new Tally(this);
            alone.ReadAll(first, bytes);
            alone.Work();
            return;
        }

        int waiting = bytes;
        Workers.Run(workers, () =>
        {
            var tally = new Tally(this);
            int mine = Interlocked.Exchange(ref waiting, 0);
            if (mine > 0)
            {
                // Safe: the thread that owns this stack frame waits until all workers have ended.
                tally.ReadAll(first, mine);
            }

            tally.Work();
        });
    }

    /// <summary>The next entries; 0 at the end of the list.</summary>
    private int List(byte* buffer)
    {
        lock (gate)
        {
            if (listed || cancel.IsCancellationRequested)
            {
                return 0;
            }

            int bytes = ProcNative.GetDents(procFd, buffer, ListBytes);
            if (bytes <= 0)
            {
                listed = true;
                listError = -bytes;
                return 0;
            }

            return bytes;
        }
    }

    /// <summary>One worker's counts; added up under the lock at its end.</summary>
    private struct Tally(ProcessTable table)
    {
        private List<StatFacts>? found;
        private int processes;
        private long threads;
        private int vanished;
        private int unreadable;
        private int torn;
        private (int Pid, int Errno)? first;

        /// <summary>Lists and reads until the list has ended, then adds up.</summary>
        public void Work()
        {
            byte* list = stackalloc byte[ListBytes];
            int bytes;
            while ((bytes = table.List(list)) > 0)
            {
                ReadAll(list, bytes);
            }

            lock (table.gate)
            {
                if (found is not null)
                {
                    table.candidates.AddRange(found);
                }

                table.processes += processes;
                table.threads += threads;
                table.vanished += vanished;
                table.unreadable += unreadable;
                table.torn += torn;
                if (first is { } mine && (table.firstUnreadable is not { } other || mine.Pid < other.Pid))
                {
                    table.firstUnreadable = mine;
                }
            }
        }

        public void ReadAll(byte* list, int bytes)
        {
            byte* path = stackalloc byte[PidPath.Length];
            byte* stat = stackalloc byte[StatBytes];
            var entries = new PidEntries(new ReadOnlySpan<byte>(list, bytes));
            while (entries.Next(out int pid))
            {
                PidPath.Write(new Span<byte>(path, PidPath.Length), default, pid, "/stat"u8);
                int fd = ProcNative.OpenAt(table.procFd, path);
                int count = fd;
                if (fd >= 0)
                {
                    count = ProcNative.Read(fd, stat, StatBytes);
                    ProcNative.Close(fd);
                }

                if (count < 0 && Errno.IsGone(-count))
                {
                    vanished++;
                    continue;
                }

                processes++;
                if (count < 0)
                {
                    unreadable++;
                    Unseen(pid, -count);
                    continue;
                }

                Judge(pid, new ReadOnlySpan<byte>(stat, count));
            }
        }

        private void Judge(int pid, ReadOnlySpan<byte> stat)
        {
            if (!StatParser.TryReadState(stat, out byte state, out int count))
            {
                torn++;
                Unseen(pid, 0);
                return;
            }

            threads += count;
            if (state != (byte)'Z')
            {
                return;
            }

            if (StatParser.TryParse(stat, out StatLine line) && line.Pid == pid)
            {
                (found ??= []).Add(new StatFacts(line));
            }
            else
            {
                torn++;
                Unseen(pid, 0);
            }
        }

        private void Unseen(int pid, int errno)
        {
            if (first is not { } other || pid < other.Pid)
            {
                first = (pid, errno);
            }
        }
    }
}
