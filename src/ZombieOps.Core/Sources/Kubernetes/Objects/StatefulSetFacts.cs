using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;

namespace ZombieOps.Sources.Kubernetes.Objects;

/// <summary>What is needed of a StatefulSet.</summary>
internal sealed record StatefulSetFacts
{
    public static readonly KubeKind Kind = new("apps", "v1", "statefulsets", "StatefulSet");

    public required ObjectMeta Meta { get; init; }

    /// <summary>Pods wanted; 1 where it does not say.</summary>
    public long Replicas { get; init; }

    /// <summary>Number of its first pod (<c>spec.ordinals.start</c>, Kubernetes 1.27 and later).</summary>
    public long FirstOrdinal { get; init; }

    /// <summary>Pods there.</summary>
    public long Present { get; init; }

    /// <summary>Whether its controller has seen its last change.</summary>
    public bool Observed { get; init; }

    /// <summary>Revision that its pods are to have.</summary>
    public string? UpdateRevision { get; init; }

    /// <summary>Whether there are as many pods as are wanted, no more and no fewer.</summary>
    public bool IsSettled => Observed && Present == Replicas;

    /// <summary>Number of its last pod.</summary>
    public long LastOrdinal => FirstOrdinal + Replicas - 1;

    public static StatefulSetFacts Read(JsonElement item)
    {
        JsonElement spec = KubeJson.At(item, "spec");
        JsonElement status = KubeJson.At(item, "status");
        ObjectMeta meta = ObjectMeta.Read(item);
        return new StatefulSetFacts
        {
            Meta = meta,
            Replicas = KubeJson.Number(spec, "replicas") ?? 1,
            FirstOrdinal = KubeJson.Number(KubeJson.At(spec, "ordinals"), "start") ?? 0,
            Present = KubeJson.Number(status, "replicas") ?? 0,
            Observed = KubeJson.Number(status, "observedGeneration") >= meta.Generation,
            UpdateRevision = KubeJson.Text(status, "updateRevision"),
        };
    }
}
