using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Core.Tests.Kubernetes;

/// <summary>Marks of opensearch-k8s-operator and of Elastic's operator.</summary>
public sealed class OtherOperatorTests : IDisposable
{
    private readonly OwnerFixture world = new(openSearch: true);

    public void Dispose() => world.Dispose();

    private void OpenSearch(string group, Action<JsonObject>? cluster = null, Action<JsonObject>? pod = null, params JsonObject[] components)
    {
        JsonObject made = KubeObject.OpenSearch(group, "es", 3, components);
        cluster?.Invoke(made);
        world.Kube.Replace(made);
        world.Kube.Replace(KubeObject.StatefulSet("es-data", 3));
        string domain = group == "opensearch.org" ? group : "opster.io";
        for (int i = 0; i < 3; i++)
        {
            world.Kube.Replace(KubeObject.Pod("es-data", i, $"10.0.0.{i}", $"{domain}/opensearch-cluster", "es", one =>
            {
                one["metadata"]!["labels"]![$"{domain}/opensearch-nodepool"] = "data";
                if ((string?)one["metadata"]!["name"] == "es-data-2")
                {
                    pod?.Invoke(one);
                }
            }));
        }
    }

    private async Task<(Verdict, string)> NameAsync(string scope = "transient", int minutes = 15)
    {
        world.Cluster.Put(scope, OwnerFixture.Name, "es-data-2");
        Finding finding = Assert.Single((await world.WatchAsync(minutes)).Findings);
        return (finding.Verdict, finding.Reason);
    }

    [Theory]
    [InlineData("opensearch.org")]
    [InlineData("opensearch.opster.io")]
    public async Task At_rest_for_long_enough_a_mark_on_a_pod_of_a_known_pool_is_abandoned(string group)
    {
        OpenSearch(group);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung), await NameAsync(minutes: 1));
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), await NameAsync(minutes: 3));
    }

    [Theory]
    [InlineData("Scaler", "Running")]
    [InlineData("Scaler", "Excluded")]
    [InlineData("Scaler", "Drained")]
    [InlineData("Scaler", "Waiting")]
    [InlineData("Restarter", "InProgress")]
    [InlineData("Upgrader", "Upgrading")]
    [InlineData("Anything", "a word of a later version")]
    public async Task Whatever_is_in_progress_protects_every_pod_of_the_cluster(string component, string status)
    {
        OpenSearch("opensearch.org", components: KubeObject.Component(component, status, "masters"));
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), await NameAsync());
    }

    [Theory]
    [InlineData("ended", Verdict.Zombie, SearchReasons.Abandoned)]
    [InlineData("stalled", Verdict.ReportOnly, SearchReasons.StalledDrain)]
    [InlineData("version", Verdict.Protected, SearchReasons.LiveDrain)]
    [InlineData("phase", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("size", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("revision", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("not ready", Verdict.ReportOnly, SearchReasons.TooYoung)]
    [InlineData("pool removed", Verdict.ReportOnly, SearchReasons.Foreign)]
    [InlineData("no cluster", Verdict.ReportOnly, SearchReasons.Foreign)]
    [InlineData("other object works", Verdict.Protected, SearchReasons.LiveDrain)]
    [InlineData("persistent", Verdict.ReportOnly, SearchReasons.StalledDrain)]
    public async Task Of_the_rest_only_what_is_at_rest_in_all_respects_is_a_zombie(string what, Verdict verdict, string reason)
    {
        OpenSearch("opensearch.org", cluster =>
        {
            switch (what)
            {
                case "ended": cluster["status"]!["componentsStatus"] = new JsonArray(KubeObject.Component("Upgrader", "Finished")); break;
                case "stalled": cluster["status"]!["componentsStatus"] = new JsonArray(KubeObject.Component("Scaler", "Excluded", "data", "es-data-2", "DrainStalled")); break;
                case "version": cluster["spec"]!["general"]!["version"] = "3.0.0"; break;
                case "phase": cluster["status"]!["phase"] = "PENDING"; break;
                case "size": cluster["spec"]!["nodePools"]![0]!["replicas"] = 2; break;
                case "pool removed": cluster["spec"]!["nodePools"]![0]!["component"] = "masters"; break;
            }
        }, pod =>
        {
            switch (what)
            {
                case "revision": pod["metadata"]!["labels"]!["controller-revision-hash"] = "rev-0"; break;
                case "not ready": pod["status"]!["conditions"]![0]!["status"] = "False"; break;
            }
        });
        if (what == "no cluster")
        {
            world.Kube.Absent.Add("opensearchclusters");
        }

        if (what == "other object works")
        {
            world.Kube.Replace(KubeObject.OpenSearch("opensearch.opster.io", "es", 3, KubeObject.Component("Scaler", "Excluded")));
        }

        Assert.Equal((verdict, reason), await NameAsync(what == "persistent" ? what : "transient"));
    }

    [Fact]
    public async Task A_mark_of_a_pod_that_has_gone_is_kept_while_its_operator_works()
    {
        OpenSearch("opensearch.org", components: KubeObject.Component("Scaler", "Drained", "data", "es-data-3"));
        world.Cluster.Put("transient", OwnerFixture.Name, "es-data-3");
        Finding finding = Assert.Single((await world.WatchAsync()).Findings);
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), (finding.Verdict, finding.Reason));
        OpenSearch("opensearch.org");
        finding = Assert.Single((await world.WatchAsync(1)).Findings);
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone), (finding.Verdict, finding.Reason));
    }

    [Theory]
    [InlineData("rest", Verdict.Zombie, SearchReasons.Abandoned)]
    [InlineData("downscale", Verdict.Protected, SearchReasons.LiveDrain)]
    [InlineData("upgrade", Verdict.Protected, SearchReasons.LiveDrain)]
    [InlineData("downscale of another", Verdict.Protected, SearchReasons.LiveDrain)]
    [InlineData("stalled", Verdict.ReportOnly, SearchReasons.StalledDrain)]
    [InlineData("applying", Verdict.Protected, SearchReasons.LiveDrain)]
    [InlineData("paused", Verdict.ReportOnly, SearchReasons.Orphaned)]
    [InlineData("not observed", Verdict.ReportOnly, SearchReasons.TooYoung)]
    public async Task Elastics_operator_says_what_it_is_at(string what, Verdict verdict, string reason)
    {
        JsonObject Nodes(string name) => new() { ["nodes"] = new JsonArray(new JsonObject { ["name"] = name, ["shutdownStatus"] = what == "stalled" ? "STALLED" : "IN_PROGRESS", ["explanation"] = "why it does not come on" }) };
        JsonObject? operations = what switch
        {
            "downscale" or "stalled" => new JsonObject { ["downscale"] = Nodes("es-data-2") },
            "downscale of another" => new JsonObject { ["downscale"] = Nodes("es-data-1") },
            "upgrade" => new JsonObject { ["upgrade"] = Nodes("es-data-2") },
            _ => null,
        };
        JsonObject elastic = KubeObject.Elastic("es", what == "applying" ? "ApplyingChanges" : "Ready", operations);
        if (what == "paused")
        {
            KubeObject.Annotate(elastic, "common.k8s.elastic.co/pause", "true");
        }

        if (what == "not observed")
        {
            (elastic["metadata"]!["generation"], elastic["status"]!["observedGeneration"]) = (3, 2);
        }

        world.Kube.Replace(elastic);
        world.Kube.Replace(KubeObject.StatefulSet("es-data", 3));
        world.Kube.Replace(KubeObject.Pod("es-data", 2, "10.0.0.2", "elasticsearch.k8s.elastic.co/cluster-name", "es"));
        Assert.Equal((verdict, reason), await NameAsync());
    }
}
