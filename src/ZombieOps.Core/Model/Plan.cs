namespace ZombieOps.Model;

/// <summary>One step of a plan: this remedy for that finding.</summary>
/// <param name="FindingId">Identity of the finding, which the same file holds.</param>
/// <param name="Remedy">Code of the remedy.</param>
public sealed record PlanStep(string FindingId, string Remedy);

/// <summary>A reviewed, serialised set of findings and remedies. Acting on it touches nothing that is not in it.</summary>
public sealed record Plan
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>Identity of the plan, in every audit record that a run of it writes.</summary>
    public required string PlanId { get; init; }

    /// <summary>Who made it: user and, behind sudo, the user before.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was made (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The scan it was made from, with exactly the findings that it will act on.</summary>
    public required ScanReport Scan { get; init; }

    /// <summary>What to do, in order.</summary>
    public required IReadOnlyList<PlanStep> Steps { get; init; }
}
