namespace ZombieOps.Sources.Processes.Parsing;

/// <summary>The fields of <c>/proc/PID/status</c> that are used (proc_pid_status(5)). A null was not there or could not be read.</summary>
internal struct StatusFacts
{
    /// <summary>State letter.</summary>
    public byte? State;

    /// <summary>Real user id, first number of <c>Uid</c>.</summary>
    public uint? UserId;

    /// <summary>File system group id, last number of <c>Gid</c>.</summary>
    public uint? FileGroupId;

    /// <summary>Supplementary groups; null where they could not be read.</summary>
    public uint[]? Groups;

    /// <summary>Thread group that the process or thread belongs to.</summary>
    public int? ThreadGroup;

    /// <summary>Parent.</summary>
    public int? ParentPid;

    /// <summary>Tracer, 0 for none. It may be a single thread of the tracing process.</summary>
    public int? TracerPid;

    /// <summary>Threads.</summary>
    public int? Threads;

    /// <summary>Process ids, from procfs' own PID namespace inwards.</summary>
    public int[]? NamespacePids;

    /// <summary>Ignored signals, bit n-1 for signal n.</summary>
    public ulong? SignalsIgnored;

    /// <summary>Caught signals.</summary>
    public ulong? SignalsCaught;

    /// <summary>Effective capabilities.</summary>
    public ulong? Capabilities;

    /// <summary>Seccomp mode.</summary>
    public int? Seccomp;
}

/// <summary>Reads <c>/proc/PID/status</c>. Never throws.</summary>
internal static class StatusParser
{
    // Far above the kernel's 32 levels of PID namespaces and any group list worth reading in full.
    private const int MostNumbers = 65536;

    /// <summary>
    /// Reads the fields. False where a field that is there makes no sense, is there twice or the last line is torn: then nothing
    /// in it may be relied on. A field that is missing stays null.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> status, out StatusFacts facts)
    {
        facts = default;
        if (status.IsEmpty || status[^1] != (byte)'\n')
        {
            return false;
        }

        while (!status.IsEmpty)
        {
            int end = status.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = status[..end];
            status = status[(end + 1)..];
            int colon = line.IndexOf((byte)':');
            if (colon > 0 && !Field(line[..colon], line[(colon + 1)..].Trim(" \t"u8), ref facts))
            {
                facts = default;
                return false;
            }
        }

        return true;
    }

    private static bool Field(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ref StatusFacts facts) => key switch
    {
        _ when key.SequenceEqual("State"u8) => Letter(value, ref facts.State),
        _ when key.SequenceEqual("Uid"u8) => Nth(value, 0, ref facts.UserId),
        _ when key.SequenceEqual("Gid"u8) => Nth(value, 3, ref facts.FileGroupId),
        _ when key.SequenceEqual("Groups"u8) => UInts(value, ref facts.Groups),
        _ when key.SequenceEqual("Tgid"u8) => Int(value, ref facts.ThreadGroup),
        _ when key.SequenceEqual("PPid"u8) => Int(value, ref facts.ParentPid),
        _ when key.SequenceEqual("TracerPid"u8) => Int(value, ref facts.TracerPid),
        _ when key.SequenceEqual("Threads"u8) => Int(value, ref facts.Threads),
        _ when key.SequenceEqual("NSpid"u8) => Ints(value, ref facts.NamespacePids),
        _ when key.SequenceEqual("SigIgn"u8) => Mask(value, ref facts.SignalsIgnored),
        _ when key.SequenceEqual("SigCgt"u8) => Mask(value, ref facts.SignalsCaught),
        _ when key.SequenceEqual("CapEff"u8) => Mask(value, ref facts.Capabilities),
        _ when key.SequenceEqual("Seccomp"u8) => Int(value, ref facts.Seccomp),
        _ => true,
    };

    private static bool Letter(ReadOnlySpan<byte> value, ref byte? field)
    {
        // A letter, a space and the word for it.
        bool good = field is null & value.Length > 2 && char.IsAsciiLetter((char)value[0]) && value[1] == (byte)' ';
        field = good ? value[0] : null;
        return good;
    }

    private static bool Int(ReadOnlySpan<byte> value, ref int? field)
    {
        bool good = field is null & Ascii.TryInt32(value, out int number) && number >= 0;
        field = number;
        return good;
    }

    private static bool Mask(ReadOnlySpan<byte> value, ref ulong? field)
    {
        bool good = field is null & Ascii.TryHex(value, out ulong number);
        field = number;
        return good;
    }

    private static bool Nth(ReadOnlySpan<byte> value, int index, ref uint? field)
    {
        if (field is not null)
        {
            return false;
        }

        for (; Word(ref value, out ReadOnlySpan<byte> word); index--)
        {
            if (!Ascii.TryDecimal(word, out ulong number) || number > uint.MaxValue)
            {
                return false;
            }

            if (index == 0)
            {
                field = (uint)number;
                return true;
            }
        }

        return false;
    }

    private static bool Ints(ReadOnlySpan<byte> value, ref int[]? field)
    {
        uint[]? numbers = null;
        if (field is not null || !UInts(value, ref numbers) || numbers is not { Length: > 0 } || Array.Exists(numbers, n => n > int.MaxValue))
        {
            return false;
        }

        field = Array.ConvertAll(numbers, static number => (int)number);
        return true;
    }

    private static bool UInts(ReadOnlySpan<byte> value, ref uint[]? field)
    {
        if (field is not null)
        {
            return false;
        }

        int count = 0;
        ReadOnlySpan<byte> rest = value;
        while (Word(ref rest, out ReadOnlySpan<byte> word))
        {
            if (!Ascii.TryDecimal(word, out ulong number) || number > uint.MaxValue || ++count > MostNumbers)
            {
                return false;
            }
        }

        field = new uint[count];
        for (int i = 0; i < count; i++)
        {
            _ = Word(ref value, out ReadOnlySpan<byte> word);
            _ = Ascii.TryDecimal(word, out ulong number);
            field[i] = (uint)number;
        }

        return true;
    }

    /// <summary>The next word and what follows it.</summary>
    private static bool Word(scoped ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> word)
    {
        text = text.TrimStart(" \t"u8);
        int end = text.IndexOfAny((byte)' ', (byte)'\t');
        word = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[end..];
        return !word.IsEmpty;
    }
}
