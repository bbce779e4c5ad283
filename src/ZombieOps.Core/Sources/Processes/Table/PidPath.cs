using System.Buffers.Text;

namespace ZombieOps.Sources.Processes.Table;

/// <summary>Writes and reads the names that procfs gives to processes, without a string.</summary>
internal static class PidPath
{
    /// <summary>Room for <c>task/</c>, ten digits, the longest file name in use and the final zero.</summary>
    public const int Length = 48;

    /// <summary>Writes <c>PREFIX PID SUFFIX \0</c>.</summary>
    public static void Write(Span<byte> path, ReadOnlySpan<byte> prefix, int pid, ReadOnlySpan<byte> suffix)
    {
        prefix.CopyTo(path);
        Utf8Formatter.TryFormat(pid, path[prefix.Length..], out int digits);
        suffix.CopyTo(path[(prefix.Length + digits)..]);
        path[prefix.Length + digits + suffix.Length] = 0;
    }

    /// <summary>A directory entry's name as a process id; 0 for any other name.</summary>
    public static int Parse(ReadOnlySpan<byte> name)
    {
        // Ten digits are the most that an int has; pid_max is at most 2^22 (proc_sys_kernel(5)).
        if (name.Length is 0 or > 10 || name[0] == (byte)'0')
        {
            return 0;
        }

        long value = 0;
        foreach (byte c in name)
        {
            if (c is < (byte)'0' or > (byte)'9')
            {
                return 0;
            }

            value = (value * 10) + (c - '0');
        }

        return value <= int.MaxValue ? (int)value : 0;
    }
}
