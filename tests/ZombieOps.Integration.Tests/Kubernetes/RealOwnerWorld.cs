using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.Search;
using ZombieOps.Model;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Integration.Tests.Kubernetes;

/// <summary>A real cluster whose nodes are pods of a real API server, and the command line that looks at both.</summary>
public abstract class RealOwnerWorld : IDisposable
{
    private protected const string Ip = "cluster.routing.allocation.exclude._ip";
    private protected const string Name = "cluster.routing.allocation.exclude._name";
    private protected const string Rebalance = "cluster.routing.rebalance.enable";

    private protected RealOwnerWorld(RealKubernetes kubernetes, RealCluster cluster)
    {
        Kubernetes = kubernetes;
        Cluster = cluster;
    }

    private protected RealKubernetes Kubernetes { get; }

    private protected RealCluster Cluster { get; }

    private protected ZombieOpsCli Cli { get; } = new();

    private protected string X => Cluster.Ip(3);

    private protected string[] Where => ["search", "--url", Cluster.Url, "--restart-time", "0", "--min-age", "0"];

    private protected string[] Asked => [.. Where, "--kube-context", Kubernetes.Context, "--kubeconfig", Kubernetes.Config];

    public void Dispose()
    {
        Cli.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Three nodes that are pods of one data set; the fourth pod of a rolling update is no node yet.</summary>
    private protected async Task WorldAsync(int wants, int has, bool up, Action<JsonObject>? eds = null, Action<JsonObject>? first = null, Action<JsonObject>? last = null)
    {
        await Kubernetes.ReadyAsync();
        await Cluster.ReadyAsync();

        // One shard a node at most, so that a drain of the third can never end (es-operator issue 128).
        await Cluster.PutAsync("persistent", "cluster.routing.allocation.total_shards_per_node", "2");
        await Kubernetes.PutAsync(KubeObject.DataSet("es-data", wants, eds));
        await Kubernetes.PutAsync(KubeObject.StatefulSet("es-data", has));
        await Kubernetes.PutAsync(KubeObject.Operator(up));
        for (int i = 0; i < has; i++)
        {
            await Kubernetes.PutAsync(KubeObject.Pod("es-data", i, i < 3 ? Cluster.Ip(i + 1) : Cluster.Ip(9), "es-operator-dataset", "es-data", i == 0 ? first : i == 2 ? last : null));
        }
    }

    private protected async Task MarkAsync(string ip, bool rebalance = true)
    {
        await Cluster.PutAsync("persistent", Ip, ip);
        await Cluster.PutAsync("persistent", Rebalance, rebalance ? "none" : "all");
    }

    /// <summary>What the command line says after the ledger has known it all for ten minutes.</summary>
    private protected async Task<ScanReport> ScanAsync(string[] options, int? exit = null)
    {
        await KnowAsync(options);
        CliResult result = Cli.Run(["scan", .. options, "--output", "json"]);
        ScanReport report = ZombieJson.Read<ScanReport>(result.Out);
        result.Exits(exit ?? (report.Findings.Any(finding => finding.Verdict is Verdict.Zombie or Verdict.ReportOnly) ? 1 : 0));
        return report;
    }

    /// <summary>Has the ledger know what is there now for ten minutes.</summary>
    private protected async Task KnowAsync(string[] options)
    {
        Dictionary<string, string> values = [];
        for (int i = 1; i < options.Length; i += 2)
        {
            values[options[i][2..]] = options[i + 1];
        }

        values.Remove("min-age");
        EngineOptions earlier = EngineOptions.FromEnvironment() with { StateDirectory = Cli.State, ConfigDirectory = Cli.Config, Clock = new Earlier(TimeSpan.FromMinutes(10)) };
        using var engine = new ZombieEngine(earlier, "search", values);
        await engine.ScanAsync(new ScanSettings { MinAge = TimeSpan.Zero });
    }

    private protected async Task<Finding> OneAsync() => Assert.Single((await ScanAsync(Asked)).Findings);

    /// <summary>A clock that is slow by a fixed time.</summary>
    private sealed class Earlier(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - by;

        public override long GetTimestamp() => System.GetTimestamp() - (long)(by.TotalSeconds * TimestampFrequency);
    }
}
