using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary><c>GET /_nodes/shutdown</c> (Elasticsearch 7.13 and later, with x-pack) and the same records in the cluster state.</summary>
internal static class ShutdownAnswer
{
    public const string Path = "_nodes/shutdown";

    /// <summary>The records with their status; null where this server has no such API.</summary>
    /// <remarks>
    /// A server without the API takes the word for a node filter and answers 200 with an object of nodes, where the API gives a list.
    /// </remarks>
    public static IReadOnlyList<ShutdownRecord>? Read(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("nodes", out JsonElement nodes) && nodes.ValueKind == JsonValueKind.Array
            ? [.. nodes.EnumerateArray().Select(node => Record(node, null))]
            : null;

    /// <summary>The records as the cluster state has them (<c>NodesShutdownMetadata</c>): by node id, without a status.</summary>
    public static IReadOnlyList<ShutdownRecord> Records(JsonElement metadata)
    {
        if (!metadata.TryGetProperty("nodes", out JsonElement nodes))
        {
            return [];
        }

        return nodes.ValueKind switch
        {
            JsonValueKind.Object => [.. nodes.EnumerateObject().Select(node => Record(node.Value, node.Name))],
            JsonValueKind.Array => [.. nodes.EnumerateArray().Select(node => Record(node, null))],
            _ => throw ServerErrors.Wrong(StateAnswer.What, "'node_shutdown' is neither an object nor a list"),
        };
    }

    private static ShutdownRecord Record(JsonElement node, string? id)
    {
        string? explanation = node.ValueKind == JsonValueKind.Object && node.TryGetProperty("shard_migration", out JsonElement migration) ? Json.Text(migration, "explanation") : null;
        return new ShutdownRecord(
            id ?? Json.String(node, "node_id", "GET /_nodes/shutdown"),
            Json.String(node, "type", "GET /_nodes/shutdown").ToUpperInvariant(),
            Json.Text(node, "reason") ?? "",
            Json.Time(node, "shutdown_startedmillis") ?? Json.Time(node, "shutdown_started"),
            Json.Text(node, "status"),
            explanation);
    }
}
