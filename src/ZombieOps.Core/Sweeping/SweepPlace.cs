using System.Text.Json;
using ZombieOps.Files;

namespace ZombieOps.Sweeping;

/// <summary>
/// The files of the sweeps of one source in one state directory, held by one tick at a time: <c>sweep/SOURCE.lock</c> (flock(2), so a killed tick
/// leaves no lock behind), <c>sweep/SOURCE.json</c>, the journal of ticks and <c>metrics/SOURCE.prom</c>.
/// </summary>
internal sealed class SweepPlace : IDisposable
{
    // Who asks whether a tick is under way holds the lock, shared, for a moment.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly string directory;
    private readonly string source;
    private readonly FileLock held;
    private readonly string usualMetrics;

    private SweepPlace(string state, string source)
    {
        this.source = source;
        directory = Path.Combine(state, "sweep");
        held = new FileLock(Path.Combine(directory, source + ".lock"));
        usualMetrics = Path.Combine(state, "metrics", source + ".prom");
    }

    private string MemoryPath => Path.Combine(directory, source + ".json");

    /// <summary>Takes the lock, without waiting for another tick.</summary>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.SweepBusy"/>: another tick holds it. <see cref="ErrorIds.NoStateDirectory"/>; <see cref="ErrorIds.CannotWrite"/>: it cannot be taken.
    /// </exception>
    public static SweepPlace Take(EngineOptions options, string source)
    {
        string state = options.RequireStateDirectory();
        var place = new SweepPlace(state, source);
        bool taken;
        try
        {
            if (OperatingSystem.IsWindows())
            {
                throw new IOException("this system has no file locks of the kind that it needs");
            }

            Directory.CreateDirectory(
                place.directory,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
            taken = place.held.Take(Grace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            place.Dispose();
            throw new ZombieOpsException(
                ErrorIds.CannotWrite,
                ExitCode.NotPermitted,
                $"nothing was swept: the lock {place.directory}/{source}.lock cannot be taken: {e.Message}",
                "mend it, or give --state DIR",
                e);
        }

        if (taken)
        {
            return place;
        }

        place.Dispose();
        throw new ZombieOpsException(
            ErrorIds.SweepBusy,
            ExitCode.Incomplete,
            $"nothing was swept: another sweep of '{source}' works on {state}",
            $"let it end; if it never does, see who holds {place.directory}/{source}.lock (lslocks)");
    }

    /// <summary>When the last scan of a source that saw everything began, without the lock; null where that cannot be told.</summary>
    public static DateTimeOffset? LastSuccess(EngineOptions options, string source)
    {
        if (options.StateDirectory is not { } state)
        {
            return null;
        }

        using var place = new SweepPlace(state, source);
        return place.Read().Memory.LastSuccessfulScanAt;
    }

    /// <summary>The sources of which sweeps left something in a state directory, in order.</summary>
    /// <exception cref="IOException">That cannot be seen; so is <see cref="UnauthorizedAccessException"/>.</exception>
    public static IReadOnlyList<string> SourcesIn(string state)
    {
        try
        {
            return [.. Directory.EnumerateFiles(Path.Combine(state, "sweep"), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>What the sweeps of a source remember and whether a tick is under way, without writing anything.</summary>
    public static (SweepMemory Memory, string? Problem, bool? Running) Look(string state, string source)
    {
        using var place = new SweepPlace(state, source);
        (SweepMemory memory, string? problem) = place.Read();
        return (memory, problem, IsHeld(Path.Combine(place.directory, source + ".lock")));
    }

    /// <summary>What earlier ticks remembered, and a problem where that cannot be told.</summary>
    public (SweepMemory Memory, string? Problem) Read()
    {
        try
        {
            SweepMemory? read = JsonSerializer.Deserialize(File.ReadAllBytes(MemoryPath), SweepJsonContext.Default.SweepMemory);
            return read is { Schema: SweepMemory.CurrentSchema }
                ? (read, null)
                : (new SweepMemory(), $"{MemoryPath} has a format that this version does not know, so when the last scan succeeded is not known");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (new SweepMemory(), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return (new SweepMemory(), $"{MemoryPath} cannot be read, so when the last scan succeeded is not known: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>Remembers for the next tick.</summary>
    /// <exception cref="IOException">It cannot be written; so is <see cref="UnauthorizedAccessException"/>.</exception>
    public void Write(SweepMemory memory, Action? step) =>
        AtomicFile.Write(MemoryPath, JsonSerializer.SerializeToUtf8Bytes(memory, SweepJsonContext.Default.SweepMemory), Mode("640"), MemoryPath + ".tmp", step);

    /// <summary>Writes a tick down for reports.</summary>
    /// <returns>Null, or why it is not in the journal although nothing failed.</returns>
    /// <exception cref="IOException">It cannot be written; so is <see cref="UnauthorizedAccessException"/>.</exception>
    public string? Keep(TickEntry entry, Action? step) => new TickJournal(directory, source).Append(entry, step);

    /// <summary>The file of metrics.</summary>
    public string MetricsPath(string? named) => named ?? usualMetrics;

    /// <summary>Writes the metrics, for everybody to read.</summary>
    /// <exception cref="IOException">They cannot be written; so is <see cref="UnauthorizedAccessException"/>.</exception>
    public void WriteMetrics(string path, ReadOnlySpan<byte> text, Action? step)
    {
        if (path == usualMetrics)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }

        // A collector reads *.prom only, so never the half of a file. The source is in the name: two sources may be given one directory.
        AtomicFile.Write(path, text, Mode("644"), $"{path}.{source}.tmp", step);
    }

    /// <inheritdoc/>
    public void Dispose() => held.Dispose();

    private static bool? IsHeld(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                using Microsoft.Win32.SafeHandles.SafeFileHandle file = Posix.OpenFile(path, Posix.ReadOnly);
                return !Posix.TryLock(file, Posix.LockShared, path);
            }
        }
        catch (PosixException missing) when (missing.Errno == Posix.ENOENT)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not for this user to see.
        }

        return null;
    }

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);
}
