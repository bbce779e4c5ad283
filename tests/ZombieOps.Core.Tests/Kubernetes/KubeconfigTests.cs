using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;
using ZombieOps.Core.Tests.Search;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Search;

namespace ZombieOps.Core.Tests.Kubernetes;

/// <summary>Kubeconfigs as people and tools write them.</summary>
public sealed class KubeconfigTests : IDisposable
{
    private readonly TempDirectory directory = new();

    public void Dispose() => directory.Dispose();

    private string Write(string name, string text)
    {
        File.WriteAllText(directory.File(name), text);
        return directory.File(name);
    }

    private static KubeConnection Read(string path, string? context = null) => Kubeconfig.Read(path, context, static _ => null, TimeSpan.FromSeconds(1));

    private static ZombieOpsException Fails(string path, string? context = null)
    {
        ZombieOpsException error = Assert.Throws<ZombieOpsException>(() => Read(path, context));
        Assert.Equal((ErrorIds.KubeconfigUnusable, ExitCode.BadUsage), (error.ErrorId, error.ExitCode));
        Assert.DoesNotContain("s3cret", error.Message, StringComparison.Ordinal);
        return error;
    }

    [Fact]
    public void A_usual_one_is_read_with_anchors_comments_and_block_texts()
    {
        string path = Write("c", """
            # made by hand
            apiVersion: v1
            kind: Config
            current-context: &here "prod"
            clusters:
            - cluster: &cluster
                server: https://kube.example.net:6443
              name: c
            users:
            - name: u
              user:
                token: >-
                  s3cret
            contexts:
            - context:
                cluster: c
                user: u
              name: *here
            """);
        using KubeConnection connection = Read(path);
        Assert.Equal(("prod", "https://kube.example.net:6443/", "Bearer s3cret"), (connection.Name, connection.Server.AbsoluteUri, connection.Authorization()!.ToString()));
    }

    [Fact]
    public void Several_files_are_merged_and_the_first_wins()
    {
        string one = Write("one", "{clusters: [{name: c, cluster: {server: 'https://one.invalid'}}], current-context: b}");
        string two = Write("two", "{clusters: [{name: c, cluster: {server: 'https://two.invalid'}}], contexts: [{name: a, context: {cluster: c}}, {name: b, context: {cluster: c}}], current-context: a}");
        using KubeConnection connection = Kubeconfig.Read(null, null, name => name == "KUBECONFIG" ? $"{one}:{directory.File("none")}:{two}" : null, TimeSpan.FromSeconds(1));
        Assert.Equal(("b", "one.invalid"), (connection.Name, connection.Server.Host));
        Directory.CreateDirectory(directory.File(".kube"));
        File.Copy(two, directory.File(".kube/config"));
        using KubeConnection home = Kubeconfig.Read(null, null, name => name == "HOME" ? directory.File("") : null, TimeSpan.FromSeconds(1));
        Assert.Equal("a", home.Name);
    }

    [Fact]
    public void Certificates_come_from_the_text_or_from_a_file_beside_it()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=me", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        string Data(string pem) => Convert.ToBase64String(Encoding.UTF8.GetBytes(pem));
        Write("me.crt", certificate.ExportCertificatePem());
        Write("me.key", key.ExportPkcs8PrivateKeyPem());
        string Config(string user) => $$"""{clusters: [{name: c, cluster: {server: 'https://a.invalid', certificate-authority-data: {{Data(certificate.ExportCertificatePem())}} } }], users: [{name: u, user: { {{user}} } }], contexts: [{name: c, context: {cluster: c, user: u} }], current-context: c}""";
        using KubeConnection files = Read(Write("files", Config("client-certificate: me.crt, client-key: ./me.key")));
        using KubeConnection data = Read(Write("data", Config($"client-certificate-data: {Data(certificate.ExportCertificatePem())}, client-key-data: {Data(key.ExportPkcs8PrivateKeyPem())}")));
        Assert.All([files, data], connection => Assert.True(connection.Certificate!.HasPrivateKey && connection.Authorities!.Count == 1));
        Fails(Write("half", Config("client-certificate: me.crt")));
        Fails(Write("wrong", Config("client-certificate-data: '%%%', client-key-data: 'AAAA'")));
    }

    [Fact]
    public void A_token_file_is_read_anew_each_time_and_goes_before_a_token()
    {
        Write("t", "first\n");
        string path = Write("c", "{clusters: [{name: c, cluster: {server: 'https://a.invalid'}}], users: [{name: u, user: {tokenFile: t, token: s3cret}}], contexts: [{name: c, context: {cluster: c, user: u}}], current-context: c}");
        using KubeConnection connection = Read(path);
        Assert.Equal("Bearer first", connection.Authorization()!.ToString());
        Write("t", "second\n");
        Assert.Equal("Bearer second", connection.Authorization()!.ToString());
    }

    [Theory]
    [InlineData("exec: {command: aws, args: [s3cret]}", "starts none")]
    [InlineData("auth-provider: {name: gcp}", "starts none")]
    [InlineData("as: admin", "somebody else")]
    [InlineData("tokenFile: none", "cannot be read")]
    [InlineData("token: \"s3cret\\nx\"", "plain characters")]
    public void Credentials_that_cannot_be_used_are_said(string user, string says)
    {
        ZombieOpsException error = Fails(Write("c", $$"""{clusters: [{name: c, cluster: {server: 'https://a.invalid'} }], users: [{name: u, user: { {{user}} } }], contexts: [{name: c, context: {cluster: c, user: u} }], current-context: c}"""));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.NextStep);
    }

    [Theory]
    [InlineData("server: 'https://a.invalid', insecure-skip-tls-verify: true", "trust any server")]
    [InlineData("server: 'ftp://a.invalid'", "no http or https address")]
    [InlineData("server: 'https://me:s3cret@a.invalid'", "no http or https address")]
    [InlineData("server: 'https://a.invalid', proxy-url: 'socks5://p.invalid'", "proxy")]
    public void Clusters_that_cannot_be_used_are_said(string cluster, string says) => Assert.Contains(
        says, Fails(Write("c", $$"""{clusters: [{name: c, cluster: { {{cluster}} } }], contexts: [{name: c, context: {cluster: c} }], current-context: c}""")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a: [1")]
    [InlineData("- a list")]
    [InlineData("")]
    [InlineData("a: 1\na: 2")]
    [InlineData("a: *nowhere")]
    [InlineData("token: s3cret\n\tx: [")]
    public void What_is_no_kubeconfig_is_said(string text) => Fails(Write("c", text));

    [Fact]
    public void A_missing_file_or_context_is_said_with_what_there_is()
    {
        Fails(directory.File("none"));
        ZombieOpsException error = Fails(Write("c", "{contexts: [{name: a, context: {cluster: c}}]}"), "b");
        Assert.Contains("has: a", error.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void An_alias_cannot_multiply_itself()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 9; i++)
        {
            bomb.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Contains("more than", Fails(Write("c", bomb.ToString())).Message, StringComparison.Ordinal);
        Assert.Contains("nests", Fails(Write("d", new string('[', 5000))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pods_own_account_is_read_from_where_Kubernetes_mounts_it()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=ca", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Write("token", "one\n");
        Write("ca.crt", certificate.ExportCertificatePem());
        var options = new EngineOptions
        {
            ServiceAccountDirectory = directory.File(""),
            Variable = name => name == "KUBERNETES_SERVICE_HOST" ? "fd00::1" : name == "KUBERNETES_SERVICE_PORT" ? "443" : null,
        };
        using KubeConnection connection = InCluster.Read(options, TimeSpan.FromSeconds(1));
        Assert.Equal(("https://[fd00::1]/", "Bearer one"), (connection.Server.AbsoluteUri, connection.Authorization()!.ToString()));
        Write("token", "two\n");
        Assert.Equal("Bearer two", connection.Authorization()!.ToString());
        Assert.Equal(ErrorIds.KubeconfigUnusable, Assert.Throws<ZombieOpsException>(() => InCluster.Read(new EngineOptions(), TimeSpan.FromSeconds(1))).ErrorId);
    }

    [Theory]
    [InlineData(ErrorIds.BadArgument, "kube-file", "a.json", "kube-context", "x")]
    [InlineData(ErrorIds.BadArgument, "kube-file", " , ")]
    [InlineData(ErrorIds.BadArgument, "kube-file", "/nonexistent/a.json")]
    [InlineData(ErrorIds.BadArgument, "kube-namespace", "x")]
    [InlineData(ErrorIds.BadArgument, "kube-context", "")]
    [InlineData(ErrorIds.KubeconfigUnusable, "kube-context", "in-cluster")]
    [InlineData(ErrorIds.KubeconfigUnusable, "kube-context", "x")]
    public void Options_that_do_not_go_together_are_said_before_anything_is_sent(string id, params string[] options)
    {
        using var fixture = new SearchFixture();
        for (int i = 0; i < options.Length; i += 2)
        {
            fixture.Values[options[i]] = options[i + 1];
        }

        using var server = new FakeKubeServer();
        Assert.Equal(id, Assert.Throws<ZombieOpsException>(() => new SearchSource(fixture.Options, fixture.Values, _ => server)).ErrorId);
        Assert.Empty(server.Requests);
    }
}
