using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Table;

namespace ZombieOps.Sources.Processes.Facts;

/// <summary>Turns clock ticks after boot into times of day, with <c>btime</c> of <c>/proc/stat</c> (proc_stat(5)).</summary>
internal sealed class BootTime(ProcDirectory proc)
{
    // The line of interrupts alone takes 20 KB and more on a large host.
    private const int MostBytes = 4 << 20;

    private readonly Lazy<DateTimeOffset?> boot = new(() => Read(proc));
    private readonly long ticks = ProcNative.ClockTicks();

    /// <summary>When a process with that start time began (UTC, to the second); null where it could not be told.</summary>
    public DateTimeOffset? At(ulong startTime)
    {
        if (boot.Value is not { } begin)
        {
            return null;
        }

        double seconds = startTime / (double)ticks;
        return seconds < (DateTimeOffset.MaxValue - begin).TotalSeconds - 1 ? begin.AddSeconds(seconds) : null;
    }

    private static DateTimeOffset? Read(ProcDirectory proc)
    {
        ReadOnlySpan<byte> text = proc.ReadAll("stat\0"u8, MostBytes, out _);
        int at = text.IndexOf("\nbtime "u8);
        if (at < 0)
        {
            return null;
        }

        text = text[(at + "\nbtime ".Length)..];
        int end = text.IndexOf((byte)'\n');
        return end > 0 && Ascii.TryDecimal(text[..end], out ulong seconds) && seconds < 253402300800UL
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;
    }
}
