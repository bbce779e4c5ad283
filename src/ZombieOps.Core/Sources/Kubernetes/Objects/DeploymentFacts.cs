using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;

namespace ZombieOps.Sources.Kubernetes.Objects;

/// <summary>What is needed of a Deployment.</summary>
internal sealed record DeploymentFacts
{
    public static readonly KubeKind Kind = new("apps", "v1", "deployments", "Deployment");

    public required ObjectMeta Meta { get; init; }

    /// <summary>Pods that are available.</summary>
    public long Available { get; init; }

    /// <summary>Arguments of all its containers, commands included.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Label <c>application</c>.</summary>
    public string? Application { get; init; }

    /// <summary>The value of a flag among the arguments, in either spelling; null where it is not there.</summary>
    public string? Flag(string name)
    {
        for (int i = 0; i < Arguments.Count; i++)
        {
            if (Arguments[i].StartsWith(name + "=", StringComparison.Ordinal))
            {
                return Arguments[i][(name.Length + 1)..];
            }

            if (Arguments[i] == name)
            {
                return i + 1 < Arguments.Count ? Arguments[i + 1] : "";
            }
        }

        return null;
    }

    public static DeploymentFacts Read(JsonElement item) => new()
    {
        Meta = ObjectMeta.Read(item),
        Available = KubeJson.Number(KubeJson.At(item, "status"), "availableReplicas") ?? 0,
        Arguments = [.. KubeJson.Items(KubeJson.At(item, "spec", "template", "spec"), "containers").SelectMany(one => (IEnumerable<string>)[.. KubeJson.Texts(one, "command"), .. KubeJson.Texts(one, "args")])],
        Application = ObjectMeta.Label(item, "application"),
    };
}
