using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Sweeping;

namespace ZombieOps.Integration.Tests.Search;

/// <summary>Marks with an owner and an end, in a real cluster.</summary>
public abstract class RealMarkTests : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Name = "cluster.routing.allocation.exclude._name";

    private readonly RealCluster cluster;
    private readonly DirectoryInfo state = Directory.CreateTempSubdirectory("zombieops-marks-");
    private readonly OffsetClock clock = new();

    // The clock that is set forward is the only one: the ledger believes no wall clock that runs ahead of /proc/uptime.
    private string procRoot = "/proc";
    private string said = "";

    private protected RealMarkTests(RealCluster cluster) => this.cluster = cluster;

    private protected RealCluster Cluster => cluster;

    public void Dispose()
    {
        state.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private string Record(int node) => RecordOf(cluster.Ip(node));

    private static string RecordOf(string ip) => $"cluster.metadata.zombieops.v1.exclude._ip.{ip.Replace('.', '_')}";

    private EngineOptions Options => EngineOptions.FromEnvironment() with { StateDirectory = state.FullName, ConfigDirectory = "/nonexistent", ConfigDirectoryNamed = false, Clock = clock, ProcRoot = procRoot };

    private Dictionary<string, string> Values => new() { ["url"] = cluster.Url, ["restart-time"] = "0", ["settle"] = "0", ["despite"] = "disk,relocation,no-node" };

    private protected async Task<string?> RawAsync(string key) => (await PersistentAsync())[key]?.ToString();

    private async Task<JsonNode> PersistentAsync() => (await cluster.SendAsync("GET", "_cluster/settings?flat_settings=true"))!["persistent"]!;

    private async Task<ClearReport> MarkAsync(MarkRequest request, string? own = null)
    {
        EngineOptions options = own is null ? Options : Options with { StateDirectory = Path.Combine(state.FullName, own) };
        using var engine = new ZombieEngine(options, new SearchSource(options, Values));
        return await engine.MarkAsync(request);
    }

    private async Task<ScanReport> ScanAsync()
    {
        using var engine = new ZombieEngine(Options, new SearchSource(Options, Values));
        return await engine.ScanAsync(new ScanSettings { MinAge = TimeSpan.Zero });
    }

    private async Task<SweepReport> SweepAsync()
    {
        using var engine = new ZombieEngine(Options, new SearchSource(Options, Values));
        return await engine.SweepAsync(new SweepRequest
        {
            Clear = new ClearRequest
            {
                Allowed = new HashSet<string> { SearchRemedies.RemoveEntry },
                Limits = SearchSource.Register.Limits with { Watch = TimeSpan.Zero },
                Scan = new ScanSettings { MinAge = TimeSpan.Zero },
            },
        });
    }

    private MarkRequest Two => new(cluster.Ip(2), "drain-job") { For = TimeSpan.FromHours(1), Why = "ticket 4711" };

    [Fact]
    public async Task A_mark_moves_the_shards_away_and_unmark_brings_them_back()
    {
        await cluster.ReadyAsync();
        using var cli = new ZombieOpsCli();
        string[] who = [cluster.Ip(2), "--url", cluster.Url, "--owner", "drain-job"];
        CliResult dry = cli.Run(["mark", "search", .. who, "--why", "ticket 4711; disks", "--for", "2h", "--dry-run"]);
        Assert.Contains("would put", dry.Out, StringComparison.Ordinal);
        Assert.Null(await RawAsync(Ip));

        CliResult marked = cli.Run(["mark", "search", .. who, "--why", "ticket 4711; disks", "--for", "2h"]).Exits(0);
        Assert.Contains("and in force", marked.Out, StringComparison.Ordinal);
        Assert.Equal(cluster.Ip(2), await RawAsync(Ip));
        Assert.Matches("^owner=drain-job;since=.*Z;expires=.*Z;why=ticket 4711%3B disks$", await RawAsync(Record(2)));
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(2) == 0 && await cluster.StillAsync());

        CliResult held = cli.Run(["mark", "search", cluster.Ip(2), "--url", cluster.Url, "--owner", "other", "--why", "mine", "--for", "1h"]).Fails(1, "MarkHeld");
        CliResult scanned = cli.Run("scan", "search", "--url", cluster.Url, "--output", "wide").Exits(0);
        Assert.Contains("leased", scanned.Out, StringComparison.Ordinal);
        JsonNode renewed = JsonNode.Parse(cli.Run(["mark", "search", .. who, "--why", "ticket 4711; disks", "--for", "3h", "--output", "json"]).Exits(0).Out)!;
        Assert.Equal("Marked", (string?)renewed["results"]![0]!["outcome"]);

        CliResult unmarked = cli.Run(["unmark", "search", .. who]).Exits(0);
        Assert.Null(await RawAsync(Ip));
        Assert.Null(await RawAsync(Record(2)));
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(2) > 0 && await cluster.StillAsync());
        CliResult again = cli.Run(["unmark", "search", .. who]).Exits(0);
        Assert.Contains("nothing is left to do", again.Out, StringComparison.Ordinal);
        cli.Run("audit", "verify").Exits(0);
        await File.WriteAllTextAsync(
            Path.Combine(Path.GetTempPath(), $"zombieops-mark-output-{cluster.Product}.txt"),
            $"{dry.Out}{dry.Err}---\n{marked.Out}{marked.Err}---\n{held.Err}---\n{scanned.Out}{scanned.Err}---\n{unmarked.Out}{unmarked.Err}---\n{again.Out}{again.Err}");
    }

    [Fact]
    public async Task An_expired_mark_lapses_in_a_sweep_and_another_drain_stays_in_force_throughout()
    {
        await cluster.ReadyAsync();
        procRoot = state.CreateSubdirectory("proc").FullName;
        await cluster.PutAsync("persistent", Name, cluster.Node(3));
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(3) == 0 && await cluster.StillAsync());
        int most = 0;
        using var ends = new CancellationTokenSource();
        Task watch = Task.Run(async () =>
        {
            while (!ends.IsCancellationRequested)
            {
                most = Math.Max(most, await cluster.ShardsAsync(3));
                await Task.Delay(20);
            }
        });

        ClearReport marked = await MarkAsync(Two);
        Assert.True(marked.Results[0].Outcome == ClearOutcome.Marked, marked.Results[0].Says);
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(2) == 0 && await cluster.StillAsync());
        foreach (int minutes in (int[])[0, 50])
        {
            clock.Offset = TimeSpan.FromMinutes(minutes);
            SweepReport early = await SweepAsync();
            Assert.Contains(early.Scan!.Findings, one => one is { Reason: SearchReasons.Leased, Verdict: Verdict.Protected });
            Assert.Equal(cluster.Ip(2), await RawAsync(Ip));
        }

        clock.Offset = TimeSpan.FromMinutes(62);
        SweepReport lapsed = await SweepAsync();
        ClearResult result = Assert.Single(lapsed.Clear!.Results, one => one.Outcome == ClearOutcome.Cleared);
        Assert.Equal((null, null, cluster.Node(3)), (await RawAsync(Ip), await RawAsync(Record(2)), await RawAsync(Name)));
        Assert.Contains("and its record with it", result.Says, StringComparison.Ordinal);
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(2) > 0 && await cluster.StillAsync());
        for (int i = 0; i < 5; i++)
        {
            await cluster.SendAsync("POST", "_cluster/reroute");
            await Task.Delay(200);
        }

        await ends.CancelAsync();
        await watch;
        Assert.Equal(0, most);
    }

    [Fact]
    public async Task A_record_that_outlives_its_exclusion_is_found_and_taken_away_alone()
    {
        await cluster.ReadyAsync();
        Assert.Equal(ClearOutcome.Marked, (await MarkAsync(Two)).Results[0].Outcome);

        // As es-operator sends it: its whole list, both scopes, nested.
        await cluster.SendAsync("PUT", "_cluster/settings", "{\"persistent\":{\"cluster\":{\"routing\":{\"allocation\":{\"exclude\":{\"_ip\":\"" + cluster.Ip(3) + "\"}}}}},\"transient\":{\"cluster\":{\"routing\":{\"allocation\":{\"exclude\":{\"_ip\":null}}}}}}");
        Finding left = Assert.Single((await ScanAsync()).Findings, one => one.Kind == SearchKinds.DrainRecord);
        Assert.Equal((Verdict.Zombie, SearchReasons.RecordOnly), (left.Verdict, left.Reason));
        await cluster.ByHandAsync(left.Remedies[0].Command!);
        Assert.Equal((null, cluster.Ip(3)), (await RawAsync(Record(2)), await RawAsync(Ip)));
        Assert.DoesNotContain((await ScanAsync()).Findings, one => one.Kind == SearchKinds.DrainRecord);
    }

    [Fact]
    public async Task Two_that_mark_different_nodes_at_once_both_get_their_mark()
    {
        await cluster.ReadyAsync();
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("ZOMBIEOPS_RACES"), NumberStyles.None, CultureInfo.InvariantCulture, out int asked) ? asked : 50;
        var random = new Random(11);
        int met = 0;
        var problems = new List<string>();
        for (int round = 0; round < rounds; round++)
        {
            string[] entries = [$"10.2.{round}.1", $"10.2.{round}.2"];
            int[] delays = [random.Next(20), random.Next(20)];
            ClearResult[] results = await Task.WhenAll(entries.Select((entry, i) => Task.Run(async () =>
            {
                await Task.Delay(delays[i]);
                return (await MarkAsync(new MarkRequest(entry, $"owner-{i}") { For = TimeSpan.FromHours(1), Why = "a race" }, $"racer{i}")).Results[0];
            })));
            string list = await RawAsync(Ip) ?? "";
            met += results.Any(result => result.Says.Contains("; ", StringComparison.Ordinal) && !result.Says.EndsWith("it names", StringComparison.Ordinal) && result.Facts.ContainsKey("request2")) ? 1 : 0;
            for (int i = 0; i < 2; i++)
            {
                bool both = list.Split(',').Contains(entries[i]) && await RawAsync(RecordOf(entries[i])) is { } record && record.StartsWith($"owner=owner-{i};", StringComparison.Ordinal);
                if (!both || results[i].Outcome != ClearOutcome.Marked)
                {
                    problems.Add($"round {round}: {entries[i]}, list {list}: {results[i].Outcome} {results[i].Says}");
                }
            }

            await cluster.SendAsync("PUT", "_cluster/settings", "{\"persistent\":{\"" + Ip + "\":null,\"" + RecordOf(entries[0]) + "\":null,\"" + RecordOf(entries[1]) + "\":null}}");
        }

        TestContext.Current.SendDiagnosticMessage("{0}: {1} rounds, {2} in which one had to send more than one request, {3} wrong", cluster.Product, rounds, met, problems.Count);
        Assert.True(problems.Count == 0, $"{met} of {rounds} met; {string.Join('\n', problems)}");
        Assert.True(met > 0, "no two of them ever met");
    }

    [Fact]
    public async Task The_next_run_is_right_after_a_kill_at_every_step_of_mark_and_unmark()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", Name, cluster.Node(3));
        await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(3) == 0 && await cluster.StillAsync());
        bool everyStep = Environment.GetEnvironmentVariable("ZOMBIEOPS_EVERY_STEP") is { Length: > 0 };
        foreach (string act in (string[])["mark", "unmark"])
        {
            int killed = 0, done = 0;
            for (int dieAt = 1; dieAt < 200; dieAt += everyStep ? 1 : 3)
            {
                // Each begins without the mark, or with it.
                string own = Path.Combine(state.FullName, $"{act}{dieAt}");
                int exit = Run(own, 0, act == "mark" ? "unmark" : "mark");
                Assert.True(exit == 0, $"{act}, before step {dieAt}: {said}");
                exit = Run(own, dieAt, act);
                if (exit != 128 + 9)
                {
                    Assert.True(exit == 0, $"{act}, step {dieAt}: {said}");
                    break;
                }

                killed++;

                // One read: the request of a process that was killed may still be on its way, and take effect between two.
                JsonNode persistent = await PersistentAsync();
                (string? entry, string? record) = (persistent[Ip]?.ToString(), persistent[Record(2)]?.ToString());
                Assert.True(entry is null == record is null, $"{act}, step {dieAt}: '{entry}' and '{record}'");
                done += entry is null == (act == "unmark") ? 1 : 0;
                exit = Run(own, 0, act);
                Assert.True(exit == 0, $"{act} after a kill at step {dieAt}: {said}");
                string[] left = [await RawAsync(Ip) ?? "", await RawAsync(Name) ?? ""];
                Assert.True(left.SequenceEqual([act == "mark" ? cluster.Ip(2) : "", cluster.Node(3)]), $"{act}, step {dieAt}: {string.Join(" and ", left)}");
                Assert.Equal(act == "mark", await RawAsync(Record(2)) is not null);
                using var audit = new AuditLog(Options with { StateDirectory = own, Clock = TimeProvider.System });
                Assert.Empty(audit.OpenIntents());
                Assert.True(AuditVerifier.Verify(Path.Combine(own, "audit")).Ok);
                Assert.Equal(0, await cluster.ShardsAsync(3));
            }

            TestContext.Current.SendDiagnosticMessage("{0} {1}: {2} kills, {3} of them after it was done", cluster.Product, act, killed, done);
            Assert.InRange(killed, 5, 150);
            Assert.InRange(done, 1, killed - 1);
        }
    }

    private int Run(string own, int dieAt, string act)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "ZombieOps.CrashRunner.dll"), "search", own, cluster.Url, cluster.Ip(2), dieAt.ToString(CultureInfo.InvariantCulture), act])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>The system's clock, set forward.</summary>
    private sealed class OffsetClock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}

[Collection(nameof(RealOpenSearch))]
public sealed class RealOpenSearchMarkTests(RealOpenSearch cluster) : RealMarkTests(cluster)
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";

    [Fact]
    public async Task The_shell_example_of_the_docs_drains_a_node_and_ends_without_it_where_the_cluster_does_not_say()
    {
        Machine.Needs("curl");
        Machine.Needs("hostname");
        await Cluster.ReadyAsync();
        using var cli = new ZombieOpsCli();
        string example = (await File.ReadAllTextAsync(Path.Combine(PowerShell.ModuleStage.Repository, "docs/drain-marks.md"))).Split("```sh\n", 2)[1].Split("```", 2)[0];
        foreach ((string here, string there) in ((string, string)[])[
            ("https://es:9200", Cluster.Url), ("10.2.3.9", Cluster.Ip(2)), ("/etc/zombieops/", $"{Path.GetDirectoryName(cli.State)}/"), ("sleep 60", "sleep 0.2"), ("# … take the node away", """curl -s "$es/_cat/shards?h=ip" | grep -cwF "$node" || true; echo drained #"""),
        ])
        {
            Assert.Contains(here, example, StringComparison.Ordinal);
            example = example.Replace(here, there, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(cli.File("pw"), "secret");
        await File.WriteAllTextAsync(cli.File("netrc"), "default login ops password secret\n");
        await File.WriteAllTextAsync(cli.File("drain.sh"), example);
        CliResult drained = cli.Shell($"PATH=\"{AppContext.BaseDirectory}:$PATH\" exec sh drain.sh").Exits(0);
        Assert.Matches("(?s)and in force.*and in force.*\n0\ndrained\n.*is out of", drained.Out);
        Assert.Null(await RawAsync(Ip));

        // A curl that has no answer to give is not a node without shards.
        await RealCluster.UntilAsync(async () => await Cluster.ShardsAsync(2) > 0 && await Cluster.StillAsync());
        cli.Shell("mkdir bin && printf '#!/bin/sh\\nexit 22\\n' > bin/curl && chmod +x bin/curl").Exits(0);
        CliResult blind = cli.Shell($"PATH=\"$PWD/bin:{AppContext.BaseDirectory}:$PATH\" exec sh drain.sh").Exits(22);
        Assert.DoesNotContain("drained", blind.Out, StringComparison.Ordinal);
        Assert.Null(await RawAsync(Ip));
    }
}

[Collection(nameof(RealElasticsearch))]
public sealed class RealElasticsearchMarkTests(RealElasticsearch cluster) : RealMarkTests(cluster);
