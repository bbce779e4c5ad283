namespace ZombieOps.Model;

/// <summary>One thing judged: its identity, owner, age, evidence, cause, verdict and the remedies offered.</summary>
public sealed record Finding
{
    /// <summary>Identity, stable across scans and unique across time: for a process boot id, pid and start time.</summary>
    public required string Id { get; init; }

    /// <summary>The source that found it, kebab-case: <c>process</c>.</summary>
    public required string Source { get; init; }

    /// <summary>What kind of thing it is, PascalCase: <c>ZombieProcess</c>, <c>LeaderExitedProcess</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>What may be done about it.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The verdict's stable reason code, PascalCase: <c>Abandoned</c>, <c>TooYoung</c>, <c>LeaderExited</c>, <c>Exempt</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>Why it is there, a stable code of its source, PascalCase: <c>ParentNotWaiting</c>. <c>Unknown</c> where it could not be told.</summary>
    public required string Cause { get; init; }

    /// <summary>The thing itself.</summary>
    public required Target Target { get; init; }

    /// <summary>The chain of owners, the nearest first. Empty where none could be seen.</summary>
    public IReadOnlyList<OwnerLink> Owner { get; init; } = [];

    /// <summary>
    /// Identity of whatever made it (for a process its parent's boot id, pid and start time). Findings of one origin are
    /// cleared by one act; a new one after an act is <see cref="ClearOutcome.Reasserted"/>, and so is one whose owner the act has restarted. Null where it
    /// could not be seen.
    /// </summary>
    public string? Origin { get; init; }

    /// <summary>When it was first seen (UTC), from <see cref="AgeFrom"/>.</summary>
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>How long it has been there at least. In JSON whole and fractional seconds.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>Where the age comes from.</summary>
    public required AgeSource AgeFrom { get; init; }

    /// <summary>What was seen, in the order in which it was judged.</summary>
    public IReadOnlyList<Evidence> Evidence { get; init; } = [];

    /// <summary>The remedies that fit, least harmful first.</summary>
    public IReadOnlyList<RemedyOffer> Remedies { get; init; } = [];
}
