using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Audit;
using ZombieOps.Files;
using ZombieOps.Model;

namespace ZombieOps.Ledger;

/// <summary>
/// When the findings of one source were first seen, kept in <c>ledger/SOURCE.json</c> of the state directory. Whatever goes wrong with
/// it, age is lost and never gained: a scan goes on without it.
/// </summary>
public sealed class SightingLedger : ISightings
{
    private const long MaxFileBytes = 64 << 20;
    private const int MaxNameLength = 1024;
    private const int KeptCorrupt = 5;
    private static readonly TimeSpan RateWindow = TimeSpan.FromHours(1);

    // Two clocks never agree to the millisecond; that much is no reason to correct a first sight.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(2);

    private readonly TimeProvider clock;
    private readonly string? path;
    private readonly string bootId;
    private readonly LedgerOptions options;
    private readonly List<string> warnings = [];
    private LedgerFile state = new();

    // What was read last, by the file's hash: a file that nobody has written since is not taken apart twice.
    private (string Hash, LedgerFile File)? last;

    private SightingLedger(EngineOptions engine, string source, string bootId, LedgerOptions options)
    {
        clock = engine.Clock;
        this.bootId = bootId;
        this.options = options;
        path = engine.StateDirectory is { } directory ? System.IO.Path.Combine(directory, "ledger", source + ".json") : null;
    }

    /// <summary>The file; null where there is no state directory.</summary>
    public string? Path => path;

    /// <summary>Why age may have been lost, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    /// <summary>Now on the monotonic clock, in seconds; the same clock for all processes of one boot (clock_gettime(2), <c>CLOCK_MONOTONIC</c>).</summary>
    public double MonotonicNow => (double)clock.GetTimestamp() / clock.TimestampFrequency;

    /// <summary>Reads a ledger. Never throws for what is wrong with the file: see <see cref="Warnings"/>.</summary>
    /// <param name="engine">State directory and clock.</param>
    /// <param name="source">Kebab-case name of the source.</param>
    /// <param name="bootId">This host's boot id; empty where it is not known, and then only the wall clock counts.</param>
    /// <param name="options">Sizes and time-outs; null for the usual ones.</param>
    public static SightingLedger Load(EngineOptions engine, string source, string bootId, LedgerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentNullException.ThrowIfNull(bootId);
        if (!source.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"'{source}' is no name of a source", nameof(source));
        }

        var ledger = new SightingLedger(engine, source, bootId, options ?? new LedgerOptions());
        ledger.Load();
        return ledger;
    }

    /// <summary>Reads a ledger and touches nothing: what is damaged is not moved aside.</summary>
    internal static (LedgerFile File, string? Problem) Look(EngineOptions engine, string source)
    {
        string? problem = new SightingLedger(engine, source, "", new LedgerOptions()).Read(out LedgerFile file);
        return (file, problem);
    }

    /// <inheritdoc/>
    public Sighting Of(string findingId)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (!state.Seen.TryGetValue(findingId, out LedgerEntry? entry))
        {
            return new Sighting(now, TimeSpan.Zero, AgeSource.FirstSight);
        }

        TimeSpan wall = now - entry.FirstSeen;
        TimeSpan age = wall;
        if (bootId.Length > 0 && entry.BootId == bootId)
        {
            double seconds = MonotonicNow - entry.FirstSeconds;
            // What is beyond the range of a TimeSpan cannot be less than the wall clock's difference.
            age = seconds <= 0 ? TimeSpan.Zero : seconds < age.TotalSeconds ? TimeSpan.FromSeconds(seconds) : age;
        }

        age = age < TimeSpan.Zero ? TimeSpan.Zero : age;
        DateTimeOffset first = wall - age <= ClockTolerance && wall >= TimeSpan.Zero ? entry.FirstSeen : now - age;
        return new Sighting(first, age, AgeSource.Ledger) { LastSeen = entry.LastSeen };
    }

    /// <inheritdoc/>
    public IReadOnlyList<Sample> Samples(string series) => state.Series.TryGetValue(series, out List<LedgerSample>? samples)
        ? [.. samples.Where(sample => sample is not null && sample.BootId == bootId).Select(sample => new Sample(series, sample.At, sample.Seconds, sample.Value))]
        : [];

    /// <summary>How fast a series grows, in units an hour, by least squares over its last hour in this boot.</summary>
    /// <param name="series">Name of the series.</param>
    /// <returns>Null with fewer than two samples, or with samples less than ten seconds apart.</returns>
    public double? Rate(string series)
    {
        if (!state.Series.TryGetValue(series, out List<LedgerSample>? samples) || samples.Count < 2)
        {
            return null;
        }

        LedgerSample newest = samples[^1];
        List<LedgerSample> recent = [.. samples.Where(s => s.BootId == newest.BootId && s.Seconds <= newest.Seconds && newest.Seconds - s.Seconds <= RateWindow.TotalSeconds)];
        if (recent.Count < 2 || newest.BootId != bootId || newest.Seconds - recent.Min(s => s.Seconds) < 10)
        {
            return null;
        }

        double meanTime = recent.Average(s => s.Seconds - newest.Seconds);
        double meanValue = recent.Average(s => (double)s.Value);
        double above = 0;
        double below = 0;
        foreach (LedgerSample sample in recent)
        {
            double time = sample.Seconds - newest.Seconds - meanTime;
            above += time * (sample.Value - meanValue);
            below += time * time;
        }

        return below > 0 ? above / below * 3600 : null;
    }

    /// <summary>Writes down what a scan saw. Scans at the same time lose nothing of each other.</summary>
    /// <param name="now">When the scan began (UTC): what another scan has seen since is not taken for gone.</param>
    /// <param name="seenIds">Identities of the findings that it saw.</param>
    /// <param name="complete">Whether it saw everything, so that what it did not see is gone.</param>
    /// <param name="samples">Measurements to keep; null for those of <paramref name="memory"/>.</param>
    /// <param name="memory">What else is to be remembered, and what is not; null for nothing.</param>
    /// <returns>Null, or why it could not be written: ages are lost, and nothing else is.</returns>
    public string? Record(
        DateTimeOffset now, IReadOnlyCollection<string> seenIds, bool complete, IReadOnlyCollection<Sample>? samples = null, ScanMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(seenIds);
        memory ??= new ScanMemory();
        double monotonic = MonotonicNow;
        samples ??= [.. memory.Counts.Select(count => new Sample(count.Key, now, monotonic, count.Value))];
        seenIds = memory.Also.Count == 0 ? seenIds : [.. seenIds, .. memory.Also];
        if (path is null)
        {
            return NoDirectory;
        }

        if (seenIds.Count == 0 && samples.Count == 0 && state.Seen.Count == 0)
        {
            return null;
        }

        try
        {
            string directory = System.IO.Path.GetDirectoryName(path)!;
            MakeDirectory(directory);
            using var held = new FileLock(LockPath);
            if (!held.Take(options.LockTimeout))
            {
                return $"the ledger {path} is held by another process: what this scan saw first is not kept";
            }

            string? problem = Read(out LedgerFile there);
            if (problem is not null)
            {
                warnings.Add(problem);
                MoveAside();
            }

            state = Merge(there, now, seenIds, complete, samples, memory);
            Write(state, directory);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"the ledger {path} cannot be written, so ages are not kept: {failure.Message}";
        }
    }

    private const string NoDirectory = "there is no directory for the ledger, so ages are not kept: set ZOMBIEOPS_STATE or give --state DIR";

    private string LockPath => System.IO.Path.ChangeExtension(path!, ".lock");

    private void Load()
    {
        if (path is null)
        {
            warnings.Add(NoDirectory);
            return;
        }

        if (Read(out state) is not { } problem)
        {
            return;
        }

        try
        {
            using var held = new FileLock(LockPath);
            // Another process may have moved it aside, or written a sound one, since.
            if (held.Take(options.LockTimeout) && Read(out state) is not null)
            {
                problem = MoveAside() is { } aside ? $"{problem}; it was moved to {aside}" : problem;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = $"{problem}; it could not be moved aside: {failure.Message}";
        }

        warnings.Add(problem);
    }

    /// <summary>Reads the file. Gives a problem and an empty ledger for one that cannot be relied on.</summary>
    private string? Read(out LedgerFile read)
    {
        read = new LedgerFile();
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using SafeFileHandle file = Posix.OpenFile(path!, Posix.ReadOnly);
            long length = RandomAccess.GetLength(file);
            if (length > MaxFileBytes)
            {
                return $"the ledger {path} is too large ({length} bytes), so ages begin anew";
            }

            byte[] bytes = new byte[length];
            int done = 0;
            while (done < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(done), done) is var got and > 0)
            {
                done += got;
            }

            // The hash is there because a single changed digit of a date would make a thing years old.
            ReadOnlySpan<byte> line = bytes.AsSpan(0, done).TrimEnd("\n"u8);
            if (!AuditLine.TrySplit(line, out ReadOnlySpan<byte> hashed, out string stated) || AuditLine.Hash(hashed) != stated)
            {
                return $"the ledger {path} is damaged, so ages begin anew";
            }

            if (last is { } before && before.Hash == stated)
            {
                read = before.File;
                return null;
            }

            LedgerFile? parsed = JsonSerializer.Deserialize(line, LedgerJsonContext.Default.LedgerFile);
            if (parsed is not { Schema: LedgerFile.CurrentSchema, Seen: not null, Series: not null })
            {
                return $"the ledger {path} has a format that this version does not know ({parsed?.Schema}), so ages begin anew";
            }

            (read, last) = (parsed, (stated, parsed));
            return null;
        }
        catch (PosixException gone) when (gone.Errno == Posix.ENOENT)
        {
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            return $"the ledger {path} cannot be read, so ages begin anew: {failure.Message.ReplaceLineEndings(" ")}";
        }
    }

    private string? MoveAside()
    {
        string time = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);
        string aside = $"{path}.corrupt-{time}";
        try
        {
            Posix.Rename(path!, aside);
            string[] kept = Directory.GetFiles(System.IO.Path.GetDirectoryName(path)!, System.IO.Path.GetFileName(path) + ".corrupt-*");
            foreach (string old in kept.Order(StringComparer.Ordinal).SkipLast(KeptCorrupt))
            {
                File.Delete(old);
            }

            return aside;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private LedgerFile Merge(
        LedgerFile there, DateTimeOffset now, IReadOnlyCollection<string> seenIds, bool complete, IReadOnlyCollection<Sample> samples, ScanMemory memory)
    {
        double seconds = MonotonicNow;
        DateTimeOffset written = clock.GetUtcNow();
        var seen = new Dictionary<string, LedgerEntry>(seenIds.Count, StringComparer.Ordinal);
        foreach (string id in seenIds.Where(id => id.Length <= MaxNameLength))
        {
            // A first sight in the future is a clock that was wrong: then it counts from now.
            bool known = there.Seen.TryGetValue(id, out LedgerEntry? entry) && entry is not null && entry.FirstSeen <= written && !memory.Anew.Contains(id);
            seen[id] = !known ? new LedgerEntry(now, seconds, bootId, now) : entry! with
            {
                FirstSeen = entry.FirstSeen < now ? entry.FirstSeen : now,
                FirstSeconds = entry.BootId == bootId ? Math.Min(entry.FirstSeconds, seconds) : entry.FirstSeconds,
                LastSeen = now,
            };
        }

        foreach ((string id, LedgerEntry entry) in there.Seen)
        {
            if (entry is null || seen.ContainsKey(id))
            {
                continue;
            }

            bool goneForLong = now - entry.LastSeen > options.Retention;
            // A scan that began later may have seen it; a last sight that is still to come is a clock that was wrong.
            bool notSeenSince = entry.LastSeen < now || entry.LastSeen > written;
            bool meant = memory.Covers is not { } covers || covers(id);
            if (!goneForLong && !(complete && meant && notSeenSince))
            {
                seen[id] = entry;
            }
        }

        if (seen.Count > options.MaxEntries)
        {
            seen = seen.OrderByDescending(pair => pair.Value.LastSeen).Take(options.MaxEntries).ToDictionary(StringComparer.Ordinal);
        }

        return new LedgerFile { Seen = seen, Series = MergeSeries(there, samples) };
    }

    private Dictionary<string, List<LedgerSample>> MergeSeries(LedgerFile there, IReadOnlyCollection<Sample> samples)
    {
        var series = new Dictionary<string, List<LedgerSample>>(StringComparer.Ordinal);
        foreach ((string name, List<LedgerSample> kept) in there.Series)
        {
            // A monotonic clock starts anew with every boot: older samples say nothing of this one's rates.
            List<LedgerSample> usable = [.. (kept ?? []).Where(s => s is not null && s.BootId == bootId && double.IsFinite(s.Seconds))];
            if (usable.Count > 0)
            {
                series[name] = usable;
            }
        }

        foreach (Sample sample in samples.Where(s => s.Series.Length <= MaxNameLength && double.IsFinite(s.MonotonicSeconds)))
        {
            if (!series.TryGetValue(sample.Series, out List<LedgerSample>? list))
            {
                series[sample.Series] = list = [];
            }

            list.Add(new LedgerSample(sample.At, sample.MonotonicSeconds, bootId, sample.Value));
        }

        foreach (List<LedgerSample> list in series.Values)
        {
            list.Sort((a, b) => a.Seconds.CompareTo(b.Seconds));
            if (list.Count > options.MaxSamples)
            {
                list.RemoveRange(0, list.Count - options.MaxSamples);
            }
        }

        return series.Count <= options.MaxSeries
            ? series
            : series.OrderByDescending(pair => pair.Value[^1].Seconds).Take(options.MaxSeries).ToDictionary(StringComparer.Ordinal);
    }

    private void Write(LedgerFile file, string directory)
    {
        var buffer = new ByteBuffer();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            JsonSerializer.Serialize(writer, file, LedgerJsonContext.Default.LedgerFile);
        }

        AuditLine.Seal(buffer, 0);
        // One name is enough: whoever writes holds the lock, and what a crash left is written over.
        string temporary = path + ".tmp";
        using (SafeFileHandle made = Posix.OpenFile(temporary, Posix.ReadWrite | Posix.Create, Convert.ToInt32("640", 8)))
        {
            Posix.SetLength(made, 0, temporary);
            Posix.WriteAll(made, buffer.Written, temporary);
            Posix.SyncData(made, temporary);
        }

        Posix.Rename(temporary, path!);
        Posix.SyncDirectory(directory);
    }

    private static void MakeDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new IOException("this system has no file locks of the kind that it needs");
        }

        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(
                directory,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        }
    }
}
