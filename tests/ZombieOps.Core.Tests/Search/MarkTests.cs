using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Clearing;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Core.Tests.Search;

/// <summary>Marks with an owner and an end, on a made-up cluster.</summary>
public sealed class MarkTests : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";
    private const string Record = "cluster.metadata.zombieops.v1.exclude._ip.10_0_0_2";
    private static readonly MarkRequest Two = new("10.0.0.2", "drain-job") { For = TimeSpan.FromHours(2), Why = "ticket 4711; now" };

    private readonly SearchFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    private FakeCluster Cluster(bool openSearch = false)
    {
        var cluster = new FakeCluster { OpenSearch = openSearch };
        for (int i = 1; i <= 4; i++)
        {
            cluster.Nodes.Add(new FakeNode { Id = $"n{i}", Name = $"es-{i}", Ip = $"10.0.0.{i}", EphemeralId = $"e{i}", StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9) });
        }

        return cluster;
    }

    private async Task<ClearReport> MarkAsync(FakeCluster cluster, MarkRequest request, Func<WriteStep, Task>? hook = null)
    {
        using var engine = new ZombieEngine(fixture.Options, new SearchSource(fixture.Options, fixture.Values, _ => new SearchFixture.Lent(cluster.WritableServer())) { WriteHook = hook });
        return await engine.MarkAsync(request);
    }

    private Task<ClearReport> UnmarkAsync(FakeCluster cluster, string owner = "drain-job", string entry = "10.0.0.2") => MarkAsync(cluster, new MarkRequest(entry, owner) { TakeAway = true });

    private async Task<ZombieOpsException> FailsAsync(FakeCluster cluster, MarkRequest request)
    {
        int writes = cluster.Writes.Count;
        ZombieOpsException error = await Assert.ThrowsAsync<ZombieOpsException>(() => MarkAsync(cluster, request));
        Assert.Equal(writes, cluster.Writes.Count);
        return error;
    }

    private async Task<Finding> OneAsync(FakeCluster cluster) => Assert.Single((await fixture.ScanAsync(cluster.Server())).Findings);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mark_and_its_record_come_and_go_in_one_request_each(bool openSearch)
    {
        FakeCluster cluster = Cluster(openSearch);
        cluster.Put("persistent", Ip, " 10.9.9.9 ,");
        ClearReport report = await MarkAsync(cluster, Two);
        Assert.Equal((ClearOutcome.Marked, ClearReasons.VerifiedSet, ExitCode.Clean), (report.Results[0].Outcome, report.Results[0].Reason, ReportExit.Of(report)));
        Assert.Contains("and in force", report.Results[0].Says, StringComparison.Ordinal);
        Assert.Equal(" 10.9.9.9 ,,10.0.0.2", cluster.Persistent[Ip]);
        Assert.Equal("owner=drain-job;since=2026-11-24T12:00:00Z;expires=2026-11-24T14:00:00Z;why=ticket 4711%3B now", cluster.Persistent[Record]);
        Assert.True(cluster.Excludes(cluster.Nodes[1]));
        Assert.Single(cluster.Writes, write => write.Who == "tool");

        report = await UnmarkAsync(cluster);
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal([Ip], cluster.Persistent.Keys);
        Assert.Equal(2, cluster.Writes.Count(write => write.Who == "tool"));
        report = await UnmarkAsync(cluster);
        Assert.Equal((ClearOutcome.AlreadyGone, ExitCode.Clean), (report.Results[0].Outcome, ReportExit.Of(report)));
        Assert.Equal(2, cluster.Writes.Count(write => write.Who == "tool"));

        Assert.True(AuditVerifier.Verify(fixture.File("state/audit")).Ok);
        AuditRecord[] log = [.. AuditReader.Read(fixture.File("state/audit"))];
        Assert.Equal(["Mark", "Mark", "Unmark", "Unmark"], log.Where(record => record.Kind is AuditKind.Intent or AuditKind.Outcome).Select(record => record.Remedy));
        Assert.Empty(new AuditLog(fixture.Options).OpenIntents());
    }

    [Fact]
    public async Task Another_exclusion_stays_in_force_on_Elasticsearch_and_gets_its_plain_spelling_back()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("transient", Name, "es-3 ,es-9");
        bool everOff = false;
        Task See(WriteStep _)
        {
            everOff |= !cluster.Excludes(cluster.Nodes[2]);
            return Task.CompletedTask;
        }

        Assert.Equal(ClearOutcome.Marked, (await MarkAsync(cluster, Two, See)).Results[0].Outcome);
        Assert.Equal((2, "es-3 ,es-9", "10.0.0.2"), (cluster.InForce.Count, cluster.Transient[Name], cluster.Persistent[Ip]));
        await MarkAsync(cluster, new MarkRequest("10.0.0.2", "drain-job") { TakeAway = true }, See);
        Assert.Equal((1, "es-3 ,es-9", 0), (cluster.InForce.Count, cluster.Transient[Name], cluster.Persistent.Count));
        Assert.False(everOff);
    }

    [Fact]
    public async Task The_same_owner_renews_it_and_another_is_refused()
    {
        FakeCluster cluster = Cluster();
        await MarkAsync(cluster, Two);
        fixture.Clock.Now += TimeSpan.FromMinutes(90);
        ClearReport renewed = await MarkAsync(cluster, Two with { Why = "still at it" });
        Assert.Equal(ClearOutcome.Marked, renewed.Results[0].Outcome);
        Assert.Equal("owner=drain-job;since=2026-11-24T12:00:00Z;expires=2026-11-24T15:30:00Z;renewed=2026-11-24T13:30:00Z;why=still at it", cluster.Persistent[Record]);
        Assert.Equal("10.0.0.2", cluster.Persistent[Ip]);

        ZombieOpsException held = await FailsAsync(cluster, Two with { Owner = "other" });
        Assert.Equal((ErrorIds.MarkHeld, ExitCode.FindingsLeft), (held.ErrorId, held.ExitCode));
        Assert.Contains("drain-job until 2026-11-24T15:30:00Z", held.Message, StringComparison.Ordinal);
        held = await FailsAsync(cluster, new MarkRequest("10.0.0.2", "other") { TakeAway = true });
        Assert.Equal(ErrorIds.MarkHeld, held.ErrorId);
        held = await FailsAsync(cluster, Two with { Owner = "other", Adopt = true });
        Assert.Equal(ErrorIds.MarkHeld, held.ErrorId);
    }

    [Fact]
    public async Task A_mark_of_somebody_else_is_refused_unless_it_is_adopted()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.0.0.2");
        ZombieOpsException refused = await FailsAsync(cluster, Two);
        Assert.Equal(ErrorIds.CannotMark, refused.ErrorId);
        Assert.Contains("--adopt", refused.NextStep, StringComparison.Ordinal);
        refused = await FailsAsync(cluster, new MarkRequest("10.0.0.2", "drain-job") { TakeAway = true });
        Assert.Contains("clear search", refused.NextStep, StringComparison.Ordinal);
        Assert.Equal(ClearOutcome.Marked, (await MarkAsync(cluster, Two with { Adopt = true })).Results[0].Outcome);
        Assert.Equal((Ip, "10.0.0.2"), (Assert.Single(cluster.InForce).Key, cluster.Persistent[Ip]));
        Assert.Contains(Record, cluster.Persistent.Keys);
    }

    [Fact]
    public async Task An_own_mark_that_went_out_of_force_is_brought_back_by_a_renewal()
    {
        FakeCluster cluster = Cluster();
        await MarkAsync(cluster, Two);
        cluster.Put("persistent", Name, "es-3");
        cluster.Put("persistent", Name, null);
        Assert.Empty(cluster.InForce);
        Assert.Equal(ClearOutcome.Marked, (await MarkAsync(cluster, Two)).Results[0].Outcome);
        Assert.Equal(("10.0.0.2", "10.0.0.2"), (cluster.Persistent[Ip], Assert.Single(cluster.InForce).Value));
    }

    [Theory]
    [InlineData("10.0.0.99", null, "CannotMark")]
    [InlineData("es-99", null, "CannotMark")]
    [InlineData("10.0.0.*", null, "BadArgument")]
    [InlineData("es-1,es-2", null, "BadArgument")]
    [InlineData("", null, "BadArgument")]
    [InlineData("5", "_ip", "BadArgument")]
    [InlineData("010.0.0.2", "_ip", "BadArgument")]
    [InlineData("10.0.0.2", "zone", "BadArgument")]
    public async Task An_entry_that_names_no_node_is_refused(string entry, string? attribute, string id) =>
        Assert.Equal(id, (await FailsAsync(Cluster(), Two with { Entry = entry, Attribute = attribute })).ErrorId);

    [Fact]
    public async Task What_is_needed_has_to_be_said()
    {
        FakeCluster cluster = Cluster();
        foreach (MarkRequest request in (MarkRequest[])[Two with { For = TimeSpan.FromDays(8) }, Two with { For = TimeSpan.Zero }, Two with { Why = " " }, Two with { Owner = "" }, Two with { Owner = " a" }, Two with { Scope = "both" }, Two with { Why = new string('x', 501) }])
        {
            Assert.Equal(ErrorIds.BadArgument, (await FailsAsync(cluster, request)).ErrorId);
        }
    }

    [Fact]
    public async Task The_last_node_is_not_excluded_unless_told()
    {
        FakeCluster cluster = Cluster(openSearch: true);
        cluster.Put("persistent", Name, "es-1,es-3,es-4");
        ZombieOpsException refused = await FailsAsync(cluster, Two);
        Assert.Contains("every node", refused.Message, StringComparison.Ordinal);
        fixture.Values["despite"] = "every-node";
        Assert.Equal(ClearOutcome.Marked, (await MarkAsync(cluster, Two)).Results[0].Outcome);
    }

    [Fact]
    public async Task A_dry_run_and_a_stop_file_write_nothing()
    {
        FakeCluster cluster = Cluster();
        ClearReport dry = await MarkAsync(cluster, Two with { DryRun = true });
        Assert.Equal(ClearOutcome.WouldClear, dry.Results[0].Outcome);
        Assert.Contains("would put 10.0.0.2 into persistent", dry.Results[0].Says, StringComparison.Ordinal);
        Assert.False(Directory.Exists(fixture.File("state/audit")));
        Directory.CreateDirectory(Path.GetDirectoryName(fixture.Options.StopFilePath)!);
        File.WriteAllText(fixture.Options.StopFilePath, "");
        Assert.Equal(ErrorIds.StopFilePresent, (await FailsAsync(cluster, Two)).ErrorId);
    }

    [Theory]
    [InlineData("unacknowledged", ClearOutcome.Marked)]
    [InlineData("lost", ClearOutcome.Marked)]
    [InlineData("never", ClearOutcome.Failed)]
    [InlineData("403", ClearOutcome.NotPermitted)]
    public async Task An_answer_that_is_lost_is_read_back(string fate, ClearOutcome outcome)
    {
        FakeCluster cluster = Cluster();
        cluster.Fates.Enqueue(fate);
        Assert.Equal(outcome, (await MarkAsync(cluster, Two)).Results[0].Outcome);
        Assert.Equal(outcome == ClearOutcome.Marked, cluster.Persistent.ContainsKey(Ip) && cluster.Persistent.ContainsKey(Record));
    }

    [Fact]
    public async Task A_writer_that_overwrites_the_list_at_once_is_answered_by_marking_again()
    {
        FakeCluster cluster = Cluster();
        bool once = true;
        ClearReport report = await MarkAsync(cluster, Two, step =>
        {
            if (step == WriteStep.Answered && once)
            {
                once = false;
                cluster.Change("racer", [("persistent", Ip, "10.0.0.3")]);
            }

            return Task.CompletedTask;
        });
        Assert.Equal(ClearOutcome.Marked, report.Results[0].Outcome);
        Assert.Equal("10.0.0.3,10.0.0.2", cluster.Persistent[Ip]);
    }

    [Fact]
    public async Task Another_owner_that_declares_it_in_the_same_moment_wins_or_loses_whole()
    {
        FakeCluster cluster = Cluster();
        bool once = true;
        ClearReport report = await MarkAsync(cluster, Two, step =>
        {
            if (step == WriteStep.ReadBack && once)
            {
                once = false;
                cluster.Change("racer", [("persistent", Record, new DrainRecord("other", fixture.Clock.Now, fixture.Clock.Now.AddHours(1), "mine").Write())]);
            }

            return Task.CompletedTask;
        });
        Assert.Equal((ClearOutcome.Failed, ErrorIds.MarkHeld), (report.Results[0].Outcome, report.Results[0].Reason));
        Assert.Contains("owner=other", cluster.Persistent[Record], StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_it_runs_it_is_protected_and_says_whose_it_is()
    {
        FakeCluster cluster = Cluster();
        cluster.Nodes[1].Shards = 0;
        await MarkAsync(cluster, Two);
        await fixture.ScanAsync(cluster.Server());
        fixture.Clock.Now += TimeSpan.FromHours(2) + TimeSpan.FromSeconds(59);
        Finding finding = await OneAsync(cluster);
        Assert.Equal((Verdict.Protected, SearchReasons.Leased, SearchCauses.NodeIdle), (finding.Verdict, finding.Reason, finding.Cause));
        var target = (MarkTarget)finding.Target;
        Assert.Equal(("drain-job", new DateTimeOffset(2026, 11, 24, 14, 0, 0, TimeSpan.Zero)), (target.DeclaredBy, target.ExpiresAt));
        Assert.Contains(finding.Owner, link => link is { Kind: "Declared", Name: "drain-job" } && link.Details["why"] == "ticket 4711; now");
        Assert.Contains(finding.Evidence, item => item is { Fact: "Declared", State: EvidenceState.Live } && item.Says.Contains("ticket 4711; now", StringComparison.Ordinal));
        Assert.Empty(finding.Remedies);
    }

    /// <summary>Marks, and scans every hour until it is over.</summary>
    private async Task<FakeCluster> ExpiredAsync(bool openSearch = false, Action<FakeCluster>? also = null)
    {
        FakeCluster cluster = Cluster(openSearch);
        also?.Invoke(cluster);
        await MarkAsync(cluster, Two);
        await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(3));
        return cluster;
    }

    [Theory]
    [InlineData(0, SearchCauses.NodeIdle)]
    [InlineData(3, SearchCauses.DrainStuck)]
    public async Task When_its_time_is_over_it_is_a_zombie_and_goes_with_its_record(int shards, string cause)
    {
        FakeCluster cluster = await ExpiredAsync();
        cluster.Nodes[1].Shards = shards;
        Finding finding = await OneAsync(cluster);
        Assert.Equal((Verdict.Zombie, SearchReasons.Expired, cause), (finding.Verdict, finding.Reason, finding.Cause));
        Assert.Contains($"\"{Record}\":null", finding.Remedies[0].Command, StringComparison.Ordinal);
        ClearReport report = await fixture.ClearAsync(cluster.WritableServer(), request: new ClearRequest { Allowed = new HashSet<string> { SearchRemedies.RemoveEntry }, Limits = SearchSource.Register.Limits });
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Empty(cluster.Persistent);
        Assert.Equal(2, cluster.Writes.Count(write => write.Who == "tool"));

        using var engine = new ZombieEngine(fixture.Options, fixture.Source(cluster.WritableServer()));
        ClearReport undone = await engine.UndoAsync(new UndoRequest(report.Results[0].AuditSequence!.Value));
        Assert.Equal(ClearOutcome.Undone, undone.Results[0].Outcome);
        Assert.Equal([Record, Ip], cluster.Persistent.Keys.Order());
    }

    [Fact]
    public async Task Its_owner_can_be_gone_and_its_node_too()
    {
        FakeCluster cluster = await ExpiredAsync();
        cluster.Nodes[1].Up = false;
        Finding finding = await OneAsync(cluster);
        Assert.Equal((Verdict.Zombie, SearchReasons.Expired, SearchCauses.NodeGone), (finding.Verdict, finding.Reason, finding.Cause));
    }

    [Fact]
    public async Task Shards_that_are_leaving_and_a_shutdown_protect_it_after_its_end()
    {
        FakeCluster cluster = await ExpiredAsync();
        cluster.Nodes[1].Leaving = 1;
        Finding finding = await OneAsync(cluster);
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), (finding.Verdict, finding.Reason));
        cluster.Nodes[1].Leaving = 0;
        cluster.Nodes[1].StartedAt = fixture.Clock.Now;
        finding = await OneAsync(cluster);
        Assert.Equal((Verdict.Protected, SearchReasons.Joining), (finding.Verdict, finding.Reason));
        cluster.Nodes[1].StartedAt = fixture.Clock.Now - TimeSpan.FromDays(1);
        cluster.Shutdowns["n2"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "REMOVE", ["reason"] = "r", ["shutdown_startedmillis"] = fixture.Clock.Now.ToUnixTimeMilliseconds() };
        Assert.Contains((await fixture.ScanAsync(cluster.Server())).Findings, one => one is { Verdict: Verdict.Protected, Reason: SearchReasons.Terminating, Kind: SearchKinds.Exclusion });
    }

    [Fact]
    public async Task A_mark_that_is_first_seen_after_the_end_of_its_record_may_be_somebody_elses()
    {
        FakeCluster cluster = Cluster();
        cluster.Nodes[1].Shards = 0;
        await MarkAsync(cluster, Two);
        fixture.Clock.Now += TimeSpan.FromHours(3);
        for (int i = 0; i < 5; i++)
        {
            Finding finding = await OneAsync(cluster);
            Assert.Equal(Verdict.ReportOnly, finding.Verdict);
            fixture.Clock.Now += TimeSpan.FromHours(1);
        }

        Finding last = await OneAsync(cluster);
        Assert.Equal(SearchReasons.Foreign, last.Reason);
        Assert.Contains(last.Evidence, item => item is { Fact: "Declared", State: EvidenceState.Unknown } && item.Says.Contains("may belong to an earlier mark", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mark_that_was_taken_off_and_set_again_by_somebody_is_not_expired()
    {
        FakeCluster cluster = await ExpiredAsync();
        cluster.Nodes[1].Shards = 0;
        cluster.Put("persistent", Ip, null);
        fixture.Clock.Now += TimeSpan.FromMinutes(1);
        await fixture.ScanAsync(cluster.Server());
        cluster.Put("persistent", Ip, "10.0.0.2");
        await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(2));
        Finding finding = await OneAsync(cluster);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Foreign), (finding.Verdict, finding.Reason));
    }

    public static TheoryData<string, string> Untrue => new()
    {
        { "owner=a;since=2026-11-24T18:00:00Z;expires=2026-11-24T19:00:00Z", "in the future" },
        { "owner=a;since=2026-11-24T12:00:00Z;expires=2026-11-24T11:00:00Z", "ends before it begins" },
        { "owner=a;since=2026-11-24T12:00:00Z;expires=2026-12-24T11:00:00Z", "longer than the 7d" },
        { "owner=a;since=2026-11-24T12:00:00Z;renewed=2026-11-25T12:00:00Z;expires=2026-11-25T13:00:00Z", "renewed in the future" },
        { "owner=a;since=2026-11-24T12:00:00Z;expires=soon", "cannot be read" },
        { "drained by hand", "cannot be read" },
    };

    [Theory]
    [MemberData(nameof(Untrue))]
    public async Task A_record_that_cannot_be_true_counts_as_none(string value, string says)
    {
        FakeCluster cluster = Cluster();
        cluster.Nodes[1].Shards = 0;
        cluster.Change("other", [("persistent", Ip, "10.0.0.2"), ("persistent", Record, value)]);
        await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(3));
        Finding finding = await OneAsync(cluster);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Foreign), (finding.Verdict, finding.Reason));
        Assert.Contains(finding.Evidence, item => item is { Fact: "Declared", State: EvidenceState.Unknown } && item.Says.Contains(says, StringComparison.Ordinal));
        Assert.Equal(ErrorIds.CannotMark, (await FailsAsync(cluster, Two)).ErrorId);
        Assert.Equal(ClearOutcome.Marked, (await MarkAsync(cluster, Two with { Adopt = true })).Results[0].Outcome);
    }

    [Fact]
    public async Task A_record_whose_exclusion_was_taken_away_is_found_and_goes_alone()
    {
        FakeCluster cluster = Cluster();
        await MarkAsync(cluster, Two);
        cluster.Put("persistent", Ip, "10.0.0.3");
        cluster.Put("persistent", Name, "gone-9");
        await fixture.ScanAsync(cluster.Server());
        Assert.Contains((await fixture.ScanAsync(cluster.Server())).Findings, one => one is { Kind: SearchKinds.DrainRecord, Verdict: Verdict.ReportOnly, Reason: SearchReasons.TooYoung });
        fixture.Clock.Now += TimeSpan.FromMinutes(2);
        Finding finding = (await fixture.ScanAsync(cluster.Server())).Findings.Single(one => one.Kind == SearchKinds.DrainRecord);
        Assert.Equal((Verdict.Zombie, SearchReasons.RecordOnly, SearchCauses.RecordLeft), (finding.Verdict, finding.Reason, finding.Cause));
        string[] inForce = [.. cluster.InForce.Keys];
        ClearReport report = await fixture.ClearAsync(cluster.WritableServer(), null, null, ("cause", SearchCauses.RecordLeft));
        Assert.Equal((ClearOutcome.Cleared, $"persistent {Record}=null"), (report.Results[0].Outcome, cluster.Writes.Last().Body));
        Assert.Equal(("10.0.0.3", "gone-9"), (cluster.Persistent[Ip], cluster.Persistent[Name]));
        Assert.Equal(inForce, cluster.InForce.Keys);
    }

    [Fact]
    public async Task Its_owner_takes_a_record_without_exclusion_away_and_sets_the_mark_anew()
    {
        FakeCluster cluster = Cluster();
        await MarkAsync(cluster, Two);
        cluster.Put("persistent", Ip, "10.0.0.3");
        Assert.Equal(ClearOutcome.Cleared, (await UnmarkAsync(cluster)).Results[0].Outcome);
        Assert.Equal("10.0.0.3", Assert.Single(cluster.Persistent).Value);
        await MarkAsync(cluster, Two);
        cluster.Put("persistent", Ip, "10.0.0.3");
        fixture.Clock.Now += TimeSpan.FromMinutes(5);
        Assert.Equal(ClearOutcome.Marked, (await MarkAsync(cluster, Two)).Results[0].Outcome);
        Assert.Equal("10.0.0.3,10.0.0.2", cluster.Persistent[Ip]);
        Assert.Contains("since=2026-11-24T12:05:00Z", cluster.Persistent[Record], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_in_the_records_place_that_no_entry_has_is_only_reported()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", DrainRecord.Prefix + "zone.z1", "x");
        await fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(2));
        Finding finding = await OneAsync(cluster);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.Foreign), (finding.Verdict, finding.Reason));
        Assert.Empty(finding.Remedies);
    }

    [Fact]
    public async Task A_switch_is_never_taken_along_with_a_declared_mark()
    {
        FakeCluster cluster = await ExpiredAsync(also: one => one.Put("persistent", "cluster.routing.rebalance.enable", "none"));
        ScanReport report = await fixture.ScanAsync(cluster.Server());
        Assert.Equal(2, report.Findings.Count);
        await fixture.ClearAsync(cluster.WritableServer(), null, null, ("entry", "10.0.0.2"));
        Assert.Equal("none", Assert.Single(cluster.Persistent).Value);
    }

    [Fact]
    public async Task A_scan_sends_no_more_requests_for_records()
    {
        FakeCluster cluster = await ExpiredAsync();
        FakeSearchServer server = cluster.Server();
        await fixture.ScanAsync(server);
        int with = server.Count;
        cluster.Persistent.Remove(Record);
        server = cluster.Server();
        await fixture.ScanAsync(server);
        Assert.Equal(server.Count, with);
    }

    [Fact]
    public async Task A_record_renewed_while_a_clear_settles_keeps_the_mark()
    {
        FakeCluster cluster = await ExpiredAsync();
        FakeSearchServer server = cluster.WritableServer();
        Func<HttpRequestMessage, HttpResponseMessage?> write = server.Before!;
        int reads = 0;
        server.Before = request =>
        {
            // The scan, two guards, the plan, the first read of the act; then it settles.
            if (request.RequestUri!.PathAndQuery.StartsWith("/_cluster/settings", StringComparison.Ordinal) && ++reads == 6)
            {
                cluster.Persistent[Record] = new DrainRecord("drain-job", fixture.Clock.Now, fixture.Clock.Now.AddHours(1), "again").Write();
            }

            return write(request);
        };
        ClearReport report = await fixture.ClearAsync(server);
        Assert.NotEqual(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal("10.0.0.2", cluster.Persistent[Ip]);
    }
}
