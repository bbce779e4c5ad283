using ZombieOps.Sources.Kubernetes.Objects;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>What Kubernetes knows of the nodes of a cluster and of those who drain them.</summary>
internal sealed record OwnerFacts
{
    /// <summary>Where it comes from, for evidence: <c>Kubernetes (context prod)</c>.</summary>
    public required string From { get; init; }

    /// <summary>Whether objects come from files: then what is not in them was perhaps not asked for.</summary>
    public bool FromFiles { get; init; }

    /// <summary>Why it is too old to clear anything by; null where it is not.</summary>
    public string? Old { get; init; }

    /// <summary>What could not be read, one sentence each.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>Pods that have an address or name of a node or mark.</summary>
    public IReadOnlyList<PodFacts> Pods { get; init; } = [];

    /// <summary>StatefulSets of such pods, and those that such a name belongs to.</summary>
    public IReadOnlyList<StatefulSetFacts> StatefulSets { get; init; } = [];

    public IReadOnlyList<DataSetFacts> DataSets { get; init; } = [];

    /// <summary>Deployments of es-operator.</summary>
    public IReadOnlyList<DeploymentFacts> Operators { get; init; } = [];

    public IReadOnlyList<OpenSearchClusterFacts> OpenSearchClusters { get; init; } = [];

    public IReadOnlyList<ElasticFacts> Elastics { get; init; } = [];

    /// <summary>Pods that a live node is: they have its address, or its name where no address is known.</summary>
    public IReadOnlyList<PodFacts> Of(NodeFacts node)
    {
        string[] own = [.. new[] { node.HostIp, node.PublishIp }.OfType<string>()];
        return [.. Pods.Where(pod => !pod.IsOver && (own.Length == 0 || pod.Ips.Count == 0 ? pod.Meta.Name == node.Name : pod.Ips.Any(own.Contains)))];
    }

    public StatefulSetFacts? SetOf(PodFacts pod) => StatefulSets.FirstOrDefault(set => set.Meta.Namespace == pod.Meta.Namespace && set.Meta.Name == pod.StatefulSet);

    public DataSetFacts? DataSetOf(PodFacts pod) =>
        pod.Labels.TryGetValue(DataSetFacts.Label, out string? name) ? DataSets.FirstOrDefault(set => set.Meta.Namespace == pod.Meta.Namespace && set.Meta.Name == name) : null;
}
