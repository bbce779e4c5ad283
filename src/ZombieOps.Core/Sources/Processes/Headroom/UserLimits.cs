using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Sources.Processes.Facts;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Headroom;

/// <summary>
/// Threads of every real user against the lowest soft RLIMIT_NPROC among the user's processes (getrlimit(2)). The kernel does not hold
/// user 0 to it (kernel/fork.c, <c>copy_process</c>), so root has no row.
/// </summary>
internal sealed class UserLimits(ProcDirectory proc, UserNames names, string root)
{
    private const int Bytes = 16384;
    private readonly Dictionary<uint, (long Used, long Dead, long Max)> users = [];
    private int unreadable;

    /// <summary>What could not be read; null where all could.</summary>
    public string? Missing => unreadable == 0 ? null : $"status or limits of {unreadable} processes could not be read";

    /// <summary>Reads <c>status</c> and <c>limits</c> of every process once.</summary>
    public IReadOnlyList<HeadroomRow> Read(CancellationToken cancel)
    {
        byte[] buffer = new byte[Bytes];
        foreach (string entry in Directory.EnumerateDirectories(root))
        {
            cancel.ThrowIfCancellationRequested();
            if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                Add(pid, buffer);
            }
        }

        return [.. users.Where(user => user.Key != 0 && user.Value.Max < long.MaxValue).Select(user => new HeadroomRow
        {
            Scope = "User",
            Name = names.Find(user.Key) ?? user.Key.ToString(CultureInfo.InvariantCulture),
            Limit = "RLIMIT_NPROC",
            Source = $"{root}/*/limits",
            Used = user.Value.Used,
            Max = user.Value.Max,
            Dead = user.Value.Dead,
        })];
    }

    private void Add(int pid, byte[] buffer)
    {
        using ProcDirectory? process = proc.OpenPid(pid, out _);
        if (process is null)
        {
            return;
        }

        ReadOnlySpan<byte> text = process.ReadText("status\0"u8, buffer, out int errno);
        if (errno != 0 || !StatusParser.TryParse(text, out StatusFacts status) || status.UserId is not { } user)
        {
            // One that ended meanwhile counts against nobody.
            unreadable += errno == 0 || Errno.IsDenied(errno) ? 1 : 0;
            return;
        }

        bool dead = text.IndexOf("\nState:\tZ"u8) >= 0 && status.Threads is 1;
        ReadOnlySpan<byte> limits = process.ReadText("limits\0"u8, buffer, out errno);
        unreadable += Errno.IsDenied(errno) ? 1 : 0;
        (long used, long deadSoFar, long max) = users.GetValueOrDefault(user, (0, 0, long.MaxValue));
        users[user] = (used + (status.Threads ?? 1), deadSoFar + (dead ? 1 : 0), Math.Min(max, SoftLimit(limits)));
    }

    /// <summary>The soft "Max processes" (proc_pid_limits(5)); the greatest number for unlimited, and for a zombie, which has no limits.</summary>
    internal static long SoftLimit(ReadOnlySpan<byte> limits)
    {
        ReadOnlySpan<byte> name = "Max processes"u8;
        int at = limits.IndexOf(name);
        if (at < 0)
        {
            return long.MaxValue;
        }

        ReadOnlySpan<byte> rest = limits[(at + name.Length)..].TrimStart((byte)' ');
        int end = rest.IndexOf((byte)' ');
        return end > 0 && Ascii.TryDecimal(rest[..end], out ulong soft) && soft < long.MaxValue ? (long)soft : long.MaxValue;
    }
}
