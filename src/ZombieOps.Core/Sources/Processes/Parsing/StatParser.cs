namespace ZombieOps.Sources.Processes.Parsing;

/// <summary>The fields of one <c>/proc/PID/stat</c> line that are used (proc_pid_stat(5)).</summary>
internal ref struct StatLine
{
    /// <summary>Field 1.</summary>
    public int Pid;

    /// <summary>Field 2 without its brackets, as the kernel escaped it.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>Field 3.</summary>
    public byte State;

    /// <summary>Field 4.</summary>
    public int ParentPid;

    /// <summary>Field 9, the kernel's flags of the process.</summary>
    public uint Flags;

    /// <summary>Field 20.</summary>
    public int Threads;

    /// <summary>Field 22, in clock ticks after boot.</summary>
    public ulong StartTime;

    /// <summary>Field 38, the signal that its parent gets when it ends (clone(2)); null where the line has none.</summary>
    public int? ExitSignal;

    /// <summary>Field 52, as wait(2) would give it; null where the line has none. 0 also without the right to read it.</summary>
    public int? ExitCode;
}

/// <summary>The same, kept.</summary>
internal readonly struct StatFacts(StatLine line)
{
    /// <summary>Process id.</summary>
    public int Pid { get; } = line.Pid;

    /// <summary>Command name, with the kernel's escapes undone.</summary>
    public string Command { get; } = StatParser.Unescape(line.Name);

    /// <summary>State letter.</summary>
    public char State { get; } = (char)line.State;

    /// <summary>Parent's process id.</summary>
    public int ParentPid { get; } = line.ParentPid;

    /// <summary>Whether it is a thread of the kernel (PF_KTHREAD, include/linux/sched.h).</summary>
    public bool IsKernelThread { get; } = (line.Flags & 0x00200000) != 0;

    /// <summary>Threads that the kernel counts.</summary>
    public int Threads { get; } = line.Threads;

    /// <summary>Start in clock ticks after boot.</summary>
    public ulong StartTime { get; } = line.StartTime;

    /// <summary>Exit signal; see <see cref="StatLine.ExitSignal"/>.</summary>
    public int? ExitSignal { get; } = line.ExitSignal;

    /// <summary>Exit code; see <see cref="StatLine.ExitCode"/>.</summary>
    public int? ExitCode { get; } = line.ExitCode;
}

/// <summary>Reads <c>/proc/PID/stat</c>. Never throws; what is torn or makes no sense is a failure.</summary>
internal static class StatParser
{
    private const int FlagsField = 9;
    private const int ThreadsField = 20;
    private const int StartTimeField = 22;
    private const int ExitSignalField = 38;
    private const int ExitCodeField = 52;

    /// <summary>State and threads only: what the pass over all processes needs.</summary>
    public static bool TryReadState(ReadOnlySpan<byte> stat, out byte state, out int threads)
    {
        state = 0;
        threads = 0;
        if (!TryFindState(stat, out int at))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = stat[at..];
        int field = 3;
        int begin = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            if (rest[i] is not ((byte)' ' or (byte)'\n'))
            {
                continue;
            }

            if (field == ThreadsField)
            {
                state = rest[0];
                return Ascii.TryInt32(rest[begin..i], out threads) && threads >= 0;
            }

            field++;
            begin = i + 1;
        }

        return false;
    }

    /// <summary>All fields that are used.</summary>
    public static bool TryParse(ReadOnlySpan<byte> stat, out StatLine line)
    {
        line = default;
        if (!TryFindState(stat, out int at))
        {
            return false;
        }

        int open = stat.IndexOf((byte)'(');
        if (open < 2 || open > at - 2 || stat[open - 1] != (byte)' ' || !Ascii.TryInt32(stat[..(open - 1)], out line.Pid) || line.Pid <= 0)
        {
            return false;
        }

        line.Name = stat[(open + 1)..(at - 2)];
        line.State = stat[at];

        ReadOnlySpan<byte> rest = stat[(at + 2)..];
        int field = 4;
        while (!rest.IsEmpty && field <= ExitCodeField)
        {
            int end = rest.IndexOfAny((byte)' ', (byte)'\n');
            if (end <= 0)
            {
                return false;
            }

            ReadOnlySpan<byte> text = rest[..end];
            bool last = rest[end] == (byte)'\n';
            rest = rest[(end + 1)..];
            bool good = field switch
            {
                4 => Ascii.TryInt32(text, out line.ParentPid) && line.ParentPid >= 0,
                FlagsField => Ascii.TryDecimal(text, out ulong flags) && (line.Flags = (uint)flags) == flags,
                ThreadsField => Ascii.TryInt32(text, out line.Threads) && line.Threads >= 0,
                StartTimeField => Ascii.TryDecimal(text, out line.StartTime),
                ExitSignalField => TryInt32(text, ref line.ExitSignal),
                ExitCodeField => TryInt32(text, ref line.ExitCode),
                _ => true,
            };
            if (!good || (last && !rest.IsEmpty))
            {
                return false;
            }

            field++;
        }

        return field > StartTimeField;
    }

    /// <summary>Undoes the kernel's escapes (fs/proc/array.c, <c>proc_task_name</c>): <c>\n</c>, <c>\\</c> and octal.</summary>
    public static string Unescape(ReadOnlySpan<byte> name)
    {
        if (!name.Contains((byte)'\\'))
        {
            return Ascii.Text(name);
        }

        Span<byte> plain = name.Length <= 256 ? stackalloc byte[name.Length] : new byte[name.Length];
        int length = 0;
        for (int i = 0; i < name.Length; i++)
        {
            byte c = name[i];
            if (c == (byte)'\\' && i + 1 < name.Length)
            {
                if (name[i + 1] == (byte)'n')
                {
                    c = (byte)'\n';
                    i++;
                }
                else if (name[i + 1] == (byte)'\\')
                {
                    i++;
                }
                else if (i + 3 < name.Length
                    && name.Slice(i + 1, 3).IndexOfAnyExceptInRange((byte)'0', (byte)'7') < 0
                    && name[i + 1] <= (byte)'3')
                {
                    c = (byte)(((name[i + 1] - '0') << 6) | ((name[i + 2] - '0') << 3) | (name[i + 3] - '0'));
                    i += 3;
                }
            }

            plain[length++] = c;
        }

        return Ascii.Text(plain[..length]);
    }

    private static bool TryInt32(ReadOnlySpan<byte> text, ref int? value)
    {
        bool good = Ascii.TryInt32(text, out int number);
        value = number;
        return good;
    }

    /// <summary>
    /// Where the state letter is: after the last bracket, because a name may hold brackets and spaces itself. Only a whole line has
    /// its newline; in a torn one the last bracket may be part of the name.
    /// </summary>
    private static bool TryFindState(ReadOnlySpan<byte> stat, out int at)
    {
        at = 0;
        if (stat.IsEmpty || stat[^1] != (byte)'\n')
        {
            return false;
        }

        int close = stat.LastIndexOf((byte)')');
        if (close < 1 || close + 4 >= stat.Length || stat[close + 1] != (byte)' ' || stat[close + 3] != (byte)' ')
        {
            return false;
        }

        at = close + 2;
        return stat[at] is (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'a' and <= (byte)'z');
    }
}
