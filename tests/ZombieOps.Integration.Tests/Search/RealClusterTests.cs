using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Model;
using ZombieOps.Sources.Search;

namespace ZombieOps.Integration.Tests.Search;

/// <summary>Real marks in a real cluster, from the library and from the command line.</summary>
public abstract class RealClusterTests
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";
    private const string Rebalance = "cluster.routing.rebalance.enable";

    private readonly RealCluster cluster;

    private protected RealClusterTests(RealCluster cluster) => this.cluster = cluster;

    private protected RealCluster Cluster => cluster;

    private bool IsElasticsearch => cluster.Product == "elasticsearch";

    /// <summary>Scans without waiting for anything to last.</summary>
    private protected async Task<ScanReport> ScanAsync()
    {
        var values = new Dictionary<string, string> { ["url"] = cluster.Url, ["restart-time"] = "0" };
        using var engine = new ZombieEngine(EngineOptions.FromEnvironment() with { StateDirectory = null, ConfigDirectory = "/nonexistent" }, "search", values);
        ScanReport report = await engine.ScanAsync(new ScanSettings { MinAge = TimeSpan.Zero });
        Assert.True(report.Complete, string.Join('\n', report.IncompleteBecause));
        return report;
    }

    private protected async Task<Finding> FindAsync(string entry) => Assert.Single((await ScanAsync()).Findings, finding => ((MarkTarget)finding.Target).Entry == entry);

    private async Task AtRestAsync(int node, int shards)
    {
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(node) == shards && await cluster.StillAsync());
    }

    [Fact]
    public async Task A_cluster_without_marks_is_clean_from_the_command_line()
    {
        await cluster.ReadyAsync();
        using var cli = new ZombieOpsCli();
        CliResult result = cli.Run("scan", "search", "--url", cluster.Url).Exits(0);
        Assert.Contains("0 zombies; 0 scanned", result.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mark_of_a_node_that_is_gone_is_found_explained_and_gone_after_exactly_the_request_that_was_offered()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", Ip, $"{cluster.Ip(8)}, {cluster.Ip(9)}");
        await cluster.PutAsync("persistent", Rebalance, "none");
        using var cli = new ZombieOpsCli();
        string[] where = ["search", "--url", cluster.Url, "--restart-time", "0", "--min-age", "0"];
        CliResult table = cli.Run(["scan", .. where]).Exits(1);
        Assert.Contains($"persistent exclude._ip {cluster.Ip(9)}", table.Out, StringComparison.Ordinal);
        Assert.Contains("node-gone", table.Out, StringComparison.Ordinal);
        CliResult explained = cli.Run(["explain", "search", cluster.Ip(9), .. where[1..]]).Exits(1);
        string command = explained.Out.Split('\n').Single(line => line.Contains("by hand", StringComparison.Ordinal)).Split("by hand", 2)[1].Trim();
        Assert.Equal($$$"""PUT /_cluster/settings {"persistent":{"cluster.routing.allocation.exclude._ip":"{{{cluster.Ip(8)}}}"}}""", command);
        await cluster.ByHandAsync(command);

        // The last exclusion and the switch of its drain are one finding and one request.
        CliResult left = cli.Run(["scan", .. where, "--output", "json"]).Exits(1);
        Finding one = Assert.Single(ZombieJson.Read<ScanReport>(left.Out).Findings);
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone, 2), (one.Verdict, one.Reason, ((MarkTarget)one.Target).Marks.Count));
        await cluster.ByHandAsync(one.Remedies[0].Command!);
        cli.Run(["scan", .. where]).Exits(0);
    }

    [Fact]
    public async Task What_stands_in_a_nodes_file_is_reported_with_the_node_and_the_setting_that_hides_it_says_so()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", Ip, cluster.Ip(9));
        await using (await cluster.AddNodeAsync($"{Ip}=10.2.3.8,10.2.3.9 {Rebalance}=none"))
        {
            ScanReport report = await ScanAsync();
            Finding[] files = [.. report.Findings.Where(finding => finding.Reason == SearchReasons.InFile)];
            Assert.Equal(["10.2.3.8", "10.2.3.9", "none"], files.Select(finding => ((MarkTarget)finding.Target).Entry));
            Assert.All(files, finding => Assert.Contains($"1 of the 4 nodes that may be elected master: {cluster.Node(4)};", finding.Evidence.Single(fact => fact.Fact == "File").Says, StringComparison.Ordinal));
            Assert.Equal([false, false, null], files.Select(finding => ((MarkTarget)finding.Target).InForce));
            Finding set = report.Findings.Single(finding => finding.Reason != SearchReasons.InFile);
            Assert.Contains($"'10.2.3.8,10.2.3.9' comes into force, from the file of {cluster.Node(4)}", set.Remedies[0].Harm, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_drain_is_live_while_shards_leave_and_an_idle_node_is_only_reported()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", "indices.recovery.max_bytes_per_sec", "40mb");
        await cluster.PutAsync("persistent", Rebalance, "none");
        await cluster.PutAsync("persistent", Ip, cluster.Ip(3));
        var seen = new HashSet<string>();
        await RealCluster.UntilAsync(async () =>
        {
            Finding finding = await FindAsync(cluster.Ip(3));
            seen.Add(finding.Reason);
            return ((MarkTarget)finding.Target).Shards == 0;
        });
        Assert.Subset(new HashSet<string> { SearchReasons.LiveDrain, SearchReasons.StalledDrain, SearchReasons.Foreign }, seen);
        await AtRestAsync(3, 0);
        Finding idle = await FindAsync(cluster.Ip(3));
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Foreign, SearchCauses.NodeIdle), (idle.Verdict, idle.Reason, idle.Cause));
        var target = (MarkTarget)idle.Target;
        Assert.Equal((cluster.Node(3), true, 2), (target.Node, target.InForce, target.Marks.Count));

        // Both marks go with the one request, and shards come back.
        await cluster.ByHandAsync(idle.Remedies[0].Command!);
        Assert.Empty((await ScanAsync()).Findings);
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(3) > 0);
    }

    [Fact]
    public async Task A_drain_that_cannot_end_is_reported_in_the_deciders_words()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", "cluster.routing.allocation.total_shards_per_node", "2");
        await AtRestAsync(3, 2);
        await cluster.PutAsync("transient", Name, cluster.Node(3));
        Finding finding = await FindAsync(cluster.Node(3));
        Assert.Equal(SearchReasons.StalledDrain, finding.Reason);
        Assert.Contains(finding.Evidence, fact => fact.Fact == "Decider" && fact.Says.Contains("shards_limit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_two_keys_the_first_is_dormant_on_Elasticsearch_and_taking_it_away_disarms_nothing()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", Name, cluster.Node(3));
        await cluster.PutAsync("persistent", Ip, cluster.Ip(2));
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(2) == 0 && await cluster.StillAsync());
        Finding byName = await FindAsync(cluster.Node(3));
        Finding byIp = await FindAsync(cluster.Ip(2));
        Assert.Equal(!IsElasticsearch, ((MarkTarget)byName.Target).InForce);
        Assert.True(((MarkTarget)byIp.Target).InForce);
        if (IsElasticsearch)
        {
            Assert.Equal((SearchReasons.Dormant, SearchCauses.NotInForce), (byName.Reason, byName.Cause));
        }

        await cluster.ByHandAsync(byName.Remedies[0].Command!);
        Assert.True(((MarkTarget)(await FindAsync(cluster.Ip(2))).Target).InForce);
        await RealCluster.UntilAsync(cluster.StillAsync);
        Assert.Equal(0, await cluster.ShardsAsync(2));
    }

    [Fact]
    public async Task Scopes_wildcards_attributes_and_placeholders_are_told_apart()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", Ip, cluster.Ip(3));
        await cluster.PutAsync("transient", Ip, $"{cluster.Ip(1)[..^1]}*");
        await cluster.PutAsync("persistent", Name, "none_excluded");
        await cluster.PutAsync("persistent", "cluster.routing.allocation.exclude.zone", "z2");
        ScanReport report = await ScanAsync();
        Assert.Equal(
            [
                (Ip, "persistent", SearchReasons.Shadowed), (Ip, "transient", SearchReasons.Pattern),
                (Name, "persistent", SearchReasons.Sentinel), ("cluster.routing.allocation.exclude.zone", "persistent", SearchReasons.Pattern),
            ],
            report.Findings.Select(finding => (((MarkTarget)finding.Target).Setting, ((MarkTarget)finding.Target).Scope, finding.Reason))
                .OrderBy(item => item.Setting, StringComparer.Ordinal).ThenBy(item => item.Scope, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Voting_exclusions_are_seen_and_go_with_the_request_that_is_offered()
    {
        await cluster.ReadyAsync();
        await cluster.SendAsync("POST", "_cluster/voting_config_exclusions?node_names=gone-1");
        Finding gone = await FindAsync("gone-1");
        Assert.Equal((SearchKinds.Voting, Verdict.Zombie), (gone.Kind, gone.Verdict));
        await cluster.SendAsync("POST", $"_cluster/voting_config_exclusions?node_names={cluster.Node(3)}");
        Assert.All((await ScanAsync()).Findings, finding => Assert.Equal(Verdict.ReportOnly, finding.Verdict));
        await cluster.ByHandAsync(gone.Remedies[0].Command!);
        Assert.Empty((await ScanAsync()).Findings);
    }

    [Fact]
    public async Task A_pinned_index_is_seen_and_unpinned_by_the_request_that_is_offered()
    {
        await cluster.ReadyAsync();
        await cluster.SendAsync("PUT", "idx/_settings", $$"""{"index.routing.allocation.require._name":"{{cluster.Node(1)}}","index.blocks.write":true}""");
        Finding pin = await FindAsync("idx");
        Assert.Equal(2, ((MarkTarget)pin.Target).Marks.Count);
        await cluster.ByHandAsync(pin.Remedies[0].Command!);
        Assert.Empty((await ScanAsync()).Findings);
    }
}

[Collection(nameof(RealOpenSearch))]
public sealed class RealOpenSearchTests(RealOpenSearch cluster) : RealClusterTests(cluster)
{
    [Fact]
    public async Task The_request_for_weights_is_refused_once_they_are_others_than_were_read()
    {
        await Cluster.ReadyAsync();
        await Cluster.SendAsync("PUT", "_cluster/settings", """{"persistent":{"cluster.routing.allocation.awareness.attributes":"zone","cluster.routing.allocation.awareness.force.zone.values":"z1,z2,z3"}}""");
        await Cluster.SendAsync("PUT", "_cluster/routing/awareness/zone/weights", """{"weights":{"z1":"1","z2":"1","z3":"0"},"_version":-1}""");
        Finding read = await FindAsync("z3");
        Assert.Equal((SearchKinds.Weights, Verdict.ReportOnly, false), (read.Kind, read.Verdict, read.Remedies[0].Actionable));
        long version = (long)(await Cluster.SendAsync("GET", "_cluster/routing/awareness/zone/weights"))!["_version"]!;
        await Cluster.SendAsync("PUT", "_cluster/routing/awareness/zone/weights", $$$"""{"weights":{"z1":"1","z2":"2","z3":"0"},"_version":{{{version}}}}""");
        string[] stale = read.Remedies[0].Command!.Split(' ', 3);
        (int status, string said) = await Cluster.TryAsync(stale[0], stale[1][1..], stale[2]);
        Assert.Equal(409, status);
        Assert.Contains("unsupported_weighted_routing_state_exception", said, StringComparison.Ordinal);
        await Cluster.ByHandAsync((await FindAsync("z3")).Remedies[0].Command!);
        Assert.Empty((await ScanAsync()).Findings);
    }
}

[Collection(nameof(RealElasticsearch))]
public sealed class RealElasticsearchTests(RealElasticsearch cluster) : RealClusterTests(cluster);
