namespace ZombieOps.Model;

/// <summary>What one tick of a sweep saw and did.</summary>
public sealed record SweepReport
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>The host that swept.</summary>
    public required string Host { get; init; }

    /// <summary>The source that was swept.</summary>
    public required string Source { get; init; }

    /// <summary>When the tick began (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the tick ended (UTC).</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Whether it was a dry run, which writes nothing at all.</summary>
    public required bool DryRun { get; init; }

    /// <summary>The scan, with the findings that the filter means, as they were before anything was cleared; null where nothing could be seen.</summary>
    public ScanReport? Scan { get; init; }

    /// <summary>What was cleared; null where no remedy was allowed, or where clearing was not begun (see <see cref="Failures"/>).</summary>
    public ClearReport? Clear { get; init; }

    /// <summary>What became of the intents that interrupted runs had left open, one sentence each.</summary>
    public IReadOnlyList<string> Recovered { get; init; } = [];

    /// <summary>How many intents in the audit log are open at the end of the tick; null where it cannot be read, and in a dry run.</summary>
    public int? OpenIntents { get; init; }

    /// <summary>What else should be known, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>When the last scan that saw everything began (UTC), this tick's or an earlier one's; null where none is known.</summary>
    public DateTimeOffset? LastSuccessfulScanAt { get; init; }

    /// <summary>The file of metrics; null in a dry run.</summary>
    public string? MetricsFile { get; init; }

    /// <summary>What the tick could not do. One failure does not keep it from the rest of its work.</summary>
    public IReadOnlyList<SweepFailure> Failures { get; init; } = [];

    /// <summary>The exit code.</summary>
    public int Exit { get; init; }

    /// <summary>Why that exit code: <c>Clean</c>, <c>FindingsLeft</c>, <c>Incomplete</c>, or the error id that counts most.</summary>
    public string ExitReason { get; init; } = "";

    /// <summary>The zombies of <see cref="Scan"/> that are still there.</summary>
    public IReadOnlyList<Finding> ZombiesLeft()
    {
        HashSet<string> gone = Gone();
        return [.. (Scan?.Findings ?? []).Where(finding => finding.Verdict == Verdict.Zombie && !gone.Contains(finding.Id))];
    }

    /// <summary>Identities of the findings that are gone at the end of the tick. What came back is not gone.</summary>
    internal HashSet<string> Gone() =>
        [.. (Clear?.Results ?? []).Where(result => result.Outcome is ClearOutcome.Cleared or ClearOutcome.AlreadyGone).Select(result => result.FindingId)];
}

/// <summary>Something that a tick could not do.</summary>
/// <param name="ErrorId">Stable id, one of <see cref="ErrorIds"/>.</param>
/// <param name="Exit">The exit code of such an error.</param>
/// <param name="Says">What is wrong, with the thing named; one line.</param>
/// <param name="NextStep">What to do about it; one line.</param>
public sealed record SweepFailure(string ErrorId, int Exit, string Says, string NextStep);
