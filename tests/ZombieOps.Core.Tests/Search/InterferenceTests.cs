using System.Net;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Client;

namespace ZombieOps.Core.Tests.Search;

/// <summary>What goes wrong around an act: servers that fall silent right after a request, names that pass for something else, times and lists without measure.</summary>
public sealed class InterferenceTests : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";

    private readonly SearchFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    private FakeCluster Cluster(string fourth = "es-4")
    {
        var cluster = new FakeCluster();
        for (int i = 1; i <= 4; i++)
        {
            cluster.Nodes.Add(new FakeNode { Id = $"n{i}", Name = i == 4 ? fourth : $"es-{i}", Ip = $"10.0.0.{i}", EphemeralId = $"e{i}", StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9) });
        }

        return cluster;
    }

    /// <summary>A source whose acts lose sight of the server once something was sent. Its scans go on to see it.</summary>
    private Func<SearchFixture, HttpMessageHandler, SearchSource> Blinded(FakeSearchServer server)
    {
        int made = 0;
        return (_, _) => new SearchSource(fixture.Options, fixture.Values, _ => ++made == 2 ? new Blind(server) : new SearchFixture.Lent(server));
    }

    private List<AuditRecord> Log() => [.. AuditReader.Read(fixture.File("state/audit"))];

    [Fact]
    public async Task What_the_tool_may_have_removed_itself_is_not_told_as_gone_before_and_the_next_run_finishes_it()
    {
        FakeCluster cluster = Cluster();
        cluster.Change("other", [("persistent", Ip, "10.9.9.8,10.9.9.9"), ("persistent", Name, "es-2")]);
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearReport report = await fixture.ClearAsync(server, Blinded(server), null, ("entry", "10.9.9.9"));
        Assert.Equal((ClearOutcome.Failed, "TimedOut"), (report.Results[0].Outcome, report.Results[0].Reason));
        Assert.Equal(ExitCode.FindingsLeft, ReportExit.Of(report));
        Assert.Equal("10.9.9.8,10.9.9.8", cluster.Persistent[Ip]);
        Assert.DoesNotContain(Log(), record => record.Kind == AuditKind.Outcome);

        await fixture.ClearAsync(server, null, null, ("entry", "nothing"));
        Assert.Equal(("10.9.9.8", "es-2"), (cluster.Persistent[Ip], cluster.Persistent[Name]));
        Assert.Equal("es-2", cluster.InForce[Name]);
        Assert.Equal(ClearReasons.RecoveredGone, Log().Single(record => record.Kind == AuditKind.Outcome).Result!.Reason);
    }

    [Fact]
    public async Task Voting_exclusions_whose_deletion_was_not_seen_are_not_told_as_gone_before()
    {
        FakeCluster cluster = Cluster();
        cluster.Voting.Add(("n9", "gone-2"));
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearReport report = await fixture.ClearAsync(server, Blinded(server));
        Assert.Empty(cluster.Voting);
        Assert.Equal(ClearOutcome.Failed, report.Results[0].Outcome);
        Assert.Single(new AuditLog(fixture.Options).OpenIntents());
    }

    [Fact]
    public async Task An_exclusion_whose_name_passes_for_two_is_neither_called_dormant_nor_put_out_of_force()
    {
        FakeCluster cluster = Cluster("es-4 OR old");
        cluster.Change("other", [("persistent", Ip, "10.9.9.9"), ("persistent", Name, "es-4 OR old")]);
        FakeSearchServer server = cluster.WritableServer();
        ScanReport scan = await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        Assert.DoesNotContain(scan.Findings, finding => finding.Reason == SearchReasons.Dormant);
        ClearReport report = await fixture.ClearAsync(server, null, null, ("entry", "10.9.9.9"));
        Assert.True(cluster.InForce.ContainsKey(Name), report.Results[0].Says);
    }

    [Theory]
    [InlineData("a\"b")]
    [InlineData("x\",_ip:\"10.0.0.1")]
    [InlineData("a OR b")]
    public async Task Whatever_a_list_holds_one_entry_goes_in_two_requests_and_the_rest_stays(string odd)
    {
        FakeCluster cluster = Cluster();
        cluster.Change("other", [("persistent", Name, $"{odd},gone,es-2")]);
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearReport report = await fixture.ClearAsync(server, null, null, ("entry", "gone"));
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.True(server.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal)) <= 2);
        Assert.Equal($"{odd},es-2", cluster.Persistent[Name]);
    }

    [Theory]
    [InlineData("timeout")]
    [InlineData("settle")]
    public void A_pause_that_no_timer_can_keep_is_refused_at_once(string option)
    {
        fixture.Values[option] = "60d";
        ZombieOpsException no = Assert.Throws<ZombieOpsException>(() => fixture.Source(Cluster().Server()));
        Assert.Equal(ErrorIds.BadArgument, no.ErrorId);
    }

    [Fact]
    public async Task A_watch_that_no_timer_can_keep_is_refused_before_anything_is_cleared()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        var request = new ClearRequest { Allowed = new HashSet<string> { "RemoveEntry" }, Limits = SearchSource.Register.Limits with { Watch = TimeSpan.FromDays(300) } };
        ZombieOpsException no = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ClearAsync(server, null, request));
        Assert.Equal(ErrorIds.BadArgument, no.ErrorId);
        Assert.Equal("10.9.9.9", cluster.Persistent[Ip]);
    }

    [Fact]
    public async Task A_list_that_the_audit_log_could_not_hold_is_not_touched()
    {
        FakeCluster cluster = Cluster();
        string list = string.Join(',', Enumerable.Range(0, 6000).Select(i => $"gone-{i}-{new string('x', 100)}"));
        cluster.Change("other", [("persistent", Name, list)]);
        FakeSearchServer server = cluster.WritableServer();
        string one = list[..list.IndexOf(',', StringComparison.Ordinal)];
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearReport report = await fixture.ClearAsync(server, null, null, ("entry", one));
        Assert.Equal((ClearOutcome.Skipped, ClearReasons.GuardFailed), (report.Results[0].Outcome, report.Results[0].Reason));
        Assert.DoesNotContain(server.Requests, request => request.StartsWith("PUT", StringComparison.Ordinal));
        Assert.DoesNotContain(Log(), record => record.Kind == AuditKind.Intent);
    }

    [Fact]
    public async Task Under_a_stop_file_a_sweep_does_not_finish_what_was_left_half_done()
    {
        FakeCluster cluster = Cluster();
        cluster.Change("other", [("persistent", Ip, "10.9.9.8,10.9.9.9"), ("persistent", Name, "es-2")]);
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        await fixture.ClearAsync(server, Blinded(server), null, ("entry", "10.9.9.9"));
        Directory.CreateDirectory(fixture.File("config"));
        File.WriteAllText(fixture.Options.StopFilePath, "");
        int sent = server.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal));
        using var engine = new ZombieEngine(fixture.Options, fixture.Source(server));
        SweepReport report = await engine.SweepAsync(new ZombieOps.Sweeping.SweepRequest());
        Assert.Equal(sent, server.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal)));
        Assert.Equal(1, report.OpenIntents);
    }

    [Theory]
    [InlineData("Authorization header: 'Basic b3BzOmh1bnRlcjI='")]
    [InlineData("the password hunter2 of ops is wrong")]
    public async Task A_secret_that_a_server_repeats_is_not_repeated_again(string said)
    {
        File.WriteAllText(fixture.File("pw"), "hunter2\n");
        (fixture.Values["user"], fixture.Values["password-file"]) = ("ops", fixture.File("pw"));
        FakeSearchServer server = Cluster().Server();
        server.Before = _ => new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent($$$"""{"error":{"type":"x","reason":"{{{said}}}"}}""") };
        ZombieOpsException no = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ScanAsync(server));
        Assert.Contains("***", no.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", no.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("b3BzOmh1bnRlcjI", no.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0001es-4", true)]
    [InlineData("\u0000 es-4\u001b", true)]
    [InlineData("\u00a0es-4", false)]
    public async Task A_blank_is_what_the_servers_take_for_one(string entry, bool names)
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Name, entry);
        Finding mark = Assert.Single((await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(1))).Findings);
        Assert.Equal(names ? "es-4" : null, ((MarkTarget)mark.Target).Node);
        Assert.Equal(names, mark.Verdict != Verdict.Zombie);
    }

    [Fact]
    public async Task A_text_that_is_no_Unicode_is_a_bad_answer()
    {
        FakeSearchServer server = Cluster().Server();
        server.Before = _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"persistent":{"cluster.routing.allocation.exclude._name":"\ud800x"},"transient":{}}""", System.Text.Encoding.UTF8, "application/json") };
        ZombieOpsException no = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ScanAsync(server));
        Assert.Equal(ErrorIds.BadAnswer, no.ErrorId);
    }

    /// <summary>Lets requests through until one that changes something was sent, and none after that.</summary>
    private sealed class Blind(FakeSearchServer server) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker invoker = new(server, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            bool sent;
            lock (server.Requests)
            {
                sent = server.Requests.Any(line => line.StartsWith("PUT", StringComparison.Ordinal) || line.StartsWith("DELETE", StringComparison.Ordinal));
            }

            return sent ? throw new HttpRequestException(HttpRequestError.ConnectionError, "cut") : invoker.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            invoker.Dispose();
            base.Dispose(disposing);
        }
    }
}
