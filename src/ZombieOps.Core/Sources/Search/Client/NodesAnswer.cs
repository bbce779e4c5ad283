using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary>
/// <c>GET /_nodes/jvm,settings</c>: addresses, roles, attributes, start and version of every node, and what its own file sets of <c>cluster.routing.*</c>. Those
/// settings come in the nested form: <c>filter_path</c> does not see into flat keys.
/// </summary>
internal sealed record NodesAnswer(IReadOnlyDictionary<string, NodeFacts> Nodes, IReadOnlyList<string> Versions, int Failed)
{
    public const string What = "GET /_nodes/jvm,settings";

    public static string Path(string timeout) =>
        $"_nodes/jvm,settings?timeout={timeout}&filter_path=_nodes,nodes.*.name,nodes.*.version,nodes.*.ip,nodes.*.host,nodes.*.transport_address,nodes.*.roles,nodes.*.attributes,nodes.*.jvm.start_time_in_millis,nodes.*.settings.cluster.routing";

    public static NodesAnswer Read(JsonElement root)
    {
        JsonElement totals = Json.Object(root, "_nodes", What);
        int failed = totals.TryGetProperty("failed", out JsonElement number) && number.TryGetInt32(out int value) ? value : throw ServerErrors.Wrong(What, "'failed' is no number");
        var nodes = new Dictionary<string, NodeFacts>(StringComparer.Ordinal);
        var versions = new List<string>();
        // Nodes have the same file as a rule, which may hold a long list.
        var files = new Dictionary<string, Dictionary<string, SettingValue>>(StringComparer.Ordinal);
        if (Json.TryObject(root, "nodes", What, out JsonElement list))
        {
            foreach (JsonProperty node in list.EnumerateObject())
            {
                nodes[node.Name] = Node(node.Name, node.Value, files);
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

    /// <summary>OpenSearch says <c>cluster_manager</c>, and <c>master</c> where it has not been renamed.</summary>
    private static bool IsMaster(string role) => role is "master" or "cluster_manager";

    private static bool? Has(JsonElement node, Func<string, bool> fits) => node.TryGetProperty("roles", out JsonElement roles) && roles.ValueKind == JsonValueKind.Array
        ? roles.EnumerateArray().Any(role => role.ValueKind == JsonValueKind.String && fits(role.GetString()!))
        : null;

    private static NodeFacts Node(string id, JsonElement node, Dictionary<string, Dictionary<string, SettingValue>> files)
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
            HoldsData = Has(node, IsData),
            MayBeMaster = Has(node, IsMaster),
            InFile = File(node, files),
            StartedAt = Json.TryObject(node, "jvm", What, out JsonElement jvm) ? Json.Time(jvm, "start_time_in_millis") : null,
        };
    }

    private static Dictionary<string, SettingValue> File(JsonElement node, Dictionary<string, Dictionary<string, SettingValue>> files)
    {
        if (!Json.TryObject(node, "settings", What, out JsonElement settings))
        {
            return [];
        }

        string text = settings.GetRawText();
        return files.TryGetValue(text, out Dictionary<string, SettingValue>? same) ? same : files[text] = SettingsAnswer.Scope(settings);
    }

    private static string WithoutPort(string address)
    {
        int colon = address.LastIndexOf(':');
        return (colon < 0 ? address : address[..colon]).Trim('[', ']');
    }
}
