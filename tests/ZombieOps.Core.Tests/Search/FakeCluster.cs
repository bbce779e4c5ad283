using System.Globalization;
using System.Text.Json.Nodes;

namespace ZombieOps.Core.Tests.Search;

/// <summary>A made-up node.</summary>
internal sealed class FakeNode
{
    public required string Id { get; set; }

    public required string Name { get; init; }

    public required string Ip { get; init; }

    public required string EphemeralId { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    public int Shards { get; set; } = 3;

    public int Leaving { get; set; }

    public bool Up { get; set; } = true;

    /// <summary>When a node that is not up comes back.</summary>
    public DateTimeOffset BackAt { get; set; }

    /// <summary>Whether a look has met it up since its last restart.</summary>
    public bool Met { get; set; } = true;

    public bool Data { get; set; } = true;

    public bool Master { get; set; }

    public string Zone { get; set; } = "z1";

    /// <summary>What its file sets, by full name.</summary>
    public Dictionary<string, JsonNode> InFile { get; } = [];
}

/// <summary>
/// A made-up cluster that answers as the real ones do (see the recorded answers), with the difference that matters: on Elasticsearch a change of one
/// <c>exclude.*</c> key leaves only that key in force.
/// </summary>
internal sealed partial class FakeCluster
{
    private readonly Dictionary<string, string> inForce = [];

    public bool OpenSearch { get; init; }

    public string Uuid { get; set; } = "uuid-1";

    public string Version { get; init; } = "7.10.2";

    public List<FakeNode> Nodes { get; } = [];

    public Dictionary<string, string> Persistent { get; } = [];

    public Dictionary<string, string> Transient { get; } = [];

    public List<(string Id, string Name)> Voting { get; } = [];

    public Dictionary<string, JsonObject> Shutdowns { get; } = [];

    public string ShutdownStatus { get; set; } = "IN_PROGRESS";

    public JsonObject? Decommission { get; set; }

    public List<(string Index, string Setting, string Value)> IndexSettings { get; } = [];

    /// <summary>More rows for the first node, to make a large cluster.</summary>
    public int MoreShards { get; set; }

    /// <summary>Kinds of requests that fail.</summary>
    public HashSet<string> Broken { get; } = [];

    public void Put(string scope, string key, string? value)
    {
        Change("other", [(scope, key, value)]);
    }

    public string? Effective(string key) => Transient.TryGetValue(key, out string? own) ? own : Persistent.GetValueOrDefault(key);

    /// <summary>Whether the made-up allocator keeps shards off a node.</summary>
    public bool Excludes(FakeNode node) => inForce.Any(pair => pair.Value.Split(',').Any(entry => entry.Trim() == (pair.Key.EndsWith("_ip", StringComparison.Ordinal) ? node.Ip : node.Name)));

    public FakeSearchServer Server() => new(Answer);

    private FakeAnswer Answer(string kind)
    {
        if (Broken.Contains(kind))
        {
            return new FakeAnswer("{}", System.Net.HttpStatusCode.InternalServerError);
        }

        FakeNode[] up = [.. Nodes.Where(node => node.Up)];
        JsonNode answer = kind switch
        {
            "health" => new JsonObject { ["status"] = Health, ["relocating_shards"] = Relocating, ["initializing_shards"] = 0 },
            "disks" => Disks(up),
            "moment" => new JsonObject { ["cluster_name"] = "made-up", ["cluster_uuid"] = Uuid, ["version"] = StateVersion, ["state_uuid"] = "s" },
            "root" => new JsonObject
            {
                ["cluster_uuid"] = Uuid,
                ["version"] = OpenSearch ? new JsonObject { ["distribution"] = "opensearch", ["number"] = "7.10.2" } : new JsonObject { ["number"] = Version },
            },
            "settings" => new JsonObject { ["persistent"] = Map("persistent", Persistent), ["transient"] = Map("transient", Transient), ["defaults"] = new JsonObject { ["cluster.routing.allocation.disk.watermark.low"] = Watermark } },
            "state" => State(up),
            "nodes" => NodesInfo(up),
            "routing" => Routing(up),
            "indices" => Indices(),
            "explain" => Explain(up),
            "shutdown" => new JsonObject { ["nodes"] = new JsonArray([.. Shutdowns.Select(pair => Shutdown(pair.Key, pair.Value, ShutdownStatus))]) },
            "decommission" => Decommission is null ? new JsonObject() : new JsonObject { ["z1"] = Decommission["status"]!.DeepClone() },
            _ => throw new InvalidOperationException(kind),
        };
        return new FakeAnswer(answer.ToJsonString());
    }

    private JsonObject Map(string scope, Dictionary<string, string> settings) => new(settings.Select(pair => KeyValuePair.Create(
        pair.Key, Arrays.Contains((scope, pair.Key)) ? new JsonArray([.. pair.Value.Split(',').Select(entry => (JsonNode)entry)]) : (JsonNode?)pair.Value)));

    private IEnumerable<string> Roles(FakeNode node)
    {
        if (node.Data)
        {
            yield return "data";
            yield return "ingest";
        }

        if (node.Master || !node.Data)
        {
            yield return OpenSearch ? "cluster_manager" : "master";
        }
    }

    private static JsonObject? Nested(Dictionary<string, JsonNode> settings)
    {
        // The filter leaves out what is empty.
        JsonObject? root = settings.Count == 0 ? null : [];
        foreach ((string name, JsonNode value) in settings)
        {
            JsonObject at = root!;
            string[] parts = name.Split('.');
            foreach (string part in parts[..^1])
            {
                at = (JsonObject)(at[part] ??= new JsonObject());
            }

            at[parts[^1]] = value.DeepClone();
        }

        return root;
    }

    private static JsonObject Shutdown(string id, JsonObject record, string? status)
    {
        var copy = (JsonObject)record.DeepClone();
        copy["node_id"] = id;
        if (status is not null)
        {
            copy["status"] = status;
        }

        return copy;
    }

    private JsonObject State(FakeNode[] up)
    {
        var metadata = new JsonObject
        {
            ["cluster_coordination"] = new JsonObject
            {
                ["term"] = 2,
                ["voting_config_exclusions"] = new JsonArray([.. Voting.Select(entry => new JsonObject { ["node_id"] = entry.Id, ["node_name"] = entry.Name })]),
            },
        };
        // Of a large cluster the metadata of all nodes is not asked for.
        if (Shutdowns.Count > 0 && MoreShards <= Sources.Search.ClusterReader.SmallCluster)
        {
            metadata["node_shutdown"] = new JsonObject { ["nodes"] = new JsonObject(Shutdowns.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Shutdown(pair.Key, pair.Value, null)))) };
        }

        if (Decommission is not null)
        {
            metadata["decommissionedAttribute"] = Decommission.DeepClone();
        }

        if (Weights.Length > 0)
        {
            metadata["weighted_shard_routing"] = new JsonObject
            {
                ["awareness"] = new JsonObject(Weights.GroupBy(weight => weight.Attribute).Select(attribute => KeyValuePair.Create(attribute.Key, (JsonNode?)new JsonObject(
                    attribute.Select(weight => KeyValuePair.Create(weight.Zone, (JsonNode?)weight.Weight.ToString(CultureInfo.InvariantCulture))))))),
                ["_version"] = WeightsVersion,
            };
        }

        return new JsonObject
        {
            ["cluster_name"] = "made-up",
            ["cluster_uuid"] = Uuid,
            ["version"] = 7,
            ["nodes"] = new JsonObject(up.Select(node => KeyValuePair.Create(node.Id, (JsonNode?)new JsonObject { ["name"] = node.Name, ["ephemeral_id"] = node.EphemeralId }))),
            ["metadata"] = metadata,
        };
    }

    private JsonObject NodesInfo(FakeNode[] up) => new()
    {
        ["_nodes"] = new JsonObject { ["total"] = up.Length, ["successful"] = up.Length, ["failed"] = 0 },
        ["nodes"] = new JsonObject(up.Select(node => KeyValuePair.Create(node.Id, (JsonNode?)new JsonObject
        {
            ["name"] = node.Name,
            ["transport_address"] = node.Ip + ":9300",
            ["host"] = node.Ip,
            ["ip"] = node.Ip,
            ["version"] = OpenSearch ? "2.19.3" : Version,
            ["roles"] = new JsonArray([.. Roles(node).Select(role => (JsonNode)role)]),
            ["settings"] = Nested(node.InFile),
            ["attributes"] = new JsonObject { ["zone"] = node.Zone },
            ["jvm"] = new JsonObject { ["start_time_in_millis"] = node.StartedAt.ToUnixTimeMilliseconds() },
        }))),
    };

    private JsonObject Routing(FakeNode[] up) => new()
    {
        ["cluster_uuid"] = Uuid,
        ["version"] = 7,
        ["nodes"] = new JsonObject(up.Select(node => KeyValuePair.Create(node.Id, (JsonNode?)new JsonObject { ["ephemeral_id"] = node.EphemeralId }))),
        ["routing_nodes"] = new JsonObject
        {
            ["nodes"] = new JsonObject(up.Select((node, place) => KeyValuePair.Create(node.Id, (JsonNode?)new JsonArray(
                [.. Enumerable.Range(0, node.Shards + (place == 0 ? MoreShards : 0)).Select(shard => new JsonObject
                {
                    ["state"] = shard < node.Leaving ? "RELOCATING" : "STARTED",
                    ["primary"] = true,
                    ["relocating_node"] = shard < node.Leaving ? "elsewhere" : null,
                    ["shard"] = shard,
                    ["index"] = "idx-" + place.ToString(CultureInfo.InvariantCulture),
                })])))),
        },
    };

    private JsonObject Indices() => new(IndexSettings.GroupBy(item => item.Index).Select(index => KeyValuePair.Create(index.Key, (JsonNode?)new JsonObject
    {
        ["settings"] = new JsonObject(index.Select(item => KeyValuePair.Create(item.Setting, (JsonNode?)item.Value))),
    })));

    private JsonObject Explain(FakeNode[] up)
    {
        string filters = string.Join(',', inForce.Select(pair => $"{pair.Key[(pair.Key.LastIndexOf('.') + 1)..]}:\"{string.Join(" OR ", pair.Value.Split(',').Select(entry => entry.Trim()))}\""));
        return new JsonObject
        {
            ["node_allocation_decisions"] = new JsonArray([.. up.Select(node => new JsonObject
            {
                ["node_id"] = node.Id,
                ["node_name"] = node.Name,
                ["deciders"] = new JsonArray(new JsonObject
                {
                    ["decider"] = "filter",
                    ["decision"] = Excludes(node) ? "NO" : "YES",
                    ["explanation"] = Excludes(node)
                        ? $"node matches cluster setting [cluster.routing.allocation.exclude] filters [{filters}]"
                        : "node passes include/exclude/require filters",
                }),
            })]),
        };
    }
}
