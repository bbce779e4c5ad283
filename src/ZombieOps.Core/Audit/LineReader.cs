using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace ZombieOps.Audit;

/// <summary>Reads the lines of a file from its start up to a given length, with bounded memory.</summary>
internal sealed class LineReader(SafeFileHandle file, long length) : IDisposable
{
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
    private long next;
    private int start;
    private int end;
    private int searched;

    /// <summary>Number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Whether the line that was read last ended in a line feed.</summary>
    public bool Whole { get; private set; }

    /// <summary>Whether the line that was read last is longer than any that is written; only its beginning is given then.</summary>
    public bool TooLong { get; private set; }

    /// <summary>Reads the next line, without its end. It is valid until the next call.</summary>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        TooLong = false;
        bool skipping = false;
        while (true)
        {
            int found = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                int lineLength = searched + found;
                line = skipping ? default : buffer.AsSpan(start, lineLength);
                start += lineLength + 1;
                return Give(whole: true, skipping);
            }

            searched = end - start;
            if (searched > AuditLine.MaxLength)
            {
                skipping = true;
                start = end = searched = 0;
            }

            if (!Fill())
            {
                line = skipping ? default : buffer.AsSpan(start, end - start);
                bool any = end > start || skipping;
                start = end;
                return any && Give(whole: false, skipping);
            }
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private bool Give(bool whole, bool tooLong)
    {
        searched = 0;
        Number++;
        Whole = whole;
        TooLong = tooLong;
        return true;
    }

    private bool Fill()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }

        if (end == buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
            buffer.AsSpan(0, end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        int wanted = (int)Math.Min(buffer.Length - end, length - next);
        int read = wanted <= 0 ? 0 : RandomAccess.Read(file, buffer.AsSpan(end, wanted), next);
        next += read;
        end += read;
        return read > 0;
    }
}
