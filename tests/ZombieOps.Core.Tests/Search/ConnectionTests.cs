using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Client;

namespace ZombieOps.Core.Tests.Search;

public sealed class ConnectionTests
{
    private const string Secret = "s3cr3t:/+&";

    private static SearchConnection Read(Dictionary<string, string> options) => ConnectionOptions.Read(options, name => name == "PW" ? Secret : null);

    [Fact]
    public void A_password_comes_from_a_file_or_a_variable()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory.File("pw"), Secret + "\n");
        var url = new Dictionary<string, string> { ["url"] = "https://es:9200", ["user"] = "ops" };
        string basic = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"ops:{Secret}"));
        Assert.Equal($"Basic {basic}", Read(new(url) { ["password-file"] = directory.File("pw") }).Authorization!.ToString());
        Assert.Equal($"Basic {basic}", Read(new(url) { ["password-env"] = "PW" }).Authorization!.ToString());
    }

    [Fact]
    public void An_API_key_is_taken_in_both_spellings_and_a_bearer_token_as_it_is()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory.File("plain"), "id:key");
        File.WriteAllText(directory.File("encoded"), "aWQ6a2V5\n");
        foreach (string name in (string[])["plain", "encoded"])
        {
            Assert.Equal("ApiKey aWQ6a2V5", Read(new() { ["url"] = "https://es:9200", ["api-key-file"] = directory.File(name) }).Authorization!.ToString());
        }

        Assert.Equal("Bearer aWQ6a2V5", Read(new() { ["url"] = "https://es:9200", ["bearer-file"] = directory.File("encoded") }).Authorization!.ToString());
    }

    public static TheoryData<string> Wrong =>
    [
        "", "url=ftp://es", "url=es:9200", "url=https://ops:s3cr3t@es:9200", "url=https://es:9200/?x=1", "url=https://es;cloud-id=x:y", "cloud-id=x:!!", "cloud-id=x:aGFsbG8=",
        "url=https://es;user=ops", "url=https://es;user=ops;password-env=NOT_SET", "url=https://es;user=ops;password-file=/nonexistent", "url=https://es;password-env=PW",
        "url=https://es;user=ops;password-env=PW;bearer-file=/dev/null", "url=https://es;bearer-file=/dev/null", "url=https://es;api-key-file=/nonexistent", "url=https://es;user=a:b;password-env=PW",
        "url=https://es;timeout=5", "url=https://es;timeout=0", "url=https://es;key-file=/k", "url=https://es;proxy=nowhere",
        "url=https://es;max-drain=1h", "url=https://es;drain-owner=me", "url=https://es;drain-owner=;max-drain=1h", "url=https://es;restart-time=soon", "url=https://es;ca-file=/nonexistent", "url=https://es;ca-file=/dev/null", "url=https://es;cert-file=/nonexistent",
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_option_that_cannot_be_used_is_an_error_that_repeats_no_secret(string text)
    {
        var options = text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        ZombieOpsException error = Assert.Throws<ZombieOpsException>(() => new SearchSource(new EngineOptions { Variable = name => name == "PW" ? Secret : null }, options).Dispose());
        Assert.Equal((ErrorIds.BadArgument, ExitCode.BadUsage), (error.ErrorId, error.ExitCode));
        Assert.DoesNotContain("s3cr3t", error.ToString() + error.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cloud_id_names_an_address()
    {
        string id = Convert.ToBase64String("eu-west-1.aws.found.io:9243$abc123$def456"u8);
        Assert.Equal("https://abc123.eu-west-1.aws.found.io:9243/", CloudId.ToUrl($"prod:{id}").AbsoluteUri);
        Assert.Equal("https://abc123.eu-west-1.aws.found.io/", CloudId.ToUrl(Convert.ToBase64String("eu-west-1.aws.found.io$abc123$"u8)).AbsoluteUri);
    }

    [Fact]
    public async Task Credentials_are_sent_and_a_plain_address_is_warned_about()
    {
        using var fixture = new SearchFixture();
        await File.WriteAllTextAsync(fixture.File("pw"), Secret);
        fixture.Values["url"] = "http://es.example.net:9200";
        fixture.Values["user"] = "ops";
        fixture.Values["password-file"] = fixture.File("pw");
        FakeSearchServer server = Recorded.Load("opensearch-clean").Server();
        fixture.Clock.Now = Recorded.Load("opensearch-clean").Now;
        ScanReport report = await fixture.ScanAsync(server);
        Assert.All(server.Authorizations, header => Assert.StartsWith("Basic ", header, StringComparison.Ordinal));
        Assert.Contains(report.Warnings, warning => warning.Contains("unencrypted", StringComparison.Ordinal));
        Assert.DoesNotContain("s3cr3t", ZombieJson.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public void No_option_holds_a_secret_itself()
    {
        Assert.All(SearchSource.Register.Options, option => Assert.DoesNotContain(option.Name, (string[])["password", "api-key", "bearer", "token"]));
        Assert.DoesNotContain(SearchSource.Register.Options, option => option.Name.Contains("insecure", StringComparison.Ordinal));
    }
}
