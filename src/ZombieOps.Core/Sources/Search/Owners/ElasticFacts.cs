using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Kubernetes.Objects;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>A node that the operator is at.</summary>
/// <param name="Name">Name of the node, which is its pod's.</param>
/// <param name="Operation"><c>downscale</c>, <c>upgrade</c> or <c>upscale</c>.</param>
/// <param name="Status">Its own word; null where there is none.</param>
/// <param name="Explanation">Why it does not come on; null where it says nothing.</param>
internal sealed record ElasticNode(string Name, string Operation, string? Status, string? Explanation);

/// <summary>An <c>Elasticsearch</c> of Elastic Cloud on Kubernetes (ECK), as its <c>status</c> has it.</summary>
internal sealed record ElasticFacts
{
    /// <summary>Label of its pods: name of the cluster.</summary>
    public const string Label = "elasticsearch.k8s.elastic.co/cluster-name";

    public static readonly KubeKind Kind = new("elasticsearch.k8s.elastic.co", "v1", "elasticsearches", "Elasticsearch");

    public required ObjectMeta Meta { get; init; }

    /// <summary><c>Ready</c>, <c>ApplyingChanges</c>, <c>MigratingData</c>, <c>Stalled</c>, <c>Invalid</c>; empty where there is none.</summary>
    public string Phase { get; init; } = "";

    /// <summary>Whether the operator has seen its last change; older operators do not say.</summary>
    public bool Observed { get; init; }

    /// <summary>Whether a person told the operator to leave it alone.</summary>
    public bool Unmanaged { get; init; }

    /// <summary>Nodes that the operator is at.</summary>
    public IReadOnlyList<ElasticNode> Nodes { get; init; } = [];

    /// <summary>Whether it cannot go on with a downscale.</summary>
    public bool Stalled { get; init; }

    public static ElasticFacts Read(JsonElement item)
    {
        JsonElement status = KubeJson.At(item, "status");
        JsonElement operations = KubeJson.At(status, "inProgressOperations");
        ObjectMeta meta = ObjectMeta.Read(item);
        return new ElasticFacts
        {
            Meta = meta,
            Phase = KubeJson.Text(status, "phase") ?? "",
            Observed = KubeJson.Number(status, "observedGeneration") is not { } seen || seen >= meta.Generation,
            Unmanaged = ObjectMeta.Annotation(item, "eck.k8s.elastic.co/managed") == "false" || ObjectMeta.Annotation(item, "common.k8s.elastic.co/pause") == "true",
            Nodes = [.. ((string[])["downscale", "upgrade", "upscale"]).SelectMany(operation => KubeJson.Items(KubeJson.At(operations, operation), "nodes")
                .Select(node => new ElasticNode(KubeJson.Text(node, "name") ?? "", operation, KubeJson.Text(node, "shutdownStatus") ?? KubeJson.Text(node, "status"), KubeJson.Text(node, "explanation") ?? KubeJson.Text(node, "message"))))],
            Stalled = KubeJson.IsTrue(KubeJson.At(operations, "downscale"), "stalled"),
        };
    }
}
