using System.Runtime.CompilerServices;

namespace ZombieOps.Sources.Processes.Table;

/// <summary>Walks the process ids in a buffer that getdents64(2) has filled.</summary>
internal ref struct PidEntries(ReadOnlySpan<byte> entries)
{
    // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name with a final zero.
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;
    private const byte TypeUnknown = 0;
    private const byte TypeDirectory = 4;

    private ReadOnlySpan<byte> rest = entries;

    /// <summary>The next process id; false at the end.</summary>
    public bool Next(out int pid)
    {
        while (rest.Length > NameOffset)
        {
            int length = Unsafe.ReadUnaligned<ushort>(in rest[LengthOffset]);
            if (length <= NameOffset || length > rest.Length)
            {
                break;
            }

            ReadOnlySpan<byte> entry = rest[..length];
            rest = rest[length..];
            if (entry[TypeOffset] is not (TypeDirectory or TypeUnknown))
            {
                continue;
            }

            ReadOnlySpan<byte> name = entry[NameOffset..];
            int end = name.IndexOf((byte)0);
            pid = PidPath.Parse(end < 0 ? name : name[..end]);
            if (pid != 0)
            {
                return true;
            }
        }

        rest = default;
        pid = 0;
        return false;
    }
}
