using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources.Search.Marks;
using ZombieOps.Sources.Search.Owners;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>Everything that one mark is judged by.</summary>
internal sealed record MarkCase
{
    /// <summary>Identity.</summary>
    public required string Id { get; init; }

    /// <summary>The mark.</summary>
    public required Mark Mark { get; init; }

    /// <summary>The cluster.</summary>
    public required ClusterFacts Facts { get; init; }

    /// <summary>When the mark was first seen.</summary>
    public required Sighting Sighting { get; init; }

    /// <summary>Since when it names no node; null where it names one or never can.</summary>
    public Sighting? Absent { get; init; }

    /// <summary>Since when it named a node as it was first seen; null where it did not, or that is not known.</summary>
    public Sighting? Named { get; init; }

    /// <summary>Since when it is known to name this node; null where it names none or several.</summary>
    public Sighting? On { get; init; }

    /// <summary>Since when this run of the node holds nothing; null where it holds something.</summary>
    public Sighting? Empty { get; init; }

    /// <summary>What Kubernetes knows of it; null where Kubernetes is not asked, or the mark says nothing of single nodes.</summary>
    public OwnerClaim? Owner { get; init; }

    /// <summary>Everything that was read of Kubernetes; null where it is not asked.</summary>
    public OwnerFacts? Kubernetes { get; init; }

    /// <summary>Since when its owner is at rest; null where it is not.</summary>
    public Sighting? Rest { get; init; }

    /// <summary>For a switch of the whole cluster: whether everything that can have set it is at rest, and an interrupted drain was seen that did.</summary>
    public bool LeftByDrain { get; init; }

    /// <summary>The node's shards in earlier reads; null where it names no node or several, or they were not counted.</summary>
    public ShardTrend? Trend { get; init; }

    /// <summary>Whether the exclusions together leave no node that may hold data.</summary>
    public bool AllExcluded { get; init; }

    /// <summary>Whether any drain is under way, for marks of the whole cluster.</summary>
    public bool AnyDrain { get; init; }

    /// <summary>Whether each voting exclusion names a node that is gone for long enough.</summary>
    public bool AllVotersGone { get; init; }

    /// <summary>The one node that it names, or null.</summary>
    public NodeFacts? Node => Mark.Nodes is [var one] ? one : null;
}

/// <summary>What was concluded of one mark.</summary>
/// <param name="Verdict">What may be done.</param>
/// <param name="Reason">One of <see cref="SearchReasons"/>.</param>
/// <param name="Cause">One of <see cref="SearchCauses"/>.</param>
internal sealed record MarkJudgement(Verdict Verdict, string Reason, string Cause);
