namespace ZombieOps.Model;

/// <summary>What a source wants the ledger to remember of a scan beyond the identities of its findings.</summary>
public sealed record ScanMemory
{
    /// <summary>
    /// Whether an identity that a complete scan did not see is gone, and so forgotten. A scan of one cluster says nothing of another cluster's marks,
    /// which the same ledger holds. Null where that holds of every identity.
    /// </summary>
    public Func<string, bool>? Covers { get; init; }

    /// <summary>Identities of states that were seen besides the findings: "this mark, and no node that it names".</summary>
    public IReadOnlyCollection<string> Also { get; init; } = [];

    /// <summary>Numbers to compare later scans with, by the name of their series: the shards on a node. A source keeps them few.</summary>
    public IReadOnlyDictionary<string, long> Counts { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, long>.Empty;

    /// <summary>Identities, of findings or of <see cref="Also"/>, that begin anew: they were not watched for too long to count as one sight.</summary>
    public IReadOnlySet<string> Anew { get; init; } = System.Collections.Immutable.ImmutableHashSet<string>.Empty;
}
