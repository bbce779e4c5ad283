using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit;

/// <summary>The end of the log: where the next record goes and what it has to carry. Only valid under the lock.</summary>
internal sealed class AuditTail : IDisposable
{
    /// <summary>The segment that is written to; null where none has been made yet.</summary>
    public SafeFileHandle? File { get; private set; }

    /// <summary>First sequence number of that segment; 0 where there is none.</summary>
    public long Segment { get; private set; }

    /// <summary>Its length in whole lines.</summary>
    public long Length { get; set; }

    /// <summary>Sequence number of the last record; 0 in an empty log.</summary>
    public long Sequence { get; set; }

    /// <summary>Hash of the last record.</summary>
    public string Hash { get; set; } = AuditLine.NoHash;

    /// <summary>Bytes after the last whole line, to be set aside before anything is written.</summary>
    public byte[] Torn { get; private set; } = [];

    private FileIdentity? Identity { get; set; }

    /// <summary>Whether nothing has been written since by anybody else.</summary>
    public bool IsCurrent(string directory, List<long> segments)
    {
        if (segments.Count == 0 || File is null)
        {
            return segments.Count == 0 && File is null && Sequence == 0;
        }

        return Torn.Length == 0
            && segments[^1] == Segment
            && Identity is { } mine
            && Posix.Identify(AuditPaths.Segment(directory, Segment)) is { } there
            && there.IsSameFile(mine)
            && there.Length == Length;
    }

    /// <summary>Reads the end of the log as it is.</summary>
    /// <param name="directory">Directory of the log.</param>
    /// <param name="segments">First sequence numbers of its segments.</param>
    /// <param name="write">Whether the last segment is to be opened for writing.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.AuditBroken"/>.</exception>
    public static AuditTail Load(string directory, List<long> segments, bool write)
    {
        var tail = new AuditTail();
        try
        {
            for (int i = segments.Count - 1; i >= 0; i--)
            {
                bool last = i == segments.Count - 1;
                string path = AuditPaths.Segment(directory, segments[i]);
                SafeFileHandle file = tail.Open(path, last && write);
                try
                {
                    long length = RandomAccess.GetLength(file);
                    bool found = tail.ReadLast(path, file, length, last, segments[i]);
                    if (last)
                    {
                        tail.File = file;
                        tail.Segment = segments[i];
                        tail.Identity = Posix.Identify(file, path);
                    }

                    if (found)
                    {
                        // A segment that a crash left empty goes on from the one before.
                        if (!last && segments[^1] != tail.Sequence + 1)
                        {
                            throw AuditError.Broken(AuditPaths.Segment(directory, segments[^1]), $"it begins at record {segments[^1]}, and the segment before ends at {tail.Sequence}");
                        }

                        return tail;
                    }

                    if (!last)
                    {
                        throw AuditError.Broken(path, "it is empty, and segments follow it");
                    }
                }
                catch (InvalidDataException odd)
                {
                    throw AuditError.Broken(path, odd.Message);
                }
                finally
                {
                    if (!last)
                    {
                        file.Dispose();
                    }
                }
            }

            if (segments is [> 1])
            {
                throw AuditError.Broken(AuditPaths.Segment(directory, segments[0]), "it is empty, and the segments before it are not here");
            }

            return tail;
        }
        catch
        {
            tail.Dispose();
            throw;
        }
    }

    /// <summary>Makes the segment that the next record opens.</summary>
    public void Begin(string directory)
    {
        string path = AuditPaths.Segment(directory, Sequence + 1);
        SafeFileHandle made = Posix.OpenFile(path, Posix.ReadWrite | Posix.Append | Posix.Create | Posix.Exclusive, Convert.ToInt32("640", 8));
        try
        {
            Posix.SyncDirectory(directory);
            Identity = Posix.Identify(made, path);
        }
        catch
        {
            made.Dispose();
            throw;
        }

        File?.Dispose();
        File = made;
        Segment = Sequence + 1;
        Length = 0;
    }

    /// <summary>Says that the torn bytes have been set aside.</summary>
    public void ForgetTorn() => Torn = [];

    public void Dispose() => File?.Dispose();

    private SafeFileHandle Open(string path, bool write)
    {
        _ = this;
        if (Posix.Identify(path) is { } there && !there.IsRegular)
        {
            throw AuditError.Broken(path, "it is no regular file");
        }

        return Posix.OpenFile(path, write ? Posix.ReadWrite | Posix.Append : Posix.ReadOnly);
    }

    private bool ReadLast(string path, SafeFileHandle file, long length, bool last, long first)
    {
        using var lines = new BackwardLineReader(file, length);
        if (lines.Torn.Length > 0 && !last)
        {
            throw AuditError.Broken(path, "its last line has no end, and segments follow it");
        }

        if (last)
        {
            Torn = lines.Torn;
            Length = lines.WholeLength;
        }

        if (!lines.Previous(out ReadOnlySpan<byte> line))
        {
            return false;
        }

        if (!AuditLine.TrySplit(line, out ReadOnlySpan<byte> hashed, out string stated)
            || AuditLine.Hash(hashed) != stated
            || !AuditLine.TryPeek(line, out AuditLineFields fields)
            || fields.Sequence < first)
        {
            throw AuditError.Broken(path, "its last line has been changed: it does not carry its own hash");
        }

        Sequence = fields.Sequence;
        Hash = stated;
        return true;
    }
}
