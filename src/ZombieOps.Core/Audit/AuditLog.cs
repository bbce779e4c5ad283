using System.Text.Encodings.Web;
using System.Text.Json;
using ZombieOps.Files;

namespace ZombieOps.Audit;

/// <summary>
/// The audit log on disk: JSON lines in segments, each line carrying the hash of the one before. Threads and processes may
/// append at once; what is appended at the same time shares one flush to disk.
/// </summary>
public sealed class AuditLog : IAuditLog
{
    private readonly string directory;
    private readonly EngineOptions engine;
    private readonly AuditLogOptions options;
    private readonly AuditActor actor;
    private readonly FileLock processLock;
    private readonly ByteBuffer buffer = new();
    private readonly Utf8JsonWriter writer;

    private readonly object gate = new();
    private List<Request> queue = [];
    private bool leading;
    private bool disposed;

    private AuditTail tail = new();
    private (long Sequence, string Hash) known = (0, AuditLine.NoHash);
    private Microsoft.Win32.SafeHandles.SafeFileHandle? head;
    private bool directoryIsThere;
    private string? recovered;

    /// <summary>A log under a state directory. Nothing is made or read before the first call.</summary>
    /// <param name="engine">Where it is (<see cref="EngineOptions.StateDirectory"/>, then <c>audit</c>), whose it is and the clock.</param>
    /// <param name="options">Sizes and time-outs; null for the usual ones.</param>
    /// <param name="bootId">This host's boot id; null to read it from procfs.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.NoStateDirectory"/>.</exception>
    public AuditLog(EngineOptions engine, AuditLogOptions? options = null, string? bootId = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        this.engine = engine;
        this.options = options ?? new AuditLogOptions { MaxSegmentBytes = engine.AuditSegmentBytes };
        directory = AuditPaths.In(engine.RequireStateDirectory());
        actor = AuditActors.Self(engine, bootId);
        processLock = new FileLock(AuditPaths.Lock(directory));
        writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <summary>The directory of the log.</summary>
    public string Directory => directory;

    /// <summary>Who this process is in the log.</summary>
    public AuditActor Actor => actor;

    /// <inheritdoc/>
    public IReadOnlyList<AuditRecord> Append(IReadOnlyList<AuditRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.Count == 0)
        {
            return [];
        }

        var request = new Request(records);
        List<Request> batch;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            queue.Add(request);
            // One thread leads: it writes what has gathered while the one before was flushing.
            while (!request.Done && leading)
            {
                Monitor.Wait(gate);
            }

            if (request.Done)
            {
                return request.Answer();
            }

            leading = true;
            (batch, queue) = (queue, []);
        }

        try
        {
            Commit(batch);
        }
        finally
        {
            lock (gate)
            {
                leading = false;
                foreach (Request done in batch)
                {
                    done.Done = true;
                }

                Monitor.PulseAll(gate);
            }
        }

        return request.Answer();
    }

    /// <inheritdoc/>
    public IReadOnlyList<AuditRecord> OpenIntents()
    {
        Lead();
        try
        {
            return AuditIntents.Open(directory, options.LockTimeout);
        }
        finally
        {
            Follow();
        }
    }

    /// <summary>Closes the files. A call that is under way ends first.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            while (leading || queue.Count > 0)
            {
                Monitor.Wait(gate);
            }
        }

        tail.Dispose();
        head?.Dispose();
        processLock.Dispose();
        writer.Dispose();
    }

    private void Lead()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            while (leading)
            {
                Monitor.Wait(gate);
            }

            leading = true;
        }
    }

    private void Follow()
    {
        lock (gate)
        {
            leading = false;
            Monitor.PulseAll(gate);
        }
    }

    private void Commit(List<Request> batch)
    {
        try
        {
            MakeDirectory();
            if (!processLock.Take(options.LockTimeout))
            {
                throw AuditError.Busy(directory, options.LockTimeout);
            }

            try
            {
                Refresh();
                SetTornAside();
                Write(batch);
            }
            finally
            {
                processLock.Release();
            }
        }
        catch (ZombieOpsException known)
        {
            Fail(batch, known);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Fail(batch, AuditError.Unwritable(directory, failure));
        }
        catch (Exception failure)
        {
            Fail(batch, new ZombieOpsException(ErrorIds.Internal, ExitCode.NotPermitted, $"the audit log failed: {failure.Message}", "report this", failure));
        }
    }

    private void Fail(List<Request> batch, ZombieOpsException error)
    {
        // What this process believed of the log may be wrong by now: read it again next time.
        tail.Dispose();
        tail = new AuditTail();
        head?.Dispose();
        head = null;
        directoryIsThere = false;
        foreach (Request request in batch)
        {
            request.Error ??= error;
            request.Written = null;
        }
    }

    private void MakeDirectory()
    {
        if (directoryIsThere)
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            throw new ZombieOpsException(ErrorIds.NotLinux, ExitCode.Incomplete, "the audit log needs file locks that this system does not have", "run it on Linux");
        }

        if (!System.IO.Directory.Exists(directory))
        {
            try
            {
                System.IO.Directory.CreateDirectory(
                    directory,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw AuditError.Unwritable(directory, failure);
            }

            Posix.SyncDirectory(Path.GetDirectoryName(directory)!);
        }

        directoryIsThere = true;
    }

    /// <summary>Reads the end of the log unless nobody else has written since.</summary>
    private void Refresh()
    {
        List<long> segments = AuditPaths.Segments(directory);
        if (head is not null && tail.IsCurrent(directory, segments))
        {
            return;
        }

        AuditTail loaded = AuditTail.Load(directory, segments, write: true);
        try
        {
            if (loaded.Sequence < known.Sequence || (loaded.Sequence == known.Sequence && loaded.Hash != known.Hash))
            {
                throw AuditError.Broken(directory, $"this process wrote record {known.Sequence}, which is not there any more");
            }

            CheckHead(loaded);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }

        tail.Dispose();
        tail = loaded;
    }

    private void CheckHead(AuditTail loaded)
    {
        string path = AuditPaths.Head(directory);
        head?.Dispose();
        head = Posix.OpenFile(path, Posix.ReadWrite | Posix.Create, Convert.ToInt32("640", 8));
        if (AuditHead.TryRead(head, out AuditHead said))
        {
            if (said.Sequence > loaded.Sequence || (said.Sequence == loaded.Sequence && said.Hash != loaded.Hash))
            {
                throw AuditError.Broken(directory, $"the file 'head' knows record {said.Sequence}, and the log ends at {loaded.Sequence}");
            }
        }
        else
        {
            if (loaded.Sequence > 0)
            {
                recovered = Join(recovered, $"the file 'head' was missing or unreadable: whether records after {loaded.Sequence} were cut off cannot be told");
            }

            RandomAccess.SetLength(head, 0);
            new AuditHead(loaded.Sequence, loaded.Hash, "-", 0).Write(head);
        }
    }

    /// <summary>Moves a line that was never finished out of the way, keeping it.</summary>
    private void SetTornAside()
    {
        if (tail.Torn.Length == 0)
        {
            return;
        }

        string segment = AuditPaths.Segment(directory, tail.Segment);
        string aside = "";
        for (int number = 1; ; number++)
        {
            aside = AuditPaths.Torn(directory, tail.Sequence + 1, number);
            try
            {
                using Microsoft.Win32.SafeHandles.SafeFileHandle file =
                    Posix.OpenFile(aside, Posix.ReadWrite | Posix.Create | Posix.Exclusive, Convert.ToInt32("640", 8));
                Posix.WriteAll(file, tail.Torn, aside);
                Posix.SyncData(file, aside);
                break;
            }
            catch (PosixException taken) when (taken.Errno == Posix.EEXIST)
            {
            }
        }

        Posix.SyncDirectory(directory);
        Posix.SetLength(tail.File!, tail.Length, segment);
        Posix.SyncData(tail.File!, segment);
        recovered = Join(recovered, $"a torn last line of {tail.Torn.Length} bytes in {Path.GetFileName(segment)} was set aside as {Path.GetFileName(aside)}");
        tail.ForgetTorn();
    }

    private void Write(List<Request> batch)
    {
        buffer.Clear();
        long sequence = tail.Sequence;
        string hash = tail.Hash;
        DateTimeOffset now = engine.Clock.GetUtcNow();
        var written = new List<AuditRecord>();
        if (recovered is not null)
        {
            Seal(new AuditRecord { Kind = AuditKind.Recovered, RunId = batch[0].Records[0].RunId, Why = recovered }, now, written, ref sequence, ref hash);
        }

        foreach (Request request in batch)
        {
            (int length, long before, string prev, int count) = (buffer.Length, sequence, hash, written.Count);
            try
            {
                foreach (AuditRecord record in request.Records)
                {
                    Seal(record, now, written, ref sequence, ref hash);
                }

                request.Written = written.GetRange(count, written.Count - count);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                // One request that cannot be written must not take those of other threads with it.
                writer.Reset();
                (buffer.Length, sequence, hash) = (length, before, prev);
                written.RemoveRange(count, written.Count - count);
                request.Error = failure as ZombieOpsException
                    ?? new ZombieOpsException(ErrorIds.Internal, ExitCode.NotPermitted, $"a record cannot be written as JSON: {failure.Message}", "report this", failure);
            }
        }

        if (buffer.Length == 0)
        {
            return;
        }

        Flush();
        (tail.Sequence, tail.Hash) = (sequence, hash);
        tail.Length += buffer.Length;
        known = (sequence, hash);
        recovered = null;
        try
        {
            new AuditHead(sequence, hash, AuditPaths.SegmentName(tail.Segment), tail.Length).Write(head!);
        }
        catch (IOException)
        {
            // The records are on disk: a head that is behind loses nothing, and the next group writes it again.
        }
    }

    private void Seal(AuditRecord record, DateTimeOffset now, List<AuditRecord> written, ref long sequence, ref string hash)
    {
        AuditRecord full = record with
        {
            Sequence = sequence + 1,
            At = now,
            Who = actor,
            Prev = hash,
            OpenIntents = record.Kind == AuditKind.RunStarted ? AuditIntents.OpenNow(directory, tail, written) : record.OpenIntents,
        };
        int start = buffer.Length;
        writer.Reset(buffer);
        JsonSerializer.Serialize(writer, full, ZombieJson.Info<AuditRecord>());
        writer.Flush();
        int length = buffer.Length - start - 1 + AuditLine.Overhead;
        if (length > AuditLine.MaxLength)
        {
            throw AuditError.TooLarge(length);
        }

        hash = AuditLine.Seal(buffer, start);
        sequence++;
        written.Add(full);
    }

    /// <summary>One write and one flush; on failure the file is as it was.</summary>
    private void Flush()
    {
        bool begun = tail.File is null || (tail.Length > 0 && tail.Length + buffer.Length > options.MaxSegmentBytes);
        if (begun)
        {
            tail.Begin(directory);
        }

        string path = AuditPaths.Segment(directory, tail.Segment);
        long before = tail.Length;
        try
        {
            Posix.WriteAll(tail.File!, buffer.Written, path);
            Posix.SyncData(tail.File!, path);
        }
        catch (PosixException)
        {
            try
            {
                Posix.SetLength(tail.File!, before, path);
                Posix.SyncData(tail.File!, path);
            }
            catch (PosixException)
            {
                // What is left of it is a torn line or records that nobody was told of; the next group sees which.
            }

            throw;
        }
    }

    private static string Join(string? first, string second) => first is null ? second : $"{first}; {second}";

    private sealed class Request(IReadOnlyList<AuditRecord> records)
    {
        public IReadOnlyList<AuditRecord> Records { get; } = records;

        public IReadOnlyList<AuditRecord>? Written { get; set; }

        public ZombieOpsException? Error { get; set; }

        public bool Done { get; set; }

        // The same failure may have to be thrown on many threads, so each gets an exception of its own.
        public IReadOnlyList<AuditRecord> Answer() => Written ?? throw (Error is { } error
            ? new ZombieOpsException(error.ErrorId, error.ExitCode, error.Message, error.NextStep, error.InnerException ?? error)
            : new ZombieOpsException(ErrorIds.Internal, ExitCode.NotPermitted, "the audit log gave no answer", "report this"));
    }
}
