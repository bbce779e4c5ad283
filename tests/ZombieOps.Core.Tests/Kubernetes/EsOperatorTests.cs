using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Core.Tests.Kubernetes;

/// <summary>Marks of es-operator, in every situation that the real one was measured in.</summary>
public sealed class EsOperatorTests : IDisposable
{
    private const string X = "10.0.0.2";
    private readonly OwnerFixture world = new();

    public void Dispose() => world.Dispose();

    private async Task<Finding> OneAsync(int minutes = 15) => Assert.Single((await world.WatchAsync(minutes)).Findings);

    private static (Verdict, string) Of(Finding finding) => (finding.Verdict, finding.Reason);

    [Fact]
    public async Task Situation_1_idle_leaves_nothing_to_find()
    {
        world.DataSet(3, 3, up: true);
        Assert.Empty((await world.WatchAsync(2)).Findings);
        Assert.Empty(world.Kube.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Situations_2_and_3_a_scale_down_is_protected_whether_or_not_the_operator_runs(bool up)
    {
        world.DataSet(2, 3, up);
        world.Exclude(X);
        Finding finding = await OneAsync();
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), Of(finding));
        Assert.Equal(["Pod search/es-data-2", "StatefulSet search/es-data", "ElasticsearchDataSet search/es-data"], finding.Owner.Select(link => link.ToString()));
        Assert.Contains(finding.Evidence, fact => fact.Fact == "DataSet" && fact.State == EvidenceState.Live && fact.Source == "Kubernetes (context prod)");
    }

    [Fact]
    public async Task Situation_4_killed_in_mid_drain_and_scaled_back_is_a_zombie_with_both_marks()
    {
        world.DataSet(3, 3, up: false, eds => (eds["metadata"]!["generation"], eds["status"]!["observedGeneration"]) = (3, 2));
        world.Exclude(X);
        Finding finding = await OneAsync(3);
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), Of(finding));
        Assert.Equal(SearchCauses.DrainCutOff, finding.Cause);
        Assert.Equal(2, ((MarkTarget)finding.Target).Marks.Count);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Situations_5_and_6_a_restarted_or_superseded_drain_is_a_zombie_although_the_operator_runs(int situation)
    {
        Assert.InRange(situation, 5, 6);
        world.DataSet(3, 3, up: true);
        world.Exclude(X, rebalance: false);
        world.Cluster.Put("persistent", OwnerFixture.Rebalance, "all");
        Finding finding = await OneAsync(3);
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), Of(finding));
        Assert.Single(((MarkTarget)finding.Target).Marks);
    }

    [Theory]
    [InlineData(true, "Protected", SearchReasons.LiveDrain)]
    [InlineData(false, "Protected", SearchReasons.LiveDrain)]
    public async Task Situation_7_the_surge_of_a_rolling_update_protects_the_pods_that_it_has_not_reached(bool up, string verdict, string reason)
    {
        world.DataSet(3, 4, up);
        world.Exclude(X);
        Assert.Equal((verdict, reason), ((await OneAsync()).Verdict.ToString(), (await OneAsync(1)).Reason));
    }

    [Theory]
    [InlineData(true, "Protected", SearchReasons.Resumable)]
    [InlineData(false, "ReportOnly", SearchReasons.Orphaned)]
    public async Task Situation_7_an_annotated_pod_is_resumable_and_orphaned_while_its_operator_is_down(bool up, string verdict, string reason)
    {
        world.DataSet(3, 4, up);
        world.Kube.Replace(KubeObject.Pod("es-data", 0, "10.0.0.0", "es-operator-dataset", "es-data", pod => KubeObject.Annotate(pod, "operator.zalando.org/draining", "true")));
        world.Exclude("10.0.0.0");
        Finding finding = await OneAsync();
        Assert.Equal((verdict, reason), (finding.Verdict.ToString(), finding.Reason));
    }

    [Fact]
    public async Task Situation_8_given_to_another_operator_id_is_a_zombie_although_an_operator_runs()
    {
        world.DataSet(3, 3, up: true, eds => KubeObject.Annotate(eds, "es-operator.zalando.org/operator", "other"));
        world.Exclude(X);
        Finding finding = await OneAsync(3);
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), Of(finding));
        Assert.Contains(finding.Evidence, fact => fact.Fact == "Operator" && fact.Says.Contains("'other' does not run", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fact_1_a_pod_annotated_for_another_operator_id_is_orphaned_although_an_operator_runs()
    {
        world.DataSet(3, 3, up: true, eds => KubeObject.Annotate(eds, "es-operator.zalando.org/operator", "other"), pod => KubeObject.Annotate(pod, "operator.zalando.org/draining", "true"));
        world.Exclude(X);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Orphaned), Of(await OneAsync()));
        world.Kube.Replace(KubeObject.Operator(up: true, "other"));
        Assert.Equal((Verdict.Protected, SearchReasons.Resumable), Of(await OneAsync(1)));
    }

    [Fact]
    public async Task Facts_4_and_7_a_rest_counts_only_once_it_has_lasted()
    {
        world.DataSet(3, 3, up: true);
        world.Exclude(X);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung), Of(await OneAsync(0)));
        Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung), Of(await OneAsync(1)));
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), Of(await OneAsync(1)));
        Assert.All((await world.ScanAsync(TimeSpan.FromHours(1))).Findings, finding => Assert.Equal(SearchReasons.TooYoung, finding.Reason));
    }

    [Fact]
    public async Task Fact_5_a_change_in_between_begins_the_rest_anew()
    {
        world.DataSet(3, 3, up: true);
        world.Exclude(X);
        Assert.Equal(Verdict.Zombie, (await OneAsync(3)).Verdict);
        world.DataSet(3, 3, up: true, eds => eds["metadata"]!["generation"] = 5);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung), Of(await OneAsync(0)));
        Assert.Equal(Verdict.Zombie, (await OneAsync(3)).Verdict);
    }

    [Fact]
    public async Task Fact_7_a_pod_that_is_being_deleted_is_terminating()
    {
        world.DataSet(3, 3, up: true, lastPod: pod => pod["metadata"]!["deletionTimestamp"] = "2026-11-24T12:00:00Z");
        world.Exclude(X);
        Assert.Equal((Verdict.Protected, SearchReasons.Terminating), Of(await OneAsync()));
    }

    [Fact]
    public async Task Fact_7_a_pod_beyond_its_StatefulSet_is_terminating_before_it_says_so()
    {
        world.DataSet(2, 3, up: true);
        world.Kube.Replace(KubeObject.StatefulSet("es-data", 2, present: 3));
        world.Exclude(X);
        Assert.Equal((Verdict.Protected, SearchReasons.Terminating), Of(await OneAsync()));
    }

    [Fact]
    public async Task Fact_8_a_mark_that_is_older_than_its_pod_is_reincarnated()
    {
        world.DataSet(3, 3, up: true);
        world.Cluster.Nodes[2].Up = false;
        world.Kube.Objects.RemoveAll(item => (string?)item["metadata"]!["name"] == "es-data-2");
        world.Exclude(X);
        await world.WatchAsync(3);
        world.Kube.Replace(KubeObject.Pod("es-data", 2, X, "es-operator-dataset", "es-data", pod => pod["status"]!["startTime"] = world.Clock.Now.ToString("O")));
        (world.Cluster.Nodes[2].Up, world.Cluster.Nodes[2].StartedAt) = (true, world.Clock.Now);
        Assert.Equal((Verdict.Protected, SearchReasons.Joining), Of(await OneAsync(3)));
        Finding finding = await OneAsync(15);
        Assert.Equal((Verdict.Zombie, SearchReasons.Reincarnated), Of(finding));
        Assert.Contains(finding.Evidence, fact => fact.Fact == "PodIdentity" && fact.State == EvidenceState.Dead);
    }

    [Theory]
    [InlineData("another name")]
    [InlineData("started after the node")]
    public async Task A_pod_that_has_the_nodes_address_and_cannot_be_it_clears_nothing(string what)
    {
        world.DataSet(3, 3, up: true);
        world.Exclude(X);
        Assert.Equal(Verdict.Zombie, (await OneAsync(3)).Verdict);
        if (what == "another name")
        {
            world.Kube.Replace(KubeObject.Pod("es-data", 1, X, "es-operator-dataset", "es-data"));
            world.Kube.Replace(KubeObject.Pod("es-data", 2, "10.0.0.1", "es-operator-dataset", "es-data"));
        }
        else
        {
            world.Kube.Replace(KubeObject.Pod("es-data", 2, X, "es-operator-dataset", "es-data", pod => pod["status"]!["startTime"] = world.Clock.Now.AddHours(-1).ToString("O")));
        }

        Finding finding = await OneAsync(15);
        Assert.Equal((Verdict.Unknown, SearchReasons.NotSeen), Of(finding));
        Assert.Contains(finding.Evidence, fact => fact.Fact == "PodIdentity" && fact.State == EvidenceState.Unknown);
    }

    [Fact]
    public async Task Shards_that_leave_protect_whatever_the_owner_says()
    {
        world.DataSet(3, 3, up: true);
        world.Exclude(X);
        Assert.Equal(Verdict.Zombie, (await OneAsync(3)).Verdict);
        world.Cluster.Nodes[2].Leaving = 1;
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), Of(await OneAsync(3)));
    }

    [Theory]
    [InlineData("skips draining", Verdict.ReportOnly, SearchReasons.StalledDrain)]
    [InlineData("no data set", Verdict.ReportOnly, SearchReasons.Foreign)]
    [InlineData("no label", Verdict.ReportOnly, SearchReasons.StalledDrain)]
    [InlineData("wants more", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("not ready", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("set not settled", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("autoscaler at work", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("autoscaler has not written", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("minimum below", Verdict.Protected, SearchReasons.LiveDrain)]
    [InlineData("two pods", Verdict.Unknown, SearchReasons.NotSeen)]
    [InlineData("no pod", Verdict.ReportOnly, SearchReasons.StalledDrain)]
    [InlineData("transient", Verdict.ReportOnly, SearchReasons.StalledDrain)]
    public async Task What_is_not_an_interrupted_drain_of_es_operator_is_no_zombie(string what, Verdict verdict, string reason)
    {
        world.DataSet(3, 3, up: true);
        world.Exclude(X);
        JsonObject eds = world.Kube.Get("ElasticsearchDataSet", "es-data");
        JsonObject pod = world.Kube.Get("Pod", "es-data-2");
        switch (what)
        {
            case "skips draining": eds["spec"]!["skipDraining"] = true; break;
            case "no data set": world.Kube.Absent.Add("elasticsearchdatasets"); break;
            case "no label": ((JsonObject)pod["metadata"]!["labels"]!).Remove("es-operator-dataset"); break;
            case "wants more": eds["spec"]!["replicas"] = 5; break;
            case "not ready": pod["status"]!["conditions"]![0]!["status"] = "False"; break;
            case "set not settled": world.Kube.Get("StatefulSet", "es-data")["status"]!["replicas"] = 2; break;
            case "autoscaler at work": KubeObject.Annotate(eds, "es-operator.zalando.org/current-scaling-operation", "{}"); break;
            case "autoscaler has not written": eds["spec"] = new JsonObject { ["scaling"] = new JsonObject { ["enabled"] = true, ["minReplicas"] = 3 } }; eds["status"]!["replicas"] = 4; break;
            case "minimum below": eds["spec"] = new JsonObject { ["scaling"] = new JsonObject { ["enabled"] = true, ["minReplicas"] = 2 } }; break;
            case "two pods": world.Kube.Replace(KubeObject.Pod("other", 0, X, "es-operator-dataset", "es-data")); pod["metadata"]!["name"] = "renamed-2"; break;
            case "no pod": world.Kube.Objects.Remove(pod); break;
            default: world.Cluster.Put("persistent", OwnerFixture.Ip, null); world.Cluster.Put("transient", OwnerFixture.Ip, X); break;
        }

        Finding finding = (await world.WatchAsync()).Findings.First(one => one.Kind == SearchKinds.Exclusion);
        Assert.Equal((verdict, reason), Of(finding));
    }

    [Fact]
    public async Task Two_data_sets_on_one_cluster_are_judged_apart()
    {
        world.DataSet(3, 3, up: true);
        world.Cluster.Nodes.Add(new Search.FakeNode { Id = "id-b", Name = "es-b-0", Ip = "10.0.1.0", EphemeralId = "run-b", StartedAt = world.Clock.Now - TimeSpan.FromDays(9), Shards = 1 });
        world.Kube.Replace(KubeObject.DataSet("es-b", 0));
        world.Kube.Replace(KubeObject.StatefulSet("es-b", 1));
        world.Kube.Replace(KubeObject.Pod("es-b", 0, "10.0.1.0", "es-operator-dataset", "es-b"));
        world.Exclude($"10.0.1.0,{X}");
        ScanReport report = await world.WatchAsync(3);
        Assert.Equal(
            [("10.0.1.0", Verdict.Protected), (X, Verdict.Zombie), ("none", Verdict.Protected)],
            report.Findings.Select(finding => (((MarkTarget)finding.Target).Entry, finding.Verdict)));

        // Its own mark not yet set, the other drain still needs the switch.
        world.Exclude(X);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung), Of(Assert.Single((await world.WatchAsync(3)).Findings)));
    }

    [Fact]
    public async Task Of_several_interrupted_drains_the_switch_is_a_zombie_as_well()
    {
        world.DataSet(3, 3, up: false);
        world.Exclude($"10.0.0.1,{X}");
        Assert.Equal([Verdict.Zombie, Verdict.Zombie, Verdict.Zombie], (await world.WatchAsync(3)).Findings.Select(finding => finding.Verdict));
        world.Kube.Get("Pod", "es-data-1")["metadata"]!["deletionTimestamp"] = "2026-11-24T12:00:00Z";
        Assert.Equal([Verdict.Protected, Verdict.Zombie, Verdict.Protected], (await world.WatchAsync(3)).Findings.Select(finding => finding.Verdict));
    }

    [Fact]
    public async Task A_mark_of_no_node_is_held_by_a_pod_or_a_StatefulSet_of_that_name_or_address()
    {
        world.DataSet(3, 3, up: true);
        world.Cluster.Nodes[2].Up = false;
        world.Exclude(X, rebalance: false);
        Assert.Equal((Verdict.Protected, SearchReasons.Joining), Of(await OneAsync()));
        world.Kube.Get("Pod", "es-data-2")["status"]!["phase"] = "Failed";
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone), Of(await OneAsync()));
        world.Cluster.Put("persistent", OwnerFixture.Ip, null);
        world.Cluster.Put("persistent", OwnerFixture.Name, "es-data-2");
        Assert.Equal((Verdict.Protected, SearchReasons.Joining), Of(await OneAsync()));
        world.Cluster.Put("persistent", OwnerFixture.Name, "es-data-3");
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone), Of(await OneAsync()));
    }

    [Theory]
    [InlineData("pods")]
    [InlineData("statefulsets")]
    [InlineData("elasticsearchdatasets")]
    [InlineData("deployments")]
    public async Task Whatever_cannot_be_read_is_unknown_and_named_and_clears_nothing(string plural)
    {
        world.DataSet(3, 3, up: true);
        world.Exclude($"{X},10.9.9.9", rebalance: false);
        Assert.All((await world.WatchAsync()).Findings, finding => Assert.Equal(Verdict.Zombie, finding.Verdict));
        world.Kube.Instead[plural] = () => FakeKubeServer.Status(HttpStatusCode.Forbidden, $"{plural} is forbidden");
        ScanReport report = await world.ScanAsync();
        Assert.All(report.Findings, finding => Assert.Equal((Verdict.Unknown, SearchReasons.NotSeen), Of(finding)));
        Assert.Contains(report.IncompleteBecause, why => why.Contains($"{plural} is forbidden", StringComparison.Ordinal));
        Assert.All(report.Findings, finding => Assert.Contains(finding.Evidence, fact => fact.State == EvidenceState.Unknown && fact.Says.Contains(plural, StringComparison.Ordinal)));
        Assert.Equal(ExitCode.Incomplete, ReportExit.Of(report));
    }

    [Fact]
    public async Task What_was_seen_of_a_live_drain_protects_although_something_else_could_not_be_read()
    {
        world.DataSet(2, 3, up: true);
        world.Kube.Instead["deployments"] = () => FakeKubeServer.Status(HttpStatusCode.Forbidden, "no");
        world.Exclude(X);
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), Of(await OneAsync()));
    }

    [Fact]
    public async Task The_wrong_Kubernetes_is_noticed()
    {
        world.Kube.Replace(KubeObject.Pod("web", 0, "10.7.7.7", "app", "web"));
        world.Exclude($"{X},10.9.9.9", rebalance: false);
        ScanReport report = await world.WatchAsync();
        Assert.All(report.Findings, finding => Assert.Equal(Verdict.Unknown, finding.Verdict));
        Assert.Contains(report.IncompleteBecause, why => why.Contains("none of the 3 nodes of the cluster is a pod", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_sends_a_fixed_number_of_requests_and_nothing_but_lists()
    {
        world.DataSet(3, 3, up: true);
        world.Exclude(string.Join(',', Enumerable.Range(0, 200).Select(i => $"10.0.0.{i}")));
        for (int i = 0; i < 300; i++)
        {
            world.Kube.Objects.Add(KubeObject.Pod("web", i, $"10.8.0.{i}", "app", "web"));
        }

        await world.ScanAsync();
        Assert.Equal(4, world.Kube.Requests.Count);
        Assert.All(world.Kube.Requests, request => Assert.StartsWith("GET ", request, StringComparison.Ordinal));
        Assert.All(world.Kube.Authorizations, header => Assert.Equal("Bearer s3cret-token", header));
    }

    [Fact]
    public async Task Files_protect_at_any_age_and_clear_only_while_they_are_fresh()
    {
        world.DataSet(3, 3, up: true);
        world.Exclude(X);
        world.Values.Remove("kubeconfig");
        world.Values.Remove("kube-context");
        string file = world.FilePath("objects.json");
        world.Values["kube-file"] = file;
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), Of(await FilesAsync(TimeSpan.Zero)));
        Finding old = await FilesAsync(TimeSpan.FromMinutes(6));
        Assert.Equal((Verdict.Unknown, SearchReasons.NotSeen), Of(old));
        Assert.Contains(old.Evidence, fact => fact.Fact == "KubernetesAge" && fact.Says.Contains("lets nothing be cleared", StringComparison.Ordinal));
        world.DataSet(2, 3, up: true);
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), Of(await FilesAsync(TimeSpan.FromDays(30))));
        world.DataSet(3, 3, up: true);
        world.Cluster.Nodes[2].Up = false;
        world.Kube.Objects.RemoveAll(item => (string?)item["metadata"]!["name"] == "es-data-2");
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone), Of(await FilesAsync(TimeSpan.Zero)));
        Assert.Equal((Verdict.Unknown, SearchReasons.NotSeen), Of(await FilesAsync(TimeSpan.FromMinutes(6))));

        async Task<Finding> FilesAsync(TimeSpan age)
        {
            ScanReport? report = null;
            for (int i = 0; i < 15; i++)
            {
                await File.WriteAllTextAsync(file, new JsonObject { ["kind"] = "List", ["apiVersion"] = "v1", ["items"] = new JsonArray([.. world.Kube.Objects.Select(item => item.DeepClone())]) }.ToJsonString());
                File.SetLastWriteTimeUtc(file, (world.Clock.Now - age).UtcDateTime);
                report = await world.ScanAsync();
                world.Clock.Now += TimeSpan.FromMinutes(1);
            }

            return Assert.Single(report!.Findings);
        }
    }

    [Fact]
    public async Task A_file_that_lacks_an_object_that_a_pod_names_proves_nothing()
    {
        world.DataSet(3, 3, up: true);
        world.Exclude($"{X},10.9.9.9", rebalance: false);
        world.Values.Remove("kubeconfig");
        world.Values.Remove("kube-context");
        world.Values["kube-file"] = $"{world.FilePath("pods.json")},{world.FilePath("sets.json")}";
        JsonNode[] pods = [.. world.Kube.Objects.Where(item => (string?)item["kind"] == "Pod").Select(item => item.DeepClone())];
        await File.WriteAllTextAsync(world.FilePath("pods.json"), new JsonObject { ["kind"] = "PodList", ["apiVersion"] = "v1", ["items"] = new JsonArray(pods) }.ToJsonString());
        await File.WriteAllTextAsync(world.FilePath("sets.json"), world.Kube.Get("StatefulSet", "es-data").ToJsonString());
        File.SetLastWriteTimeUtc(world.FilePath("pods.json"), world.Clock.Now.UtcDateTime);
        File.SetLastWriteTimeUtc(world.FilePath("sets.json"), world.Clock.Now.UtcDateTime);
        ScanReport report = await world.ScanAsync();
        Assert.Equal(Verdict.Unknown, report.Findings[0].Verdict);
        Assert.Contains(report.Findings[0].Evidence, fact => fact.Says.Contains("the files hold no ElasticsearchDataSet", StringComparison.Ordinal));
        await File.WriteAllTextAsync(world.FilePath("sets.json"), "{");
        report = await world.ScanAsync();
        Assert.All(report.Findings, finding => Assert.Equal(Verdict.Unknown, finding.Verdict));
    }
}
