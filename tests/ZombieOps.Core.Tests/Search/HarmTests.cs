using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Clearing;

namespace ZombieOps.Core.Tests.Search;

/// <summary>Ways in which clearing or undoing could do harm, each on a made-up cluster.</summary>
public sealed class HarmTests : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";
    private const string Rebalance = "cluster.routing.rebalance.enable";

    private readonly SearchFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    private FakeCluster Cluster(bool openSearch = false, string version = "7.10.2", int moreShards = 0)
    {
        var cluster = new FakeCluster { OpenSearch = openSearch, Version = version, MoreShards = moreShards };
        for (int i = 1; i <= 4; i++)
        {
            cluster.Nodes.Add(new FakeNode { Id = $"n{i}", Name = $"es-{i}", Ip = $"10.0.0.{i}", EphemeralId = $"e{i}", StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9) });
        }

        return cluster;
    }

    private void Exempt(string facet, string pattern)
    {
        Directory.CreateDirectory(fixture.File("config"));
        File.WriteAllText(fixture.File("config/exemptions.json"), $$$"""{"exemptions":[{"match":{"{{{facet}}}":"{{{pattern}}}"},"owner":"ops","reason":"r","expires":"2027-01-31"}]}""");
    }

    private Task<ClearReport> ClearAsync(FakeSearchServer server, params (string Facet, string Pattern)[] filter) => fixture.ClearAsync(server, null, null, filter);

    [Fact]
    public async Task An_exempt_voting_exclusion_keeps_all_of_them()
    {
        FakeCluster cluster = Cluster();
        cluster.Voting.Add(("_absent_", "gone-1"));
        cluster.Voting.Add(("n9", "gone-2"));
        Exempt("entry", "gone-2*");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearReport report = await ClearAsync(server);
        Assert.DoesNotContain(server.Requests, request => request.StartsWith("DELETE", StringComparison.Ordinal));
        Assert.Equal(2, cluster.Voting.Count);
        Assert.All(report.Results, result => Assert.NotEqual(ClearOutcome.Cleared, result.Outcome));
    }

    [Fact]
    public async Task An_exempt_exclusion_is_not_put_out_of_force_by_a_clear_of_another_key()
    {
        FakeCluster cluster = Cluster();
        cluster.Change("other", [("persistent", Ip, "10.9.9.9"), ("persistent", Name, "es-9")]);
        Exempt("entry", "es-9");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearReport report = await ClearAsync(server, ("entry", "10.9.9.9"));
        Assert.True(cluster.InForce.ContainsKey(Name), report.Results[0].Says);
    }

    [Fact]
    public async Task An_exempt_switch_is_not_reset_along_with_the_exclusion_that_it_goes_with()
    {
        FakeCluster cluster = Cluster(openSearch: true);
        cluster.Change("other", [("persistent", Ip, "10.9.9.9"), ("transient", Rebalance, "none")]);
        Exempt("setting", Rebalance);
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        await ClearAsync(server);
        Assert.Equal("none", cluster.Transient.GetValueOrDefault(Rebalance));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_that_was_not_read_again_does_not_count_as_gone(bool broken)
    {
        FakeCluster cluster = Cluster(version: "8.13.0", moreShards: 6000);
        cluster.Shutdowns["n9"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "REMOVE", ["reason"] = "r", ["shutdown_startedmillis"] = (fixture.Clock.Now - TimeSpan.FromDays(1)).ToUnixTimeMilliseconds() };
        FakeSearchServer server = cluster.WritableServer();
        Func<HttpRequestMessage, HttpResponseMessage?> write = server.Before!;
        server.SaysElasticsearch = true;
        bool sent = false;
        server.Before = request =>
        {
            if (request.Method != HttpMethod.Delete)
            {
                // Looking for what is gone takes time.
                fixture.Clock.Now += TimeSpan.FromSeconds(sent ? 1 : 0);
                return write(request);
            }

            sent = true;
            // A proxy says 502, the record stays, and from then on it cannot be asked for.
            if (broken)
            {
                cluster.Broken.Add("shutdown");
            }
            else
            {
                cluster.Put("persistent", Ip, "10.0.0.3");
            }

            return new HttpResponseMessage(System.Net.HttpStatusCode.BadGateway) { Content = new StringContent("{}") };
        };
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearReport report = await ClearAsync(server, ("entry", "n9"));
        Assert.Contains("DELETE /_nodes/n9/shutdown", server.Requests);
        Assert.Equal((ClearOutcome.Failed, ClearReasons.NotVerified), (report.Results[0].Outcome, report.Results[0].Reason));
    }

    [Fact]
    public async Task An_act_that_changed_nothing_cannot_be_undone()
    {
        FakeCluster cluster = Cluster(openSearch: true);
        cluster.Put("persistent", Ip, "10.0.0.2");
        cluster.Put("transient", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearResult refused = (await ClearAsync(server, ("entry", "10.9.9.9"))).Results[0];
        Assert.Equal("Refused", refused.Reason);
        cluster.Put("transient", Ip, null);
        cluster.Put("persistent", Ip, null);
        using var engine = new ZombieEngine(fixture.Options, fixture.Source(server));
        ZombieOpsException no = await Assert.ThrowsAsync<ZombieOpsException>(async () => await engine.UndoAsync(new UndoRequest(refused.AuditSequence!.Value)));
        Assert.Equal(ErrorIds.CannotUndo, no.ErrorId);
        Assert.Empty(cluster.Transient);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_undo_that_was_interrupted_is_told_as_what_it_is(bool happened)
    {
        FakeCluster cluster = Cluster(openSearch: true);
        cluster.Put("persistent", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearResult cleared = (await ClearAsync(server, ("entry", "10.9.9.9"))).Results[0];
        AuditRecord intent = AuditReader.Read(fixture.File("state/audit")).Single(record => record.Sequence == cleared.AuditSequence);
        using (var audit = new AuditLog(fixture.Options))
        {
            audit.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = "dead" }, intent with { RunId = "dead", Remedy = "Undo", Undoes = intent.Sequence, Who = null }]);
        }

        if (happened)
        {
            cluster.Put("persistent", Ip, "10.9.9.9");
        }

        Rebooted();
        await ClearAsync(server, ("entry", "nothing"));
        ClearResult told = AuditReader.Read(fixture.File("state/audit")).Last(record => record.Kind == AuditKind.Outcome).Result!;
        Assert.Equal(happened ? ClearOutcome.Undone : ClearOutcome.Failed, told.Outcome);
    }

    [Fact]
    public async Task A_stop_file_that_comes_while_the_prompt_stands_stops_the_act()
    {
        FakeCluster cluster = Cluster(openSearch: true);
        cluster.Put("persistent", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        using var engine = new ZombieEngine(fixture.Options, fixture.Source(server));
        using ClearingRun run = await engine.BeginAsync(new ClearRequest { Allowed = new HashSet<string> { "RemoveEntry" }, Limits = SearchSource.Register.Limits });
        ClearStep step = (await run.NextAsync(CancellationToken.None))!;
        Assert.Null(step.Result);
        Directory.CreateDirectory(Path.GetDirectoryName(fixture.Options.StopFilePath)!);
        File.WriteAllText(fixture.Options.StopFilePath, "");
        ClearResult result = await run.ActAsync(step, CancellationToken.None);
        Assert.Equal((ClearOutcome.Skipped, ClearReasons.RunStopped), (result.Outcome, result.Reason));
        Assert.Equal("10.9.9.9", cluster.Persistent[Ip]);
    }

    [Theory]
    [InlineData(60, false, true)]
    [InlineData(5, false, false)]
    [InlineData(60, true, false)]
    public async Task The_intent_of_a_pod_that_is_gone_is_closed_by_the_next_pod(int minutes, bool runs, bool closed)
    {
        FakeCluster cluster = Cluster(openSearch: true);
        cluster.Put("persistent", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        Finding zombie = Assert.Single((await fixture.ScanForAsync(server, TimeSpan.FromHours(1))).Findings);
        using (var audit = new AuditLog(fixture.Options with { Host = "sweep-28374" }))
        {
            audit.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = "dead" }, new AuditRecord { Kind = AuditKind.Intent, RunId = "dead", FindingId = zombie.Id, Remedy = "RemoveEntry", Before = zombie }]);
        }

        using RunLock? held = runs ? RunLock.Hold(fixture.Options) : null;
        fixture.Clock.Now += TimeSpan.FromMinutes(minutes);
        await ClearAsync(server, ("entry", "nothing"));
        Assert.Equal(closed ? 0 : 1, new AuditLog(fixture.Options).OpenIntents().Count);
    }

    private void Rebooted()
    {
        Directory.CreateDirectory(fixture.File("proc/sys/kernel/random"));
        File.WriteAllText(fixture.File("proc/sys/kernel/random/boot_id"), "another\n");
    }
}
