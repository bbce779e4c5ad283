using System.Text.Json.Nodes;
using ZombieOps.Clearing;
using ZombieOps.Core.Tests.Search;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Core.Tests.Kubernetes;

/// <summary>A made-up search cluster of three nodes that are pods of one data set in a made-up Kubernetes, through the real source, engine and ledger.</summary>
internal sealed class OwnerFixture : IDisposable
{
    public const string Ip = "cluster.routing.allocation.exclude._ip";
    public const string Name = "cluster.routing.allocation.exclude._name";
    public const string Rebalance = "cluster.routing.rebalance.enable";

    private readonly SearchFixture fixture = new();

    public OwnerFixture(bool openSearch = false)
    {
        Cluster = new FakeCluster { OpenSearch = openSearch };
        for (int i = 0; i < 3; i++)
        {
            Cluster.Nodes.Add(new FakeNode { Id = $"id-{i}", Name = $"es-data-{i}", Ip = $"10.0.0.{i}", EphemeralId = $"run-{i}", StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9), Shards = 1 });
        }

        File.WriteAllText(fixture.File("kubeconfig"), Kubeconfig("https://kube.invalid:6443", "token: s3cret-token"));
        fixture.Values["kubeconfig"] = fixture.File("kubeconfig");
        fixture.Values["kube-context"] = "prod";
    }

    public FakeCluster Cluster { get; }

    public FakeKubeServer Kube { get; private set; } = new();

    public FakeClock Clock => fixture.Clock;

    public Dictionary<string, string> Values => fixture.Values;

    public EngineOptions Options => fixture.Options;

    public static string Kubeconfig(string server, string user) => $$"""
        apiVersion: v1
        kind: Config
        clusters:
          - name: c
            cluster: {server: "{{server}}"}
        users:
          - name: u
            user: { {{user}} }
        contexts:
          - {name: prod, context: {cluster: c, user: u} }
        current-context: prod
        """;

    public string FilePath(string name) => fixture.File(name);

    /// <summary>es-operator's objects in the state that both numbers make.</summary>
    public void DataSet(int wants, int has, bool up, Action<JsonObject>? eds = null, Action<JsonObject>? lastPod = null)
    {
        Kube.Replace(KubeObject.DataSet("es-data", wants, eds));
        Kube.Replace(KubeObject.StatefulSet("es-data", has));
        Kube.Replace(KubeObject.Operator(up));
        for (int i = 0; i < has; i++)
        {
            Kube.Replace(KubeObject.Pod("es-data", i, $"10.0.0.{i}", "es-operator-dataset", "es-data", i == has - 1 ? lastPod : null));
        }
    }

    public void Exclude(string ip, bool rebalance = true)
    {
        Cluster.Put("persistent", Ip, ip);
        if (rebalance)
        {
            Cluster.Put("persistent", Rebalance, "none");
        }
    }

    public async Task<ScanReport> ScanAsync(TimeSpan? minAge = null)
    {
        using var engine = new ZombieEngine(Options, new SearchSource(Options, Values, _ => new Lent(Cluster.Server()), _ => new Lent(Kube)));
        return await engine.ScanAsync(new ScanSettings { MinAge = minAge ?? TimeSpan.FromMinutes(1) });
    }

    /// <summary>Scans each minute for a while.</summary>
    public async Task<ScanReport> WatchAsync(int minutes = 15)
    {
        for (int i = 0; i < minutes; i++)
        {
            await ScanAsync();
            Clock.Now += TimeSpan.FromMinutes(1);
        }

        return await ScanAsync();
    }

    public void Dispose()
    {
        Kube.Dispose();
        fixture.Dispose();
    }

    private sealed class Lent(HttpMessageHandler server) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker invoker = new(server, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => invoker.SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            invoker.Dispose();
            base.Dispose(disposing);
        }
    }
}
