namespace ZombieOps.Model;

/// <summary>How one attempt to clear one finding ended.</summary>
public sealed record ClearResult
{
    /// <summary>The finding's identity.</summary>
    public required string FindingId { get; init; }

    /// <summary>The source it came from.</summary>
    public required string Source { get; init; }

    /// <summary>The thing itself.</summary>
    public required Target Target { get; init; }

    /// <summary>The finding's cause, as it was judged last.</summary>
    public required string Cause { get; init; }

    /// <summary>The remedy that was run or would have been; null where none was chosen.</summary>
    public string? Remedy { get; init; }

    /// <summary>How it ended.</summary>
    public required ClearOutcome Outcome { get; init; }

    /// <summary>Stable reason code, PascalCase: <c>VerifiedGone</c>, <c>StillThere</c>, <c>IdentityChanged</c>, <c>NoAllowedRemedy</c>, …</summary>
    public required string Reason { get; init; }

    /// <summary>One sentence for a person, with the next step where something is left to do.</summary>
    public required string Says { get; init; }

    /// <summary>Facts that the act brought to light, by stable camelCase names: <c>exitStatus</c>, <c>signalsSent</c>.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>When the attempt ended (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Sequence number of the intent in the audit log; null where nothing was intended.</summary>
    public long? AuditSequence { get; init; }
}

/// <summary>What one run of clearing did.</summary>
public sealed record ClearReport
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>The host that acted.</summary>
    public required string Host { get; init; }

    /// <summary>That host's boot id.</summary>
    public required string BootId { get; init; }

    /// <summary>Identity of the run; every audit record of it carries the same.</summary>
    public required string RunId { get; init; }

    /// <summary>When the run began (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the run ended (UTC).</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Whether it was a dry run, which cannot change anything.</summary>
    public required bool DryRun { get; init; }

    /// <summary>Whether the scan behind it saw everything.</summary>
    public required bool Complete { get; init; }

    /// <summary>What could not be seen.</summary>
    public IReadOnlyList<string> IncompleteBecause { get; init; } = [];

    /// <summary>What else should be known: changes since the plan, recovered intents, lapsed exemptions.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>One result a finding that was selected, in the order of acting.</summary>
    public required IReadOnlyList<ClearResult> Results { get; init; }

    /// <summary>Error id of what stopped the run before its end (<c>StopFilePresent</c>, <c>CanaryFailed</c>, <c>Reasserted</c>); null where nothing did.</summary>
    public string? StoppedBecause { get; init; }
}
