using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Kubernetes.Objects;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Integration.Tests.Kubernetes;

/// <summary>The client on a real API server.</summary>
[Collection(nameof(RealOwners))]
public sealed class RealKubeClientTests(RealKubernetes kubernetes)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<KubeList<PodFacts>?> PodsAsync(KubeClient client) => await client.ListAsync(PodFacts.Kind, RealKubernetes.Space, null, item => PodFacts.Read(item), Cancel);

    private KubeClient Client(string? config = null, int page = 500) =>
        new(Kubeconfig.Read(config ?? kubernetes.Config, null, static _ => null, TimeSpan.FromSeconds(10)), TimeProvider.System) { PageSize = page };

    [Fact]
    public async Task Pages_of_two_hold_every_object_once()
    {
        await kubernetes.ReadyAsync();
        for (int i = 0; i < 7; i++)
        {
            await kubernetes.PutAsync(KubeObject.Pod("es-data", i, $"10.1.0.{i}", "es-operator-dataset", "es-data"));
        }

        using KubeClient client = Client(page: 2);
        KubeList<PodFacts> list = (await PodsAsync(client))!;
        Assert.Equal((7L, 4), (list.Seen, client.Requests));
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"search/es-data-{i}"), list.Kept.Select(pod => pod.Meta.FullName));
        Assert.All(list.Kept, pod => Assert.True(pod is { Ready: true, Phase: "Running", StatefulSet: "es-data", Ips.Count: 1, Meta.Uid.Length: 36 }));
    }

    [Fact]
    public async Task A_client_certificate_and_a_token_file_are_accepted()
    {
        await kubernetes.ReadyAsync();
        string certificate = kubernetes.File("admin-cert.kubeconfig");
        Assert.SkipUnless(File.Exists(certificate), "a kubeconfig with a client certificate (only the server that the tests start has one)");
        using KubeClient client = Client(certificate);
        Assert.NotNull(await PodsAsync(client));
        string token = System.Text.RegularExpressions.Regex.Match(await File.ReadAllTextAsync(kubernetes.Config, Cancel), "token: ([0-9a-f]+)").Groups[1].Value;
        await File.WriteAllTextAsync(kubernetes.File("token"), token + "\n", Cancel);
        using KubeClient byFile = Client(kubernetes.ConfigFor("byfile", "tokenFile: token"));
        Assert.NotNull(await PodsAsync(byFile));
    }

    [Fact]
    public async Task An_unknown_authority_is_no_connection()
    {
        await kubernetes.ReadyAsync();
        string path = kubernetes.ConfigFor("noca", "token: x");
        string text = string.Join('\n', (await File.ReadAllLinesAsync(path, Cancel)).Where(line => !line.Contains("certificate-authority-data", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(path, text, Cancel);
        using KubeClient client = Client(path);
        Assert.Equal(ErrorIds.TlsFailed, (await Assert.ThrowsAsync<ZombieOpsException>(() => PodsAsync(client))).ErrorId);
    }

    [Fact]
    public async Task A_kind_that_is_not_there_is_null_and_an_empty_one_is_empty()
    {
        await kubernetes.ReadyAsync();
        using KubeClient client = Client();
        Assert.Null(await client.ListAsync(new KubeKind("none.invalid", "v1", "nothings", "Nothing"), null, null, item => ObjectMeta.Read(item), Cancel));
        Assert.Equal(0, (await PodsAsync(client))!.Seen);
    }
}
