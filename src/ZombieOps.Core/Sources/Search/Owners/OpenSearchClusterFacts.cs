using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Kubernetes.Objects;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>What a part of the operator is at.</summary>
/// <param name="Component"><c>Scaler</c>, <c>Upgrader</c>, <c>Restarter</c>, …</param>
/// <param name="Status">Its own word.</param>
/// <param name="Description">Mostly the node pool.</param>
/// <param name="Conditions">Mostly names of nodes.</param>
internal sealed record ComponentStatus(string Component, string Status, string Description, IReadOnlyList<string> Conditions);

/// <summary>An <c>OpenSearchCluster</c> of opensearch-k8s-operator, in its old group or its new one.</summary>
internal sealed record OpenSearchClusterFacts
{
    /// <summary>Labels of its pods: name of the cluster, and of the node pool.</summary>
    public static readonly string[] ClusterLabels = ["opensearch.org/opensearch-cluster", "opster.io/opensearch-cluster"];

    public static readonly string[] PoolLabels = ["opensearch.org/opensearch-nodepool", "opster.io/opensearch-nodepool"];

    public static readonly KubeKind[] Kinds = [new("opensearch.org", "v1", "opensearchclusters", "OpenSearchCluster"), new("opensearch.opster.io", "v1", "opensearchclusters", "OpenSearchCluster")];

    // Words for an end (pkg/reconcilers of that operator); whatever else stands there is taken for work in progress.
    private static readonly HashSet<string> Ended = new(StringComparer.OrdinalIgnoreCase) { "Finished", "Upgraded", "Done", "Complete", "Completed" };

    public required ObjectMeta Meta { get; init; }

    /// <summary>Phase; empty where there is none.</summary>
    public string Phase { get; init; } = "";

    /// <summary>Node pools with the number of nodes that each wants.</summary>
    public IReadOnlyDictionary<string, long> Pools { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>Whether the version that is wanted is not the one that runs.</summary>
    public bool Upgrading { get; init; }

    /// <summary>What is in progress.</summary>
    public IReadOnlyList<ComponentStatus> InProgress { get; init; } = [];

    public static OpenSearchClusterFacts Read(JsonElement item)
    {
        JsonElement spec = KubeJson.At(item, "spec");
        JsonElement status = KubeJson.At(item, "status");
        string? wanted = KubeJson.Text(KubeJson.At(spec, "general"), "version");
        string? runs = KubeJson.Text(status, "version");
        return new OpenSearchClusterFacts
        {
            Meta = ObjectMeta.Read(item),
            Phase = KubeJson.Text(status, "phase") ?? "",
            Pools = KubeJson.Items(spec, "nodePools").Where(pool => KubeJson.Text(pool, "component") is not null).DistinctBy(pool => KubeJson.Text(pool, "component"))
                .ToDictionary(pool => KubeJson.Text(pool, "component")!, pool => KubeJson.Number(pool, "replicas") ?? 0, StringComparer.Ordinal),
            Upgrading = !string.IsNullOrEmpty(runs) && wanted != runs,
            InProgress = [.. KubeJson.Items(status, "componentsStatus")
                .Select(one => new ComponentStatus(KubeJson.Text(one, "component") ?? "", KubeJson.Text(one, "status") ?? "", KubeJson.Text(one, "description") ?? "", KubeJson.Texts(one, "conditions")))
                .Where(one => !Ended.Contains(one.Status))],
        };
    }
}
