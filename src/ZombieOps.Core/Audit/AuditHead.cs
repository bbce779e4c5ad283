using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit;

/// <summary>
/// The file <c>head</c>: how far the log had come after the last group. It is written over in one piece of fixed size and is not
/// flushed, so after a power loss it may be behind; it can never be ahead of a log that nobody has cut.
/// </summary>
internal readonly record struct AuditHead(long Sequence, string Hash, string Segment, long Length)
{
    private const int Size = 160;

    /// <summary>The head of a log without records.</summary>
    public static AuditHead Empty { get; } = new(0, AuditLine.NoHash, "-", 0);

    /// <summary>Reads it. False where there is none or where it is no head.</summary>
    public static bool TryRead(string directory, out AuditHead head)
    {
        head = default;
        try
        {
            using SafeFileHandle file = Posix.OpenFile(AuditPaths.Head(directory), Posix.ReadOnly);
            return TryRead(file, out head);
        }
        catch (PosixException missing) when (missing.Errno == Posix.ENOENT)
        {
            return false;
        }
    }

    /// <summary>Reads it from an open file.</summary>
    public static bool TryRead(SafeFileHandle file, out AuditHead head)
    {
        head = default;
        Span<byte> bytes = stackalloc byte[Size + 1];
        int length = RandomAccess.Read(file, bytes, 0);
        if (length != Size || bytes[Size - 1] != (byte)'\n')
        {
            return false;
        }

        string[] words = Encoding.ASCII.GetString(bytes[..Size]).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 4
            || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            || words[1].Length != AuditLine.NoHash.Length
            || !long.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out long segmentLength))
        {
            return false;
        }

        head = new AuditHead(sequence, words[1], words[2], segmentLength);
        return true;
    }

    /// <summary>Writes it over an open file.</summary>
    public void Write(SafeFileHandle file)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{Sequence} {Hash} {Segment} {Length}");
        Span<byte> bytes = stackalloc byte[Size];
        bytes.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, bytes);
        bytes[Size - 1] = (byte)'\n';
        RandomAccess.Write(file, bytes, 0);
    }
}
