namespace ZombieOps.Model;

/// <summary>What an act is about to do or has done, in the words of the scanned system, so that it can be finished or undone later.</summary>
public sealed record ActPlan
{
    /// <summary>What there was before, by a name of the source's own: for a cluster setting <c>SCOPE:KEY</c> and its raw value.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The requests, in order, as a console of the system takes them. In a plan they are as of its reading; the act makes them anew.</summary>
    public IReadOnlyList<string> Requests { get; init; } = [];

    /// <summary>The request that would bring back what was before; null where there is none.</summary>
    public string? Undo { get; init; }
}
