using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources.Search;

namespace ZombieOps.Integration.Tests.Search;

/// <summary>A drain by a process of its own that does what es-operator does, with shards really moving: to its end, and killed in the middle.</summary>
public abstract class RealDrainTests : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Rebalance = "cluster.routing.rebalance.enable";
    private const string Index = "drained";

    private readonly RealCluster cluster;
    private readonly DirectoryInfo state = Directory.CreateTempSubdirectory("zombieops-drain-");
    private readonly LaterClock clock = new();

    private protected RealDrainTests(RealCluster cluster) => this.cluster = cluster;

    private string X => cluster.Ip(3);

    private EngineOptions Options => EngineOptions.FromEnvironment() with { StateDirectory = state.FullName, ConfigDirectory = "/nonexistent", ConfigDirectoryNamed = false, Clock = clock };

    private Dictionary<string, string> Values => new() { ["url"] = cluster.Url, ["restart-time"] = "0", ["settle"] = "100ms", ["despite"] = "disk", ["drain-owner"] = "es-operator" };

    public void Dispose()
    {
        state.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_drain_that_ends_by_itself_is_live_to_its_end_and_leaves_nothing_to_find()
    {
        await cluster.ReadyAsync();
        using Process drainer = Drain();
        Assert.Equal("excluded", await drainer.StandardOutput.ReadLineAsync());
        await drainer.StandardOutput.ReadToEndAsync();
        await drainer.WaitForExitAsync();
        Assert.Equal((0, 0), (drainer.ExitCode, await cluster.ShardsAsync(3)));

        // An empty list and an explicit default are no marks.
        Assert.Equal(("", "all"), (await RawAsync(Ip), await RawAsync(Rebalance)));
        Assert.Empty((await ScanAsync()).Findings);
    }

    [Fact]
    public async Task A_transient_exclusion_that_a_drain_makes_persistent_is_another_mark_of_an_age_of_its_own()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("transient", Ip, cluster.Ip(2));
        Finding set = await OneAsync();
        Assert.Equal("transient", ((MarkTarget)set.Target).Scope);

        clock.By = TimeSpan.FromMinutes(30);
        Finding older = await OneAsync();
        Assert.Equal((set.Id, true), (older.Id, older.Age >= TimeSpan.FromMinutes(29)));
        using Process drainer = Drain();
        await drainer.StandardOutput.ReadToEndAsync();
        await drainer.WaitForExitAsync();
        JsonNode settings = (await cluster.SendAsync("GET", "_cluster/settings?flat_settings=true"))!;
        Assert.Equal((0, null, cluster.Ip(2)), (drainer.ExitCode, (string?)settings["transient"]![Ip], (string?)settings["persistent"]![Ip]));

        // It means the same as before, and nobody knows whose it is now: the drain's, which wrote it, or that of the person who had it first.
        Finding moved = await OneAsync();
        Assert.Equal(("persistent", cluster.Ip(2), true), (((MarkTarget)moved.Target).Scope, ((MarkTarget)moved.Target).Entry, moved.Age < TimeSpan.FromMinutes(29)));
        Assert.NotEqual(set.Id, moved.Id);
        Assert.NotEqual(Verdict.Zombie, moved.Verdict);
    }

    [Fact]
    public async Task A_drain_that_is_killed_in_the_middle_is_protected_while_shards_leave_and_a_zombie_with_both_marks_once_nobody_can_want_it()
    {
        await cluster.ReadyAsync();
        try
        {
            await FillAsync();
            await cluster.SendAsync("PUT", "_cluster/settings", """{"transient":{"indices.recovery.max_bytes_per_sec":"300kb","cluster.routing.allocation.node_concurrent_recoveries":1}}""");
            int before = await cluster.ShardsAsync(3);
            using (Process drainer = Drain())
            {
                Assert.Equal("excluded", await drainer.StandardOutput.ReadLineAsync());
                await RealCluster.UntilAsync(async () => !await cluster.StillAsync());

                // While the drainer lives: protected, and a clear that has a yes to everything changes nothing.
                await ProtectedAsync();
                Assert.False(drainer.HasExited, "the drain was over before it could be killed");
                drainer.Kill();
                await drainer.WaitForExitAsync();
                Assert.Equal(128 + 9, drainer.ExitCode);
            }

            // Shards are still on their way, although nobody polls any more.
            Assert.InRange(await cluster.ShardsAsync(3), 1, before);
            await ProtectedAsync();
            Assert.Equal((X, "none"), (await RawAsync(Ip), await RawAsync(Rebalance)));
            await cluster.SendAsync("PUT", "_cluster/settings", """{"transient":{"indices.recovery.max_bytes_per_sec":null,"cluster.routing.allocation.node_concurrent_recoveries":null}}""");
            await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(3) == 0 && await cluster.StillAsync());

            // Not yet a zombie: a drain of es-operator may take 8 h 20 min.
            for (int hour = 1; hour <= 8; hour++)
            {
                clock.By = TimeSpan.FromHours(hour);
                Assert.NotEqual(Verdict.Zombie, (await OneAsync()).Verdict);
            }

            clock.By = TimeSpan.FromHours(9);
            Finding zombie = await OneAsync();
            var target = (MarkTarget)zombie.Target;
            Assert.Equal((Verdict.Zombie, SearchReasons.Abandoned), (zombie.Verdict, zombie.Reason));
            Assert.Equal((2, true, cluster.Node(3), 0), (target.Marks.Count, target.InForce, target.Node, target.Shards));

            ClearReport report = await ClearAsync();
            Assert.True(report.Results is [{ Outcome: ClearOutcome.Cleared, Reason: ClearReasons.VerifiedGone }], report.Results[0].Says);
            Assert.Equal(((string?)null, (string?)null), (await RawAsync(Ip), await RawAsync(Rebalance)));
            await RealCluster.UntilAsync(async () => await cluster.ShardsAsync(3) > 0 && await cluster.StillAsync());
            Assert.Empty((await ScanAsync()).Findings);
            Assert.True(AuditVerifier.Verify(Path.Combine(state.FullName, "audit")).Ok);
        }
        finally
        {
            await cluster.SendAsync("PUT", "_cluster/settings", """{"persistent":{"cluster.*":null},"transient":{"indices.*":null,"cluster.*":null}}""");
            await cluster.SendAsync("DELETE", $"{Index}?ignore_unavailable=true");
        }
    }

    /// <summary>A scan says that the drain lives, a clear leaves everything, and shards were there all the while.</summary>
    private async Task ProtectedAsync()
    {
        Finding live = await OneAsync();
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain), (live.Verdict, live.Reason));
        Assert.Equal(2, ((MarkTarget)live.Target).Marks.Count);
        Assert.Empty(live.Remedies);
        Assert.All((await ClearAsync()).Results, result => Assert.Equal(ClearOutcome.Skipped, result.Outcome));
        Assert.Equal((X, "none"), (await RawAsync(Ip), await RawAsync(Rebalance)));
        Assert.True(await cluster.ShardsAsync(3) > 0, "the drain was over before it could be looked at");
    }

    /// <summary>Six shards of some megabytes that do not compress.</summary>
    private async Task FillAsync()
    {
        await cluster.SendAsync("PUT", Index, """{"settings":{"number_of_shards":6,"number_of_replicas":0,"refresh_interval":"-1"},"mappings":{"properties":{"blob":{"type":"binary"}}}}""");
        var random = new Random(3);
        byte[] blob = new byte[30_000];
        for (int part = 0; part < 8; part++)
        {
            var bulk = new StringBuilder();
            for (int i = 0; i < 60; i++)
            {
                random.NextBytes(blob);
                bulk.Append("{\"index\":{}}\n{\"blob\":\"").Append(Convert.ToBase64String(blob)).Append("\"}\n");
            }

            JsonNode said = (await cluster.SendAsync("POST", $"{Index}/_bulk", bulk.ToString()))!;
            Assert.False((bool)said["errors"]!);
        }

        await cluster.SendAsync("POST", $"{Index}/_flush?force=true");
        await RealCluster.UntilAsync(cluster.StillAsync);
    }

    private Process Drain() => Process.Start(new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "ZombieOps.CrashRunner.dll"), "drain", cluster.Url, X, "200"]) { RedirectStandardOutput = true })!;

    private async Task<string?> RawAsync(string key) => (await cluster.SendAsync("GET", "_cluster/settings?flat_settings=true"))!["persistent"]![key]?.ToString();

    private async Task<ScanReport> ScanAsync()
    {
        using var engine = new ZombieEngine(Options, "search", Values);
        ScanReport report = await engine.ScanAsync(new ScanSettings { MinAge = TimeSpan.Zero });
        Assert.True(report.Complete, string.Join('\n', report.IncompleteBecause));
        return report;
    }

    private async Task<Finding> OneAsync() => Assert.Single((await ScanAsync()).Findings);

    private async Task<ClearReport> ClearAsync()
    {
        using var engine = new ZombieEngine(Options, "search", Values);
        using ClearingRun run = await engine.BeginAsync(new ClearRequest
        {
            Allowed = SearchSource.Register.Remedies.Select(remedy => remedy.Code).ToHashSet(),
            Limits = SearchSource.Register.Limits with { Watch = TimeSpan.FromSeconds(1) },
            Scan = new ScanSettings { MinAge = TimeSpan.Zero },
        });
        while (await run.NextAsync(default) is { } step)
        {
            if (step.Result is null)
            {
                await run.ActAsync(step, default);
            }
        }

        return await run.EndAsync(default);
    }

    /// <summary>The real clock, some hours later.</summary>
    private sealed class LaterClock : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;

        public override long GetTimestamp() => System.GetTimestamp() + (long)(By.TotalSeconds * TimestampFrequency);
    }
}

[Collection(nameof(RealOpenSearch))]
public sealed class RealOpenSearchDrainTests(RealOpenSearch cluster) : RealDrainTests(cluster);

[Collection(nameof(RealElasticsearch))]
public sealed class RealElasticsearchDrainTests(RealElasticsearch cluster) : RealDrainTests(cluster);
