using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary><c>GET /_cluster/decommission/awareness/ATTRIBUTE/_status</c> (OpenSearch): <c>{"ZONE":"STATUS"}</c>, or an empty object.</summary>
/// <param name="Record">The decommissioned zone; null for none.</param>
internal sealed record DecommissionAnswer(DecommissionRecord? Record)
{
    public static string Path(string attribute) => $"_cluster/decommission/awareness/{Uri.EscapeDataString(attribute)}/_status";

    public static DecommissionAnswer Read(string attribute, JsonElement root) => root.ValueKind != JsonValueKind.Object
        ? throw ServerErrors.Wrong("GET /_cluster/decommission", "it is no object")
        : new DecommissionAnswer(root.EnumerateObject().Select(zone => new DecommissionRecord(attribute, zone.Name, zone.Value.ToString().ToLowerInvariant())).FirstOrDefault());
}
