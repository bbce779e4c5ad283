namespace ZombieOps.Sources.Search;

/// <summary>Kinds of findings that the search source has.</summary>
public static class SearchKinds
{
    /// <summary>An entry of <c>cluster.routing.allocation.exclude.*</c>.</summary>
    public const string Exclusion = "ExclusionMark";

    /// <summary>A <c>cluster.routing.allocation.require.*</c> or <c>include.*</c>.</summary>
    public const string Filter = "FilterMark";

    /// <summary><c>cluster.routing.rebalance.enable</c> or <c>allocation.enable</c> left other than <c>all</c>.</summary>
    public const string Switch = "RoutingSwitch";

    /// <summary>An entry of the voting configuration exclusions.</summary>
    public const string Voting = "VotingExclusion";

    /// <summary>A node shutdown record (Elasticsearch 7.13 and later).</summary>
    public const string Shutdown = "NodeShutdown";

    /// <summary>An index that is pinned to one node, as a shrink leaves it.</summary>
    public const string IndexPin = "IndexPin";

    /// <summary><c>cluster.blocks.*</c>.</summary>
    public const string Block = "ClusterBlock";

    /// <summary>A zone taken out of service (OpenSearch).</summary>
    public const string Decommission = "Decommission";

    /// <summary>A zone that searches are kept away from by weight (OpenSearch).</summary>
    public const string Weights = "RoutingWeight";

    /// <summary>What somebody has declared of an exclusion that is not there.</summary>
    public const string DrainRecord = "DrainRecord";
}

/// <summary>Causes of search marks: what the mark does there.</summary>
public static class SearchCauses
{
    /// <summary>It names no node of the cluster.</summary>
    public const string NodeGone = "NodeGone";

    /// <summary>The node that it was set for is gone and another one has its address or name.</summary>
    public const string NodeReplaced = "NodeReplaced";

    /// <summary>It keeps shards off a live node that holds none.</summary>
    public const string NodeIdle = "NodeIdle";

    /// <summary>Shards are leaving the node that it names, or the node is about to be shut down.</summary>
    public const string Draining = "Draining";

    /// <summary>The node that it names still holds shards and none of them moves.</summary>
    public const string DrainStuck = "DrainStuck";

    /// <summary>The drain that it was set for was cut off.</summary>
    public const string DrainCutOff = "DrainCutOff";

    /// <summary>The node that it names has only just started.</summary>
    public const string NodeStarting = "NodeStarting";

    /// <summary>Every node that may hold data is excluded, so nothing moves.</summary>
    public const string EveryNode = "EveryNode";

    /// <summary>It means a group of nodes and not one.</summary>
    public const string Group = "Group";

    /// <summary>It is a placeholder that means no node.</summary>
    public const string Placeholder = "Placeholder";

    /// <summary>It is listed and has no effect.</summary>
    public const string NotInForce = "NotInForce";

    /// <summary>Placing or moving shards is switched off for the whole cluster.</summary>
    public const string SwitchedOff = "SwitchedOff";

    /// <summary>A node must not vote, so the cluster can lose fewer.</summary>
    public const string VoteTaken = "VoteTaken";

    /// <summary>Changes of the whole cluster are blocked.</summary>
    public const string Blocked = "Blocked";

    /// <summary>Shards may be on some nodes only.</summary>
    public const string Filtered = "Filtered";

    /// <summary>An index is pinned to one node.</summary>
    public const string IndexPinned = "IndexPinned";

    /// <summary>A zone is out of service.</summary>
    public const string ZoneOut = "ZoneOut";

    /// <summary>It declares an exclusion that is not there, and a later one of the same entry would inherit it.</summary>
    public const string RecordLeft = "RecordLeft";

    /// <summary>It could not be told.</summary>
    public const string Unknown = "Unknown";
}

/// <summary>Reason codes of verdicts on search marks.</summary>
public static class SearchReasons
{
    /// <summary>It names nothing that is in the cluster, and has not for longer than a restart takes.</summary>
    public const string Gone = "Gone";

    /// <summary>It is older than the node that it names now, which is not the node that it was set for.</summary>
    public const string Reincarnated = "Reincarnated";

    /// <summary>
    /// Its owner is at rest and has no use for it (Kubernetes), or the declared owner's longest drain is over and the node is empty and idle.
    /// </summary>
    public const string Abandoned = "Abandoned";

    /// <summary>Its owner has declared until when it is wanted, and that is over.</summary>
    public const string Expired = "Expired";

    /// <summary>Its owner has declared until when it is wanted, and that is not over.</summary>
    public const string Leased = "Leased";

    /// <summary>A declaration whose exclusion is gone.</summary>
    public const string RecordOnly = "RecordOnly";

    /// <summary>A drain is under way.</summary>
    public const string LiveDrain = "LiveDrain";

    /// <summary>The node is being shut down.</summary>
    public const string Terminating = "Terminating";

    /// <summary>The node has only just started.</summary>
    public const string Joining = "Joining";

    /// <summary>A drain was cut off, and its owner goes on with it.</summary>
    public const string Resumable = "Resumable";

    /// <summary>A drain was cut off, and its owner would go on with it if it ran.</summary>
    public const string Orphaned = "Orphaned";

    /// <summary>A drain that does not come to its end.</summary>
    public const string StalledDrain = "StalledDrain";

    /// <summary>Nothing is known of who set it and why.</summary>
    public const string Foreign = "Foreign";

    /// <summary>A wildcard, a node attribute, or an entry that several nodes fit.</summary>
    public const string Pattern = "Pattern";

    /// <summary>A placeholder that some operators write where nothing is excluded.</summary>
    public const string Sentinel = "Sentinel";

    /// <summary>A transient setting of the same key hides it.</summary>
    public const string Shadowed = "Shadowed";

    /// <summary>It is listed and not enforced (Elasticsearch).</summary>
    public const string Dormant = "Dormant";

    /// <summary>Together with others it excludes every node that may hold data.</summary>
    public const string AllExcluded = "AllExcluded";

    /// <summary>Younger than the minimum age, or its node was not away for longer than a restart takes, or its owner was not at rest for long enough.</summary>
    public const string TooYoung = "TooYoung";

    /// <summary>It stands in the file of a node: no request takes it away.</summary>
    public const string InFile = "InFile";

    /// <summary>Something that decides could not be read.</summary>
    public const string NotSeen = "NotSeen";
}

/// <summary>Remedies for search marks.</summary>
public static class SearchRemedies
{
    /// <summary>Take one entry out of one setting in one scope.</summary>
    public const string RemoveEntry = "RemoveEntry";

    /// <summary>Set one cluster setting back to its default in one scope.</summary>
    public const string ResetSetting = "ResetSetting";

    /// <summary>Delete the voting configuration exclusions, all at once.</summary>
    public const string ClearVotingExclusions = "ClearVotingExclusions";

    /// <summary>Delete one node's shutdown record.</summary>
    public const string DeleteShutdown = "DeleteShutdown";

    /// <summary>Take the pin and the write block off one index.</summary>
    public const string UnpinIndex = "UnpinIndex";

    /// <summary>Take the decommissioned zone back.</summary>
    public const string Recommission = "Recommission";

    /// <summary>Take away a declaration whose exclusion is gone.</summary>
    public const string RemoveRecord = "RemoveRecord";

    /// <summary>Delete the routing weights.</summary>
    public const string DeleteWeights = "DeleteWeights";
}
