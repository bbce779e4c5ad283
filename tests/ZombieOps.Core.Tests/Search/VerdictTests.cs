using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Search;

namespace ZombieOps.Core.Tests.Search;

/// <summary>Every verdict, on made-up clusters over made-up days, through the real engine and ledger.</summary>
public sealed class VerdictTests : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";

    private readonly SearchFixture fixture = new();
    private readonly FakeCluster cluster = new();

    public VerdictTests()
    {
        for (int i = 1; i <= 4; i++)
        {
            cluster.Nodes.Add(new FakeNode { Id = $"id-{i}", Name = $"es-{i}", Ip = $"10.0.0.{i}", EphemeralId = $"run-{i}", StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9) });
        }
    }

    private FakeNode Third => cluster.Nodes[2];

    public void Dispose() => fixture.Dispose();

    private async Task<Finding> One(TimeSpan? watched = null)
    {
        ScanReport report = await fixture.ScanForAsync(cluster.Server(), watched ?? TimeSpan.FromHours(2));
        return Assert.Single(report.Findings);
    }

    private static (Verdict Verdict, string Reason, string Cause) Of(Finding finding) => (finding.Verdict, finding.Reason, finding.Cause);

    [Fact]
    public async Task Shards_that_leave_are_a_live_drain()
    {
        cluster.Put("persistent", Ip, "10.0.0.3");
        Third.Leaving = 1;
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain, SearchCauses.Draining), Of(await One(TimeSpan.FromHours(12))));
    }

    [Fact]
    public async Task Without_a_declared_owner_a_live_node_is_never_more_than_reported_however_long_it_takes()
    {
        cluster.Put("persistent", Ip, "10.0.0.3");
        Third.Shards = 0;
        Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung, SearchCauses.NodeIdle), Of(await One(TimeSpan.Zero)));
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Foreign, SearchCauses.NodeIdle), Of(await One(TimeSpan.FromDays(1))));
    }

    [Fact]
    public async Task With_a_declared_owner_an_idle_node_is_abandoned_after_the_longest_drain()
    {
        fixture.Values["drain-owner"] = "es-operator";
        cluster.Put("persistent", Ip, "10.0.0.3");
        Third.Shards = 0;
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Foreign, SearchCauses.NodeIdle), Of(await One(TimeSpan.FromHours(7))));
        Finding finding = await One(TimeSpan.FromHours(2));
        Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned, SearchCauses.NodeIdle), Of(finding));
        Assert.Equal("es-operator", Assert.Single(finding.Owner).Name);
        Assert.All(finding.Remedies, offer => Assert.True(offer.Actionable && offer.MovesData && offer.MustBeNamed));
    }

    [Theory]
    [InlineData("shards")]
    [InlineData("leaving")]
    [InlineData("young node")]
    [InlineData("no data role")]
    [InlineData("shutdown")]
    [InlineData("no shard anywhere")]
    [InlineData("dormant")]
    [InlineData("all excluded")]
    [InlineData("unread")]
    public async Task What_speaks_for_a_live_operation_keeps_an_old_mark_from_being_abandoned(string what)
    {
        fixture.Values["drain-owner"] = "es-operator";
        cluster.Put("persistent", Ip, "10.0.0.3");
        Third.Shards = 0;
        Assert.Equal(Verdict.Zombie, (await One(TimeSpan.FromHours(10))).Verdict);
        switch (what)
        {
            case "shards": Third.Shards = 1; break;
            case "leaving": (Third.Shards, Third.Leaving) = (1, 1); break;
            case "young node": Third.StartedAt = fixture.Clock.Now; break;
            case "no data role": Third.Data = false; break;
            case "shutdown": cluster.Shutdowns["id-3"] = new JsonObject { ["type"] = "REMOVE", ["reason"] = "scale", ["shutdown_startedmillis"] = 1 }; break;
            case "no shard anywhere": cluster.Nodes.ForEach(node => node.Shards = 0); break;
            case "dormant": cluster.Put("persistent", Name, "x"); cluster.Put("persistent", Name, null); break;
            case "all excluded": cluster.Nodes.ForEach(node => node.Data = node == Third); break;
            default: cluster.Broken.Add("indices"); break;
        }

        ScanReport report = await fixture.ScanAsync(cluster.Server());
        Assert.DoesNotContain(report.Findings, finding => finding.Verdict == Verdict.Zombie);
    }

    [Fact]
    public async Task A_mark_of_a_node_that_was_replaced_is_reincarnated()
    {
        cluster.Put("persistent", Ip, "10.0.0.3");
        await One();
        (Third.Id, Third.EphemeralId, Third.Shards, Third.StartedAt) = ("id-new", "run-new", 0, fixture.Clock.Now);
        Assert.Equal((Verdict.Protected, SearchReasons.Joining, SearchCauses.NodeStarting), Of(await One(TimeSpan.Zero)));
        fixture.Clock.Now += TimeSpan.FromMinutes(15);
        Finding finding = await One();
        Assert.Equal((Verdict.Zombie, SearchReasons.Reincarnated, SearchCauses.NodeReplaced), Of(finding));
        Assert.Contains(finding.Evidence, fact => fact.Fact == "NodeIdentity" && fact.State == EvidenceState.Dead);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(60 * 30)]
    public async Task A_restart_of_the_same_node_is_no_reincarnation(int awayMinutes)
    {
        cluster.Put("persistent", Ip, "10.0.0.3");
        await One();
        Third.Up = awayMinutes == 0;
        await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromMinutes(awayMinutes));
        (Third.Up, Third.EphemeralId, Third.Shards, Third.StartedAt) = (true, "run-again", 0, fixture.Clock.Now);
        Finding finding = await One(TimeSpan.FromHours(5));
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Foreign, SearchCauses.NodeIdle), Of(finding));
    }

    [Fact]
    public async Task A_node_that_is_away_only_now_and_then_is_not_gone()
    {
        cluster.Put("persistent", Name, "es-3");
        for (int i = 0; i < 5; i++)
        {
            Third.Up = false;
            Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung, SearchCauses.NodeGone), Of(await One(TimeSpan.Zero)));
            fixture.Clock.Now += TimeSpan.FromMinutes(8);
            Assert.Equal(Verdict.ReportOnly, (await One(TimeSpan.Zero)).Verdict);
            Third.Up = true;
            await One();
        }
    }

    [Fact]
    public async Task Looks_that_are_too_far_apart_do_not_count_as_one()
    {
        cluster.Put("persistent", Name, "es-9");
        await One(TimeSpan.Zero);
        foreach (TimeSpan gap in (TimeSpan[])[TimeSpan.FromHours(20), TimeSpan.FromMinutes(21)])
        {
            // In the shorter one the mark is still the same; its node may have been back.
            fixture.Clock.Now += gap;
            Finding finding = await One(TimeSpan.Zero);
            Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung, SearchCauses.NodeGone), Of(finding));
            Assert.Contains(finding.Evidence, fact => fact.Says.Contains("looks more than 20m apart do not count as one", StringComparison.Ordinal));
        }

        fixture.Clock.Now += TimeSpan.FromMinutes(20);
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone, SearchCauses.NodeGone), Of(await One(TimeSpan.Zero)));
    }

    [Fact]
    public async Task Two_clusters_share_a_ledger_and_forget_nothing_of_each_other()
    {
        cluster.Put("persistent", Name, "es-9");
        var other = new FakeCluster { Uuid = "uuid-2" };
        other.Nodes.AddRange(cluster.Nodes);
        other.Put("persistent", Name, "es-9");
        await fixture.ScanAsync(cluster.Server());
        await fixture.ScanAsync(other.Server());
        fixture.Clock.Now += TimeSpan.FromMinutes(20);
        foreach (FakeCluster one in (FakeCluster[])[cluster, other, cluster])
        {
            Assert.Equal(SearchReasons.Gone, Assert.Single((await fixture.ScanAsync(one.Server())).Findings).Reason);
        }
    }

    [Fact]
    public async Task A_shutdown_record_of_a_live_node_protects_and_one_of_a_node_that_is_gone_is_a_zombie()
    {
        cluster.Shutdowns["id-3"] = new JsonObject { ["type"] = "REMOVE", ["reason"] = "scale down", ["shutdown_startedmillis"] = (fixture.Clock.Now - TimeSpan.FromDays(3)).ToUnixTimeMilliseconds() };
        Finding finding = await One();
        Assert.Equal((Verdict.Protected, SearchReasons.Terminating, AgeSource.System), (finding.Verdict, finding.Reason, finding.AgeFrom));
        Assert.Contains(finding.Evidence, fact => fact.Says.Contains("IN_PROGRESS", StringComparison.Ordinal));
        Third.Up = false;
        finding = await One();
        Assert.Equal((Verdict.Zombie, SearchReasons.Gone), (finding.Verdict, finding.Reason));
        Assert.Equal("DELETE /_nodes/id-3/shutdown", Assert.Single(finding.Remedies).Command);
    }

    [Fact]
    public async Task A_stalled_shutdown_of_a_live_node_is_reported_and_has_a_request_for_a_person_only()
    {
        cluster.Shutdowns["id-3"] = new JsonObject { ["type"] = "REMOVE", ["reason"] = "scale down", ["shutdown_startedmillis"] = (fixture.Clock.Now - TimeSpan.FromDays(3)).ToUnixTimeMilliseconds() };
        cluster.ShutdownStatus = "STALLED";
        Finding finding = await One();
        Assert.Equal((Verdict.ReportOnly, SearchReasons.StalledDrain, SearchCauses.DrainStuck), Of(finding));
        Assert.False(Assert.Single(finding.Remedies).Actionable);
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, """{"_nodes":{"total":0,"successful":0,"failed":0},"cluster_name":"c","nodes":{}}""")]
    [InlineData(HttpStatusCode.NotFound, """{"error":"no handler found for uri [/_nodes/shutdown] and method [GET]"}""")]
    [InlineData(HttpStatusCode.BadRequest, """{"error":"no handler found for uri [/_nodes/shutdown] and method [GET]"}""")]
    public async Task A_server_without_the_shutdown_API_does_not_say_that_there_are_no_shutdowns(HttpStatusCode status, string body)
    {
        cluster.Shutdowns["id-3"] = new JsonObject { ["type"] = "REMOVE", ["reason"] = "scale down", ["shutdown_startedmillis"] = 1 };
        FakeSearchServer server = cluster.Server();
        server.Before = request => FakeSearchServer.Kind(request.RequestUri!.PathAndQuery) == "shutdown" ? new HttpResponseMessage(status) { Content = new StringContent(body, null, "application/json") } : null;
        Finding finding = Assert.Single((await fixture.ScanForAsync(server, TimeSpan.FromHours(1))).Findings);
        Assert.Equal((Verdict.Protected, SearchReasons.Terminating), (finding.Verdict, finding.Reason));
    }

    [Fact]
    public async Task Voting_exclusions_are_zombies_only_where_all_of_them_are()
    {
        cluster.Voting.Add(("id-8", "es-8"));
        cluster.Voting.Add(("_absent_", "es-9"));
        ScanReport report = await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(1));
        Assert.Equal([Verdict.Zombie, Verdict.Zombie], report.Findings.Select(finding => finding.Verdict));
        cluster.Voting.Add(("id-2", "es-2"));
        report = await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(1));
        Assert.All(report.Findings, finding => Assert.Equal(Verdict.ReportOnly, finding.Verdict));
        cluster.Decommission = new JsonObject { ["awareness"] = new JsonObject { ["zone"] = "z1" }, ["status"] = "draining" };
        report = await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(1));
        Assert.All(report.Findings, finding => Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), (finding.Verdict, finding.Reason)));
    }

    [Fact]
    public async Task A_switch_is_a_finding_of_its_own_where_two_drains_could_have_set_it_and_is_protected_while_one_runs()
    {
        cluster.Put("persistent", Ip, "10.0.0.3, 10.9.9.9 ,");
        cluster.Put("persistent", "cluster.routing.rebalance.enable", "none");
        Third.Leaving = 2;
        ScanReport report = await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(1));
        Assert.Equal(3, report.Counts.Scanned);
        Assert.Equal(
            [(SearchReasons.LiveDrain, "10.0.0.3"), (SearchReasons.Gone, "10.9.9.9"), (SearchReasons.LiveDrain, "none")],
            report.Findings.Select(finding => (finding.Reason, ((MarkTarget)finding.Target).Entry)));

        // What is not the mark's own stays as it was written.
        Assert.Equal("""PUT /_cluster/settings {"persistent":{"cluster.routing.allocation.exclude._ip":"10.0.0.3,"}}""", report.Findings[1].Remedies[0].Command);
        // The last shards have only just left; then nothing happens any more.
        (Third.Leaving, Third.Shards) = (0, 0);
        fixture.Clock.Now += TimeSpan.FromHours(1);
        Assert.Equal(SearchReasons.LiveDrain, (await fixture.ScanAsync(cluster.Server())).Findings[2].Reason);
        fixture.Clock.Now += TimeSpan.FromHours(1);
        Assert.Equal(SearchReasons.Foreign, (await fixture.ScanAsync(cluster.Server())).Findings[2].Reason);
    }

    [Fact]
    public async Task An_empty_value_and_the_default_are_no_marks()
    {
        cluster.Put("persistent", Ip, "");
        cluster.Put("transient", Name, " , ");
        cluster.Put("persistent", "cluster.routing.rebalance.enable", "all");
        cluster.Put("persistent", "cluster.blocks.read_only", "false");
        ScanReport report = await fixture.ScanAsync(cluster.Server());
        Assert.Empty(report.Findings);
        Assert.Equal(ExitCode.Clean, ReportExit.Of(report));
    }

    [Fact]
    public async Task An_array_value_is_read_and_a_text_is_written()
    {
        FakeSearchServer server = cluster.Server();
        server.Before = request => FakeSearchServer.Kind(request.RequestUri!.PathAndQuery) != "settings" ? null : new HttpResponseMessage
        {
            Content = new StringContent(
                """{"persistent":{"cluster.routing.allocation.exclude._ip":["10.9.9.9","10.0.0.3"]},"transient":{"cluster":{"routing":{"allocation":{"exclude":{"_host":"10.0.0.4"}}}}}}""", null, "application/json"),
        };
        ScanReport report = await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        Assert.Equal(["10.9.9.9", "10.0.0.3", "10.0.0.4"], report.Findings.Select(finding => ((MarkTarget)finding.Target).Entry));
        Assert.Equal(Verdict.Zombie, report.Findings[0].Verdict);
        Assert.Contains("\"10.0.0.3\"}", report.Findings[0].Remedies[0].Command, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mark_is_explained_by_its_entry_its_node_or_its_identity()
    {
        cluster.Put("persistent", Ip, "10.0.0.3");
        using SearchSource source = fixture.Source(cluster.Server());
        Finding finding = await source.ExplainAsync("10.0.0.3", new(), CancellationToken.None);
        Assert.Equal(finding.Id, (await source.ExplainAsync("es-3", new(), CancellationToken.None)).Id);
        Assert.Equal(finding.Id, (await source.ExplainAsync(finding.Id, new(), CancellationToken.None)).Id);
        Assert.Equal(ErrorIds.NoSuchMark, (await Assert.ThrowsAsync<ZombieOpsException>(async () => await source.ExplainAsync("x", new(), CancellationToken.None))).ErrorId);
        cluster.Put("persistent", Name, "es-3");
        Assert.Equal(ErrorIds.BadArgument, (await Assert.ThrowsAsync<ZombieOpsException>(async () => await source.ExplainAsync("es-3", new(), CancellationToken.None))).ErrorId);
    }
}
