namespace ZombieOps.Clearing;

/// <summary>What a user asks for who sets a mark with a bounded life, moves its end, or takes it away again.</summary>
/// <param name="Entry">What is to be marked, in the source's own words: an address, a node's name.</param>
/// <param name="Owner">Who wants it. Only the same owner can renew it or take it away.</param>
public sealed record MarkRequest(string Entry, string Owner)
{
    /// <summary>Whether the mark is to be taken away.</summary>
    public bool TakeAway { get; init; }

    /// <summary>How long it is wanted from now on; not looked at where it is taken away.</summary>
    public TimeSpan For { get; init; }

    /// <summary>What kind of name the entry is (<c>_ip</c>, <c>_name</c>, …); null to tell it from the entry.</summary>
    public string? Attribute { get; init; }

    /// <summary>Where it is kept: <c>persistent</c> or <c>transient</c>.</summary>
    public string Scope { get; init; } = "persistent";

    /// <summary>Whether a mark that is there and that nobody has declared is taken over.</summary>
    public bool Adopt { get; init; }

    /// <summary>Whether nothing may change.</summary>
    public bool DryRun { get; init; }

    /// <summary>Why, for everybody who finds the mark, and for the audit log.</summary>
    public string? Why { get; init; }
}
