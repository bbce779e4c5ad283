using System.Net;
using System.Text;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Client;

namespace ZombieOps.Core.Tests.Search;

/// <summary>What happens when a server, or what stands before it, does not behave.</summary>
public sealed class ClientTests
{
    // A request without an end makes these tests fail and not hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string NoMaster = """{"error":{"root_cause":[],"type":"master_not_discovered_exception","reason":null},"status":503}""";

    private static HttpResponseMessage Say(HttpStatusCode status, string body, string type = "application/json") =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, type) };

    private static async Task<ZombieOpsException> FailsAsync(Func<HttpRequestMessage, HttpResponseMessage?> before)
    {
        using var fixture = new SearchFixture();
        var server = Recorded.Load("elasticsearch-interrupted").Server();
        server.Before = before;
        return await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ScanAsync(server));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "<html>log in</html>", "text/html", ErrorIds.NotASearchServer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.OK, """{"hello":"world"}""", "application/json", ErrorIds.NotASearchServer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.OK, "{}", "application/json", ErrorIds.BadAnswer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.OK, """{"persistent":{}}""", "application/json", ErrorIds.BadAnswer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.OK, """{"persistent":{},"transient":[]}""", "application/json", ErrorIds.BadAnswer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.OK, """{"persistent":{"cluster.routing.allocation.exclude._ip":[{}]},"transient":{}}""", "application/json", ErrorIds.BadAnswer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.OK, """{"persistent":{"cluster.rou""", "application/json", ErrorIds.BadAnswer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.OK, "", "application/json", ErrorIds.BadAnswer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.Found, "", "text/html", ErrorIds.NotASearchServer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.NotFound, "not here", "text/plain", ErrorIds.NotASearchServer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.BadRequest, """{"error":{"type":"illegal_argument_exception","reason":"no"}}""", "application/json", ErrorIds.BadAnswer, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.Unauthorized, """{"error":{"type":"security_exception","reason":"unable to authenticate"}}""", "application/json", ErrorIds.NotAuthorized, ExitCode.NotPermitted)]
    [InlineData(HttpStatusCode.Unauthorized, "Unauthorized", "text/plain", ErrorIds.NotAuthorized, ExitCode.NotPermitted)]
    [InlineData(HttpStatusCode.Forbidden, """{"error":{"type":"security_exception","reason":"action is unauthorized"}}""", "application/json", ErrorIds.NotAuthorized, ExitCode.NotPermitted)]
    [InlineData(HttpStatusCode.ServiceUnavailable, NoMaster, "application/json", ErrorIds.NoQuorum, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.BadGateway, "bad gateway", "text/html", ErrorIds.ServerUnreachable, ExitCode.Incomplete)]
    [InlineData(HttpStatusCode.TooManyRequests, "", "application/json", ErrorIds.ServerBusy, ExitCode.Incomplete)]
    public async Task A_first_answer_that_cannot_be_used_is_a_clear_error(HttpStatusCode status, string body, string type, string id, ExitCode exit)
    {
        ZombieOpsException error = await FailsAsync(_ => Say(status, body, type));
        Assert.Equal((id, exit), (error.ErrorId, error.ExitCode));
        Assert.DoesNotContain('\n', error.Message);
        Assert.NotEmpty(error.NextStep);
    }

    [Fact]
    public async Task Nothing_that_listens_is_a_clear_error()
    {
        ZombieOpsException error = await FailsAsync(_ => throw new HttpRequestException("Connection refused (127.0.0.1:9200)"));
        Assert.Equal(ErrorIds.ServerUnreachable, error.ErrorId);
        Assert.Contains("http://127.0.0.1:9200", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_TLS_failure_is_a_clear_error()
    {
        ZombieOpsException error = await FailsAsync(_ => throw new HttpRequestException(
            HttpRequestError.SecureConnectionError, "The SSL connection could not be established", new System.Security.Authentication.AuthenticationException("UntrustedRoot")));
        Assert.Equal(ErrorIds.TlsFailed, error.ErrorId);
        Assert.Contains("UntrustedRoot", error.Message, StringComparison.Ordinal);
        Assert.Contains("--ca-file", error.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_a_clear_error()
    {
        using var fixture = new SearchFixture();
        fixture.Values["timeout"] = "50ms";
        using var server = new FakeSilentServer();
        ZombieOpsException error = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ScanAsync(server).WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(ErrorIds.ServerUnreachable, error.ErrorId);
        Assert.Contains("50ms", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_whose_answer_never_comes_is_given_up_in_time_and_of_unknown_outcome()
    {
        using var server = new FakeSilentServer();
        var url = new Uri("http://127.0.0.1:1/");
        using var writer = new SearchWriter(new SearchConnection { Urls = [url], Timeout = TimeSpan.FromMilliseconds(50) }, TimeProvider.System, server);
        WriteAnswer answer = await writer.SendAsync(HttpMethod.Put, url, "_cluster/settings", "{}").WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(WriteState.Unknown, answer.State);
        Assert.Contains("within 50ms", answer.Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_server_is_asked_three_times_with_growing_pauses()
    {
        using var fixture = new SearchFixture();
        var server = Recorded.Load("elasticsearch-interrupted").Server();
        int left = 2;
        server.Before = _ => left-- > 0 ? Say(HttpStatusCode.TooManyRequests, "{}") : null;
        fixture.Clock.Now = Recorded.Load("elasticsearch-interrupted").Now;
        ScanReport report = await fixture.ScanAsync(server);
        Assert.Single(report.Findings);
        Assert.Equal([TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(800)], fixture.Clock.Pauses);
    }

    [Fact]
    public async Task The_next_address_is_tried_and_then_kept()
    {
        using var fixture = new SearchFixture();
        fixture.Values["url"] = "http://10.0.0.1:9200,http://10.0.0.2:9200";
        var recorded = Recorded.Load("elasticsearch-interrupted");
        fixture.Clock.Now = recorded.Now;
        FakeSearchServer server = recorded.Server();
        var hosts = new List<string>();
        server.Before = request =>
        {
            hosts.Add(request.RequestUri!.Host);
            return request.RequestUri.Host == "10.0.0.1" ? throw new HttpRequestException("refused") : null;
        };
        Assert.True((await fixture.ScanAsync(server)).Complete);
        Assert.Equal(["10.0.0.1", .. Enumerable.Repeat("10.0.0.2", hosts.Count - 1)], hosts);
    }

    [Theory]
    [InlineData("nodes")]
    [InlineData("routing")]
    [InlineData("indices")]
    [InlineData("explain")]
    public async Task What_could_not_be_read_makes_the_scan_incomplete_and_never_a_zombie(string kind)
    {
        using var fixture = new SearchFixture();
        var recorded = Recorded.Load("elasticsearch-gone");
        fixture.Clock.Now = recorded.Now;
        FakeSearchServer server = recorded.Server();
        Assert.Equal(Verdict.Zombie, (await fixture.ScanForAsync(server, TimeSpan.FromHours(1))).Findings[0].Verdict);
        foreach (HttpResponseMessage trouble in (HttpResponseMessage[])[Say(HttpStatusCode.Forbidden, "{}"), Say(HttpStatusCode.OK, """{"_nodes":{"fai"""), Say(HttpStatusCode.OK, "[]"), Say(HttpStatusCode.OK, "<p>", "text/html")])
        {
            server.Before = request => FakeSearchServer.Kind(request.RequestUri!.PathAndQuery) == kind ? trouble : null;
            ScanReport report = await fixture.ScanAsync(server);
            Assert.False(report.Complete);
            Assert.NotEmpty(report.IncompleteBecause);
            Assert.Equal(ExitCode.Incomplete, ReportExit.Of(report));
            Assert.Equal((Verdict.Unknown, SearchReasons.NotSeen), (report.Findings[0].Verdict, report.Findings[0].Reason));
            Assert.Empty(report.Findings[0].Remedies);
        }
    }

    [Theory]
    [InlineData("""{"_nodes":{"total":3,"successful":2,"failed":1},"nodes":{}}""")]
    [InlineData("""{"_nodes":{"total":1,"successful":1,"failed":0},"nodes":{"other":{"name":"new-1","version":"7.10.2"}}}""")]
    public async Task Nodes_that_differ_between_the_reads_are_not_seen(string nodes)
    {
        using var fixture = new SearchFixture();
        var recorded = Recorded.Load("elasticsearch-gone");
        fixture.Clock.Now = recorded.Now;
        FakeSearchServer server = recorded.Server();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        server.Before = request => FakeSearchServer.Kind(request.RequestUri!.PathAndQuery) == "nodes" ? Say(HttpStatusCode.OK, nodes) : null;
        ScanReport report = await fixture.ScanAsync(server);
        Assert.False(report.Complete);
        Assert.Equal(Verdict.Unknown, report.Findings[0].Verdict);
    }

    [Theory]
    [InlineData("""{"blocks":{"global":{"1":{"description":"state not recovered / initialized"}}},"cluster_uuid":"_na_"}""")]
    [InlineData("""{"blocks":{"global":{"2":{"description":"no master"}}},"cluster_uuid":"x"}""")]
    [InlineData("""{"cluster_name":"c","cluster_uuid":"_na_","nodes":{},"metadata":{"cluster_coordination":{}}}""")]
    public async Task A_cluster_without_its_state_is_not_a_cluster_without_marks(string state)
    {
        ZombieOpsException error = await FailsAsync(request => FakeSearchServer.Kind(request.RequestUri!.PathAndQuery) == "state" ? Say(HttpStatusCode.OK, state) : null);
        Assert.Equal(ErrorIds.NoQuorum, error.ErrorId);
    }

    [Fact]
    public async Task Two_clusters_under_one_address_are_an_error()
    {
        ZombieOpsException error = await FailsAsync(request => FakeSearchServer.Kind(request.RequestUri!.PathAndQuery) == "routing"
            ? Say(HttpStatusCode.OK, """{"cluster_uuid":"another","nodes":{"n":{"ephemeral_id":"e"}}}""")
            : null);
        Assert.Equal(ErrorIds.BadAnswer, error.ErrorId);
        Assert.Contains("two clusters", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recheck_on_another_cluster_or_without_an_answer_is_unknown()
    {
        using var fixture = new SearchFixture();
        var recorded = Recorded.Load("elasticsearch-gone");
        fixture.Clock.Now = recorded.Now;
        Finding finding = (await fixture.ScanForAsync(recorded.Server(), TimeSpan.FromHours(1))).Findings[0];
        using SearchSource same = fixture.Source(recorded.Server());
        Assert.Equal(RecheckState.Present, (await same.RecheckAsync(finding, new ScanRequest(), CancellationToken.None)).State);
        using SearchSource clean = fixture.Source(Recorded.Load("elasticsearch-clean").Server());
        Assert.Equal(RecheckState.Gone, (await clean.RecheckAsync(finding, new ScanRequest(), CancellationToken.None)).State);
        using SearchSource other = fixture.Source(Recorded.Load("opensearch-clean").Server());
        Assert.Equal(RecheckState.Unknown, (await other.RecheckAsync(finding, new ScanRequest(), CancellationToken.None)).State);
        FakeSearchServer dead = recorded.Server();
        dead.Before = _ => throw new HttpRequestException("refused");
        using SearchSource unreachable = fixture.Source(dead);
        Assert.Equal(RecheckState.Unknown, (await unreachable.RecheckAsync(finding, new ScanRequest(), CancellationToken.None)).State);
    }

    private sealed class FakeSilentServer : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException();
        }
    }
}
