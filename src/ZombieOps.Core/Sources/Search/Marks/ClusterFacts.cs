namespace ZombieOps.Sources.Search.Marks;

/// <summary>The two products, which treat exclusions differently.</summary>
internal enum SearchProduct
{
    /// <summary>Elasticsearch: a change of one <c>exclude.*</c> key puts the others out of force.</summary>
    Elasticsearch,

    /// <summary>OpenSearch 1 and later.</summary>
    OpenSearch,
}

/// <summary>A value of a cluster setting.</summary>
/// <param name="Raw">As it was read; the elements of an array joined by commas.</param>
/// <param name="Entries">The list that it stands for: no blanks around, no empty ones, each once.</param>
/// <param name="WasArray">Whether it was an array (Elasticsearch 8 and later take and give one).</param>
internal sealed record SettingValue(string Raw, IReadOnlyList<string> Entries, bool WasArray = false);

/// <summary>An entry of the voting configuration exclusions.</summary>
/// <param name="NodeId">Id, or <c>_absent_</c> where a name was given that no node had.</param>
/// <param name="NodeName">Name, or <c>_absent_</c>.</param>
internal sealed record VotingExclusion(string NodeId, string NodeName)
{
    /// <summary>What the servers write for an id or a name that they did not find.</summary>
    public const string AbsentMarker = "_absent_";
}

/// <summary>A node shutdown record.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Kind"><c>REMOVE</c>, <c>RESTART</c>, <c>REPLACE</c> or <c>SIGTERM</c>.</param>
/// <param name="Why">The reason that its maker gave.</param>
/// <param name="StartedAt">When it was made (UTC, by the server's clock); null where that was not read.</param>
/// <param name="Status"><c>NOT_STARTED</c>, <c>IN_PROGRESS</c>, <c>STALLED</c> or <c>COMPLETE</c>; null where it was not asked for.</param>
/// <param name="Explanation">Why shards do not move, in the server's own words.</param>
internal sealed record ShutdownRecord(string NodeId, string Kind, string Why, DateTimeOffset? StartedAt, string? Status = null, string? Explanation = null);

/// <summary>A decommissioned zone (OpenSearch).</summary>
/// <param name="Attribute">Awareness attribute.</param>
/// <param name="Value">Its value: the zone.</param>
/// <param name="Status"><c>init</c>, <c>draining</c>, <c>in_progress</c>, <c>successful</c> or <c>failed</c>.</param>
internal sealed record DecommissionRecord(string Attribute, string Value, string Status)
{
    /// <summary>Whether the server is still at it.</summary>
    public bool InProgress => Status is not ("successful" or "failed");
}

/// <summary>A zone's weight (OpenSearch).</summary>
/// <param name="Attribute">Awareness attribute.</param>
/// <param name="Zone">Zone.</param>
/// <param name="Weight">Weight; 0 keeps searches away.</param>
/// <param name="Version">Version of the weights, which a change has to name.</param>
internal sealed record ZoneWeight(string Attribute, string Zone, double Weight, long Version);

/// <summary>An index that is pinned to one node.</summary>
/// <param name="Index">Index.</param>
/// <param name="Setting">Name of the setting, with <c>_name</c> or <c>_id</c>.</param>
/// <param name="Value">The node.</param>
/// <param name="WriteBlocked">Whether writes to it are blocked as well.</param>
internal sealed record IndexPin(string Index, string Setting, string Value, bool WriteBlocked);

/// <summary>What the allocation explain API says is in force.</summary>
internal sealed record ExplainFacts
{
    /// <summary>The exclusions in force by attribute; null where no node fits one, and so the server prints none.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>>? InForce { get; init; }

    /// <summary>Ids of the nodes that the exclusions keep shards off.</summary>
    public IReadOnlySet<string> Excluded { get; init; } = System.Collections.Immutable.ImmutableHashSet<string>.Empty;

    /// <summary>Ids of the nodes that no exclusion keeps shards off.</summary>
    public IReadOnlySet<string> Passing { get; init; } = System.Collections.Immutable.ImmutableHashSet<string>.Empty;

    /// <summary>Ids of the nodes that are being shut down, as the decider <c>node_shutdown</c> says.</summary>
    public IReadOnlySet<string> ShuttingDown { get; init; } = System.Collections.Immutable.ImmutableHashSet<string>.Empty;

    /// <summary>The shard that was asked about.</summary>
    public required ShardName Shard { get; init; }

    /// <summary>Id of the node that holds it.</summary>
    public string? CurrentNode { get; init; }

    /// <summary>Why it cannot move, each decider once with its own words; empty where it can.</summary>
    public IReadOnlyList<string> Forbids { get; init; } = [];
}

/// <summary>Everything that one scan read of a cluster. What was not read is null or among <see cref="Unread"/>.</summary>
internal sealed record ClusterFacts
{
    /// <summary>UUID.</summary>
    public required string Uuid { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Product.</summary>
    public required SearchProduct Product { get; init; }

    /// <summary>Version of the nodes, the lowest where they differ; null where it was not read.</summary>
    public string? Version { get; init; }

    /// <summary>Persistent settings by full name.</summary>
    public required IReadOnlyDictionary<string, SettingValue> Persistent { get; init; }

    /// <summary>Transient settings by full name.</summary>
    public required IReadOnlyDictionary<string, SettingValue> Transient { get; init; }

    /// <summary>Live nodes by id.</summary>
    public required IReadOnlyDictionary<string, NodeFacts> Nodes { get; init; }

    /// <summary>What the files of nodes that may be elected master set, by full name: the value of the first, and the names of the nodes.</summary>
    public IReadOnlyDictionary<string, (SettingValue Value, IReadOnlyList<string> Nodes)> Files { get; init; } =
        System.Collections.Immutable.ImmutableSortedDictionary<string, (SettingValue Value, IReadOnlyList<string> Nodes)>.Empty;

    /// <summary>Whether every fact of every node was read and the set of nodes was the same throughout.</summary>
    public bool NodesSeen { get; init; }

    /// <summary>Whether shards were counted.</summary>
    public bool ShardsSeen { get; init; }

    /// <summary>Whether the cluster has any shard at all: where it has none, an empty node says nothing.</summary>
    public bool HasShards { get; init; }

    /// <summary>Voting configuration exclusions.</summary>
    public IReadOnlyList<VotingExclusion> Voting { get; init; } = [];

    /// <summary>Node shutdown records.</summary>
    public IReadOnlyList<ShutdownRecord> Shutdowns { get; init; } = [];

    /// <summary>Decommissioned zone.</summary>
    public DecommissionRecord? Decommission { get; init; }

    /// <summary>Weights of zones.</summary>
    public IReadOnlyList<ZoneWeight> Weights { get; init; } = [];

    /// <summary>Pinned indices.</summary>
    public IReadOnlyList<IndexPin> Pins { get; init; } = [];

    /// <summary>What is in force; null where it was not asked or could not be told.</summary>
    public ExplainFacts? Explain { get; init; }

    /// <summary>What could not be read, one sentence each.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>What was left out on purpose and decides nothing, one sentence each.</summary>
    public IReadOnlyList<string> Unasked { get; init; } = [];

    /// <summary>When the reads began (UTC).</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>The settings of a scope.</summary>
    public IReadOnlyDictionary<string, SettingValue> Settings(string scope) => scope == "transient" ? Transient : Persistent;
}
