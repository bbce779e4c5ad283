using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;
using ZombieOps.Core.Tests.Search;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Kubernetes.Objects;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Core.Tests.Kubernetes;

/// <summary>What the client makes of what it may meet.</summary>
public sealed class KubeClientTests : IDisposable
{
    private readonly FakeKubeServer server = new();
    private readonly TempDirectory directory = new();

    public void Dispose()
    {
        server.Dispose();
        directory.Dispose();
    }

    private KubeClient Client(int page = 500) => new(new KubeConnection { Name = "c", Server = new Uri("https://kube.invalid:6443/prefix/") }, new FakeClock(), server) { PageSize = page, MaxPages = 20 };

    private static Task<KubeList<PodFacts>?> PodsAsync(KubeClient client) => client.ListAsync(PodFacts.Kind, null, null, item => PodFacts.Read(item), TestContext.Current.CancellationToken);

    private static async Task<ZombieOpsException> FailsAsync(KubeClient client) => await Assert.ThrowsAsync<ZombieOpsException>(() => PodsAsync(client));

    private void Fill(int pods)
    {
        for (int i = 0; i < pods; i++)
        {
            server.Objects.Add(KubeObject.Pod("a", i, $"10.0.0.{i}", "x", "y"));
        }
    }

    [Fact]
    public async Task Pages_are_read_to_the_end()
    {
        Fill(5);
        using KubeClient client = Client(page: 2);
        Assert.Equal((5L, 3), ((await PodsAsync(client))!.Seen, client.Requests));
        Assert.StartsWith("GET /prefix/api/v1/pods?limit=2", server.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_expired_begins_anew_once()
    {
        Fill(5);
        int asked = 0;
        Func<HttpResponseMessage> gone = () => FakeKubeServer.Status(HttpStatusCode.Gone, "The provided continue parameter is too old");
        using KubeClient client = new(new KubeConnection { Name = "c", Server = new Uri("https://kube.invalid/") }, new FakeClock(), new Before(server, () => ++asked == 2 ? gone() : null)) { PageSize = 2 };
        Assert.Equal(5, (await PodsAsync(client))!.Kept.Count);
        server.Instead["pods"] = gone;
        ZombieOpsException error = await FailsAsync(client);
        Assert.Equal(ErrorIds.BadAnswer, error.ErrorId);
        Assert.Contains("too old", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, ErrorIds.NotAuthorized)]
    [InlineData(403, ErrorIds.NotAuthorized)]
    [InlineData(429, ErrorIds.ServerBusy)]
    [InlineData(503, ErrorIds.ServerBusy)]
    [InlineData(500, ErrorIds.BadAnswer)]
    public async Task A_refusal_is_named_in_the_servers_words(int status, string id)
    {
        server.Instead["pods"] = () => FakeKubeServer.Status((HttpStatusCode)status, "because of it");
        using KubeClient client = Client();
        ZombieOpsException error = await FailsAsync(client);
        Assert.Equal(id, error.ErrorId);
        Assert.Contains("because of it", error.Message, StringComparison.Ordinal);
        Assert.Equal(id == ErrorIds.ServerBusy ? 3 : 1, client.Requests);
    }

    [Theory]
    [InlineData(200, "<html>log in</html>", "text/html", ErrorIds.NotAKubernetesServer)]
    [InlineData(302, "", "text/html", ErrorIds.NotAKubernetesServer)]
    [InlineData(400, "no", "text/plain", ErrorIds.NotAKubernetesServer)]
    [InlineData(502, "bad gateway", "text/html", ErrorIds.ServerUnreachable)]
    [InlineData(200, """{"kind":"PodList","metadata":{},"items":[{"meta""", "application/json", ErrorIds.BadAnswer)]
    [InlineData(200, """{"kind":"PodList","metadata":{}}""", "application/json", ErrorIds.BadAnswer)]
    [InlineData(200, """{"items":[]}""", "application/json", ErrorIds.BadAnswer)]
    [InlineData(200, """{"kind":"PodList","metadata":{},"items":[{}]}""", "application/json", ErrorIds.BadAnswer)]
    [InlineData(200, """{"kind":"PodList","metadata":{"continue":"x"},"items":[]}""", "application/json", ErrorIds.BadAnswer)]
    public async Task What_is_no_list_is_an_error_and_never_an_empty_one(int status, string body, string type, string id)
    {
        server.Instead["pods"] = () => new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };
        using KubeClient client = Client();
        Assert.Equal(id, (await FailsAsync(client)).ErrorId);
    }

    [Fact]
    public async Task A_closed_port_is_unreachable()
    {
        using KubeClient client = new(new KubeConnection { Name = "c", Server = new Uri("https://127.0.0.1:1/") }, TimeProvider.System);
        Assert.Equal(ErrorIds.ServerUnreachable, (await FailsAsync(client)).ErrorId);
    }

    [Theory]
    [InlineData("kube.example.net", true)]
    [InlineData("other.example.net", false)]
    public async Task The_server_name_of_the_cluster_is_what_its_certificate_has_to_hold(string name, bool fits)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kube.example.net", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("kube.example.net");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var real = new LoopbackServer(_ => LoopbackServer.Ok("""{"kind":"PodList","metadata":{},"items":[]}"""), certificate);
        File.WriteAllText(directory.File("c"), $"""
            clusters: [ {"{"}name: c, cluster: {"{"}server: "https://127.0.0.1:{real.Port}", tls-server-name: {name}, certificate-authority: ca.pem{"}"}{"}"} ]
            contexts: [ {"{"}name: c, context: {"{"}cluster: c{"}"}{"}"} ]
            """);
        File.WriteAllText(directory.File("ca.pem"), certificate.ExportCertificatePem());
        using KubeClient client = new(Kubeconfig.Read(directory.File("c"), "c", static _ => null, TimeSpan.FromSeconds(10)), TimeProvider.System);
        if (fits)
        {
            Assert.Equal(0, (await PodsAsync(client))!.Seen);
        }
        else
        {
            Assert.Equal(ErrorIds.TlsFailed, (await FailsAsync(client)).ErrorId);
        }
    }

    private sealed class Before(HttpMessageHandler inner, Func<HttpResponseMessage?> early) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            early() is { } first ? Task.FromResult(first) : base.SendAsync(request, cancellationToken);
    }
}
