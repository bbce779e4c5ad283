using ZombieOps.Metrics;
using ZombieOps.Model;

namespace ZombieOps.Sweeping;

/// <summary>What a tick has gathered so far, and how it ends whatever happened.</summary>
internal sealed class Tick
{
    private readonly EngineOptions options;
    private readonly string source;
    private readonly SweepPlace? place;
    private readonly DateTimeOffset startedAt;
    private readonly long began;
    private readonly List<SweepFailure> failures = [];
    private readonly List<string> warnings = [];
    private SweepMemory memory = new();
    private ScanReport? whole;
    private ScanReport? shown;
    private Exemptions.ExemptionList? exemptions;

    public Tick(EngineOptions options, string source, SweepRequest request, SweepPlace? place)
    {
        this.options = options;
        this.source = source;
        this.place = place;
        Request = request;
        startedAt = options.Clock.GetUtcNow();
        began = options.Clock.GetTimestamp();
        if (place is not null)
        {
            (memory, string? problem) = place.Read();
            if (problem is not null)
            {
                warnings.Add(problem);
            }
        }
    }

    public SweepRequest Request { get; }

    public ClearReport? Clear { get; set; }

    public IReadOnlyList<string> Recovered { get; set; } = [];

    /// <summary>Keeps a scan: all of it for the metrics, what the filter means for the report, and the exemptions that it went by.</summary>
    public void Saw(ScanReport all, ScanReport meant, Exemptions.ExemptionList by) => (whole, shown, exemptions) = (all, meant, by);

    /// <summary>Keeps a failure, once.</summary>
    public void Fail(ZombieOpsException error)
    {
        if (!failures.Any(failure => failure.ErrorId == error.ErrorId && failure.Says == error.Message))
        {
            failures.Add(new SweepFailure(error.ErrorId, (int)error.ExitCode, error.Message, error.NextStep));
        }
    }

    /// <summary>Remembers, writes the metrics and reports.</summary>
    public SweepReport End(int? openIntents, Action? step)
    {
        HashSet<string> matched = [.. (exemptions?.Matched ?? []).Select(ExemptionMemory.IdOf)];
        memory = memory.After(startedAt, whole is { Complete: true });
        memory = exemptions is null ? memory : memory with { Exemptions = ExemptionMemory.After(memory.Exemptions, exemptions.InForce(startedAt), matched, startedAt) };
        SweepReport report = Report(openIntents);
        if (place is null)
        {
            return report;
        }

        memory = memory.With(Summary(report));
        try
        {
            step?.Invoke();
            place.Write(memory, step);
            step?.Invoke();
            if (place.Keep(Entry(report, matched), step) is { } full)
            {
                warnings.Add(full);
                report = Report(openIntents);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(CannotWrite("when the last scan succeeded cannot be kept", e));
            report = Report(openIntents);
        }

        string path = place.MetricsPath(Request.MetricsFile);
        try
        {
            step?.Invoke();
            place.WriteMetrics(path, SweepMetrics.Write(report, whole, options.Clock.GetElapsedTime(began), Request.Labels), step);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(CannotWrite($"the metrics {path} cannot be written", e));
            report = Report(openIntents);
            Correct(place, report);
        }

        step?.Invoke();
        return report with { MetricsFile = path };
    }

    /// <summary>Remembers another end of the tick than was written before. What cannot be written now is told by the failure that changed it.</summary>
    private void Correct(SweepPlace place, SweepReport report)
    {
        try
        {
            place.Write(memory.With(Summary(report)), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The report has a failure already.
        }
    }

    private SweepTick Summary(SweepReport report)
    {
        HashSet<string> gone = report.Gone();
        Finding[]? left = whole is null ? null : [.. whole.Findings.Where(finding => !gone.Contains(finding.Id))];
        return new SweepTick
        {
            StartedAt = report.StartedAt,
            EndedAt = report.EndedAt,
            Exit = report.Exit,
            Reason = report.ExitReason,
            Complete = whole is { Complete: true },
            Scanned = whole?.Counts.Scanned,
            Zombies = left?.Count(finding => finding.Verdict == Verdict.Zombie),
            Findings = left?.Length,
            Cleared = report.Clear?.Results.Count(result => result.Outcome == ClearOutcome.Cleared) ?? 0,
        };
    }

    private static ZombieOpsException CannotWrite(string what, Exception e) => new(
        ErrorIds.CannotWrite, ExitCode.Incomplete, $"{what}: {e.Message}", "look at that place: missing directory, full disk, read-only file system, no right", e);

    private TickEntry Entry(SweepReport report, HashSet<string> matched) => new()
    {
        At = startedAt,
        Name = Request.Name,
        Complete = whole is { Complete: true },
        Scanned = whole?.Counts.Scanned ?? 0,
        Zombies = whole?.Counts.Zombies ?? 0,
        Others = (whole?.Findings.Count ?? 0) - (whole?.Counts.Zombies ?? 0),
        Exempt = whole?.Findings.Count(finding => finding.Reason == Exemptions.ExemptionList.ExemptReason) ?? 0,
        Acts = Clear?.Results.Count(result => result.AuditSequence is not null) ?? 0,
        Exit = report.Exit,
        Matched = matched.Count == 0 ? null : [.. matched.Order(StringComparer.Ordinal).Take(100)],
    };

    private SweepReport Report(int? openIntents)
    {
        var report = new SweepReport
        {
            Host = options.Host,
            Source = source,
            StartedAt = startedAt,
            EndedAt = options.Clock.GetUtcNow(),
            DryRun = Request.Clear.DryRun,
            Scan = shown,
            Clear = Clear,
            Recovered = Recovered,
            OpenIntents = openIntents,
            Warnings = [.. warnings, .. (shown?.Warnings ?? []), .. (Clear?.Warnings ?? []).Except(shown?.Warnings ?? [])],
            LastSuccessfulScanAt = memory.LastSuccessfulScanAt,
            Failures = [.. failures],
        };
        (ExitCode exit, string reason) = ReportExit.Because(report);
        return report with { Exit = (int)exit, ExitReason = reason };
    }
}
