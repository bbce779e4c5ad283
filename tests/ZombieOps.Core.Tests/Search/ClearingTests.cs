using System.Globalization;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Clearing;

namespace ZombieOps.Core.Tests.Search;

/// <summary>Clears of search marks on a made-up cluster that models what was measured on real ones.</summary>
public sealed class ClearingTests : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";
    private const string Rebalance = "cluster.routing.rebalance.enable";

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

    /// <summary>Lets everything that is gone count as gone, and clears one entry.</summary>
    private async Task<ClearReport> ClearAsync(FakeCluster cluster, string entry, Func<WriteStep, Task>? hook = null, FakeSearchServer? server = null)
    {
        server ??= cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        return await fixture.ClearAsync(server, (f, s) => new SearchSource(f.Options, f.Values, _ => new SearchFixture.Lent(s)) { WriteHook = hook }, null, ("entry", entry));
    }

    private string Log() => string.Concat(Directory.GetFiles(fixture.File("state/audit"), "audit-*.jsonl").Order().Select(File.ReadAllText));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_entry_goes_and_every_other_letter_of_its_list_stays(bool openSearch)
    {
        FakeCluster cluster = Cluster(openSearch);
        cluster.Put("persistent", Ip, " 10.9.9.9 ,10.0.0.3,10.9.9.8, ,");
        cluster.Nodes[2].Shards = 0;
        ClearReport report = await ClearAsync(cluster, "10.9.9.8");
        Assert.Equal((ClearOutcome.Cleared, ClearReasons.VerifiedGone), (report.Results[0].Outcome, report.Results[0].Reason));
        Assert.Equal(" 10.9.9.9 ,10.0.0.3, ,", cluster.Persistent[Ip]);
        Assert.Equal(" 10.9.9.9 ,10.0.0.3, ,", cluster.InForce[Ip]);
        Assert.Single(cluster.Writes, write => write.Who == "tool");
        Assert.Contains("\"undo\":\"PUT /_cluster/settings {\\\"persistent\\\":{\\\"cluster.routing.allocation.exclude._ip\\\":\\\" 10.9.9.9 ,10.0.0.3,10.9.9.8, ,\\\"}}\"", Log(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Clean, ReportExit.Of(report));
    }

    [Fact]
    public async Task The_last_entry_and_the_switch_of_its_drain_go_in_one_request()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        cluster.Put("transient", Rebalance, "none");
        await ClearAsync(cluster, "10.9.9.9");
        Assert.Empty(cluster.Persistent);
        Assert.Empty(cluster.Transient);
        Assert.Single(cluster.Writes, write => write.Who == "tool");
    }

    [Fact]
    public async Task On_Elasticsearch_a_live_drain_of_another_key_stays_in_force_and_gets_its_plain_spelling_back()
    {
        FakeCluster cluster = Cluster();
        cluster.Change("other", [("persistent", Ip, "10.9.9.9,10.9.9.8"), ("transient", Name, "es-3 ,es-4")]);
        bool everOff = false;
        ClearReport report = await ClearAsync(cluster, "10.9.9.9", _ =>
        {
            everOff |= !cluster.Excludes(cluster.Nodes[2]);
            return Task.CompletedTask;
        });
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal(("10.9.9.8", "es-3 ,es-4"), (cluster.Persistent[Ip], cluster.Transient[Name]));
        Assert.Equal(2, cluster.InForce.Count);
        Assert.False(everOff);
        Assert.Equal(
            [$"persistent {Ip}=10.9.9.8,10.9.9.8, transient {Name}=es-3 ,es-4,es-3", $"persistent {Ip}=10.9.9.8, transient {Name}=es-3 ,es-4"],
            cluster.Writes.Where(write => write.Who == "tool").Select(write => write.Body));
    }

    [Fact]
    public async Task A_dormant_key_is_neither_woken_by_a_clear_of_another_nor_written()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Name, "es-2");
        cluster.Put("persistent", Ip, "10.9.9.9,10.0.0.4");
        cluster.Nodes[3].Shards = 0;
        ClearReport report = await ClearAsync(cluster, "10.9.9.9");
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal([Ip], cluster.InForce.Keys);
        Assert.DoesNotContain(cluster.Writes, write => write.Who == "tool" && write.Body.Contains(Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_entry_of_a_dormant_list_is_cleared_only_with_the_last_of_it()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Name, "gone-1,es-2");
        cluster.Put("persistent", Ip, "10.0.0.4");
        cluster.Nodes[3].Shards = 0;
        ClearReport report = await ClearAsync(cluster, "gone-1");
        Assert.Equal("Refused", report.Results[0].Reason);
        Assert.Contains("would bring 'es-2' into force", report.Results[0].Says, StringComparison.Ordinal);
        Assert.DoesNotContain(cluster.Writes, write => write.Who == "tool");

        cluster = Cluster();
        cluster.Put("persistent", Name, "gone-1");
        cluster.Put("persistent", Ip, "10.0.0.4");
        cluster.Nodes[3].Shards = 0;
        report = await ClearAsync(cluster, "gone-1");
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal("10.0.0.4", Assert.Single(cluster.InForce).Value);
        Assert.Equal("10.0.0.4", cluster.Persistent[Ip]);
    }

    [Fact]
    public async Task What_cannot_be_told_on_Elasticsearch_is_refused_unless_nobody_can_want_it()
    {
        FakeCluster cluster = Cluster();
        cluster.Change("other", [("persistent", Ip, "10.9.9.9"), ("persistent", "cluster.routing.allocation.exclude.zone", "z7")]);
        ClearReport report = await ClearAsync(cluster, "10.9.9.9");
        Assert.Equal("Refused", report.Results[0].Reason);
        Assert.Contains("cannot be told", report.Results[0].Says, StringComparison.Ordinal);

        cluster = Cluster();
        cluster.Change("other", [("persistent", Ip, "10.9.9.9"), ("transient", Name, "none_excluded")]);
        Assert.Equal(ClearOutcome.Cleared, (await ClearAsync(cluster, "10.9.9.9")).Results[0].Outcome);
        Assert.Equal("none_excluded", cluster.Transient[Name]);
    }

    [Fact]
    public async Task A_transient_list_is_not_emptied_where_a_persistent_one_would_come_into_force()
    {
        FakeCluster cluster = Cluster(openSearch: true);
        cluster.Put("persistent", Ip, "10.0.0.2");
        cluster.Put("transient", Ip, "10.9.9.9");
        ClearReport report = await ClearAsync(cluster, "10.9.9.9");
        Assert.Contains("would come into force", report.Results[0].Says, StringComparison.Ordinal);
        Assert.Equal("10.9.9.9", cluster.Transient[Ip]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_another_writer_adds_between_the_final_read_and_the_request_is_restored(bool openSearch)
    {
        FakeCluster cluster = Cluster(openSearch);
        FakeSearchServer server = cluster.WritableServer();
        cluster.Change("other", [("persistent", Ip, "10.9.9.9,10.9.9.8"), ("persistent", Name, "es-3")]);
        bool once = true;
        ClearReport report = await ClearAsync(
            cluster,
            "10.9.9.9",
            async step =>
            {
                if (step == WriteStep.FinalRead && once)
                {
                    once = false;
                    cluster.Change("racer", [("persistent", Ip, "10.9.9.9,10.0.0.2")]);
                    await SeenAsync(server);
                }
            },
            server);
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal("10.0.0.2", cluster.Persistent[Ip]);
        Assert.Contains("another writer added 10.0.0.2", report.Results[0].Says, StringComparison.Ordinal);
        Assert.Contains("took 10.9.9.8 out", report.Results[0].Says, StringComparison.Ordinal);
        Assert.Equal("es-3", cluster.Persistent[Name]);
        Assert.True(cluster.Excludes(cluster.Nodes[1]));
    }

    [Fact]
    public async Task What_another_writer_adds_before_the_plain_spelling_is_restored_although_only_the_read_back_shows_it()
    {
        FakeCluster cluster = Cluster();
        FakeSearchServer server = cluster.WritableServer();
        cluster.Change("other", [("persistent", Ip, "10.9.9.9,10.9.9.8"), ("persistent", Name, "es-3")]);
        int finals = 0, writes = 0, refused = 0;
        bool blind = false;
        Func<HttpRequestMessage, HttpResponseMessage?> write = server.Before!;
        server.Before = request =>
        {
            if (blind && request.RequestUri!.AbsolutePath == "/_cluster/settings" && request.Method == HttpMethod.Get)
            {
                Interlocked.Increment(ref refused);
                return new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden) { Content = new StringContent("{}") };
            }

            blind |= request.Method == HttpMethod.Put && ++writes == 2;
            return write(request);
        };
        ClearReport report = await ClearAsync(
            cluster,
            "10.9.9.9",
            async step =>
            {
                if (step == WriteStep.FinalRead && ++finals == 2)
                {
                    cluster.Put("persistent", Ip, cluster.Persistent[Ip] + ",10.0.0.2");
                    await SeenAsync(server);
                }
                else if (step == WriteStep.Answered && blind)
                {
                    // Everyone who looks while the request is under way is turned away; the read back is not.
                    for (int i = 0; i < 2000 && refused < 6; i++)
                    {
                        await Task.Delay(1);
                    }

                    (blind, refused) = (false, 6);
                }
            },
            server);
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal(6, refused);
        Assert.True(report.Results[0].Says.Contains("another writer added 10.0.0.2", StringComparison.Ordinal), $"{report.Results[0].Says}\n{string.Join('\n', cluster.Writes)}");
        Assert.Equal(("10.9.9.8,10.0.0.2", "es-3"), (cluster.Persistent[Ip], cluster.Persistent[Name]));
        Assert.True(cluster.Excludes(cluster.Nodes[1]) && cluster.Excludes(cluster.Nodes[2]));
    }

    /// <summary>Waits until the settings were read a few times more.</summary>
    private static async Task SeenAsync(FakeSearchServer server)
    {
        int Reads()
        {
            lock (server.Requests)
            {
                return server.Requests.Count(request => request.StartsWith("GET /_cluster/settings", StringComparison.Ordinal));
            }
        }

        int target = Reads() + 8;
        for (int i = 0; i < 2000 && Reads() < target; i++)
        {
            await Task.Delay(1);
        }
    }

    [Fact]
    public async Task What_comes_back_within_the_watch_is_reasserted_and_left_alone()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        int scans = 0;
        FakeSearchServer server = cluster.WritableServer();
        Func<HttpRequestMessage, HttpResponseMessage?> write = server.Before!;
        server.Before = request =>
        {
            // es-operator puts its whole list back some polls later.
            if (cluster.Writes.Any(item => item.Who == "tool") && request.RequestUri!.PathAndQuery.StartsWith("/_nodes/jvm", StringComparison.Ordinal) && ++scans == 4)
            {
                cluster.Change("es-operator", [("persistent", Ip, "10.9.9.9"), ("transient", Ip, null)]);
            }

            return write(request);
        };
        ClearReport report = await ClearAsync(cluster, "10.9.9.9", server: server);
        Assert.Equal((ClearOutcome.Reasserted, ErrorIds.Reasserted), (report.Results[0].Outcome, report.StoppedBecause));
        Assert.Equal("10.9.9.9", cluster.Persistent[Ip]);
        Assert.Single(cluster.Writes, item => item.Who == "tool");
        Assert.Contains("set again", report.Results[0].Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_somebody_takes_away_after_the_request_is_never_put_back()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9,10.9.9.8");
        await ClearAsync(cluster, "10.9.9.9", step =>
        {
            if (step == WriteStep.Answered)
            {
                cluster.Change("es-operator", [("persistent", Ip, "")]);
            }

            return Task.CompletedTask;
        });
        Assert.Equal("", cluster.Persistent[Ip]);
    }

    [Theory]
    [InlineData("unacknowledged", true)]
    [InlineData("lost", true)]
    [InlineData("never", false)]
    [InlineData("503", false)]
    public async Task A_request_whose_answer_is_lost_is_read_back_and_never_repeated(string fate, bool cleared)
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9,10.9.9.8");
        cluster.Fates.Enqueue(fate);
        FakeSearchServer server = cluster.WritableServer();
        ClearReport report = await ClearAsync(cluster, "10.9.9.9", server: server);
        Assert.Equal(cleared ? ClearOutcome.Cleared : ClearOutcome.Failed, report.Results[0].Outcome);
        Assert.Equal(cleared ? "10.9.9.8" : "10.9.9.9,10.9.9.8", cluster.Persistent[Ip]);
        Assert.Single(server.Requests, request => request.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_was_refused_for_being_busy_is_repeated()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        cluster.Fates.Enqueue("429");
        Assert.Equal(ClearOutcome.Cleared, (await ClearAsync(cluster, "10.9.9.9")).Results[0].Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_would_overwrite_a_change_in_progress_is_given_up_and_begins_with_a_new_read(bool openSearch)
    {
        FakeCluster cluster = Cluster(openSearch);
        cluster.Put("persistent", Ip, "10.9.9.9,10.9.9.8");
        cluster.Fates.Enqueue("queued");
        FakeSearchServer server = cluster.WritableServer();
        cluster.BeforeWrite = () => cluster.Change("racer", [("persistent", Ip, "10.9.9.9,10.9.9.8,10.0.0.2")]);
        ClearReport report = await ClearAsync(
            cluster,
            "10.9.9.9",
            step =>
            {
                cluster.BeforeWrite = server.Requests.Any(request => request.StartsWith("PUT", StringComparison.Ordinal)) ? null : cluster.BeforeWrite;
                return Task.CompletedTask;
            },
            server);
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal("10.9.9.8,10.0.0.2", cluster.Persistent[Ip]);
        Assert.DoesNotContain("overwritten", report.Results[0].Says, StringComparison.Ordinal);
        string[] puts = [.. server.Requests.Where(request => request.StartsWith("PUT", StringComparison.Ordinal))];
        Assert.Equal(["2ms", "4ms"], puts.Select(put => put.Split("master_timeout=")[1].Split('&')[0]));
        Assert.DoesNotContain(server.Requests, request => request.StartsWith("POST /_cluster/reroute", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_master_that_is_never_free_is_waited_for_in_the_end()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        for (int i = 0; i < 6; i++)
        {
            cluster.Fates.Enqueue("queued");
        }

        FakeSearchServer server = cluster.WritableServer();
        Assert.Equal(ClearOutcome.Cleared, (await ClearAsync(cluster, "10.9.9.9", server: server)).Results[0].Outcome);
        string[] waits = [.. server.Requests.Where(request => request.StartsWith("PUT", StringComparison.Ordinal)).Select(put => put.Split("master_timeout=")[1])];
        Assert.Equal("64ms", waits[5].Split('&')[0]);
        Assert.Equal(waits[6].Split("&timeout=")[1], waits[6].Split('&')[0]);
    }

    [Fact]
    public async Task Shards_are_placed_anew_where_the_server_did_not_come_to_it()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        cluster.Fates.Enqueue("halfway");
        FakeSearchServer server = cluster.WritableServer();
        Assert.Equal(ClearOutcome.Cleared, (await ClearAsync(cluster, "10.9.9.9", server: server)).Results[0].Outcome);
        Assert.Single(server.Requests, request => request.StartsWith("PUT", StringComparison.Ordinal));
        Assert.Single(server.Requests, request => request.StartsWith("POST /_cluster/reroute", StringComparison.Ordinal));
        Assert.Contains("POST /_cluster/reroute", Log(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blocked_cluster_and_a_missing_right_are_named_with_the_request()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        cluster.Persistent["cluster.blocks.read_only"] = "true";
        ClearReport report = await ClearAsync(cluster, "10.9.9.9");
        Assert.Equal(ClearOutcome.NotPermitted, report.Results[0].Outcome);
        Assert.Contains("PUT /_cluster/settings is refused: 403, cluster_block_exception", report.Results[0].Says, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotPermitted, ReportExit.Of(report));
    }

    [Theory]
    [InlineData("health", "yellow and not green")]
    [InlineData("relocation", "2 shards are moving")]
    [InlineData("disk", "90 % full")]
    [InlineData("parse", "cannot be read")]
    public async Task An_act_that_moves_shards_waits_for_a_cluster_at_rest_with_room(string guard, string says)
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        cluster.Put("persistent", Rebalance, "none");
        (cluster.Health, cluster.Relocating, cluster.DiskUsed, cluster.Watermark) = (
            guard == "health" ? "yellow" : "green", guard == "relocation" ? 2 : 0, guard == "disk" ? 0.9 : 0.5, guard == "parse" ? "plenty" : "85%");
        ClearReport report = await ClearAsync(cluster, "10.9.9.9");
        Assert.Equal((ClearOutcome.Failed, "Refused"), (report.Results[0].Outcome, report.Results[0].Reason));
        Assert.Contains(says, report.Results[0].Says.Replace("90%", "90 %", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(cluster.Writes, write => write.Who == "tool");
        fixture.Values["despite"] = guard == "parse" ? "disk" : guard;
        Assert.Equal(ClearOutcome.Cleared, (await ClearAsync(cluster, "10.9.9.9")).Results[0].Outcome);
    }

    [Theory]
    [InlineData("85%", null, 150)]
    [InlineData("0.85", "", 150)]
    [InlineData("100b", null, 100)]
    [InlineData("1kb", null, 1024)]
    [InlineData("85%", "50b", 50)]
    [InlineData("85%", "-1", 150)]
    public void A_watermark_is_a_share_or_what_has_to_be_free(string text, string? headroom, long free)
    {
        Assert.True(DiskLimit.TryParse(text, headroom, out DiskLimit? limit));
        Assert.InRange(limit!.MinimumFree(1000), free - 1, free + 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("many")]
    [InlineData("185%")]
    [InlineData("85%%")]
    public void What_is_no_watermark_is_none(string text) => Assert.False(DiskLimit.TryParse(text, null, out _));

    [Fact]
    public async Task What_changes_while_it_settles_is_left_alone()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        int reads = 0;
        Func<HttpRequestMessage, HttpResponseMessage?> write = server.Before!;
        server.Before = request =>
        {
            // Reads of the settings: the scan, two guards, the plan, the first read of the act; then it settles.
            if (request.RequestUri!.PathAndQuery.StartsWith("/_cluster/settings", StringComparison.Ordinal) && ++reads == 6)
            {
                cluster.Change("somebody", [("transient", Rebalance, "primaries")]);
            }

            return write(request);
        };
        ClearReport report = await fixture.ClearAsync(server);
        Assert.Contains($"transient {Rebalance} was changed by somebody within 20s", report.Results[0].Says, StringComparison.Ordinal);
        Assert.DoesNotContain(cluster.Writes, item => item.Who == "tool");
    }

    [Fact]
    public async Task A_run_moves_data_once_and_leaves_the_rest_for_the_next()
    {
        fixture.Values["drain-owner"] = "es-operator";
        FakeCluster cluster = Cluster();
        cluster.Change("other", [("persistent", Ip, "10.0.0.3,10.0.0.4,10.9.9.9")]);
        (cluster.Nodes[2].Shards, cluster.Nodes[3].Shards) = (0, 0);
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(10));
        var request = new ClearRequest { Allowed = new HashSet<string> { "RemoveEntry" }, Limits = SearchSource.Register.Limits };
        ClearReport report = await fixture.ClearAsync(server, null, request);
        Assert.Equal(["Cleared", "Cleared", "Skipped"], report.Results.Select(result => result.Outcome.ToString()).Order());
        Assert.Equal(ClearReasons.NextRun, report.Results.Single(result => result.Outcome == ClearOutcome.Skipped).Reason);
        Assert.Null(report.StoppedBecause);
    }

    [Fact]
    public async Task Voting_exclusions_go_only_when_all_of_them_are_zombies()
    {
        FakeCluster cluster = Cluster();
        cluster.Voting.Add(("_absent_", "gone-1"));
        cluster.Voting.Add(("n9", "gone-2"));
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        ClearReport report = await fixture.ClearAsync(server);
        Assert.Equal([ClearOutcome.Cleared, ClearOutcome.AlreadyGone], report.Results.Select(result => result.Outcome));
        Assert.Single(server.Requests, request => request == "DELETE /_cluster/voting_config_exclusions?wait_for_removal=false");

        cluster.Voting.Add(("_absent_", "gone-1"));
        cluster.Voting.Add(("n1", "es-1"));
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        Assert.All((await fixture.ClearAsync(server)).Results, result => Assert.Equal(ClearOutcome.Skipped, result.Outcome));
        Assert.Equal(2, cluster.Voting.Count);
    }

    [Fact]
    public async Task A_voting_exclusion_that_comes_right_before_the_request_keeps_them_all()
    {
        FakeCluster cluster = Cluster();
        cluster.Voting.Add(("_absent_", "gone-1"));
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        Func<HttpRequestMessage, HttpResponseMessage?> write = server.Before!;
        server.Before = request =>
        {
            // The last read, right before the request, leaves the indices out; a scan of a small cluster does not.
            if (request.RequestUri!.PathAndQuery.Contains("no-such-index", StringComparison.Ordinal) && cluster.Voting.Count == 1)
            {
                cluster.Voting.Add(("n1", "es-1"));
            }

            return write(request);
        };
        ClearReport report = await fixture.ClearAsync(server);
        Assert.Contains("the voting exclusions were changed by somebody in the meantime", report.Results[0].Says, StringComparison.Ordinal);
        Assert.Equal(2, cluster.Voting.Count);
        Assert.DoesNotContain(server.Requests, request => request.StartsWith("DELETE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shutdown_record_of_a_node_that_is_gone_is_deleted()
    {
        FakeCluster cluster = Cluster();
        cluster.Shutdowns["n9"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "REMOVE", ["reason"] = "r", ["shutdown_startedmillis"] = (fixture.Clock.Now - TimeSpan.FromDays(1)).ToUnixTimeMilliseconds() };
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        Assert.Equal(ClearOutcome.Cleared, (await fixture.ClearAsync(server)).Results[0].Outcome);
        Assert.Contains("DELETE /_nodes/n9/shutdown", server.Requests);
    }

    [Fact]
    public async Task A_kill_between_the_two_requests_is_finished_by_the_next_run()
    {
        FakeCluster cluster = Cluster();
        cluster.Change("other", [("persistent", Ip, "10.9.9.9,10.9.9.8"), ("persistent", Name, "es-3")]);
        int answers = 0;
        // A stand-in for a kill: everything after the first answer fails, the outcome included, as the log's directory is gone then.
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        string log = fixture.File("state/audit"), away = fixture.File("state/away");
        await fixture.ClearAsync(
            server,
            (f, s) => new SearchSource(f.Options, f.Values, _ => new SearchFixture.Lent(s))
            {
                WriteHook = step =>
                {
                    if (step == WriteStep.Answered && ++answers == 1)
                    {
                        CopyLog(log, away);
                        throw new InvalidOperationException("killed");
                    }

                    return Task.CompletedTask;
                },
            },
            null,
            ("entry", "10.9.9.9"));
        Assert.Equal(("10.9.9.8,10.9.9.8", "es-3,es-3"), (cluster.Persistent[Ip], cluster.Persistent[Name]));
        Directory.Delete(log, recursive: true);
        Directory.Move(away, log);

        // The pid of this very process still lives, so the run is made to look like one of another boot.
        Rebooted();
        ClearReport next = await fixture.ClearAsync(server, null, null, ("entry", "nothing"));
        Assert.Contains(next.Warnings, warning => warning.Contains("the plain spelling of", StringComparison.Ordinal) && warning.Contains("it is gone", StringComparison.Ordinal));
        Assert.Equal(("10.9.9.8", "es-3"), (cluster.Persistent[Ip], cluster.Persistent[Name]));
        Assert.Equal(2, cluster.InForce.Count);
    }

    private static void CopyLog(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private void Rebooted()
    {
        Directory.CreateDirectory(fixture.File("proc/sys/kernel/random"));
        File.WriteAllText(fixture.File("proc/sys/kernel/random/boot_id"), "another\n");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_undo_brings_the_entry_and_the_switch_back_once(bool openSearch)
    {
        FakeCluster cluster = Cluster(openSearch);
        cluster.Change("other", [("persistent", Ip, "10.9.9.9")]);
        cluster.Put("transient", Rebalance, "none");
        FakeSearchServer server = cluster.WritableServer();
        ClearReport cleared = await ClearAsync(cluster, "10.9.9.9", server: server);
        long sequence = cleared.Results[0].AuditSequence!.Value;
        cluster.Change("other", [("persistent", Ip, "10.0.0.3")]);

        using (var engine = new ZombieEngine(fixture.Options, fixture.Source(server)))
        {
            int before = server.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal));
            ClearReport dry = await engine.UndoAsync(new UndoRequest(sequence) { DryRun = true });
            Assert.Equal(ClearOutcome.WouldClear, dry.Results[0].Outcome);
            Assert.Equal(before, server.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal)));
            ClearReport undone = await engine.UndoAsync(new UndoRequest(sequence) { Why = "a mistake" });
            Assert.Equal((ClearOutcome.Undone, ExitCode.Clean), (undone.Results[0].Outcome, ReportExit.Of(undone)));
        }

        Assert.Equal(("10.0.0.3,10.9.9.9", "none"), (cluster.Persistent[Ip], cluster.Transient[Rebalance]));
        using var again = new ZombieEngine(fixture.Options, fixture.Source(server));
        ZombieOpsException twice = await Assert.ThrowsAsync<ZombieOpsException>(async () => await again.UndoAsync(new UndoRequest(sequence)));
        Assert.Equal(ErrorIds.CannotUndo, twice.ErrorId);
        Assert.True(AuditVerifier.Verify(fixture.File("state/audit")).Ok);
        Assert.Empty(new AuditLog(fixture.Options).OpenIntents());
    }

    [Fact]
    public async Task An_undo_is_refused_where_it_has_become_dangerous()
    {
        FakeCluster cluster = Cluster(openSearch: true);
        cluster.Put("persistent", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        long sequence = (await ClearAsync(cluster, "10.9.9.9", server: server)).Results[0].AuditSequence!.Value;
        cluster.Nodes.Add(new FakeNode { Id = "n9", Name = "es-9", Ip = "10.9.9.9", EphemeralId = "e9", StartedAt = fixture.Clock.Now });
        using var engine = new ZombieEngine(fixture.Options, fixture.Source(server));
        ZombieOpsException refused = await Assert.ThrowsAsync<ZombieOpsException>(async () => await engine.UndoAsync(new UndoRequest(sequence)));
        Assert.Contains("names the node es-9 now", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<ZombieOpsException>(async () => await engine.UndoAsync(new UndoRequest(999)));
        Assert.Contains("is no act", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Ip, cluster.Persistent.Keys);
    }

    [Fact]
    public async Task A_mark_that_is_set_anew_after_a_clear_begins_its_age_anew()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9,10.9.9.8");
        FakeSearchServer server = cluster.WritableServer();
        await ClearAsync(
            cluster,
            "10.9.9.9",
            _ =>
            {
                fixture.Clock.Now += TimeSpan.FromSeconds(1);
                return Task.CompletedTask;
            },
            server);
        fixture.Clock.Now += TimeSpan.FromSeconds(1);
        cluster.Put("persistent", Ip, "10.9.9.9");
        Finding anew = Assert.Single((await fixture.ScanAsync(server)).Findings);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.TooYoung), (anew.Verdict, anew.Reason));
    }

    [Fact]
    public async Task A_dry_run_reads_and_never_writes()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        var request = new ClearRequest { Allowed = new HashSet<string> { "RemoveEntry" }, DryRun = true, Limits = SearchSource.Register.Limits };
        int connections = 0;
        ClearReport report = await fixture.ClearAsync(
            server,
            (f, s) => new SearchSource(f.Options, f.Values, _ =>
            {
                connections++;
                return new SearchFixture.Lent(s);
            }),
            request);
        Assert.Equal((ClearOutcome.WouldClear, 1), (report.Results[0].Outcome, connections));
        Assert.All(server.Requests, sent => Assert.Matches("^(GET|POST /_cluster/allocation/explain)", sent));
    }

    [Theory]
    [InlineData("8.19.0", true)]
    [InlineData("7.10.2", false)]
    public async Task A_list_that_is_an_array_stays_one_where_the_server_takes_it_and_comes_back_by_undo(string version, bool array)
    {
        var cluster = new FakeCluster { Version = version };
        cluster.Nodes.AddRange(Cluster().Nodes);
        cluster.Change("other", [("persistent", Ip, "10.9.9.9,10.9.9.8"), ("persistent", Name, "es-3")]);
        cluster.Arrays.Add(("persistent", Ip));
        FakeSearchServer server = cluster.WritableServer();
        ClearReport cleared = await ClearAsync(cluster, "10.9.9.9", server: server);
        Assert.True(cleared.Results[0].Outcome == ClearOutcome.Cleared, cleared.Results[0].Says);
        Assert.Equal(("10.9.9.8", array, "es-3"), (cluster.Persistent[Ip], cluster.Arrays.Contains(("persistent", Ip)), cluster.Persistent[Name]));
        Assert.Equal(2, cluster.InForce.Count);

        using var engine = new ZombieEngine(fixture.Options, fixture.Source(server));
        ClearReport undone = await engine.UndoAsync(new UndoRequest(cleared.Results[0].AuditSequence!.Value));
        Assert.Equal(ClearOutcome.Undone, undone.Results[0].Outcome);
        Assert.Equal(("10.9.9.8,10.9.9.9", array, "es-3"), (cluster.Persistent[Ip], cluster.Arrays.Contains(("persistent", Ip)), cluster.Persistent[Name]));
        Assert.Equal(2, cluster.InForce.Count);
    }

    [Fact]
    public async Task Nothing_is_sent_where_another_cluster_answers_by_the_time_of_the_act()
    {
        FakeCluster cluster = Cluster();
        cluster.Put("persistent", Ip, "10.9.9.9");
        FakeSearchServer server = cluster.WritableServer();
        await fixture.ScanForAsync(server, TimeSpan.FromHours(1));
        server.Before = request =>
        {
            cluster.Uuid = FakeSearchServer.Kind(request.RequestUri!.PathAndQuery) == "moment" ? "uuid-2" : cluster.Uuid;
            return request.Method == HttpMethod.Get || request.Method == HttpMethod.Post ? null : throw new InvalidOperationException("a write");
        };
        ClearReport report = await fixture.ClearAsync(server);
        Assert.Equal("Refused", report.Results[0].Reason);
        Assert.Contains("another cluster answers: uuid-2 and not uuid-1", report.Results[0].Says, StringComparison.Ordinal);
        Assert.Equal("10.9.9.9", cluster.Persistent[Ip]);
    }

    [Theory]
    [InlineData("a,b", "a,b,a", "a,b")]
    [InlineData("z,a,b", "a,b,a", "a,b")]
    [InlineData("a", "a,a", "a")]
    [InlineData("a,b", "a,b,a,a", "a,b")]
    [InlineData("a,a", "a,a", null)]
    [InlineData("a,b", "a,b", null)]
    public void An_interrupted_spelling_is_recognised_by_what_stood_there_before(string before, string now, string? plain) => Assert.Equal(plain, Spelling.Undo(now, before));
}
