using ZombieOps.Model;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>What the owner of a node wants of a mark on it.</summary>
internal enum OwnerState
{
    /// <summary>It could not be seen. The default, on purpose.</summary>
    Unknown = 0,

    /// <summary>No owner is known: the node is no pod, or one of nobody that this tool knows.</summary>
    Foreign,

    /// <summary>There is an owner, and the mark is not one that it sets or may be left to it: to be reported, whatever else is known.</summary>
    Unclaimed,

    /// <summary>The owner drains it, or will as soon as it runs.</summary>
    LiveDrain,

    /// <summary>The owner was cut off and goes on.</summary>
    Resumable,

    /// <summary>The owner was cut off, does not run, and would go on if it did.</summary>
    Orphaned,

    /// <summary>The pod is about to go.</summary>
    Terminating,

    /// <summary>A pod is there, and its node has not joined.</summary>
    Joining,

    /// <summary>The owner says that its drain does not come on.</summary>
    StalledDrain,

    /// <summary>Nothing is drained, and the owner is not at rest.</summary>
    Unsettled,

    /// <summary>The owner is at rest and has no use for the mark. It counts once that has lasted.</summary>
    Idle,
}

/// <summary>One observation of Kubernetes.</summary>
/// <param name="Fact">Stable name.</param>
/// <param name="State">What it says of life.</param>
/// <param name="Says">One sentence.</param>
internal sealed record OwnerSays(string Fact, EvidenceState State, string Says);

/// <summary>An owner's claim on a mark.</summary>
internal sealed record OwnerClaim
{
    public required OwnerState State { get; init; }

    /// <summary>Pod, StatefulSet and the operator's object, the nearest first.</summary>
    public IReadOnlyList<OwnerLink> Chain { get; init; } = [];

    public required IReadOnlyList<OwnerSays> Says { get; init; }

    /// <summary>What has to stay the same for a rest to last: pod and generations. Null where there is no rest.</summary>
    public string? Rest { get; init; }

    /// <summary>When the pod was started (UTC), where it keeps its address for life; null where that says nothing of the mark.</summary>
    public DateTimeOffset? PodStartedAt { get; init; }

    /// <summary>Whether es-operator owns it, which sets <c>rebalance.enable: none</c> along with each mark.</summary>
    public bool SetsRebalance { get; init; }

    /// <summary>Whether it keeps the mark from being cleared.</summary>
    public bool Protects => State is OwnerState.LiveDrain or OwnerState.Resumable or OwnerState.Terminating or OwnerState.Joining or OwnerState.StalledDrain;
}
