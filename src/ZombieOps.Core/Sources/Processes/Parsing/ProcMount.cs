namespace ZombieOps.Sources.Processes.Parsing;

/// <summary>How a procfs is mounted (proc(5), mount options).</summary>
/// <param name="HidePid">0 none, 1 others' files, 2 others' directories, 4 all that may not be traced.</param>
/// <param name="GroupId">Group that <c>hidepid</c> 1 and 2 do not apply to; 0 for none.</param>
/// <param name="PidOnly">Whether everything but processes is hidden (<c>subset=pid</c>).</param>
internal readonly record struct ProcMount(int HidePid, uint GroupId, bool PidOnly);

/// <summary>Finds a procfs in <c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)). Never throws.</summary>
internal static class MountInfoParser
{
    /// <summary>The mount at exactly that path; the last one wins, as it covers the others. False where none is found.</summary>
    public static bool TryFind(ReadOnlySpan<byte> mountInfo, ReadOnlySpan<byte> path, out ProcMount mount)
    {
        mount = default;
        bool found = false;
        while (!mountInfo.IsEmpty)
        {
            int end = mountInfo.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? mountInfo : mountInfo[..end];
            mountInfo = end < 0 ? default : mountInfo[(end + 1)..];

            // id parent device root POINT options [optional]... - TYPE source SUPEROPTIONS
            ReadOnlySpan<byte> rest = line;
            ReadOnlySpan<byte> point = default;
            for (int i = 0; i < 5; i++)
            {
                point = Word(ref rest);
            }

            if (!Same(point, path))
            {
                continue;
            }

            int dash = rest.IndexOf(" - "u8);
            if (dash < 0)
            {
                continue;
            }

            rest = rest[(dash + 3)..];
            ReadOnlySpan<byte> type = Word(ref rest);
            _ = Word(ref rest);
            found = type.SequenceEqual("proc"u8);
            mount = found ? Options(rest) : default;
        }

        return found;
    }

    private static ProcMount Options(ReadOnlySpan<byte> text)
    {
        int hidePid = 0;
        uint group = 0;
        bool pidOnly = false;
        while (!text.IsEmpty)
        {
            int comma = text.IndexOf((byte)',');
            ReadOnlySpan<byte> option = comma < 0 ? text : text[..comma];
            text = comma < 0 ? default : text[(comma + 1)..];
            int equals = option.IndexOf((byte)'=');
            if (equals < 0)
            {
                continue;
            }

            ReadOnlySpan<byte> key = option[..equals];
            ReadOnlySpan<byte> value = option[(equals + 1)..];
            if (key.SequenceEqual("hidepid"u8))
            {
                // Since Linux 5.8 a name may stand for the number; what is not known hides as much as can be hidden.
                hidePid = value.SequenceEqual("off"u8) || value.SequenceEqual("0"u8) ? 0
                    : value.SequenceEqual("noaccess"u8) || value.SequenceEqual("1"u8) ? 1
                    : value.SequenceEqual("invisible"u8) || value.SequenceEqual("2"u8) ? 2
                    : 4;
            }
            else if (key.SequenceEqual("gid"u8) && Ascii.TryDecimal(value, out ulong id) && id <= uint.MaxValue)
            {
                group = (uint)id;
            }
            else if (key.SequenceEqual("subset"u8))
            {
                pidOnly = true;
            }
        }

        return new ProcMount(hidePid, group, pidOnly);
    }

    private static ReadOnlySpan<byte> Word(scoped ref ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return word;
    }

    /// <summary>Compares a mount point with a path; space, tab, newline and backslash are escaped in octal.</summary>
    private static bool Same(ReadOnlySpan<byte> escaped, ReadOnlySpan<byte> path)
    {
        int at = 0;
        for (int i = 0; i < escaped.Length; i++)
        {
            byte c = escaped[i];
            if (c == (byte)'\\' && i + 3 < escaped.Length)
            {
                c = (byte)(((escaped[i + 1] - '0') << 6) | ((escaped[i + 2] - '0') << 3) | (escaped[i + 3] - '0'));
                i += 3;
            }

            if (at >= path.Length || path[at++] != c)
            {
                return false;
            }
        }

        return at == path.Length;
    }
}
