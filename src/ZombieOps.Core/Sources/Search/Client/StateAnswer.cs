using System.Globalization;
using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary>
/// <c>GET /_cluster/state/version,nodes,metadata,blocks</c>: nodes, voting exclusions, node shutdown records, decommission and weights, all of one moment.
/// </summary>
/// <remarks>
/// The server writes the metadata of every index before it filters, which is seconds of work in a large cluster. Limited to no index it is cheap, and then the
/// server leaves out shutdown records, decommission and weights as well (<c>TransportClusterStateAction</c>), so those have to be asked for by themselves.
/// </remarks>
internal sealed record StateAnswer
{
    public const string What = "GET /_cluster/state";

    private const string NoIndex = "zombieops-no-such-index*";

    public required string Uuid { get; init; }

    public required string Name { get; init; }

    /// <summary>Name and ephemeral id by node id.</summary>
    public required IReadOnlyDictionary<string, (string Name, string EphemeralId)> Nodes { get; init; }

    public required IReadOnlyList<VotingExclusion> Voting { get; init; }

    public required IReadOnlyList<ShutdownRecord> Shutdowns { get; init; }

    public DecommissionRecord? Decommission { get; init; }

    public required IReadOnlyList<ZoneWeight> Weights { get; init; }

    /// <summary>The path.</summary>
    /// <param name="masterTimeout">How long the server may wait for its master.</param>
    /// <param name="whole">Whether to ask for what goes with the metadata of all indices.</param>
    public static string Path(string masterTimeout, bool whole) =>
        $"_cluster/state/version,nodes,metadata,blocks{(whole ? "" : "/" + NoIndex)}?allow_no_indices=true&master_timeout={masterTimeout}&filter_path=cluster_name,cluster_uuid,version,blocks.global,"
        + "nodes.*.name,nodes.*.ephemeral_id,metadata.cluster_coordination,metadata.node_shutdown,metadata.decommissionedAttribute,metadata.weighted_shard_routing";

    public static StateAnswer Read(JsonElement root)
    {
        // The block with id 1 is "state not recovered": settings and marks are not there yet, which is not the same as none.
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("blocks", out JsonElement blocks)
            && Json.TryObject(blocks, "global", What, out JsonElement global) && (global.TryGetProperty("1", out _) || global.TryGetProperty("2", out _)))
        {
            throw new ZombieOpsException(ErrorIds.NoQuorum, ExitCode.Incomplete, "the cluster has not recovered its state or has no elected master", "bring its master nodes back first: what a node says without one may be old");
        }

        string uuid = Json.String(root, "cluster_uuid", What);
        if (uuid == "_na_")
        {
            throw new ZombieOpsException(ErrorIds.NoQuorum, ExitCode.Incomplete, "the cluster has never elected a master", "bootstrap it first");
        }

        var nodes = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        foreach (JsonProperty node in Json.Object(root, "nodes", What).EnumerateObject())
        {
            nodes[node.Name] = (Json.String(node.Value, "name", What), Json.String(node.Value, "ephemeral_id", What));
        }

        // Every cluster that has elected a master has this, so its absence means that the filter does not fit this version.
        JsonElement metadata = Json.Object(root, "metadata", What);
        JsonElement coordination = Json.Object(metadata, "cluster_coordination", What);
        return new StateAnswer
        {
            Uuid = uuid,
            Name = Json.String(root, "cluster_name", What),
            Nodes = nodes,
            Voting = Voters(coordination),
            Shutdowns = Json.TryObject(metadata, "node_shutdown", What, out JsonElement shutdown) ? ShutdownAnswer.Records(shutdown) : [],
            Decommission = Json.TryObject(metadata, "decommissionedAttribute", What, out JsonElement zone) ? Zone(zone) : null,
            Weights = Json.TryObject(metadata, "weighted_shard_routing", What, out JsonElement weights) ? ReadWeights(weights) : [],
        };
    }

    private static List<VotingExclusion> Voters(JsonElement coordination)
    {
        var list = new List<VotingExclusion>();
        if (coordination.TryGetProperty("voting_config_exclusions", out JsonElement exclusions))
        {
            if (exclusions.ValueKind != JsonValueKind.Array)
            {
                throw ServerErrors.Wrong(What, "'voting_config_exclusions' is no list");
            }

            list.AddRange(exclusions.EnumerateArray().Select(item => new VotingExclusion(Json.String(item, "node_id", What), Json.String(item, "node_name", What))));
        }

        return list;
    }

    private static DecommissionRecord Zone(JsonElement zone)
    {
        JsonProperty? first = Json.Object(zone, "awareness", What).EnumerateObject().Cast<JsonProperty?>().FirstOrDefault();
        return first is { } attribute
            ? new DecommissionRecord(attribute.Name, attribute.Value.ToString(), Json.String(zone, "status", What).ToLowerInvariant())
            : throw ServerErrors.Wrong(What, "'decommissionedAttribute' names no zone");
    }

    private static List<ZoneWeight> ReadWeights(JsonElement weights)
    {
        var list = new List<ZoneWeight>();
        long version = weights.TryGetProperty("_version", out JsonElement number) && number.TryGetInt64(out long value) ? value : -1;
        foreach (JsonProperty attribute in Json.Object(weights, "awareness", What).EnumerateObject())
        {
            foreach (JsonProperty zone in attribute.Value.ValueKind == JsonValueKind.Object ? attribute.Value.EnumerateObject() : throw ServerErrors.Wrong(What, "the weights are no object"))
            {
                list.Add(double.TryParse(zone.Value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
                    ? new ZoneWeight(attribute.Name, zone.Name, weight, version)
                    : throw ServerErrors.Wrong(What, $"the weight of zone '{zone.Name}' is no number"));
            }
        }

        return list;
    }
}
