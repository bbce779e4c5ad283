using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary><c>GET /_nodes/jvm</c>: addresses, roles, attributes, start and version of every node.</summary>
internal sealed record NodesAnswer(IReadOnlyDictionary<string, NodeFacts> Nodes, IReadOnlyList<string> Versions, int Failed)
{
    public const string What = "GET /_nodes/jvm";

    public static string Path(string timeout) =>
        $"_nodes/jvm?timeout={timeout}&filter_path=_nodes,nodes.*.name,nodes.*.version,nodes.*.ip,nodes.*.host,nodes.*.transport_address,nodes.*.roles,nodes.*.attributes,nodes.*.jvm.start_time_in_millis";

    public static NodesAnswer Read(JsonElement root)
    {
        JsonElement totals = Json.Object(root, "_nodes", What);
        int failed = totals.TryGetProperty("failed", out JsonElement number) && number.TryGetInt32(out int value) ? value : throw ServerErrors.Wrong(What, "'failed' is no number");
        var nodes = new Dictionary<string, NodeFacts>(StringComparer.Ordinal);
        var versions = new List<string>();
        if (Json.TryObject(root, "nodes", What, out JsonElement list))
        {
            foreach (JsonProperty node in list.EnumerateObject())
            {
                nodes[node.Name] = Node(node.Name, node.Value);
                if (Json.Text(node.Value, "version") is { } version)
                {
                    versions.Add(version);
                }
            }
        }

        return new NodesAnswer(nodes, versions, failed);
    }

    /// <summary>Whether a role lets a node hold shards: <c>data</c>, <c>data_hot</c>, …; OpenSearch also has <c>search</c> and <c>warm</c>.</summary>
    private static bool IsData(string role) => role.StartsWith("data", StringComparison.Ordinal) || role is "search" or "warm";

    private static NodeFacts Node(string id, JsonElement node)
    {
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Json.TryObject(node, "attributes", What, out JsonElement all))
        {
            foreach (JsonProperty attribute in all.EnumerateObject())
            {
                attributes[attribute.Name] = attribute.Value.ToString();
            }
        }

        return new NodeFacts
        {
            Id = id,
            Name = Json.String(node, "name", What),
            EphemeralId = "",
            Host = Json.Text(node, "host"),
            HostIp = Json.Text(node, "ip"),
            PublishIp = Json.Text(node, "transport_address") is { } address ? WithoutPort(address) : null,
            Attributes = attributes,
            HoldsData = node.TryGetProperty("roles", out JsonElement roles) && roles.ValueKind == JsonValueKind.Array
                ? roles.EnumerateArray().Any(role => role.ValueKind == JsonValueKind.String && IsData(role.GetString()!))
                : null,
            StartedAt = Json.TryObject(node, "jvm", What, out JsonElement jvm) ? Json.Time(jvm, "start_time_in_millis") : null,
        };
    }

    private static string WithoutPort(string address)
    {
        int colon = address.LastIndexOf(':');
        return (colon < 0 ? address : address[..colon]).Trim('[', ']');
    }
}
