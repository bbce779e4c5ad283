using System.Text.Json.Nodes;
using Xunit;

namespace ZombieOps.Integration.Tests.Search;

/// <summary>Facts about the servers themselves that the tool stands on (docs/search-facts.md), asked of real ones.</summary>
public abstract class SearchFactTests
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";

    private readonly RealCluster cluster;

    private protected SearchFactTests(RealCluster cluster) => this.cluster = cluster;

    private bool IsElasticsearch => cluster.Product == "elasticsearch";

    private static string Set(string value) => "{\"persistent\":{\"" + Ip + "\":" + value + "}}";

    private Task<(int Status, string Said)> PutAsync(string body, string query = "") => cluster.TryAsync("PUT", $"_cluster/settings{query}", body);

    private async Task<JsonNode> SettingsAsync() => (await cluster.SendAsync("GET", "_cluster/settings?flat_settings=true"))!;

    private async Task<long> VersionAsync() => (long)(await cluster.SendAsync("GET", "_cluster/state/version"))!["version"]!;

    [Fact]
    public async Task Facts_6_9_10_and_11_what_a_PUT_accepts()
    {
        await cluster.ReadyAsync();
        foreach (string bad in (string[])["garbage", "none_excluded", "10.0.0.0/8", "5", "010.0.0.1", "10.0.0.1,nope"])
        {
            (int status, string said) = await PutAsync(Set($"\"{bad}\""));
            Assert.Equal((400, true), (status, said.Contains("invalid IP address", StringComparison.Ordinal)));
        }

        Assert.Equal(200, (await PutAsync(Set("\" 10.0.0.1 , 10.0.0.2 ,\""))).Status);
        Assert.Equal(" 10.0.0.1 , 10.0.0.2 ,", (string?)(await SettingsAsync())["persistent"]![Ip]);
        Assert.Equal(200, (await PutAsync(Set("\"\""))).Status);
        Assert.Equal("", (string?)(await SettingsAsync())["persistent"]![Ip]);
        Assert.Equal(400, (await PutAsync(Set("[\"10.0.0.1\"]"))).Status);
        Assert.Equal(400, (await PutAsync("""{"persistent":{"cluster.routing.nope":"1"}}""")).Status);
        Assert.Equal(400, (await PutAsync("{}")).Status);
        Assert.Equal(400, (await PutAsync("{\"persistent\":")).Status);
    }

    [Fact]
    public async Task Facts_12_13_and_14_no_change_no_version_and_no_acknowledgement_is_no_failure()
    {
        await cluster.ReadyAsync();
        Assert.Equal(200, (await PutAsync(Set("\"10.0.0.1\""))).Status);
        long version = await VersionAsync();
        await PutAsync(Set("\"10.0.0.1\""));
        Assert.Equal(version, await VersionAsync());
        (int status, string said) = await PutAsync(Set("\"10.0.0.2\""), "?timeout=0s&master_timeout=5s");
        Assert.Equal((200, "false"), (status, JsonNode.Parse(said)!["acknowledged"]!.ToJsonString()));
        Assert.Equal("10.0.0.2", (string?)(await SettingsAsync())["persistent"]![Ip]);
        Assert.Equal(IsElasticsearch ? 400 : 200, (await PutAsync(Set("null"), "?cluster_manager_timeout=5s")).Status);
    }

    [Fact]
    public async Task Facts_15_18_and_28_metadata_the_nested_form_and_a_filter_that_sees_nothing()
    {
        await cluster.ReadyAsync();
        await cluster.SendAsync("PUT", "_cluster/settings", "{\"persistent\":{\"" + Ip + "\":\"10.0.0.1\",\"cluster.metadata.zombieops.ip_10_0_0_1.owner\":\"me\"}}");
        Assert.Equal("me", (string?)(await SettingsAsync())["persistent"]!["cluster.metadata.zombieops.ip_10_0_0_1.owner"]);
        await cluster.SendAsync("PUT", "_cluster/settings", """{"transient":{"cluster":{"routing":{"allocation":{"exclude":{"_ip":null}}}}},"persistent":{"cluster":{"routing":{"allocation":{"exclude":{"_ip":"10.0.0.2"}}}}}}""");
        Assert.Equal("10.0.0.2", (string?)(await SettingsAsync())["persistent"]![Ip]);
        Assert.Equal("{}", (await cluster.SendAsync("GET", "_cluster/settings?flat_settings=true&filter_path=persistent.cluster.routing*"))!.ToJsonString());
    }

    [Fact]
    public async Task Facts_26_27_29_and_30_how_absent_features_answer_and_how_the_products_differ()
    {
        await cluster.ReadyAsync();
        JsonNode shutdown = (await cluster.SendAsync("GET", "_nodes/shutdown"))!;
        Assert.IsType<JsonObject>(shutdown["nodes"]);
        Assert.InRange((await cluster.TryAsync("GET", "_internal/desired_nodes/_latest")).Status, 400, 405);
        JsonNode root = (await cluster.SendAsync("GET", "/"))!;
        Assert.Equal(IsElasticsearch ? null : "opensearch", (string?)root["version"]!["distribution"]);
        string roles = (await cluster.SendAsync("GET", "_nodes?filter_path=nodes.*.roles"))!.ToJsonString();
        Assert.Contains(IsElasticsearch ? "\"master\"" : "\"cluster_manager\"", roles, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Facts_1_5_and_17_scopes_and_resets()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", Ip, cluster.Ip(3));
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(3) == 0 && await cluster.StillAsync());

        // Another key in the other scope: both on OpenSearch, only the later one on Elasticsearch.
        await cluster.PutAsync("transient", Name, cluster.Node(2));
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(2) == 0 && (await cluster.ShardsAsync(3) == 0) == !IsElasticsearch && await cluster.StillAsync());
        await cluster.SendAsync("PUT", "_cluster/settings", """{"persistent":{"cluster.routing.allocation.exclude.*":null},"transient":{"cluster.routing.allocation.exclude.*":null}}""");
        JsonNode settings = await SettingsAsync();
        Assert.DoesNotContain("exclude", settings.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Facts_31_32_and_33_voting_exclusions_shrink_the_configuration_and_go_all_at_once()
    {
        await cluster.ReadyAsync();
        await cluster.SendAsync("POST", $"_cluster/voting_config_exclusions?node_names={cluster.Node(3)}");
        await cluster.SendAsync("POST", "_cluster/voting_config_exclusions?node_names=gone-1");
        JsonNode coordination = (await cluster.SendAsync("GET", "_cluster/state/metadata?filter_path=metadata.cluster_coordination"))!["metadata"]!["cluster_coordination"]!;
        Assert.Single(coordination["last_committed_config"]!.AsArray());
        Assert.Contains("\"_absent_\"", coordination["voting_config_exclusions"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(400, (await cluster.TryAsync("DELETE", "_cluster/voting_config_exclusions?wait_for_removal=false&timeout=1s")).Status);
        Assert.Equal(200, (await cluster.TryAsync("DELETE", "_cluster/voting_config_exclusions?wait_for_removal=false")).Status);
        coordination = (await cluster.SendAsync("GET", "_cluster/state/metadata?filter_path=metadata.cluster_coordination"))!["metadata"]!["cluster_coordination"]!;
        Assert.DoesNotContain("gone-1", coordination.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Facts_16_and_32_no_log_dates_an_exclusion_and_the_default_removal_of_a_live_vote_gives_up()
    {
        await cluster.ReadyAsync();
        await cluster.SendAsync("POST", $"_cluster/voting_config_exclusions?node_names={cluster.Node(3)}");
        Task<(int Status, string Said)> waits = cluster.TryAsync("DELETE", "_cluster/voting_config_exclusions");

        int[] nodes = [1, 2, 3];
        int[] begin = [.. nodes.Select(node => cluster.Log(node).Length)];
        string[] New() => [.. nodes.Select((node, i) => cluster.Log(node)[begin[i]..])];
        await cluster.PutAsync("persistent", Ip, cluster.Ip(9));
        await cluster.PutAsync("transient", Name, "gone-1");
        await cluster.PutAsync("persistent", Ip, null);
        await cluster.SendAsync("PUT", "_cluster/settings", """{"persistent":{"cluster.metadata.zombieops.why":"ticket","cluster.routing.rebalance.enable":"none"}}""");
        await RealCluster.UntilAsync(() => Task.FromResult(New().All(log => log.Contains("updating [cluster.routing.rebalance.enable] from [all] to [none]", StringComparison.OrdinalIgnoreCase) && log.Contains("updating [cluster.metadata.zombieops.why] from [] to [ticket]", StringComparison.Ordinal))));
        Assert.All(New(), log => Assert.DoesNotContain("exclude", log, StringComparison.Ordinal));

        (int status, string said) = await waits;
        Assert.Equal((500, true), (status, said.Contains("timeout_exception", StringComparison.Ordinal)));
        Assert.Contains(cluster.Node(3), await VotesAsync(), StringComparison.Ordinal);
        await cluster.SendAsync("DELETE", "_cluster/voting_config_exclusions?wait_for_removal=false");
        Assert.DoesNotContain(cluster.Node(3), await VotesAsync(), StringComparison.Ordinal);
    }

    private async Task<string> VotesAsync() =>
        (await cluster.SendAsync("GET", "_cluster/state/metadata?filter_path=metadata.cluster_coordination.voting_config_exclusions"))!.ToJsonString();
}

[Collection(nameof(RealOpenSearch))]
public sealed class OpenSearchFactTests(RealOpenSearch cluster) : SearchFactTests(cluster);

[Collection(nameof(RealElasticsearch))]
public sealed class ElasticsearchFactTests(RealElasticsearch cluster) : SearchFactTests(cluster);
