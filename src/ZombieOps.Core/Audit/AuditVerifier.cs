using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit;

/// <summary>
/// Reads a whole audit log once and tells whether it is what was written. It changes nothing and needs no permission to write.
/// </summary>
public static class AuditVerifier
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The directory of the audit log that an engine with these options writes.</summary>
    /// <param name="engine">The options.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.NoStateDirectory"/>.</exception>
    public static string DirectoryOf(EngineOptions engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return AuditPaths.In(engine.RequireStateDirectory());
    }

    /// <summary>Verifies a log. Memory does not grow with its size.</summary>
    /// <param name="directory">Directory of the log, such as <see cref="DirectoryOf"/> gives. One that is not there is an empty log.</param>
    /// <param name="anchor">A record that has to be there, from an earlier <see cref="AuditVerification.Head"/>; null for none.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.AuditBusy"/>: a writer holds the log for too long.</exception>
    public static AuditVerification Verify(string directory, AuditAnchor? anchor = null, CancellationToken cancel = default) => Verify(directory, anchor, null, out _, cancel);

    /// <summary>Verifies a log and shows each record that carries its own hash, so that what is relied on is what was verified and no second look at the files.</summary>
    /// <param name="directory">Directory of the log.</param>
    /// <param name="anchor">A record that has to be there; null for none.</param>
    /// <param name="seen">Is shown the records, in order.</param>
    /// <param name="known">Number of the last record that the file <c>head</c> knows; 0 where it cannot be read.</param>
    /// <param name="cancel">Ends it early.</param>
    internal static AuditVerification Verify(string directory, AuditAnchor? anchor, SoundLine? seen, out long known, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var run = new Run(directory, anchor, seen);
        run.Go(cancel);
        known = run.HeadSequence;
        return run.Result();
    }

    /// <summary>Is shown a line that carries its own hash.</summary>
    internal delegate void SoundLine(AuditLineFields fields, ReadOnlySpan<byte> line);

    /// <summary>One segment as it was when the verification began.</summary>
    private sealed record Segment(long First, string Name, SafeFileHandle File, long Length);

    private sealed class Run(string directory, AuditAnchor? anchor, SoundLine? seen)
    {
        private readonly List<AuditFault> faults = [];
        private readonly List<string> notes = [];
        private int faultCount;
        private int segmentCount;
        private long records;
        private long first;
        private long last;
        private string prev = AuditLine.NoHash;
        private bool prevIsSound = true;
        private bool anchorSeen;
        private bool headRecordSeen;
        private (long Sequence, DateTimeOffset At) latest;
        private int backward;
        private string backwardWhere = "";
        private int recoveries;
        private bool hasHead;
        private bool fresh;
        private AuditHead head;

        public long HeadSequence => hasHead ? head.Sequence : 0;

        public void Go(CancellationToken cancel)
        {
            List<Segment> segments = Open(cancel);
            try
            {
                for (int i = 0; i < segments.Count; i++)
                {
                    ReadSegment(segments[i], isLast: i == segments.Count - 1, cancel);
                }
            }
            finally
            {
                segments.ForEach(segment => segment.File.Dispose());
            }

            CheckHead();
            CheckAnchor();
            if (backward > 0)
            {
                Note($"the clock went back before {backward} record{(backward == 1 ? "" : "s")}, first at {backwardWhere}");
            }
        }

        public AuditVerification Result() => new()
        {
            Directory = directory,
            Records = records,
            Segments = segmentCount,
            FirstSequence = first,
            LastSequence = last,
            Head = last > 0 && prevIsSound ? new AuditAnchor(last, prev) : null,
            FaultCount = faultCount,
            Faults = faults,
            Notes = notes,
        };

        /// <summary>Opens everything under the lock, so that no group that is being written is half seen.</summary>
        private List<Segment> Open(CancellationToken cancel)
        {
            var segments = new List<Segment>();
            SafeFileHandle? held = null;
            try
            {
                held = AuditError.LockToRead(directory, LockTimeout, cancel);
                foreach (long number in AuditPaths.Segments(directory))
                {
                    OpenSegment(segments, number);
                }

                hasHead = AuditHead.TryRead(directory, out head);
                fresh = segments.Count == 0 && !File.Exists(AuditPaths.Head(directory));
                if (fresh)
                {
                    Note($"there is no audit log in {directory}");
                }

                string[] setAside = Directory.Exists(directory) ? Directory.GetFiles(directory, "torn-*.bin") : [];
                foreach (string torn in setAside.Order(StringComparer.Ordinal))
                {
                    Note($"{Path.GetFileName(torn)} holds {new FileInfo(torn).Length} bytes of a write that was interrupted");
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Fault(AuditFaultKind.Unreadable, (failure as PosixException)?.Path ?? directory, 0, 0, $"it cannot be read: {failure.Message}");
            }
            finally
            {
                held?.Dispose();
            }

            segmentCount = segments.Count;
            return segments;
        }

        private void OpenSegment(List<Segment> segments, long number)
        {
            string path = AuditPaths.Segment(directory, number);
            string name = AuditPaths.SegmentName(number);
            try
            {
                if (Posix.Identify(path) is { IsRegular: false })
                {
                    Fault(AuditFaultKind.Unreadable, name, 0, number, "it is no regular file");
                    return;
                }

                SafeFileHandle file = Posix.OpenFile(path, Posix.ReadOnly);
                segments.Add(new Segment(number, name, file, RandomAccess.GetLength(file)));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Fault(AuditFaultKind.Unreadable, name, 0, number, $"it cannot be read: {failure.Message}");
            }
        }

        private void ReadSegment(Segment segment, bool isLast, CancellationToken cancel)
        {
            using var lines = new LineReader(segment.File, segment.Length);
            bool any = false;
            if (last > 0 && segment.First > last + 1)
            {
                Fault(AuditFaultKind.SegmentMissing, segment.Name, 0, last + 1, $"records {last + 1} to {segment.First - 1} are missing: a segment is not there or was cut");
                // The gap has been told; what follows it is judged by itself.
                (last, prevIsSound) = (segment.First - 1, false);
            }

            try
            {
                while (lines.Next(out ReadOnlySpan<byte> line))
                {
                    if ((lines.Number & 0x3ff) == 0)
                    {
                        cancel.ThrowIfCancellationRequested();
                    }

                    if (!lines.Whole)
                    {
                        Torn(segment, lines, line.Length, isLast);
                        break;
                    }

                    ReadLine(segment, lines, line, any);
                    any = true;
                }
            }
            catch (IOException failure)
            {
                Fault(AuditFaultKind.Unreadable, segment.Name, lines.Number, last + 1, $"it cannot be read: {failure.Message}");
                prevIsSound = false;
            }

            if (!any && !(isLast && segment.First == last + 1))
            {
                Fault(AuditFaultKind.SegmentMissing, segment.Name, 0, segment.First, "the segment holds no record");
            }
        }

        private void Torn(Segment segment, LineReader lines, int length, bool isLast)
        {
            if (isLast)
            {
                Fault(AuditFaultKind.TornTail, segment.Name, lines.Number, last + 1, $"the last line has no end ({length} bytes): a write was interrupted, or the file was cut");
            }
            else
            {
                Fault(AuditFaultKind.Changed, segment.Name, lines.Number, last + 1, "the last line of the segment has no end, and another segment follows");
                prevIsSound = false;
            }
        }

        private void ReadLine(Segment segment, LineReader lines, ReadOnlySpan<byte> line, bool notFirst)
        {
            records++;
            if (lines.TooLong || !AuditLine.TrySplit(line, out ReadOnlySpan<byte> hashed, out string stated))
            {
                Changed(segment, lines, "it is no record of this log: it does not end in a hash");
                return;
            }

            bool sound = AuditLine.Hash(hashed) == stated;
            if (!AuditLine.TryPeek(line, out AuditLineFields fields))
            {
                Changed(segment, lines, "it is no record of this log");
                return;
            }

            if (!sound)
            {
                Fault(AuditFaultKind.Changed, segment.Name, lines.Number, last + 1, $"record {last + 1} has been changed: it does not carry the hash of what it holds");
            }

            // A line that is changed says nothing of its number that could be relied on.
            long sequence = sound ? fields.Sequence : last + 1;
            if (last == 0 && first == 0)
            {
                First(segment, lines, sequence, sound ? fields.Prev : null);
            }
            else if (sequence > last + 1)
            {
                Fault(AuditFaultKind.Missing, segment.Name, lines.Number, last + 1, sequence == last + 2 ? $"record {last + 1} is missing" : $"records {last + 1} to {sequence - 1} are missing");
            }
            else if (sequence <= last)
            {
                Fault(AuditFaultKind.OutOfOrder, segment.Name, lines.Number, sequence, $"record {sequence} stands after record {last}: it was moved, repeated or put in");
            }
            else if (sound && prevIsSound && fields.Prev != prev)
            {
                Fault(AuditFaultKind.Unchained, segment.Name, lines.Number, sequence, $"record {sequence} does not carry the hash of record {last}: one of them was replaced");
            }

            if (!notFirst && sound && sequence != segment.First)
            {
                Fault(AuditFaultKind.SegmentMissing, segment.Name, lines.Number, sequence, $"the segment begins with record {sequence} and is named after record {segment.First}");
            }

            Accept(segment, lines, sound, sequence, stated, fields);
            if (sound)
            {
                seen?.Invoke(fields, line);
            }
        }

        private void Accept(Segment segment, LineReader lines, bool sound, long sequence, string stated, AuditLineFields fields)
        {
            last = Math.Max(sequence, 1);
            prev = stated;
            // The stated hash is what the next record has to carry, even where this line was changed after it.
            prevIsSound = true;
            if (!sound)
            {
                return;
            }

            if (anchor is not null && sequence == anchor.Sequence)
            {
                anchorSeen = true;
                if (stated != anchor.Hash)
                {
                    Fault(AuditFaultKind.AnchorMismatch, segment.Name, lines.Number, sequence, $"record {sequence} is not the one of the anchor: the log was written anew at or before it");
                }
            }

            if (hasHead && sequence == head.Sequence)
            {
                headRecordSeen = true;
                if (stated != head.Hash)
                {
                    Fault(AuditFaultKind.HeadMismatch, segment.Name, lines.Number, sequence, $"record {sequence} is not the one that the file 'head' knows");
                }
            }

            if (fields.At < latest.At)
            {
                backward++;
                backwardWhere = backward == 1 ? $"record {sequence}" : backwardWhere;
            }

            latest = (sequence, fields.At);
            if (fields.Kind == AuditKind.Recovered)
            {
                recoveries++;
                if (recoveries <= 20)
                {
                    Note($"record {sequence} tells of a recovery");
                }
            }
        }

        private void First(Segment segment, LineReader lines, long sequence, string? statedPrev)
        {
            first = sequence;
            if (sequence == 1)
            {
                if (statedPrev is not null && statedPrev != AuditLine.NoHash)
                {
                    Fault(AuditFaultKind.Unchained, segment.Name, lines.Number, 1, "record 1 does not begin a chain");
                }

                return;
            }

            if (anchor is not null && statedPrev is not null && anchor.Sequence == sequence - 1 && anchor.Hash == statedPrev)
            {
                anchorSeen = true;
                Note($"the log begins at record {sequence}, and the anchor proves that it goes on from record {sequence - 1}");
                return;
            }

            Fault(AuditFaultKind.EarlierMissing, segment.Name, lines.Number, 1, $"the chain begins at record {sequence}: the records before are not here");
        }

        private void Changed(Segment segment, LineReader lines, string says)
        {
            Fault(AuditFaultKind.Changed, segment.Name, lines.Number, last + 1, says);
            // It is counted as the record that should be here, so that the ones after it do not seem to be missing.
            first = first == 0 ? 1 : first;
            last++;
            prevIsSound = false;
        }

        private void CheckHead()
        {
            if (!hasHead)
            {
                if (!fresh)
                {
                    Fault(AuditFaultKind.HeadMismatch, "head", 0, last, $"it is missing or unreadable: whether records after {last} were cut off cannot be told");
                }
            }
            else if (head.Sequence > last)
            {
                Fault(AuditFaultKind.Truncated, "head", 0, last + 1, $"the log ends at record {last}, and record {head.Sequence} had been written");
            }
            else if (head.Sequence < last && (headRecordSeen || head.Sequence == 0))
            {
                Note($"the file 'head' is behind: it knows record {head.Sequence}, and the log ends at {last}. A crash leaves that; so does what others append");
            }
            else if (head.Sequence > 0 && !headRecordSeen && faultCount == 0)
            {
                Fault(AuditFaultKind.HeadMismatch, "head", 0, head.Sequence, $"it knows record {head.Sequence}, which is not here");
            }
        }

        private void CheckAnchor()
        {
            if (anchor is not null && !anchorSeen)
            {
                Fault(AuditFaultKind.AnchorMismatch, "anchor", 0, anchor.Sequence, $"record {anchor.Sequence} of the anchor is not here as it was written");
            }
        }

        private void Fault(AuditFaultKind kind, string file, long line, long sequence, string says)
        {
            faultCount++;
            if (faults.Count < AuditVerification.MaxFaults)
            {
                faults.Add(new AuditFault { Kind = kind, File = file, Line = line, Sequence = sequence, Says = says });
            }
        }

        private void Note(string says)
        {
            if (notes.Count < AuditVerification.MaxFaults)
            {
                notes.Add(says);
            }
        }
    }
}
