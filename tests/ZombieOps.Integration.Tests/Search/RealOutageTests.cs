using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.Sweeping;
using ZombieOps.Model;
using ZombieOps.Sources.Search;

namespace ZombieOps.Integration.Tests.Search;

/// <summary>A cluster that loses its quorum, and then its last node: nothing is said or done meanwhile, and afterwards what counts is what is in force then.</summary>
public abstract class RealOutageTests
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";

    private readonly RealCluster cluster;

    private protected RealOutageTests(RealCluster cluster) => this.cluster = cluster;

    private bool IsElasticsearch => cluster.Product == "elasticsearch";

    private string[] Where => ["--url", cluster.Url, "--timeout", "2s", "--restart-time", "0", "--min-age", "0"];

    private string[] Acting => [.. Where, "--settle", "100ms", "--despite", "disk,relocation", "--watch", "1s", "--allow", "remove-entry", "--yes"];

    private async Task<(string? Ip, string? Name)> RawAsync()
    {
        System.Text.Json.Nodes.JsonNode persistent = (await cluster.SendAsync("GET", "_cluster/settings?flat_settings=true"))!["persistent"]!;
        return ((string?)persistent[Ip], (string?)persistent[Name]);
    }

    private Dictionary<string, Finding> Scan(ZombieOpsCli cli) =>
        ZombieJson.Read<ScanReport>(cli.Run(["scan", "search", .. Where, "--output", "json"]).Exits(1).Out).Findings.ToDictionary(finding => ((MarkTarget)finding.Target).Entry);

    [Fact]
    public async Task Facts_2_and_25_without_a_quorum_nothing_is_cleared_and_a_restart_of_all_nodes_brings_every_listed_exclusion_into_force()
    {
        await cluster.ReadyAsync();
        using var cli = new ZombieOpsCli();
        await cluster.PutAsync("persistent", Name, cluster.Node(3));
        await cluster.PutAsync("persistent", Ip, $"{cluster.Ip(9)},{cluster.Ip(2)}");
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(2) == 0 && (await cluster.ShardsAsync(3) == 0) == !IsElasticsearch && await cluster.StillAsync());
        (string? Ip, string? Name) set = await RawAsync();
        Dictionary<string, Finding> before = Scan(cli);
        Assert.Equal((!IsElasticsearch, true), (((MarkTarget)before[cluster.Node(3)].Target).InForce, ((MarkTarget)before[cluster.Ip(2)].Target).InForce));
        Assert.Equal(IsElasticsearch, before[cluster.Node(3)].Reason == SearchReasons.Dormant);
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone), (before[cluster.Ip(9)].Verdict, before[cluster.Ip(9)].Reason));

        await LoseQuorumAsync(cli);
        await cluster.StopAsync(1);
        await cluster.StartAsync(1, 2, 3);

        // Now both are in force on either product, and the tool says so.
        Assert.Equal(set, await RawAsync());
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(2) == 0 && await cluster.ShardsAsync(3) == 0 && await cluster.StillAsync());
        Dictionary<string, Finding> after = Scan(cli);
        Assert.Equal((true, true), (((MarkTarget)after[cluster.Node(3)].Target).InForce, ((MarkTarget)after[cluster.Ip(2)].Target).InForce));
        Assert.All([after[cluster.Node(3)], after[cluster.Ip(2)]], finding => Assert.Equal(Verdict.ReportOnly, finding.Verdict));

        // A clear keeps both of them so, as the servers themselves see it.
        CliResult cleared = cli.Run(["clear", "search", .. Acting, "--where", $"entry={cluster.Ip(9)}"]).Exits(0);
        Assert.Equal((cluster.Ip(2), cluster.Node(3)), await RawAsync());
        for (int i = 0; i < 5; i++)
        {
            await cluster.SendAsync("POST", "_cluster/reroute");
            Assert.Equal((0, 0), (await cluster.ShardsAsync(2), await cluster.ShardsAsync(3)));
            await Task.Delay(100);
        }

        Dictionary<string, Finding> left = Scan(cli);
        Assert.Equal((true, true, 2), (((MarkTarget)left[cluster.Node(3)].Target).InForce, ((MarkTarget)left[cluster.Ip(2)].Target).InForce, left.Count));
        cli.Run("audit", "verify").Exits(0);
        TestContext.Current.SendDiagnosticMessage("{0}", cleared.Out);
    }

    /// <summary>Two of the three nodes stop, one of them in the middle of a clear.</summary>
    private async Task LoseQuorumAsync(ZombieOpsCli cli)
    {
        EngineOptions options = EngineOptions.FromEnvironment() with { StateDirectory = cli.State, ConfigDirectory = cli.Config };
        var values = new Dictionary<string, string> { ["url"] = cluster.Url, ["timeout"] = "2s", ["restart-time"] = "0", ["settle"] = "0", ["despite"] = "disk" };
        using var engine = new ZombieEngine(options, "search", values);
        using ClearingRun run = await engine.BeginAsync(new ClearRequest { Allowed = new HashSet<string> { SearchRemedies.RemoveEntry }, Limits = SearchSource.Register.Limits, Scan = new ScanSettings { MinAge = TimeSpan.Zero } });
        ClearStep? step = await run.NextAsync(default);
        while (step is { Result: not null })
        {
            step = await run.NextAsync(default);
        }

        Assert.Equal(cluster.Ip(9), ((MarkTarget)step!.Finding.Target).Entry);
        await cluster.StopAsync(2, 3);
        await RealCluster.UntilAsync(async () => (await cluster.TryAsync("GET", "_cluster/settings?master_timeout=200ms")).Status == 503);
        foreach (string path in (string[])["_cluster/settings?master_timeout=200ms", "_cat/nodes?master_timeout=200ms", "_cluster/state?master_timeout=200ms"])
        {
            (int status, string said) = await cluster.TryAsync("GET", path);
            Assert.Equal((503, true), (status, said.Contains(IsElasticsearch ? "master_not_discovered_exception" : "cluster_manager_not_discovered_exception", StringComparison.Ordinal)));
        }

        // What the node that is left remembers is no answer.
        (int local, string remembered) = await cluster.TryAsync("GET", "_cluster/settings?flat_settings=true&local=true");
        Assert.Equal((200, true), (local, remembered.Contains(cluster.Ip(9), StringComparison.Ordinal)));

        ClearResult result = await run.ActAsync(step, default);
        Assert.True(result.Outcome is ClearOutcome.Skipped or ClearOutcome.Failed, $"{result.Outcome} {result.Reason}");
        Assert.Contains("no elected master", result.Says, StringComparison.Ordinal);
        await run.EndAsync(default);
        CliResult scan = cli.Run(["scan", "search", .. Where]).Fails(3, ErrorIds.NoQuorum);
        Assert.Equal("", scan.Out);
        cli.Run(["clear", "search", .. Acting]).Fails(3, ErrorIds.NoQuorum);
        cli.Run(["sweep", "search", .. Acting[..^1]]).Fails(3, ErrorIds.NoQuorum);
        cli.Run("mark", "search", cluster.Ip(1), "--url", cluster.Url, "--timeout", "2s", "--owner", "a", "--why", "b", "--for", "1h").Fails(3, ErrorIds.NoQuorum);
        Dictionary<string, double> metrics = MetricsFile.Read(Path.Combine(cli.State, "metrics/search.prom"));
        Assert.Equal(0, metrics["zombieops_scan_complete{source=\"search\"}"]);
        Assert.DoesNotContain(metrics.Keys, name => name.Contains("findings", StringComparison.Ordinal));
    }
}

[Collection(nameof(RealOpenSearch))]
public sealed class RealOpenSearchOutageTests(RealOpenSearch cluster) : RealOutageTests(cluster);

[Collection(nameof(RealElasticsearch))]
public sealed class RealElasticsearchOutageTests(RealElasticsearch cluster) : RealOutageTests(cluster);
