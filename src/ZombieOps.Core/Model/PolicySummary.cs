using System.Globalization;

namespace ZombieOps.Model;

/// <summary>
/// What a run of a policy comes to: counts, what was not cleared and what went wrong, of bounded size whatever was found. It is made for the output of a job, whose
/// log cuts long records off.
/// </summary>
public sealed record PolicySummary
{
    /// <summary>The most entries that a list holds; the last one then says how many were left out.</summary>
    internal const int MostEntries = 20;

    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>The host that ran it.</summary>
    public required string Host { get; init; }

    /// <summary>Full path of the policy.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of the policy's bytes, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>What people call it; null where it has no name.</summary>
    public string? Name { get; init; }

    /// <summary>When the run began (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the run ended (UTC).</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Whether it was a dry run, which writes nothing at all.</summary>
    public required bool DryRun { get; init; }

    /// <summary>Why nothing was allowed to be cleared at the beginning of the run, by its windows; null where it was.</summary>
    public string? ClosedBecause { get; init; }

    /// <summary>One entry a source, in the policy's order.</summary>
    public required IReadOnlyList<PolicySourceSummary> Sources { get; init; }

    /// <summary>What else should be known of the policy itself, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What could not be done beside the sources.</summary>
    public IReadOnlyList<SweepFailure> Failures { get; init; } = [];

    /// <summary>The exit code: the gravest of all sources.</summary>
    public int Exit { get; init; }

    /// <summary>Why that exit code.</summary>
    public string ExitReason { get; init; } = "";

    /// <summary>The summary of a run.</summary>
    /// <param name="report">The run.</param>
    public static PolicySummary Of(PolicyReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return new PolicySummary
        {
            Host = report.Host,
            Path = report.Path,
            Sha256 = report.Sha256,
            Name = report.Name,
            StartedAt = report.StartedAt,
            EndedAt = report.EndedAt,
            DryRun = report.DryRun,
            ClosedBecause = report.ClosedBecause,
            Sources = [.. report.Sources.Select(PolicySourceSummary.Of)],
            Warnings = Bounded([.. report.Warnings, .. report.Unused]),
            Failures = report.Failures,
            Exit = report.Exit,
            ExitReason = report.ExitReason,
        };
    }

    internal static IReadOnlyList<string> Bounded(IReadOnlyList<string> texts) => texts.Count <= MostEntries
        ? texts
        : [.. texts.Take(MostEntries - 1), string.Create(CultureInfo.InvariantCulture, $"and {texts.Count - MostEntries + 1} more")];
}

/// <summary>What a run of a policy comes to on one source.</summary>
public sealed record PolicySourceSummary
{
    /// <summary>What the policy calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>Whether all of the system was seen; false as well where nothing was scanned.</summary>
    public required bool Complete { get; init; }

    /// <summary>What could not be seen, one sentence each.</summary>
    public IReadOnlyList<string> IncompleteBecause { get; init; } = [];

    /// <summary>How much was scanned and found; null where nothing was scanned.</summary>
    public ScanCounts? Counts { get; init; }

    /// <summary>How many findings are gone by this run or before it could act.</summary>
    public int Cleared { get; init; }

    /// <summary>How many would be cleared; only a dry run has any.</summary>
    public int WouldClear { get; init; }

    /// <summary>How many zombies are left at the end.</summary>
    public int Left { get; init; }

    /// <summary>What was tried or chosen and is not gone, the first ones.</summary>
    public IReadOnlyList<NotCleared> NotCleared { get; init; } = [];

    /// <summary>Why the clearing stopped before its end; null where it did not.</summary>
    public string? StoppedBecause { get; init; }

    /// <summary>Why it was only scanned although the policy allows a remedy; null where it was not.</summary>
    public string? OnlyScannedBecause { get; init; }

    /// <summary>How many intents in the audit log are open; null where it cannot be read, and in a dry run.</summary>
    public int? OpenIntents { get; init; }

    /// <summary>When the last scan that saw everything began (UTC); null where none is known.</summary>
    public DateTimeOffset? LastSuccessfulScanAt { get; init; }

    /// <summary>What else should be known, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What could not be done.</summary>
    public IReadOnlyList<SweepFailure> Failures { get; init; } = [];

    internal static PolicySourceSummary Of(PolicySourceReport report)
    {
        SweepReport? sweep = report.Sweep;
        IReadOnlyList<ClearResult> results = sweep?.Clear?.Results ?? [];
        return new PolicySourceSummary
        {
            Name = report.Name,
            Source = report.Source,
            Complete = sweep?.Scan is { Complete: true },
            IncompleteBecause = PolicySummary.Bounded(sweep?.Scan?.IncompleteBecause ?? []),
            Counts = sweep?.Scan?.Counts,
            Cleared = results.Count(result => result.Outcome is ClearOutcome.Cleared or ClearOutcome.AlreadyGone),
            WouldClear = results.Count(result => result.Outcome == ClearOutcome.WouldClear),
            Left = sweep?.ZombiesLeft().Count ?? 0,
            NotCleared = [.. results
                .Where(result => result.Outcome is not (ClearOutcome.Cleared or ClearOutcome.AlreadyGone or ClearOutcome.WouldClear))
                .Take(PolicySummary.MostEntries)
                .Select(result => new NotCleared(result.Target.ToString(), result.Outcome, result.Reason, result.Says))],
            StoppedBecause = sweep?.Clear?.StoppedBecause,
            OnlyScannedBecause = report.OnlyScannedBecause,
            OpenIntents = sweep?.OpenIntents,
            LastSuccessfulScanAt = sweep?.LastSuccessfulScanAt,
            Warnings = PolicySummary.Bounded(sweep?.Warnings ?? []),
            Failures = report.Failure is { } failure ? [failure] : sweep?.Failures ?? [],
        };
    }
}

/// <summary>Something that was tried or chosen and is not gone.</summary>
/// <param name="Target">The thing, for people.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">Why, a stable code.</param>
/// <param name="Says">Why, one sentence.</param>
public sealed record NotCleared(string Target, ClearOutcome Outcome, string Reason, string Says);
