using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.Search;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Integration.Tests.Kubernetes;

/// <summary>Clears by what a real API server knows, as a user runs them: what nobody wants goes and comes back with undo, and the mark of a live drain stays.</summary>
public abstract class RealOwnerClearTests : RealOwnerWorld
{
    private protected RealOwnerClearTests(RealKubernetes kubernetes, RealCluster cluster)
        : base(kubernetes, cluster)
    {
    }

    private static string[] Acting => ["--settle", "100ms", "--despite", "disk"];

    private static string[] Yes => ["--watch", "500ms", "--allow", "remove-entry", "--yes", "--output", "json"];

    /// <summary>Label by which a pod of these tests names the object of its operator.</summary>
    private protected abstract (string Label, string Pool) Labels { get; }

    /// <summary>The object of the operator that goes with this product: at work on the last node, or at rest.</summary>
    private protected abstract JsonObject Object(bool atWork);

    private async Task<string?> RawAsync(string scope, string key) => (string?)(await Cluster.SendAsync("GET", "_cluster/settings?flat_settings=true"))![scope]![key];

    private ClearReport Clear(int exit, params string[] filter) => ZombieJson.Read<ClearReport>(Cli.Run(["clear", .. Asked, .. Acting, .. Yes, .. filter]).Exits(exit).Out);

    private void Undo(ClearResult result) =>
        Cli.Run(["undo", "search", result.AuditSequence!.Value.ToString(CultureInfo.InvariantCulture), "--url", Cluster.Url, "--kube-context", Kubernetes.Context, "--kubeconfig", Kubernetes.Config, .. Acting, "--yes"]).Exits(0);

    private List<AuditRecord> Audit() => [.. AuditReader.Read(Path.Combine(Cli.State, "audit"))];

    /// <summary>That intent and outcome are in the audit log, with the evidence of Kubernetes on which it was done.</summary>
    private void Recorded(ClearResult result, string evidence)
    {
        List<AuditRecord> log = Audit();
        AuditRecord intent = log.Single(record => record.Sequence == result.AuditSequence);
        Assert.Equal((AuditKind.Intent, result.FindingId), (intent.Kind, intent.FindingId));
        Assert.Contains(intent.Before!.Evidence, fact => fact.Says.Contains(evidence, StringComparison.Ordinal) && fact.Source.Contains(Kubernetes.Context, StringComparison.Ordinal));
        Assert.StartsWith("PUT /_cluster/settings ", intent.Act!.Undo, StringComparison.Ordinal);
        AuditRecord outcome = log.Single(record => record.IntentSequence == intent.Sequence);
        Assert.Equal((AuditKind.Outcome, ClearOutcome.Cleared), (outcome.Kind, outcome.Result!.Outcome));
        Cli.Run("audit", "verify").Exits(0);
    }

    [Fact]
    public async Task Es_operator_the_mark_of_a_pod_that_is_gone_goes_and_that_of_a_live_drain_stays_until_nobody_wants_it()
    {
        await WorldAsync(2, 3, up: true);
        await MarkAsync($"{Cluster.Ip(9)},{X}");
        await KnowAsync(Asked);

        // A yes to everything, in mid-drain.
        ClearReport first = Clear(1);
        ClearResult gone = Assert.Single(first.Results, result => result.Outcome == ClearOutcome.Cleared);
        Assert.Contains(Cluster.Ip(9), gone.Target.ToString(), StringComparison.Ordinal);
        Assert.Equal((X, "none"), (await RawAsync("persistent", Ip), await RawAsync("persistent", Rebalance)));
        Recorded(gone, "no pod has this name or address");
        Undo(gone);
        Assert.Equal($"{X},{Cluster.Ip(9)}", await RawAsync("persistent", Ip));
        Clear(0, "--where", $"entry={Cluster.Ip(9)}");

        ClearResult live = Assert.Single(Clear(1, "--where", $"entry={X}").Results);
        Assert.Equal((ClearOutcome.Skipped, ClearReasonOf(SearchReasons.LiveDrain)), (live.Outcome, live.Says));
        Assert.Equal((X, "none"), (await RawAsync("persistent", Ip), await RawAsync("persistent", Rebalance)));

        // Scaled back, and nobody told the drain: both of its marks are one zombie, once that has lasted.
        await Kubernetes.PutAsync(KubeObject.DataSet("es-data", 3));
        Assert.Equal(ClearOutcome.Skipped, Assert.Single(Clear(1).Results).Outcome);
        await KnowAsync(Asked);
        ClearResult cutOff = Assert.Single(Clear(0).Results);
        Assert.Equal((null, null), (await RawAsync("persistent", Ip), await RawAsync("persistent", Rebalance)));
        Recorded(cutOff, "nobody drains it");
        Undo(cutOff);
        Assert.Equal((X, "none"), (await RawAsync("persistent", Ip), await RawAsync("persistent", Rebalance)));
    }

    private static string ClearReasonOf(string reason) => $"its verdict is {Verdict.Protected}, reason {reason}";

    [Fact]
    public async Task The_operator_of_the_product_the_mark_of_a_pod_that_is_gone_goes_once_it_is_at_rest_and_that_of_a_live_drain_stays()
    {
        await Kubernetes.ReadyAsync();
        await Cluster.ReadyAsync();

        // Nodes are called as their pods are, as with these operators. The first pod is no node yet, and the fifth was one.
        string stays = Cluster.Node(3), left = Cluster.Node(4);
        await Kubernetes.PutAsync(KubeObject.StatefulSet(Cluster.Product, 4));
        for (int i = 0; i < 4; i++)
        {
            await Kubernetes.PutAsync(KubeObject.Pod(Cluster.Product, i, i == 0 ? Cluster.Ip(8) : Cluster.Ip(i), Labels.Label, "logs", pod => pod["metadata"]!["labels"]![Labels.Pool] = "data"));
        }

        await Kubernetes.PutAsync(Object(atWork: true));
        await Cluster.PutAsync("transient", Name, $"{left},{stays}");
        await RealCluster.UntilAsync(async () => await Cluster.ShardsAsync(3) == 0 && await Cluster.StillAsync());
        await KnowAsync(Asked);
        ClearReport busy = Clear(1);
        Assert.Equal([ClearOutcome.Skipped, ClearOutcome.Skipped], busy.Results.Select(result => result.Outcome));
        Assert.All(busy.Results, result => Assert.Equal(ClearReasonOf(SearchReasons.LiveDrain), result.Says));
        Assert.Equal($"{left},{stays}", await RawAsync("transient", Name));
        Assert.DoesNotContain(Audit(), record => record.Kind == AuditKind.Intent);

        // At rest: the one whose pod is gone at once, the other only after that has lasted.
        await Kubernetes.PutAsync(Object(atWork: false));
        ClearReport rest = Clear(1);
        ClearResult gone = Assert.Single(rest.Results, result => result.Outcome == ClearOutcome.Cleared);
        Assert.Equal(stays, await RawAsync("transient", Name));
        Recorded(gone, "no pod has this name or address");
        Assert.Equal(0, await Cluster.ShardsAsync(3));
        Undo(gone);
        Assert.Equal($"{stays},{left}", await RawAsync("transient", Name));
        await KnowAsync(Asked);
        ClearResult cutOff = Assert.Single(Clear(0, "--where", $"entry={stays}").Results);
        Assert.Equal(left, await RawAsync("transient", Name));
        Recorded(cutOff, "nobody drains this pod");
        await RealCluster.UntilAsync(async () => await Cluster.ShardsAsync(3) > 0 && await Cluster.StillAsync());
    }

    [Fact]
    public async Task By_another_Kubernetes_cluster_nothing_is_cleared()
    {
        await WorldAsync(3, 3, up: true);
        await MarkAsync(X);
        Finding right = await OneAsync();
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), (right.Verdict, right.Reason));
        foreach (string differs in (string[])["start", "names", "addresses"])
        {
            // The same context now holds what another cluster has: its own data set at rest, as old and as large.
            await Kubernetes.ReadyAsync();
            string set = differs == "names" ? Cluster.Product : "es-data";
            string start = differs == "start" ? DateTime.UtcNow.AddMinutes(2).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "2026-11-01T00:00:00Z";
            await Kubernetes.PutAsync(KubeObject.DataSet(set, 3));
            await Kubernetes.PutAsync(KubeObject.StatefulSet(set, 3));
            await Kubernetes.PutAsync(KubeObject.Operator(up: true));
            for (int i = 0; i < 3; i++)
            {
                await Kubernetes.PutAsync(KubeObject.Pod(set, i, differs == "addresses" ? $"10.77.0.{i}" : Cluster.Ip(i + 1), "es-operator-dataset", set, pod => pod["status"]!["startTime"] = start));
            }

            Finding wrong = Assert.Single((await ScanAsync(Asked, exit: 3)).Findings);
            Assert.Equal((Verdict.Unknown, SearchReasons.NotSeen), (wrong.Verdict, wrong.Reason));
            string why = differs == "addresses" ? "look whether it is the right one" : differs == "names" ? "nodes of this cluster are called as pods are" : "before the pod";
            Assert.Contains(wrong.Evidence, fact => fact.State == EvidenceState.Unknown && fact.Says.Contains(why, StringComparison.Ordinal));
            Assert.Equal(ClearOutcome.Skipped, Assert.Single(Clear(3).Results).Outcome);
            Assert.Equal((X, "none"), (await RawAsync("persistent", Ip), await RawAsync("persistent", Rebalance)));
        }
    }
}

/// <summary>Beside Elasticsearch, with Elastic's operator.</summary>
[Collection(nameof(RealOwners))]
public sealed class ElasticsearchOwnerClearTests(RealKubernetes kubernetes, OwnedElasticsearch cluster) : RealOwnerClearTests(kubernetes, cluster)
{
    private protected override (string Label, string Pool) Labels => ("elasticsearch.k8s.elastic.co/cluster-name", "elasticsearch.k8s.elastic.co/statefulset-name");

    private protected override JsonObject Object(bool atWork) => KubeObject.Elastic("logs", atWork ? "MigratingData" : "Ready", atWork
        ? new JsonObject { ["downscale"] = new JsonObject { ["nodes"] = new JsonArray(new JsonObject { ["name"] = Cluster.Node(3), ["shutdownStatus"] = "IN_PROGRESS", ["explanation"] = "" }) } }
        : null);
}

/// <summary>Beside OpenSearch, with opensearch-k8s-operator.</summary>
[Collection(nameof(RealOwners))]
public sealed class OpenSearchOwnerClearTests(RealKubernetes kubernetes, OwnedOpenSearch cluster) : RealOwnerClearTests(kubernetes, cluster)
{
    private protected override (string Label, string Pool) Labels => ("opensearch.org/opensearch-cluster", "opensearch.org/opensearch-nodepool");

    private protected override JsonObject Object(bool atWork) => KubeObject.OpenSearch("opensearch.org", "logs", 4, atWork ? [KubeObject.Component("Scaler", "Excluded", "data", Cluster.Node(3))] : []);
}
