using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit;

/// <summary>Finds the intents that have no outcome.</summary>
internal static class AuditIntents
{
    /// <summary>The records of the open intents, oldest first.</summary>
    public static List<AuditRecord> Open(string directory, TimeSpan timeout)
    {
        try
        {
            using SafeFileHandle? held = AuditError.LockToRead(directory, timeout, CancellationToken.None);
            List<long> segments = AuditPaths.Segments(directory);
            using AuditTail tail = AuditTail.Load(directory, segments, write: false);
            if (AuditHead.TryRead(directory, out AuditHead said) && said.Sequence > tail.Sequence)
            {
                throw AuditError.Broken(directory, $"the file 'head' knows record {said.Sequence}, and the log ends at {tail.Sequence}");
            }

            var search = new Search(directory, segments, keepRecords: true);
            search.Run(tail.Segment, tail.Length);
            return search.Records();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AuditError.Unreadable((failure as PosixException)?.Path ?? directory, failure);
        }
    }

    /// <summary>Sequence numbers of what is open at the end of a log that is held, with records counted in that are not written yet.</summary>
    public static List<long> OpenNow(string directory, AuditTail tail, List<AuditRecord> pending)
    {
        var search = new Search(directory, AuditPaths.Segments(directory), keepRecords: false);
        search.Run(tail.Segment, tail.Length);
        SortedSet<long> open = search.Sequences();
        foreach (AuditRecord record in pending)
        {
            if (record.Kind == AuditKind.Intent)
            {
                open.Add(record.Sequence);
            }
            else if (record.Kind == AuditKind.Outcome && record.IntentSequence is { } closed)
            {
                open.Remove(closed);
            }
        }

        return [.. open];
    }

    private sealed class Search(string directory, List<long> segments, bool keepRecords)
    {
        private readonly HashSet<long> closed = [];
        private readonly SortedDictionary<long, AuditRecord?> open = [];

        /// <summary>From the end back to the last start of a run, then the ones that it names.</summary>
        public void Run(long lastSegment, long lastLength)
        {
            try
            {
                RunBack(lastSegment, lastLength);
            }
            catch (Exception odd) when (odd is InvalidDataException or JsonException)
            {
                throw AuditError.Broken(directory, odd.Message.ReplaceLineEndings(" "));
            }
        }

        private void RunBack(long lastSegment, long lastLength)
        {
            for (int i = segments.Count - 1; i >= 0; i--)
            {
                string path = AuditPaths.Segment(directory, segments[i]);
                using SafeFileHandle file = Posix.OpenFile(path, Posix.ReadOnly);
                using var lines = new BackwardLineReader(file, segments[i] == lastSegment ? lastLength : RandomAccess.GetLength(file));
                while (lines.Previous(out ReadOnlySpan<byte> line))
                {
                    AuditLineFields fields = Check(path, line);
                    if (fields.Kind == AuditKind.Outcome && fields.IntentSequence is { } intent)
                    {
                        closed.Add(intent);
                    }
                    else if (fields.Kind == AuditKind.Intent && !closed.Remove(fields.Sequence))
                    {
                        open[fields.Sequence] = keepRecords ? AuditLine.Read(line) : null;
                    }
                    else if (fields.Kind == AuditKind.RunStarted)
                    {
                        foreach (long named in AuditLine.Read(line).OpenIntents ?? [])
                        {
                            if (!closed.Contains(named))
                            {
                                open[named] = keepRecords ? Find(named) : null;
                            }
                        }

                        return;
                    }
                }
            }
        }

        public List<AuditRecord> Records() => [.. open.Values.OfType<AuditRecord>()];

        public SortedSet<long> Sequences() => [.. open.Keys];

        /// <summary>Reads one record from anywhere in the log; null where its segment is not here any more.</summary>
        private AuditRecord? Find(long sequence)
        {
            int at = segments.FindLastIndex(first => first <= sequence);
            if (at < 0)
            {
                return null;
            }

            string path = AuditPaths.Segment(directory, segments[at]);
            using SafeFileHandle file = Posix.OpenFile(path, Posix.ReadOnly);
            using var lines = new LineReader(file, RandomAccess.GetLength(file));
            while (lines.Next(out ReadOnlySpan<byte> line) && lines.Whole)
            {
                if (AuditLine.TryPeek(line, out AuditLineFields fields) && fields.Sequence == sequence)
                {
                    _ = Check(path, line);
                    return AuditLine.Read(line);
                }
            }

            return null;
        }

        private static AuditLineFields Check(string path, ReadOnlySpan<byte> line) =>
            AuditLine.TrySplit(line, out ReadOnlySpan<byte> hashed, out string stated) && AuditLine.Hash(hashed) == stated
                && AuditLine.TryPeek(line, out AuditLineFields fields)
                ? fields
                : throw AuditError.Broken(path, "a line has been changed: it does not carry its own hash");
    }
}
