using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;
using ZombieOps.Sources.Network;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Client;

namespace ZombieOps.Core.Tests.Search;

/// <summary>The real handler on real sockets: TLS, certificates, a proxy, redirects, answers that break off.</summary>
public sealed class NetworkTests : IDisposable
{
    private const string Settings = """{"persistent":{},"transient":{}}""";

    private readonly TempDirectory directory = new();

    public void Dispose() => directory.Dispose();

    private static X509Certificate2 Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 bare = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }

    private string Pem(string name, string text)
    {
        File.WriteAllText(directory.File(name), text);
        return directory.File(name);
    }

    private static async Task<ZombieOpsException?> AskAsync(Dictionary<string, string> options)
    {
        using var client = new SearchClient(ConnectionOptions.Read(options, _ => null), TimeProvider.System);
        try
        {
            using var answer = await client.GetAsync("_cluster/settings", CancellationToken.None);
            Assert.Equal(Settings, answer.RootElement.GetRawText());
            return null;
        }
        catch (ZombieOpsException e)
        {
            return e;
        }
    }

    [Fact]
    public async Task An_answer_that_is_larger_than_any_can_be_breaks_off()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        byte[] bytes = new byte[100];
        await using var fits = new CappedStream(new MemoryStream(bytes), bytes.Length);
        await fits.CopyToAsync(Stream.Null, cancel);
        await using var large = new CappedStream(new MemoryStream(bytes), bytes.Length - 1);
        await Assert.ThrowsAsync<IOException>(() => large.CopyToAsync(Stream.Null, cancel));
    }

    [Fact]
    public async Task Plain_HTTP_at_an_address_that_begins_with_https_is_told_with_what_to_write()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        Task<System.Net.Sockets.TcpClient> accepted = listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask();
        Task answered = accepted.ContinueWith(task => task.Result.GetStream().Write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8), TestContext.Current.CancellationToken);
        ZombieOpsException? error = await AskAsync(new() { ["url"] = $"https://127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}" });
        await answered;
        using System.Net.Sockets.TcpClient client = await accepted;
        Assert.Equal(ErrorIds.TlsFailed, error?.ErrorId);
        Assert.Contains("http://", error!.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_authority_is_trusted_only_where_it_is_named()
    {
        using X509Certificate2 authority = Authority("private");
        using X509Certificate2 stranger = Authority("stranger");
        using X509Certificate2 own = Issue(authority, "es");
        using var server = new LoopbackServer(_ => LoopbackServer.Ok(Settings), own);
        var options = new Dictionary<string, string> { ["url"] = $"https://127.0.0.1:{server.Port}" };
        Assert.Null(await AskAsync(new(options) { ["ca-file"] = Pem("ca", authority.ExportCertificatePem()) }));
        Assert.Equal(ErrorIds.TlsFailed, (await AskAsync(options))?.ErrorId);
        Assert.Equal(ErrorIds.TlsFailed, (await AskAsync(new(options) { ["ca-file"] = Pem("stranger", stranger.ExportCertificatePem()) }))?.ErrorId);

        // A right authority does not make a wrong name right.
        Assert.Equal(ErrorIds.TlsFailed, (await AskAsync(new() { ["url"] = $"https://localhost:{server.Port}", ["ca-file"] = directory.File("ca") }))?.ErrorId);
        Assert.Single(server.RequestLines);
    }

    [Fact]
    public async Task A_client_certificate_is_shown()
    {
        using X509Certificate2 authority = Authority("private");
        using X509Certificate2 own = Issue(authority, "es");
        using X509Certificate2 client = Issue(authority, "ops");
        using var server = new LoopbackServer(_ => LoopbackServer.Ok(Settings), own, asksForCertificate: true);
        Assert.Null(await AskAsync(new()
        {
            ["url"] = $"https://127.0.0.1:{server.Port}",
            ["ca-file"] = Pem("ca", authority.ExportCertificatePem()),
            ["cert-file"] = Pem("cert", client.ExportCertificatePem()),
            ["key-file"] = Pem("key", client.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem()),
        }));
        Assert.Equal(["CN=ops"], server.ClientCertificates);
    }

    [Fact]
    public async Task A_proxy_is_used_only_where_it_is_named()
    {
        using var proxy = new LoopbackServer(_ => LoopbackServer.Ok(Settings));
        Assert.Null(await AskAsync(new() { ["url"] = "http://es.invalid:9200", ["proxy"] = $"http://127.0.0.1:{proxy.Port}" }));
        Assert.StartsWith("GET http://es.invalid:9200/_cluster/settings", Assert.Single(proxy.RequestLines), StringComparison.Ordinal);
        Assert.Equal(ErrorIds.ServerUnreachable, (await AskAsync(new() { ["url"] = "http://es.invalid:9200" }))?.ErrorId);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        using var target = new LoopbackServer(_ => LoopbackServer.Ok(Settings));
        using var server = new LoopbackServer(_ => $"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{target.Port}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.Equal(ErrorIds.NotASearchServer, (await AskAsync(new() { ["url"] = $"http://127.0.0.1:{server.Port}" }))?.ErrorId);
        Assert.Empty(target.RequestLines);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"persistent\":{}", ErrorIds.BadAnswer)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"persistent\":{}\r\n", ErrorIds.BadAnswer)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", ErrorIds.BadAnswer)]
    [InlineData("", ErrorIds.BadAnswer)]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n\r\n", ErrorIds.ServerUnreachable)]
    public async Task An_answer_that_breaks_off_is_no_answer(string answer, string id)
    {
        using var server = new LoopbackServer(_ => answer);
        Assert.Equal(id, (await AskAsync(new() { ["url"] = $"http://127.0.0.1:{server.Port}" }))?.ErrorId);
    }

    [Fact]
    public void The_source_of_the_catalog_opens_with_an_address_alone()
    {
        using var source = SearchSource.Register.Open(new EngineOptions(), new Dictionary<string, string> { ["url"] = "https://es:9200" });
        Assert.Equal("search", source.Registration.Name);
    }
}
