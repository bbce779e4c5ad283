using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ZombieOps.Audit;

/// <summary>Reads the lines of a file from a given length back to its start, with bounded memory.</summary>
internal sealed class BackwardLineReader : IDisposable
{
    private readonly SafeFileHandle file;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
    private long offset; // in the file, of the first byte in the buffer
    private int end; // of what has not been given yet

    public BackwardLineReader(SafeFileHandle file, long length)
    {
        this.file = file;
        offset = length;
        int lineFeed = FindLineFeed();
        // What follows the last line feed was never finished.
        int from = lineFeed + 1;
        Torn = buffer.AsSpan(from, end - from).ToArray();
        end = from;
    }

    /// <summary>The bytes after the last line feed: a line that was never finished. Empty in a file that is whole.</summary>
    public byte[] Torn { get; }

    /// <summary>Length of the file up to and with its last line feed.</summary>
    public long WholeLength => offset + end;

    /// <summary>Reads the line before, without its end. It is valid until the next call.</summary>
    /// <exception cref="InvalidDataException">It is longer than any line that is written.</exception>
    public bool Previous(out ReadOnlySpan<byte> line)
    {
        line = default;
        if (WholeLength == 0)
        {
            return false;
        }

        end--; // its line feed
        int from = FindLineFeed() + 1;
        line = buffer.AsSpan(from, end - from);
        end = from;
        return true;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    /// <summary>Where the last line feed before <see cref="end"/> is in the buffer; -1 where the file begins before any.</summary>
    private int FindLineFeed()
    {
        int unsearched = end;
        while (true)
        {
            int found = buffer.AsSpan(0, unsearched).LastIndexOf((byte)'\n');
            if (found >= 0 || offset == 0)
            {
                return found;
            }

            if (end > AuditLine.MaxLength)
            {
                throw new InvalidDataException($"a line of more than {AuditLine.MaxLength >> 20} MiB");
            }

            unsearched = Prepend();
        }
    }

    private int Prepend()
    {
        int wanted = (int)Math.Min(64 << 10, offset);
        if (end + wanted > buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(end + wanted, buffer.Length * 2));
            buffer.AsSpan(0, end).CopyTo(larger.AsSpan(wanted));
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        else
        {
            buffer.AsSpan(0, end).CopyTo(buffer.AsSpan(wanted));
        }

        for (int done = 0; done < wanted;)
        {
            int read = RandomAccess.Read(file, buffer.AsSpan(done, wanted - done), offset - wanted + done);
            done += read > 0 ? read : throw new InvalidDataException("it became shorter while it was read");
        }

        offset -= wanted;
        end += wanted;
        return wanted;
    }
}
