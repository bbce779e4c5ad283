using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;

namespace ZombieOps.Sources.Kubernetes.Objects;

/// <summary>What is needed of a pod.</summary>
internal sealed record PodFacts
{
    public static readonly KubeKind Kind = new("", "v1", "pods", "Pod");

    public required ObjectMeta Meta { get; init; }

    /// <summary>Its addresses; none while it waits for its start.</summary>
    public IReadOnlyList<string> Ips { get; init; } = [];

    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c>.</summary>
    public string Phase { get; init; } = "Unknown";

    /// <summary>Whether it is ready.</summary>
    public bool Ready { get; init; }

    /// <summary>When its node took it up (UTC).</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Name of the StatefulSet that owns it; null where another kind does.</summary>
    public string? StatefulSet { get; init; }

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Value of the annotation <c>operator.zalando.org/draining</c>.</summary>
    public string? Draining { get; init; }

    /// <summary>Whether its containers have ended for good.</summary>
    public bool IsOver => Phase is "Succeeded" or "Failed";

    /// <summary>Its number in its StatefulSet; null where it has none.</summary>
    public int? Ordinal => StatefulSet is { } set && Meta.Name.StartsWith(set + "-", StringComparison.Ordinal)
        && int.TryParse(Meta.Name.AsSpan(set.Length + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) ? number : null;

    public static PodFacts Read(JsonElement item)
    {
        JsonElement status = KubeJson.At(item, "status");
        string[] ips = [.. KubeJson.Items(status, "podIPs").Select(one => KubeJson.Text(one, "ip")).Append(KubeJson.Text(status, "podIP")).OfType<string>().Where(ip => ip.Length > 0).Distinct()];
        JsonElement labels = KubeJson.At(item, "metadata", "labels");
        return new PodFacts
        {
            Meta = ObjectMeta.Read(item),
            Ips = ips,
            Phase = KubeJson.Text(status, "phase") ?? "Unknown",
            Ready = KubeJson.Items(status, "conditions").Any(one => KubeJson.Text(one, "type") == "Ready" && KubeJson.Text(one, "status") == "True"),
            StartedAt = KubeJson.Time(status, "startTime"),
            StatefulSet = KubeJson.Items(KubeJson.At(item, "metadata"), "ownerReferences").Where(one => KubeJson.Text(one, "kind") == "StatefulSet").Select(one => KubeJson.Text(one, "name")).FirstOrDefault(),
            Labels = labels.ValueKind == JsonValueKind.Object
                ? labels.EnumerateObject().Where(one => one.Value.ValueKind == JsonValueKind.String).DistinctBy(one => one.Name).ToDictionary(one => one.Name, one => one.Value.GetString()!, StringComparer.Ordinal)
                : System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty,
            Draining = ObjectMeta.Annotation(item, "operator.zalando.org/draining"),
        };
    }
}
