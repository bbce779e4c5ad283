using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Integration.Tests.Kubernetes;

/// <summary>The measured situations of es-operator, and those of other operators, with a real API server and a real cluster, from the command line.</summary>
[Collection(nameof(RealOwners))]
public sealed class RealOwnerTests(RealKubernetes kubernetes, OwnedElasticsearch cluster) : RealOwnerWorld(kubernetes, cluster)
{
    private static (Verdict, string) Of(Finding finding) => (finding.Verdict, finding.Reason);

    [Fact]
    public async Task Situation_1_idle()
    {
        await WorldAsync(3, 3, up: true);
        await Cluster.PutAsync("persistent", Rebalance, "all");
        Assert.Empty((await ScanAsync(Asked)).Findings);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Situations_2_and_3_live_scale_down_with_the_operator_up_or_down(bool up)
    {
        await WorldAsync(2, 3, up);
        await MarkAsync(X);
        Finding finding = await OneAsync();
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), Of(finding));
        Assert.Equal("ElasticsearchDataSet search/es-data", finding.Owner[^1].ToString());
    }

    [Fact]
    public async Task Situation_4_killed_in_mid_drain_and_scaled_back()
    {
        await WorldAsync(3, 3, up: false);
        await MarkAsync(X);
        Finding finding = await OneAsync();
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), Of(finding));
        Assert.Equal((2, true), (((MarkTarget)finding.Target).Marks.Count, ((MarkTarget)finding.Target).Shards > 0));
    }

    [Fact]
    public async Task Situations_5_and_6_restarted_or_superseded()
    {
        await WorldAsync(3, 3, up: true);
        await MarkAsync(X, rebalance: false);
        Finding finding = await OneAsync();
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), Of(finding));
        CliResult explained = Cli.Run(["explain", "search", X, .. Asked[1..]]).Exits(1);
        Assert.Contains("nobody drains it", explained.Out, StringComparison.Ordinal);
        Assert.Contains("which proves no drain", explained.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Situation_7_killed_in_a_rolling_update()
    {
        await WorldAsync(3, 4, up: false, first: pod => KubeObject.Annotate(pod, "operator.zalando.org/draining", "true"));
        await MarkAsync(Cluster.Ip(1));
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Orphaned), Of(await OneAsync()));
        await Kubernetes.PutAsync(KubeObject.Operator(up: true));
        Assert.Equal((Verdict.Protected, SearchReasons.Resumable), Of(await OneAsync()));
    }

    [Fact]
    public async Task Situation_8_given_to_another_operator_id()
    {
        await WorldAsync(3, 3, up: true, eds => KubeObject.Annotate(eds, "es-operator.zalando.org/operator", "other"));
        await MarkAsync(X);
        Finding finding = await OneAsync();
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned, 2), (finding.Verdict, finding.Reason, ((MarkTarget)finding.Target).Marks.Count));
    }

    [Fact]
    public async Task Fact_7_the_normal_end_of_a_drain()
    {
        await WorldAsync(2, 2, up: true);
        await Kubernetes.PutAsync(KubeObject.Pod("es-data", 2, X, "es-operator-dataset", "es-data", pod => pod["metadata"]!["deletionTimestamp"] = "2026-11-24T12:00:00Z"));
        await MarkAsync(X);
        Assert.Equal((Verdict.Protected, SearchReasons.Terminating), Of(await OneAsync()));
    }

    [Fact]
    public async Task A_first_look_never_makes_a_zombie()
    {
        await WorldAsync(3, 3, up: true);
        await MarkAsync(X);
        Finding finding = Assert.Single(ZombieJson.Read<ScanReport>(Cli.Run(["scan", .. Asked, "--output", "json"]).Exits(1).Out).Findings);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung), Of(finding));
    }

    [Fact]
    public async Task A_node_that_is_gone_and_a_pod_that_is_there_is_joining()
    {
        await WorldAsync(3, 4, up: true);
        await MarkAsync(Cluster.Ip(9));
        Assert.Equal((Verdict.Protected, SearchReasons.Joining), Of(await OneAsync()));
        await MarkAsync(Cluster.Ip(8));
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone), Of(await OneAsync()));
    }

    [Fact]
    public async Task Without_rights_everything_is_unknown_and_named()
    {
        await WorldAsync(3, 3, up: true);
        await MarkAsync($"{X},{Cluster.Ip(8)}", rebalance: false);
        await Kubernetes.SendAsync("POST", "api/v1/namespaces/default/serviceaccounts", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "nobody" } }, System.Net.HttpStatusCode.Conflict);
        JsonNode token = (await Kubernetes.SendAsync("POST", "api/v1/namespaces/default/serviceaccounts/nobody/token", new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = new JsonObject() }))!;
        string config = Kubernetes.ConfigFor("nobody", $"token: {token["status"]!["token"]}");
        ScanReport report = await ScanAsync([.. Where, "--kubeconfig", config], exit: 3);
        Assert.All(report.Findings, finding => Assert.Equal((Verdict.Unknown, SearchReasons.NotSeen), Of(finding)));
        Assert.Contains(report.IncompleteBecause, why => why.Contains("/api/v1/pods (403", StringComparison.Ordinal));

        // With the role of the docs it is read to its end.
        await Kubernetes.SendAsync("POST", "apis/rbac.authorization.k8s.io/v1/clusterroles", Role(), System.Net.HttpStatusCode.Conflict);
        await Kubernetes.SendAsync("POST", "apis/rbac.authorization.k8s.io/v1/clusterrolebindings", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "zombieops-search" },
            ["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "ClusterRole", ["name"] = "zombieops-search" },
            ["subjects"] = new JsonArray(new JsonObject { ["kind"] = "ServiceAccount", ["name"] = "nobody", ["namespace"] = "default" }),
        }, System.Net.HttpStatusCode.Conflict);
        report = await ScanAsync([.. Where, "--kubeconfig", config]);
        Assert.All(report.Findings, finding => Assert.Equal(Verdict.Zombie, finding.Verdict));
    }

    /// <summary>The ClusterRole as the docs page has it.</summary>
    private static JsonNode Role()
    {
        string page = File.ReadAllText(Path.Combine(PowerShell.ModuleStage.Repository, "docs/search-kubernetes.md"));
        string block = page.Split("```yaml", 2)[1].Split("```", 2)[0];
        return ZombieOps.Yaml.YamlText.Parse(block)!;
    }

    [Fact]
    public async Task A_wrong_token_is_named_and_clears_nothing()
    {
        await WorldAsync(3, 3, up: true);
        await MarkAsync(X);
        ScanReport report = await ScanAsync([.. Where, "--kubeconfig", Kubernetes.ConfigFor("stranger", "token: wr0ng-s3cret")], exit: 3);
        Assert.Equal(Verdict.Unknown, Assert.Single(report.Findings).Verdict);
        string why = Assert.Single(report.IncompleteBecause, one => one.Contains("401", StringComparison.Ordinal));
        Assert.DoesNotContain("wr0ng-s3cret", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kind_that_the_server_does_not_have_is_none()
    {
        await WorldAsync(3, 3, up: true);
        await MarkAsync(X);
        await Kubernetes.UndefineAsync("zalando.org", "elasticsearchdatasets");
        Finding finding = await OneAsync();
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Foreign), Of(finding));
        Assert.Contains(finding.Evidence, fact => fact.Says.Contains("there is no ElasticsearchDataSet search/es-data", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("opensearch.org", "rest", "Zombie", SearchReasons.Abandoned)]
    [InlineData("opensearch.opster.io", "rest", "Zombie", SearchReasons.Abandoned)]
    [InlineData("opensearch.org", "excluded", "Protected", SearchReasons.LiveDrain)]
    [InlineData("opensearch.opster.io", "upgrade", "Protected", SearchReasons.LiveDrain)]
    [InlineData("opensearch.org", "pool removed", "ReportOnly", SearchReasons.Foreign)]
    public async Task Marks_of_opensearch_k8s_operator(string group, string state, string verdict, string reason)
    {
        await WorldAsync(3, 3, up: true);
        JsonObject os = KubeObject.OpenSearch(group, "logs", 3, state switch
        {
            "excluded" => [KubeObject.Component("Scaler", "Excluded", "data", "logs-data-2")],
            "upgrade" => [KubeObject.Component("Upgrader", "Upgrading")],
            _ => [],
        });
        if (state == "pool removed")
        {
            os["spec"]!["nodePools"]![0]!["component"] = "masters";
        }

        await Kubernetes.PutAsync(os);
        await Kubernetes.PutAsync(KubeObject.StatefulSet("logs-data", 3));
        await Kubernetes.PutAsync(KubeObject.Pod("logs-data", 2, X, group == "opensearch.org" ? "opensearch.org/opensearch-cluster" : "opster.io/opensearch-cluster", "logs", pod =>
            pod["metadata"]!["labels"]![group == "opensearch.org" ? "opensearch.org/opensearch-nodepool" : "opster.io/opensearch-nodepool"] = "data"));
        await Kubernetes.SendAsync("DELETE", $"api/v1/namespaces/{RealKubernetes.Space}/pods/es-data-2", new JsonObject { ["gracePeriodSeconds"] = 0 });
        await Cluster.PutAsync("transient", Name, Cluster.Node(3));
        Finding finding = await OneAsync();
        Assert.Equal((verdict, reason), (finding.Verdict.ToString(), finding.Reason));
        Assert.Equal("OpenSearchCluster search/logs", finding.Owner[^1].ToString());
    }

    [Theory]
    [InlineData("Ready", "", "Zombie", SearchReasons.Abandoned)]
    [InlineData("MigratingData", "", "Protected", SearchReasons.LiveDrain)]
    [InlineData("MigratingData", "downscale", "Protected", SearchReasons.LiveDrain)]
    [InlineData("Stalled", "stalled", "ReportOnly", SearchReasons.StalledDrain)]
    public async Task Marks_of_Elastics_operator(string phase, string operation, string verdict, string reason)
    {
        await WorldAsync(3, 3, up: true);
        await Kubernetes.PutAsync(KubeObject.Elastic("logs", phase, operation.Length == 0 ? null : new JsonObject
        {
            ["downscale"] = new JsonObject
            {
                ["stalled"] = operation == "stalled",
                ["nodes"] = new JsonArray(new JsonObject { ["name"] = "logs-es-data-2", ["shutdownStatus"] = operation == "stalled" ? "STALLED" : "IN_PROGRESS", ["explanation"] = "no node can take shard 0" }),
            },
        }));
        await Kubernetes.PutAsync(KubeObject.StatefulSet("logs-es-data", 3));
        await Kubernetes.PutAsync(KubeObject.Pod("logs-es-data", 2, X, "elasticsearch.k8s.elastic.co/cluster-name", "logs"));
        await Kubernetes.SendAsync("DELETE", $"api/v1/namespaces/{RealKubernetes.Space}/pods/es-data-2", new JsonObject { ["gracePeriodSeconds"] = 0 });
        await Cluster.PutAsync("transient", Name, Cluster.Node(3));
        Finding finding = await OneAsync();
        Assert.Equal((verdict, reason), (finding.Verdict.ToString(), finding.Reason));
        Assert.Equal(operation.Length > 0, finding.Evidence.Any(fact => fact.Says.Contains("no node can take shard 0", StringComparison.Ordinal)));
    }
}
