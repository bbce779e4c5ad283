namespace ZombieOps.Model;

/// <summary>A plan with what the audit log knows of it.</summary>
public sealed record PlanReview
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>Full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of its bytes, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The plan.</summary>
    public required Plan Plan { get; init; }

    /// <summary>Who wrote these bytes, by the audit log; null where it does not know them, and then they cannot be approved.</summary>
    public string? Author { get; init; }

    /// <summary>Why no approval counts: the audit log does not verify. Null where it does.</summary>
    public string? LogProblem { get; init; }

    /// <summary>The approvals, oldest first, also those that do not hold.</summary>
    public IReadOnlyList<PlanApproval> Approvals { get; init; } = [];
}

/// <summary>One approval of a plan.</summary>
public sealed record PlanApproval
{
    /// <summary>Number of its record in the audit log.</summary>
    public required long Sequence { get; init; }

    /// <summary>Who approved.</summary>
    public required string By { get; init; }

    /// <summary>When (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Until when it holds (UTC).</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Why, in the approver's words.</summary>
    public string? Why { get; init; }

    /// <summary>Whether a run may act under it now.</summary>
    public required bool Holds { get; init; }

    /// <summary>Why it does not hold; null where it does.</summary>
    public string? Because { get; init; }
}
