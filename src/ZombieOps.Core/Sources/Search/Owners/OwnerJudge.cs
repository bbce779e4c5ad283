using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Sources.Kubernetes.Objects;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>
/// Says of a mark what the owner of its node wants, from facts alone. What es-operator does was measured with the real one: a drain for a scale-down leaves nothing in
/// Kubernetes but "the data set wants fewer nodes than its StatefulSet has", and an es-operator that runs is no proof that a drain is alive.
/// </summary>
internal static class OwnerJudge
{
    private static readonly string[] Labels = [DataSetFacts.Label, .. OpenSearchClusterFacts.ClusterLabels, ElasticFacts.Label];

    /// <summary>The claim; null for marks that say nothing of single nodes.</summary>
    public static OwnerClaim? Claim(Mark mark, ClusterFacts facts, OwnerFacts owners)
    {
        if (mark.Kind is not (SearchKinds.Exclusion or SearchKinds.Voting) || mark.Nodes.Count > 1 || !facts.NodesSeen)
        {
            return null;
        }

        OwnerClaim claim = mark.Nodes is [var node] ? OnNode(mark, node, owners) : Absent(mark, owners);
        if (!claim.Protects && mark.Nodes is [var named] && Doubt(named, facts, owners) is { } doubt)
        {
            claim = claim with { State = OwnerState.Unknown, Rest = null, Says = [.. claim.Says, new OwnerSays("PodIdentity", EvidenceState.Unknown, doubt)] };
        }

        if (owners.Unread.Count > 0)
        {
            List<OwnerSays> says = [.. claim.Says, .. owners.Unread.Select(unread => new OwnerSays("KubernetesRead", EvidenceState.Unknown, unread))];
            return claim with { Says = says, State = claim.Protects ? claim.State : OwnerState.Unknown, Rest = null };
        }

        // Evidence that is no longer fresh may still speak for a live owner.
        return owners.Old is { } old && !claim.Protects
            ? claim with { State = OwnerState.Unknown, Rest = null, Says = [.. claim.Says, new OwnerSays("KubernetesAge", EvidenceState.Unknown, old)] }
            : claim;
    }

    /// <summary>Data sets that have a node in this cluster and are not at rest.</summary>
    public static IReadOnlyList<DataSetFacts> Busy(ClusterFacts facts, OwnerFacts owners) =>
        [.. facts.Nodes.Values.SelectMany(owners.Of)
            .Where(pod => owners.DataSetOf(pod) is { } set && (pod.Draining is not null || owners.SetOf(pod) is not { } stateful || set.Scaling || set.Wanted != (stateful.Replicas, stateful.Replicas)))
            .Select(pod => owners.DataSetOf(pod)!).DistinctBy(set => set.Meta.FullName)];

    /// <summary>
    /// Why a pod with a node's address may be another cluster's: two Kubernetes clusters often use the same addresses, and the context may be the wrong one. Null where nothing
    /// speaks for that.
    /// </summary>
    private static string? Doubt(NodeFacts node, ClusterFacts facts, OwnerFacts owners)
    {
        if (owners.Of(node) is not [var pod])
        {
            return null;
        }

        // A container starts after its pod; the clocks of two hosts never agree to the second.
        if (node.StartedAt is { } jvm && pod.StartedAt is { } began && began - jvm > TimeSpan.FromMinutes(1))
        {
            return $"the node {node.Name} started at {Time(jvm)}, before the pod {pod.Meta.FullName} that has its address ({Time(began)}): that pod is not this node";
        }

        bool sameNames = facts.Nodes.Values.Any(one => owners.Pods.Any(other => other.Meta.Name == one.Name));
        return sameNames && pod.Meta.Name != node.Name
            ? $"nodes of this cluster are called as pods are, and the pod with the address of {node.Name} is {pod.Meta.FullName}: that pod is not this node"
            : null;
    }

    private static OwnerClaim Absent(Mark mark, OwnerFacts owners)
    {
        if (owners.Pods.FirstOrDefault(pod => !pod.IsOver && (pod.Meta.Name == mark.Entry || pod.Ips.Contains(mark.Entry))) is { } there)
        {
            return Make(OwnerState.Joining, there, null, [new("Pod", EvidenceState.Live, $"the pod {there.Meta.FullName} has this name or address, and its node is not in the cluster: it may be on its way")]);
        }

        if (owners.StatefulSets.FirstOrDefault(set => IsOf(set, mark.Entry)) is { } wants)
        {
            return new OwnerClaim
            {
                State = OwnerState.Joining,
                Chain = [Link("StatefulSet", wants.Meta)],
                Says = [new("StatefulSet", EvidenceState.Live, $"the StatefulSet {wants.Meta.FullName} wants a pod of this name")],
            };
        }

        // A cluster whose operator is at work may still take back what it marked: the mark of a pod that has just gone goes last.
        (string Who, string What)[] work = [.. owners.OpenSearchClusters.Where(cluster => BelongsTo(owners, OpenSearchClusterFacts.ClusterLabels, cluster.Meta)).Select(cluster => (cluster.Meta.FullName, Work(cluster)))
            .Concat(owners.Elastics.Where(cluster => BelongsTo(owners, [ElasticFacts.Label], cluster.Meta)).Select(cluster => (cluster.Meta.FullName, Work(cluster)))).Where(item => item.Item2 is not null).Select(item => (item.FullName, item.Item2!))];
        return work.Length > 0
            ? new OwnerClaim { State = OwnerState.LiveDrain, Says = [.. work.Select(item => new OwnerSays("Operator", EvidenceState.Live, $"{item.Who}: {item.What}"))] }
            : new OwnerClaim { State = OwnerState.Foreign, Says = [new("Pod", EvidenceState.Dead, "no pod has this name or address")] };
    }

    private static OwnerClaim OnNode(Mark mark, NodeFacts node, OwnerFacts owners)
    {
        IReadOnlyList<PodFacts> pods = owners.Of(node);
        if (pods.Count > 1)
        {
            // Pods on the network of their host share its address.
            PodFacts[] named = [.. pods.Where(one => one.Meta.Name == node.Name)];
            PodFacts[] owned = [.. pods.Where(one => Labels.Any(one.Labels.ContainsKey))];
            pods = named.Length == 1 ? named : owned.Length == 1 ? owned : pods;
        }

        if (pods is not [var pod])
        {
            return pods.Count == 0
                ? new OwnerClaim { State = owners.FromFiles && owners.Pods.Count == 0 ? OwnerState.Unknown : OwnerState.Foreign, Says = [new("Pod", EvidenceState.Unknown, $"no pod is the node {node.Name}: it runs outside, or in a namespace that was not read")] }
                : new OwnerClaim { State = OwnerState.Unknown, Says = [new("Pod", EvidenceState.Unknown, $"{pods.Count} pods have the address of the node {node.Name}: {string.Join(", ", pods.Take(4).Select(one => one.Meta.FullName))}")] };
        }

        var says = new List<OwnerSays> { new("Pod", EvidenceState.Unknown, $"the node is the pod {pod.Meta.FullName} ({pod.Phase}{(pod.Ready ? ", ready" : ", not ready")}{(pod.StartedAt is { } at ? $", started {Time(at)}" : "")})") };
        StatefulSetFacts? set = owners.SetOf(pod);
        if (pod.Meta.Deleting)
        {
            says.Add(new("Pod", EvidenceState.Live, "the pod is being deleted"));
            return Make(OwnerState.Terminating, pod, set, says);
        }

        if (set is not null && pod.Ordinal > set.LastOrdinal)
        {
            says.Add(new("StatefulSet", EvidenceState.Live, $"its StatefulSet wants {Count(set.Replicas)} and this pod is beyond them: it goes next"));
            return Make(OwnerState.Terminating, pod, set, says);
        }

        if (pod.Labels.ContainsKey(DataSetFacts.Label))
        {
            return DataSet(mark, pod, set, owners, says);
        }

        if (OpenSearchClusterFacts.ClusterLabels.Select(label => pod.Labels.GetValueOrDefault(label)).FirstOrDefault(name => name is not null) is { } cluster)
        {
            return OpenSearch(mark, pod, set, cluster, owners, says);
        }

        if (pod.Labels.TryGetValue(ElasticFacts.Label, out string? elastic))
        {
            return Elastic(mark, pod, set, elastic, owners, says);
        }

        says.Add(new("Operator", EvidenceState.Unknown, "the pod belongs to no operator that is known here"));
        return Make(OwnerState.Foreign, pod, set, says);
    }

    private static OwnerClaim DataSet(Mark mark, PodFacts pod, StatefulSetFacts? set, OwnerFacts owners, List<OwnerSays> says)
    {
        string name = $"{pod.Meta.Namespace}/{pod.Labels[DataSetFacts.Label]}";
        if (owners.DataSetOf(pod) is not { } data)
        {
            return Missing(pod, set, owners, says, "DataSet", $"ElasticsearchDataSet {name}");
        }

        if (set is null)
        {
            return Missing(pod, set, owners, says, "StatefulSet", $"StatefulSet of the ElasticsearchDataSet {name}");
        }

        OwnerClaim With(OwnerState state, string fact, EvidenceState evidence, string what, string? rest = null)
        {
            says.Add(new(fact, evidence, what));
            return Make(state, pod, set, says, Link(DataSetFacts.Kind.Kind, data.Meta)) with { Rest = rest, SetsRebalance = true };
        }

        DeploymentFacts[] running = [.. owners.Operators.Where(one => (one.Flag("--operator-id") ?? "") == data.Operator && one.Available > 0)];
        string who = data.Operator.Length == 0 ? "es-operator" : $"the es-operator '{data.Operator}'";
        says.Add(new("Operator", EvidenceState.Unknown, running.Length > 0
            ? $"{who} runs ({running[0].Meta.FullName}), which proves no drain: it leaves the marks of an interrupted one where they are"
            : $"{who} does not run: no Deployment with the label application=es-operator and that id has a pod available"));
        if (pod.Draining is not null)
        {
            return running.Length > 0
                ? With(OwnerState.Resumable, "Draining", EvidenceState.Live, "the pod is annotated as draining, and es-operator goes on with such a pod first")
                : With(OwnerState.Orphaned, "Draining", EvidenceState.Live, "the pod is annotated as draining: an es-operator that is started again drains and deletes it");
        }

        string numbers = data.Wanted.Low == data.Wanted.High ? $"wants {Count(data.Wanted.Low)}" : $"wants between {data.Wanted.Low} and {Count(data.Wanted.High)}";
        string counts = $"the ElasticsearchDataSet {name} {numbers}, and its StatefulSet {Count(set.Replicas)}";
        if (data.SkipsDraining)
        {
            return With(OwnerState.Foreign, "DataSet", EvidenceState.Unknown, $"{counts}; it skips draining, so es-operator did not set this mark");
        }

        if (data.Wanted.Low < set.Replicas)
        {
            return With(OwnerState.LiveDrain, "DataSet", EvidenceState.Live, pod.Ordinal == set.LastOrdinal
                ? $"{counts}: a scale-down drains the highest pod, which is this one, whether es-operator runs at the moment or not"
                : $"{counts}: an operation is under way, although this pod is not the highest");
        }

        if (mark.Setting.Scope != "persistent" || mark.Attribute != "_ip")
        {
            return With(OwnerState.Foreign, "DataSet", EvidenceState.Unknown, $"{counts}; es-operator sets persistent exclude._ip alone, so this mark is somebody else's");
        }

        string? unsettled = data.Meta.Deleting ? "it is being deleted"
            : data.Scaling ? "it carries an operation of the autoscaler"
            : data.Wanted != (set.Replicas, set.Replicas) ? "they are not equal yet"
            : !set.IsSettled ? $"the StatefulSet has {Count(set.Present)} and is not at rest"
            : pod is not { Phase: "Running", Ready: true } ? "the pod is not ready"
            : null;
        return unsettled is not null
            ? With(OwnerState.Unsettled, "DataSet", EvidenceState.Unknown, $"{counts}; {unsettled}")
            : With(
                OwnerState.Idle,
                "DataSet",
                EvidenceState.Dead,
                $"{counts}; the pod is neither annotated nor being deleted: nobody drains it, and es-operator takes off only what names no node",
                string.Create(CultureInfo.InvariantCulture, $"{pod.Meta.Uid}:{data.Meta.Uid}:{data.Meta.Generation}:{set.Meta.Uid}:{set.Meta.Generation}")) with { PodStartedAt = pod.StartedAt };
    }

    private static OwnerClaim OpenSearch(Mark mark, PodFacts pod, StatefulSetFacts? set, string cluster, OwnerFacts owners, List<OwnerSays> says)
    {
        string name = $"{pod.Meta.Namespace}/{cluster}";
        OpenSearchClusterFacts[] all = [.. owners.OpenSearchClusters.Where(one => one.Meta.FullName == name)];
        if (all.Length == 0)
        {
            return Missing(pod, set, owners, says, "OpenSearchCluster", $"OpenSearchCluster {name}");
        }

        OwnerClaim With(OwnerState state, EvidenceState evidence, string what, string? rest = null)
        {
            says.Add(new("OpenSearchCluster", evidence, what));
            return Make(state, pod, set, says, Link("OpenSearchCluster", all[0].Meta)) with { Rest = rest };
        }

        // While an operator moves to its new group there are two objects of one cluster; each may speak for a drain.
        string pool = OpenSearchClusterFacts.PoolLabels.Select(label => pod.Labels.GetValueOrDefault(label)).FirstOrDefault(one => one is not null) ?? "";
        foreach (OpenSearchClusterFacts one in all)
        {
            if (Work(one) is { } work)
            {
                bool stalled = one.InProgress.Any(part => part.Conditions.Contains("DrainStalled") && (part.Description == pool || part.Conditions.Contains(pod.Meta.Name)));
                return With(stalled ? OwnerState.StalledDrain : OwnerState.LiveDrain, EvidenceState.Live, $"the OpenSearchCluster {name}: {work}");
            }
        }

        if (mark.Setting.Scope != "transient" || mark.Attribute is not ("_name" or "name"))
        {
            return With(OwnerState.Foreign, EvidenceState.Unknown, $"the OpenSearchCluster {name} is at rest; its operator sets transient exclude._name alone, so this mark is somebody else's");
        }

        if (!all.Any(one => one.Pools.ContainsKey(pool)))
        {
            return With(OwnerState.Unclaimed, EvidenceState.Unknown, $"the OpenSearchCluster {name} has no node pool '{pool}' any more: its operator drains what is left of it before it removes it");
        }

        string? unsettled = set is null ? "its StatefulSet was not seen"
            : all.Any(one => one.Meta.Deleting) ? "it is being deleted"
            : all.Any(one => one.Pools.TryGetValue(pool, out long wanted) && wanted != set.Replicas) ? $"the node pool '{pool}' is not yet as large as it is to be"
            : !set.IsSettled ? "its StatefulSet is not at rest"
            : set.UpdateRevision is { Length: > 0 } to && pod.Labels.GetValueOrDefault("controller-revision-hash") != to ? "the pod is to be restarted with another revision, and is drained before that"
            : pod is not { Phase: "Running", Ready: true } ? "the pod is not ready"
            : all.Any(one => one.Phase is not ("RUNNING" or "")) ? $"its phase is {all[0].Phase}"
            : null;
        return unsettled is not null
            ? With(OwnerState.Unsettled, EvidenceState.Unknown, $"the OpenSearchCluster {name}: {unsettled}")
            : With(
                OwnerState.Idle, EvidenceState.Dead, $"the OpenSearchCluster {name} has nothing in progress, and its node pool '{pool}' is as large as it is to be: nobody drains this pod",
                string.Create(CultureInfo.InvariantCulture, $"{pod.Meta.Uid}:{string.Join(':', all.Select(one => $"{one.Meta.Uid}:{one.Meta.Generation}"))}:{set!.Meta.Uid}:{set.Meta.Generation}"));
    }

    private static OwnerClaim Elastic(Mark mark, PodFacts pod, StatefulSetFacts? set, string cluster, OwnerFacts owners, List<OwnerSays> says)
    {
        string name = $"{pod.Meta.Namespace}/{cluster}";
        if (owners.Elastics.FirstOrDefault(one => one.Meta.FullName == name) is not { } elastic)
        {
            return Missing(pod, set, owners, says, "Elasticsearch", $"Elasticsearch {name}");
        }

        OwnerClaim With(OwnerState state, EvidenceState evidence, string what, string? rest = null)
        {
            says.Add(new("Elasticsearch", evidence, what));
            return Make(state, pod, set, says, Link(ElasticFacts.Kind.Kind, elastic.Meta)) with { Rest = rest };
        }

        if (elastic.Nodes.FirstOrDefault(node => node.Name == pod.Meta.Name) is { } own)
        {
            string explained = own.Explanation is { Length: > 0 } why ? $": {why}" : "";
            return own.Operation == "downscale" && (elastic.Stalled || own.Status == "STALLED")
                ? With(OwnerState.StalledDrain, EvidenceState.Live, $"the Elasticsearch {name} takes this node away and does not come on ({own.Status}){explained}")
                : With(OwnerState.LiveDrain, EvidenceState.Live, $"the Elasticsearch {name} has this node in its {own.Operation} ({own.Status}){explained}");
        }

        if (Work(elastic) is { } work)
        {
            return With(OwnerState.LiveDrain, EvidenceState.Live, $"the Elasticsearch {name}: {work}");
        }

        if (elastic.Unmanaged)
        {
            return With(OwnerState.Orphaned, EvidenceState.Unknown, $"the Elasticsearch {name} is taken from its operator, so its status is of an earlier time");
        }

        if (mark.Setting.Scope != "transient" || mark.Attribute is not ("_name" or "name"))
        {
            return With(OwnerState.Foreign, EvidenceState.Unknown, $"the Elasticsearch {name} is at rest; its operator sets transient exclude._name alone, so this mark is somebody else's");
        }

        string? unsettled = set is null ? "its StatefulSet was not seen"
            : elastic.Meta.Deleting ? "it is being deleted"
            : !elastic.Observed ? "its operator has not seen its last change"
            : !set.IsSettled ? "its StatefulSet is not at rest"
            : pod is not { Phase: "Running", Ready: true } ? "the pod is not ready"
            : null;
        return unsettled is not null
            ? With(OwnerState.Unsettled, EvidenceState.Unknown, $"the Elasticsearch {name}: {unsettled}")
            : With(
                OwnerState.Idle, EvidenceState.Dead, $"the Elasticsearch {name} is {elastic.Phase} and has nothing in progress: nobody drains this pod",
                string.Create(CultureInfo.InvariantCulture, $"{pod.Meta.Uid}:{elastic.Meta.Uid}:{elastic.Meta.Generation}:{set!.Meta.Uid}:{set.Meta.Generation}"));
    }

    /// <summary>An object that the pod names and that was not seen. In files it may just not have been asked for.</summary>
    private static OwnerClaim Missing(PodFacts pod, StatefulSetFacts? set, OwnerFacts owners, List<OwnerSays> says, string fact, string what)
    {
        says.Add(new(fact, EvidenceState.Unknown, owners.FromFiles ? $"the files hold no {what}" : $"there is no {what}, which the pod names"));
        return Make(owners.FromFiles ? OwnerState.Unknown : OwnerState.Unclaimed, pod, set, says);
    }

    private static string? Work(OpenSearchClusterFacts cluster) =>
        cluster.InProgress.Count > 0 ? string.Join(", ", cluster.InProgress.Take(5).Select(part => $"{part.Component} is {part.Status} ({string.Join(", ", (IEnumerable<string>)[part.Description, .. part.Conditions])})"))
        : cluster.Upgrading ? "it is being upgraded"
        : null;

    private static string? Work(ElasticFacts cluster) =>
        cluster.Nodes.Count > 0 ? string.Join(", ", cluster.Nodes.Take(5).Select(node => $"{node.Operation} of {node.Name} is {node.Status}"))
        : !cluster.Unmanaged && cluster.Phase != "Ready" ? $"its phase is '{cluster.Phase}'"
        : null;

    private static bool BelongsTo(OwnerFacts owners, IReadOnlyList<string> labels, ObjectMeta cluster) =>
        owners.Pods.Any(pod => pod.Meta.Namespace == cluster.Namespace && labels.Any(label => pod.Labels.GetValueOrDefault(label) == cluster.Name));

    private static bool IsOf(StatefulSetFacts set, string podName) =>
        podName.StartsWith(set.Meta.Name + "-", StringComparison.Ordinal)
        && long.TryParse(podName.AsSpan(set.Meta.Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long ordinal) && ordinal >= set.FirstOrdinal && ordinal <= set.LastOrdinal;

    private static OwnerClaim Make(OwnerState state, PodFacts pod, StatefulSetFacts? set, IReadOnlyList<OwnerSays> says, OwnerLink? top = null)
    {
        OwnerLink?[] chain = [Link("Pod", pod.Meta), set is null ? null : Link("StatefulSet", set.Meta), top];
        return new OwnerClaim { State = state, Says = says, Chain = [.. chain.OfType<OwnerLink>()] };
    }

    private static OwnerLink Link(string kind, ObjectMeta meta) => new() { Kind = kind, Name = meta.FullName, Id = meta.Uid.Length > 0 ? meta.Uid : null };

    private static string Count(long number) => number == 1 ? "1 node" : $"{number} nodes";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
