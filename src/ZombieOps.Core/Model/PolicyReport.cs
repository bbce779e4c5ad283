namespace ZombieOps.Model;

/// <summary>What one run of a policy saw and did.</summary>
public sealed record PolicyReport
{
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

    /// <summary>One entry a source of the policy, in its order.</summary>
    public required IReadOnlyList<PolicySourceReport> Sources { get; init; }

    /// <summary>What else should be known of the policy itself, one sentence each: an exemption that has lapsed.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Exemptions in force that match nothing, one sentence each. On a healthy system that is most of them, so it wakes nobody.</summary>
    public IReadOnlyList<string> Unused { get; init; } = [];

    /// <summary>What could not be done beside the sources: telling the policy's command.</summary>
    public IReadOnlyList<SweepFailure> Failures { get; init; } = [];

    /// <summary>The exit code: the gravest of all sources.</summary>
    public int Exit { get; init; }

    /// <summary>Why that exit code.</summary>
    public string ExitReason { get; init; } = "";

    /// <summary>The report with an exit code that fits it.</summary>
    internal PolicyReport Judged()
    {
        (ExitCode exit, string reason) = ReportExit.Because(this);
        return this with { Exit = (int)exit, ExitReason = reason };
    }

    /// <summary>The report with one failure more, and an exit code that fits it.</summary>
    /// <param name="failure">The failure.</param>
    public PolicyReport With(SweepFailure failure) => (this with { Failures = [.. Failures, failure] }).Judged();
}

/// <summary>What a run of a policy saw and did on one source.</summary>
public sealed record PolicySourceReport
{
    /// <summary>What the policy calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>Line of the policy on which it begins.</summary>
    public required int Line { get; init; }

    /// <summary>Why it was only scanned although the policy allows a remedy; null where it was not.</summary>
    public string? OnlyScannedBecause { get; init; }

    /// <summary>The tick; null where it was not begun (see <see cref="Failure"/>).</summary>
    public SweepReport? Sweep { get; init; }

    /// <summary>Why the tick was not begun; null where it was.</summary>
    public SweepFailure? Failure { get; init; }
}

/// <summary>What a policy would do with a finding.</summary>
public enum PolicyAnswer
{
    /// <summary>It leaves it alone, and no run clears it as things are.</summary>
    LeaveAlone,

    /// <summary>It only reports it.</summary>
    OnlyReport,

    /// <summary>It would clear it, and not now.</summary>
    ClearLater,

    /// <summary>It would clear it.</summary>
    Clear,
}

/// <summary>What a policy would do with one finding, and what decides.</summary>
public sealed record PolicyDecision
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>Full path of the policy.</summary>
    public required string Path { get; init; }

    /// <summary>What the policy calls the source.</summary>
    public required string Source { get; init; }

    /// <summary>What it would do.</summary>
    public required PolicyAnswer Answer { get; init; }

    /// <summary>Line of the policy that decides; null where no line does.</summary>
    public int? Line { get; init; }

    /// <summary>Why, one sentence.</summary>
    public required string Because { get; init; }

    /// <summary>Codes of the remedies that would be tried, in this order.</summary>
    public IReadOnlyList<string> Remedies { get; init; } = [];

    /// <summary>What else bears on it, one sentence each, with the lines.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The finding, as it is without the policy's exemptions.</summary>
    public required Finding Finding { get; init; }
}
