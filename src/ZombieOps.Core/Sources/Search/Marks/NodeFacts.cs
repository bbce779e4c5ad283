namespace ZombieOps.Sources.Search.Marks;

/// <summary>One shard, named so that the cluster can be asked about it.</summary>
/// <param name="Index">Index.</param>
/// <param name="Number">Number of the shard.</param>
/// <param name="Primary">Whether it is the primary.</param>
internal sealed record ShardName(string Index, int Number, bool Primary);

/// <summary>The shards of one node.</summary>
/// <param name="Count">All of them, those on their way to it included.</param>
/// <param name="Leaving">How many are on their way to another node.</param>
/// <param name="Sample">A started one; null where there is none.</param>
internal sealed record NodeShards(int Count, int Leaving, ShardName? Sample)
{
    public static NodeShards None { get; } = new(0, 0, null);
}

/// <summary>What is known of one live node.</summary>
internal sealed record NodeFacts
{
    /// <summary>Id that outlives restarts.</summary>
    public required string Id { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Id since the last start.</summary>
    public required string EphemeralId { get; init; }

    /// <summary>Host name as <c>_host</c> compares it; null where it was not read.</summary>
    public string? Host { get; init; }

    /// <summary>Address of the host, <c>_host_ip</c>.</summary>
    public string? HostIp { get; init; }

    /// <summary>Published address, <c>_publish_ip</c>.</summary>
    public string? PublishIp { get; init; }

    /// <summary>Node attributes.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Whether its roles let it hold shards; null where they were not read.</summary>
    public bool? HoldsData { get; init; }

    /// <summary>Whether its roles let it be elected master; null where they were not read.</summary>
    public bool? MayBeMaster { get; init; }

    /// <summary>What its own file (<c>elasticsearch.yml</c>, <c>opensearch.yml</c>) sets of <c>cluster.routing.*</c>, by full name.</summary>
    public IReadOnlyDictionary<string, SettingValue> InFile { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, SettingValue>.Empty;

    /// <summary>When its Java machine started (UTC, by the node's own clock); null where it was not read.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Its shards; null where they were not read.</summary>
    public NodeShards? Shards { get; init; }
}
