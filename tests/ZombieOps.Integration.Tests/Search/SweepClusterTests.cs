using Xunit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.Sweeping;

namespace ZombieOps.Integration.Tests.Search;

/// <summary><c>sweep search</c> on a real cluster, from the command line.</summary>
[Collection(nameof(RealOpenSearch))]
public sealed class SweepClusterTests(RealOpenSearch cluster)
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Success = "zombieops_last_successful_scan_timestamp_seconds{source=\"search\"}";

    [Fact]
    public async Task Ticks_record_a_mark_say_it_to_Prometheus_and_keep_their_last_success_when_the_cluster_is_away()
    {
        await cluster.ReadyAsync();
        using var cli = new ZombieOpsCli();
        string metrics = Path.Combine(cli.State, "metrics/search.prom");
        string[] tick = ["sweep", "search", "--ledger", cli.State, "--restart-time", "0", "--min-age", "0", "--url"];
        CliResult clean = cli.Run([.. tick, cluster.Url, "--quiet"]).Exits(0);
        Assert.Equal(("", ""), (clean.Out, clean.Err));
        Assert.Equal(0, MetricsFile.Read(metrics)["zombieops_verdict_findings{source=\"search\",verdict=\"zombie\"}"]);

        await cluster.PutAsync("persistent", Ip, cluster.Ip(9));
        CliResult left = cli.Run([.. tick, cluster.Url, "--quiet"]).Exits(1);
        Assert.Contains($"exclude._ip {cluster.Ip(9)}", left.Out, StringComparison.Ordinal);
        Dictionary<string, double> seen = MetricsFile.Read(metrics);
        Assert.Equal(1, seen["zombieops_verdict_findings{source=\"search\",verdict=\"zombie\"}"]);
        Assert.Contains(cluster.Ip(9), File.ReadAllText(Path.Combine(cli.State, "ledger/search.json")), StringComparison.Ordinal);

        cli.Run([.. tick, "http://127.0.0.1:1"]).Fails(3, "ServerUnreachable");
        Dictionary<string, double> away = MetricsFile.Read(metrics);
        Assert.Equal((seen[Success], 0), (away[Success], away["zombieops_scan_complete{source=\"search\"}"]));
        Assert.DoesNotContain(away.Keys, name => name.Contains("findings", StringComparison.Ordinal));

        cli.Run([.. tick, cluster.Url]).Exits(1);
        Assert.InRange(MetricsFile.Read(metrics)[Success], seen[Success] + 0.001, double.MaxValue);
    }
}
