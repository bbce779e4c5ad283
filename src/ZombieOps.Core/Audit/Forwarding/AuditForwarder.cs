using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;
using ZombieOps.Text;

namespace ZombieOps.Audit.Forwarding;

/// <summary>
/// Sends what the audit log holds to the journal or to syslog, after it is on disk and apart from whoever wrote it: a receiver that is away keeps no record from
/// being written, and what could not be sent is sent the next time. A record is sent at least once; after a crash some come twice, with the same number and hash.
/// </summary>
public static class AuditForwarder
{
    private const int CursorEvery = 200;
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Sends every record that has not been forwarded to that target yet.</summary>
    /// <param name="options">Surroundings: where the log and the sockets are.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancel">Ends it between two records; what was sent counts.</param>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.ForwardFailed"/>: the rest could not be sent, or something is missing in what was sent; <see cref="ErrorIds.AuditBroken"/>: a record is not what
    /// was written. Nothing is lost by either.
    /// </exception>
    public static ForwardReport Forward(EngineOptions options, ForwardTarget target, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Forward(options, target, () => target == ForwardTarget.Journald ? new JournalSink(options) : new SyslogSink(options), cancel);
    }

    internal static ForwardReport Forward(EngineOptions options, ForwardTarget target, Func<IForwardSink> open, CancellationToken cancel)
    {
        string log = AuditVerifier.DirectoryOf(options);
        if (!Directory.Exists(log))
        {
            return new ForwardReport(target, 0, null, [$"there is no audit log in {log}"]);
        }

        string directory = Path.Combine(options.RequireStateDirectory(), "forward");
        string name = Names.ToKebab(target.ToString());
        using var held = new FileLock(Path.Combine(directory, name + ".lock"));
        try
        {
            if (OperatingSystem.IsWindows())
            {
                throw new IOException("this system has no sockets of the kind that it needs");
            }

            Directory.CreateDirectory(
                directory,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
            if (!held.Take(LockTimeout))
            {
                throw Failed($"another process is forwarding the audit log in {log} to {name}", "let it end", null);
            }

            using var run = new Run(log, Path.Combine(directory, name + ".json"), target, name, open);
            return run.Go(cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed($"the audit log in {log} cannot be forwarded to {name}: {e.Message}", $"look at {directory} and {log}", e);
        }
    }

    private static ZombieOpsException Failed(string says, string next, Exception? cause) => new(ErrorIds.ForwardFailed, ExitCode.Incomplete, says.ReplaceLineEndings(" "), next, cause);

    private sealed class Run(string log, string cursorPath, ForwardTarget target, string name, Func<IForwardSink> open) : IDisposable
    {
        private readonly List<string> warnings = [];
        private readonly List<string> gaps = [];
        private ForwardCursor cursor = new();
        private IForwardSink? sink;
        private long sent;
        private long unwritten;

        public ForwardReport Go(CancellationToken cancel)
        {
            (cursor, string? warning) = ForwardCursor.Read(cursorPath);
            if (warning is not null)
            {
                warnings.Add(warning);
            }

            List<(long First, SafeFileHandle File, long Length)> segments = Snapshot(cancel);
            try
            {
                if (cursor.Sequence > 0 && segments.Count > 0 && !Follows(segments))
                {
                    gaps.Add($"the log does not hold record {cursor.Sequence} as it was forwarded: it was begun anew or written anew, and all of it was forwarded");
                    cursor = new ForwardCursor();
                }

                Send(segments, cancel);
            }
            finally
            {
                segments.ForEach(segment => segment.File.Dispose());
                Keep();
            }

            return gaps.Count == 0
                ? new ForwardReport(target, sent, cursor.Sequence > 0 ? new AuditAnchor(cursor.Sequence, cursor.Hash) : null, warnings)
                : throw Failed($"{sent} records were forwarded to {name}, and {string.Join("; ", gaps)}", "find out why: 'zombieops audit verify', with an anchor from where the records go", null);
        }

        public void Dispose() => sink?.Dispose();

        /// <summary>Opens the segments under the lock of a reader, so that none is half written.</summary>
        private List<(long First, SafeFileHandle File, long Length)> Snapshot(CancellationToken cancel)
        {
            var segments = new List<(long, SafeFileHandle, long)>();
            try
            {
                using SafeFileHandle? lease = AuditError.LockToRead(log, LockTimeout, cancel);
                foreach (long first in AuditPaths.Segments(log))
                {
                    SafeFileHandle file = Posix.OpenFile(AuditPaths.Segment(log, first), Posix.ReadOnly);
                    segments.Add((first, file, RandomAccess.GetLength(file)));
                }

                return segments;
            }
            catch
            {
                segments.ForEach(segment => segment.Item2.Dispose());
                throw;
            }
        }

        /// <summary>Whether the log holds the record of the cursor, or begins after it.</summary>
        private bool Follows(List<(long First, SafeFileHandle File, long Length)> segments)
        {
            int at = segments.FindLastIndex(segment => segment.First <= cursor.Sequence);
            if (at < 0)
            {
                return true;
            }

            using var lines = new LineReader(segments[at].File, segments[at].Length);
            while (lines.Next(out ReadOnlySpan<byte> line) && lines.Whole)
            {
                if (!lines.TooLong && AuditLine.TryPeek(line, out AuditLineFields fields) && fields.Sequence == cursor.Sequence)
                {
                    return AuditLine.TrySplit(line, out _, out string hash) && hash == cursor.Hash;
                }
            }

            return false;
        }

        private void Send(List<(long First, SafeFileHandle File, long Length)> segments, CancellationToken cancel)
        {
            int from = Math.Max(segments.FindLastIndex(segment => segment.First <= cursor.Sequence), 0);
            bool begun = false;
            foreach ((long first, SafeFileHandle file, long length) in segments.Skip(from))
            {
                using var lines = new LineReader(file, length);
                while (lines.Next(out ReadOnlySpan<byte> line) && lines.Whole)
                {
                    cancel.ThrowIfCancellationRequested();
                    AuditLineFields fields = default;
                    string hash = "";
                    if (lines.TooLong || !AuditLine.TrySplit(line, out ReadOnlySpan<byte> hashed, out hash) || AuditLine.Hash(hashed) != hash || !AuditLine.TryPeek(line, out fields))
                    {
                        // Before the cursor it has been sent as it was; verification tells of it.
                        if (first + lines.Number - 1 <= cursor.Sequence)
                        {
                            continue;
                        }

                        throw Broken(first, lines.Number, "it does not carry its own hash");
                    }

                    if (fields.Sequence <= cursor.Sequence)
                    {
                        continue;
                    }

                    if (!begun)
                    {
                        begun = true;
                        NoteGap(fields);
                    }
                    else if (fields.Sequence != cursor.Sequence + 1)
                    {
                        throw Broken(first, lines.Number, $"record {cursor.Sequence + 1} should stand there, and it is record {fields.Sequence}");
                    }

                    if (fields.Sequence == cursor.Sequence + 1 && fields.Prev != cursor.Hash)
                    {
                        throw Broken(first, lines.Number, $"it does not carry the hash of record {cursor.Sequence}");
                    }

                    SendOne(line, hash, fields);
                }
            }
        }

        private void NoteGap(AuditLineFields fields)
        {
            if (fields.Sequence == cursor.Sequence + 1)
            {
                return;
            }

            gaps.Add($"records {cursor.Sequence + 1} to {fields.Sequence - 1} are not here any more and were never forwarded: archive a segment only after it is forwarded");
        }

        private void SendOne(ReadOnlySpan<byte> line, string hash, AuditLineFields fields)
        {
            try
            {
                sink ??= open();
                sink.Send(new ForwardedRecord(AuditLine.Read(line), line.ToArray(), hash));
            }
            catch (JsonException e)
            {
                throw Broken(fields.Sequence, 0, e.Message);
            }
            catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
            {
                throw Failed(
                    $"record {fields.Sequence} could not be forwarded to {name}: {e.Message} ({sent} records were forwarded before it; the rest is in the audit log)",
                    "mend it: the next run, or 'zombieops audit forward', goes on from there",
                    e);
            }

            sent++;
            cursor = cursor with { Sequence = fields.Sequence, Hash = hash };
            if (++unwritten >= CursorEvery)
            {
                Keep();
            }
        }

        private void Keep()
        {
            if (unwritten > 0)
            {
                cursor.Write(cursorPath);
                unwritten = 0;
            }
        }

        private ZombieOpsException Broken(long first, long line, string says) => new(
            ErrorIds.AuditBroken,
            ExitCode.Incomplete,
            $"{sent} records were forwarded to {name}, and no more: {AuditPaths.SegmentName(first)}:{line}: {says}",
            "run 'zombieops audit verify'; then move the directory away as evidence, and a new log begins");
    }
}
