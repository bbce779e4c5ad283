using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Kubernetes.Objects;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>An <c>ElasticsearchDataSet</c> of es-operator (operator/elasticsearch.go and docs/zalando.org_elasticsearchdatasets.yaml there).</summary>
internal sealed record DataSetFacts
{
    /// <summary>Label of its pods: name of the data set.</summary>
    public const string Label = "es-operator-dataset";

    public static readonly KubeKind Kind = new("zalando.org", "v1", "elasticsearchdatasets", "ElasticsearchDataSet");

    public required ObjectMeta Meta { get; init; }

    /// <summary>
    /// Nodes that it wants at least and at most. They differ only where the autoscaler is on and has not yet written a number: what es-operator then takes
    /// changed between its versions.
    /// </summary>
    public (long Low, long High) Wanted { get; init; }

    /// <summary>Whether nodes go without being drained.</summary>
    public bool SkipsDraining { get; init; }

    /// <summary>Id of the es-operator that it is given to; empty for the one without an id.</summary>
    public string Operator { get; init; } = "";

    /// <summary>Whether it carries an operation of the autoscaler.</summary>
    public bool Scaling { get; init; }

    public static DataSetFacts Read(JsonElement item)
    {
        JsonElement spec = KubeJson.At(item, "spec");
        JsonElement scaling = KubeJson.At(spec, "scaling");
        long? replicas = KubeJson.Number(spec, "replicas");
        long minimum = KubeJson.Number(scaling, "minReplicas") ?? 0;
        bool automatic = KubeJson.IsTrue(scaling, "enabled");
        long now = KubeJson.Number(KubeJson.At(item, "status"), "replicas") ?? 0;
        return new DataSetFacts
        {
            Meta = ObjectMeta.Read(item),
            Wanted = (replicas, automatic) switch
            {
                ({ } number, false) => (number, number),
                ({ } number, true) => (number, Math.Max(number, minimum)),
                (null, true) => (minimum, Math.Max(Math.Max(minimum, now), 1)),
                _ => (1, 1),
            },
            SkipsDraining = KubeJson.IsTrue(spec, "skipDraining"),
            Operator = ObjectMeta.Annotation(item, "es-operator.zalando.org/operator") ?? "",
            Scaling = ObjectMeta.Annotation(item, "es-operator.zalando.org/current-scaling-operation") is { Length: > 0 },
        };
    }
}
