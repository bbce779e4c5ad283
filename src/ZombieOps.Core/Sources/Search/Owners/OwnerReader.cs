using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Kubernetes.Objects;
using ZombieOps.Sources.Search.Marks;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>
/// Reads what Kubernetes knows: one list for each kind, whatever the number of marks, in pages. Only what belongs to a node or a mark is kept. A kind that the
/// server does not have is none; whatever else fails is named among <see cref="OwnerFacts.Unread"/>.
/// </summary>
internal sealed class OwnerReader
{
    /// <summary>How old files may be before they clear nothing any more.</summary>
    public static readonly TimeSpan MaxFileAge = TimeSpan.FromMinutes(5);

    /// <summary>Lists of one read at most, each with its pages.</summary>
    public const int MaxLists = 7;

    private readonly IOwnerObjects objects;
    private readonly List<string> unread = [];

    private OwnerReader(IOwnerObjects objects) => this.objects = objects;

    /// <summary>Reads.</summary>
    public static Task<OwnerFacts> ReadAsync(IOwnerObjects objects, ClusterFacts facts, IReadOnlyList<Mark> marks, DateTimeOffset now, CancellationToken cancel) =>
        new OwnerReader(objects).ReadAsync(facts, marks, now, cancel);

    private async Task<OwnerFacts> ReadAsync(ClusterFacts facts, IReadOnlyList<Mark> marks, DateTimeOffset now, CancellationToken cancel)
    {
        string? old = await TryAsync(() => objects.OpenAsync(now, cancel)).ConfigureAwait(false);
        var names = marks.Where(mark => mark.Kind is SearchKinds.Exclusion or SearchKinds.Voting).Select(mark => mark.Entry).Concat(facts.Nodes.Values.Select(node => node.Name)).ToHashSet(StringComparer.Ordinal);
        HashSet<string> addresses = [.. names, .. facts.Nodes.Values.SelectMany(node => (string?[])[node.HostIp, node.PublishIp]).OfType<string>()];
        KubeList<PodFacts>? pods = await ListAsync(PodFacts.Kind, null, item => PodFacts.Read(item) is var pod && (names.Contains(pod.Meta.Name) || pod.Ips.Any(addresses.Contains)) ? pod : null, cancel).ConfigureAwait(false);
        Known(pods, "pods");
        IReadOnlyList<PodFacts> kept = pods?.Kept ?? [];

        // Without pods nothing else has anything to belong to; and every list that is left out saves the server work.
        var sets = kept.Where(pod => pod.StatefulSet is not null).Select(pod => (pod.Meta.Namespace, pod.StatefulSet!)).ToHashSet();
        var stems = names.Where(name => name.LastIndexOf('-') > 0).Select(name => name[..name.LastIndexOf('-')]).ToHashSet(StringComparer.Ordinal);
        KubeList<StatefulSetFacts>? stateful = await ListAsync(StatefulSetFacts.Kind, null, item => StatefulSetFacts.Read(item) is var set && (sets.Contains((set.Meta.Namespace, set.Meta.Name)) || stems.Contains(set.Meta.Name)) ? set : null, cancel).ConfigureAwait(false);
        Known(stateful, "statefulsets");
        HashSet<(string, string)> dataSets = Labelled(kept, [DataSetFacts.Label]);
        HashSet<(string, string)> openSearch = Labelled(kept, OpenSearchClusterFacts.ClusterLabels);
        HashSet<(string, string)> elastic = Labelled(kept, [ElasticFacts.Label]);
        KubeList<DataSetFacts>? data = dataSets.Count == 0 ? null : await ListAsync(DataSetFacts.Kind, null, item => DataSetFacts.Read(item) is var set && dataSets.Contains((set.Meta.Namespace, set.Meta.Name)) ? set : null, cancel).ConfigureAwait(false);
        KubeList<DeploymentFacts>? operators = dataSets.Count == 0 ? null
            : await ListAsync(DeploymentFacts.Kind, "application=es-operator", item => DeploymentFacts.Read(item) is { Application: "es-operator" } one ? one : null, cancel).ConfigureAwait(false);
        var clusters = new List<OpenSearchClusterFacts>();
        foreach (KubeKind kind in openSearch.Count == 0 ? [] : OpenSearchClusterFacts.Kinds)
        {
            clusters.AddRange((await ListAsync(kind, null, item => OpenSearchClusterFacts.Read(item) is var one && openSearch.Contains((one.Meta.Namespace, one.Meta.Name)) ? one : null, cancel).ConfigureAwait(false))?.Kept ?? []);
        }

        KubeList<ElasticFacts>? elastics = elastic.Count == 0 ? null : await ListAsync(ElasticFacts.Kind, null, item => ElasticFacts.Read(item) is var one && elastic.Contains((one.Meta.Namespace, one.Meta.Name)) ? one : null, cancel).ConfigureAwait(false);
        var owners = new OwnerFacts
        {
            From = objects.Name,
            FromFiles = objects.IsFiles,
            Old = old,
            Pods = kept,
            StatefulSets = stateful?.Kept ?? [],
            DataSets = data?.Kept ?? [],
            Operators = operators?.Kept ?? [],
            OpenSearchClusters = clusters,
            Elastics = elastics?.Kept ?? [],
        };
        if (unread.Count == 0 && facts.NodesSeen && facts.Nodes.Count > 0 && !facts.Nodes.Values.Any(node => owners.Of(node).Count > 0))
        {
            unread.Add($"none of the {facts.Nodes.Count} nodes of the cluster is a pod in {objects.Name} ({pods?.Seen ?? 0} pods read): look whether it is the right one");
        }

        return owners with { Unread = [.. unread] };
    }

    private static HashSet<(string, string)> Labelled(IReadOnlyList<PodFacts> pods, IReadOnlyList<string> labels) =>
        [.. pods.SelectMany(pod => labels.Select(label => pod.Labels.GetValueOrDefault(label)).OfType<string>().Select(name => (pod.Meta.Namespace, name)))];

    /// <summary>Every API server has these: where they are not there, it is none, or nothing of them was written to the files.</summary>
    private void Known<T>(KubeList<T>? list, string what)
    {
        if (list is null && unread.Count == 0)
        {
            unread.Add($"{objects.Name} has no {what}");
        }
    }

    private Task<KubeList<T>?> ListAsync<T>(KubeKind kind, string? labels, Func<JsonElement, T?> read, CancellationToken cancel)
        where T : class => TryAsync(() => objects.ListAsync(kind, labels, read, cancel));

    private async Task<T?> TryAsync<T>(Func<Task<T?>> ask)
        where T : class
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (ZombieOpsException e)
        {
            // Where the server does not answer at all, each list says the same.
            if (!unread.Contains(e.Message))
            {
                unread.Add(Printable.Clean(e.Message));
            }

            return null;
        }
    }
}
