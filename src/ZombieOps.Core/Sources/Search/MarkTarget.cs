using System.Text.Json.Serialization;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search;

/// <summary>One setting or record that is a mark, as the cluster stores it.</summary>
/// <param name="Scope"><c>persistent</c>, <c>transient</c>, <c>file</c>, <c>cluster</c> for what is no setting, or <c>index</c>.</param>
/// <param name="Setting">The full name of the setting or record.</param>
/// <param name="Value">The value as it was read, an array joined by commas; of a very long list the beginning and <c>…</c>.</param>
public sealed record MarkedSetting(string Scope, string Setting, string Value)
{
    private const int MaxLength = 256;

    /// <summary>The same with a value that is short enough to stand in every finding of its list.</summary>
    internal MarkedSetting Short() => Value.Length <= MaxLength ? this : this with { Value = Value[..MaxLength] + "…" };
}

/// <summary>A mark in an Elasticsearch or OpenSearch cluster.</summary>
public sealed record MarkTarget : Target
{
    private const string RecordPrefix = Search.Marks.DrainRecord.Prefix;

    /// <inheritdoc/>
    public override string Type => "search-mark";

    /// <summary>UUID of the cluster. Addresses and names are used again, this is not.</summary>
    public required string ClusterUuid { get; init; }

    /// <summary>Name of the cluster.</summary>
    public required string Cluster { get; init; }

    /// <summary><c>elasticsearch</c> or <c>opensearch</c>.</summary>
    public required string Product { get; init; }

    /// <summary><c>persistent</c>, <c>transient</c>, <c>file</c>, <c>cluster</c> for what is no setting, or <c>index</c>.</summary>
    public required string Scope { get; init; }

    /// <summary>The full name of the setting or record.</summary>
    public required string Setting { get; init; }

    /// <summary>The one entry of the setting that is meant, without the blanks around it; the whole value where it is no list.</summary>
    public required string Entry { get; init; }

    /// <summary>Every setting that makes the finding, the first one included: an interrupted drain leaves two.</summary>
    public IReadOnlyList<MarkedSetting> Marks { get; init; } = [];

    /// <summary>Whether the cluster acts by it; null where that could not be told.</summary>
    public bool? InForce { get; init; }

    /// <summary>Name of the node that it names; null where that is none or several.</summary>
    public string? Node { get; init; }

    /// <summary>That node's id, which outlives its restarts.</summary>
    public string? NodeId { get; init; }

    /// <summary>That node's id since its last start.</summary>
    public string? EphemeralId { get; init; }

    /// <summary>When that node's Java machine started (UTC).</summary>
    public DateTimeOffset? NodeStartedAt { get; init; }

    /// <summary>Shards on that node; null where there is no node or they could not be counted.</summary>
    public int? Shards { get; init; }

    /// <summary>How many of them are on their way to another node.</summary>
    public int? Leaving { get; init; }

    /// <summary>Who has declared it; null where nobody has, or what is declared cannot be read.</summary>
    public string? DeclaredBy { get; init; }

    /// <summary>Until when its owner wants it (UTC, by the owner's clock); null as above.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The setting without the beginning that most have in common, for people: <c>exclude._ip</c>.</summary>
    public string ShortSetting() => Setting.StartsWith(SettingNames.Allocation, StringComparison.Ordinal) ? Setting[SettingNames.Allocation.Length..]
        : Setting.StartsWith(RecordPrefix, StringComparison.Ordinal) ? $"record {Setting[RecordPrefix.Length..].Split('.')[0]}" : Setting;

    /// <inheritdoc/>
    public override string ToString()
    {
        string node = Node is null ? "" : Shards is { } shards ? $" ({Node}, {(shards == 1 ? "1 shard" : $"{shards} shards")})" : $" ({Node})";
        return Printable.Clean($"{Scope} {ShortSetting()} {Entry}{node}");
    }
}

/// <summary>Source-generated metadata of the search source's records.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MarkTarget))]
internal sealed partial class SearchJsonContext : JsonSerializerContext;
