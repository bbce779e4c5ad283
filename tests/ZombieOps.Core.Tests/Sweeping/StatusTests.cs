using System.Text;
using Xunit;
using ZombieOps.Core.Tests.Clearing;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Sweeping;

namespace ZombieOps.Core.Tests.Sweeping;

public sealed class StatusTests : IDisposable
{
    private readonly SweepFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    private string State => fixture.Engine.Directories.File("state");

    private StatusReport Look(Policy? policy = null, TimeSpan? maxAge = null) => SweepStatus.Read(fixture.Engine.Options, new StatusRequest { Policy = policy, MaxAge = maxAge });

    private Policy Read(string more) => PolicyReader.Parse(
        Encoding.UTF8.GetBytes("schema: zombieops-policy/1\nname: mine\nsources:\n  - source: process\n    allow: [reap]\n" + more), fixture.Engine.Directories.File("policy.yaml"), fixture.Clock.Now).Require();

    private async Task TickAsync(int times = 1, params string[] allowed)
    {
        for (int i = 0; i < times; i++)
        {
            fixture.Clock.Now += TimeSpan.FromMinutes(10);
            await fixture.SweepAsync(SweepFixture.Request(allowed));
        }
    }

    [Fact]
    public void Where_no_tick_was_ever_made_that_is_overdue_and_said()
    {
        StatusReport report = Look();
        Assert.Equal((3, StatusReport.Overdue), (report.Exit, report.ExitReason));
        Assert.Contains("no tick has ever been made in " + State, Assert.Single(report.Warnings), StringComparison.Ordinal);
        report = Look(Read(""));
        Assert.Equal("no complete scan is known", Assert.Single(report.Entries).OverdueBecause);
        Assert.Equal(3, report.Exit);
        Assert.False(Directory.Exists(State));
    }

    [Fact]
    public async Task It_shows_the_last_tick_the_last_complete_scan_open_intents_and_the_end_of_the_audit_log_and_writes_nothing()
    {
        fixture.World.Add(7);
        Finding other = fixture.World.Add(8, remedies: "EndParent");
        await TickAsync(1, "Reap");
        fixture.Engine.LeaveIntent(other, writer: 4242, host: "another");
        SortedDictionary<string, long> before = fixture.Files();
        StatusReport report = Look();
        Assert.Equal((0, "Clean"), (report.Exit, report.ExitReason));
        StatusEntry entry = Assert.Single(report.Entries);
        Assert.Equal(("process", "process", State), (entry.Name, entry.Source, entry.StateDirectory));
        SweepTick tick = entry.LastTick!;
        Assert.Equal((fixture.Clock.Now, 1, "FindingsLeft", true, 1000, 1, 1, 1), (tick.StartedAt, tick.Exit, tick.Reason, tick.Complete, tick.Scanned, tick.Zombies, tick.Findings, tick.Cleared));
        Assert.Equal((fixture.Clock.Now, TimeSpan.Zero), (entry.LastSuccessfulScanAt, entry.Age));
        Assert.Equal((1, false), (entry.OpenIntents, entry.Running));
        Assert.Null(entry.Audit.Problem);
        Assert.Equal(6, entry.Audit.Head!.Sequence);
        Assert.Empty(report.Warnings);
        Assert.Equal(before, fixture.Files());
        Assert.Equal(ZombieJson.Write(report), ZombieJson.Write(ZombieJson.Read<StatusReport>(ZombieJson.Write(report))));
    }

    [Fact]
    public async Task A_missed_tick_is_seen_at_twice_the_usual_distance_or_at_the_age_that_is_named()
    {
        await TickAsync(3);
        fixture.Clock.Now += TimeSpan.FromMinutes(20);
        Assert.Equal((0, TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(10)), (Look().Exit, Look().Entries[0].MaxAge, Look().Entries[0].UsualDistance));
        fixture.Clock.Now += TimeSpan.FromSeconds(1);
        StatusReport late = Look();
        Assert.Equal((3, StatusReport.Overdue), (late.Exit, late.ExitReason));
        Assert.Equal("the last complete scan is 20m1s old, and 20m is the most, twice the usual distance between ticks", late.Entries[0].OverdueBecause);
        Assert.Equal(0, Look(maxAge: TimeSpan.FromHours(1)).Exit);
        Assert.Equal(3, Look(maxAge: TimeSpan.FromMinutes(20)).Exit);
    }

    [Fact]
    public async Task Ticks_whose_scan_is_not_complete_do_not_count_and_are_shown()
    {
        await TickAsync(3);
        fixture.World.Complete = false;
        await TickAsync(3);
        StatusReport report = Look();
        Assert.Equal(3, report.Exit);
        Assert.Equal((3, "Incomplete", false), (report.Entries[0].LastTick!.Exit, report.Entries[0].LastTick!.Reason, report.Entries[0].LastTick!.Complete));
        Assert.Equal(TimeSpan.FromMinutes(30), report.Entries[0].Age);

        fixture.World.OnScan = _ => throw new ZombieOpsException(ErrorIds.ServerUnreachable, ExitCode.Incomplete, "nobody answers", "look there");
        await TickAsync();
        Assert.Equal((ErrorIds.ServerUnreachable, null, null), (Look().Entries[0].LastTick!.Reason, Look().Entries[0].LastTick!.Scanned, Look().Entries[0].LastTick!.Zombies));
    }

    [Fact]
    public async Task A_run_by_hand_does_not_make_the_next_tick_late_and_two_ticks_are_no_habit()
    {
        await TickAsync(2);
        Assert.Equal((SweepStatus.FirstMaxAge, null), (Look().Entries[0].MaxAge, Look().Entries[0].UsualDistance));
        await TickAsync(4);
        fixture.Clock.Now += TimeSpan.FromSeconds(3);
        await fixture.SweepAsync();
        fixture.Clock.Now += TimeSpan.FromSeconds(3);
        await fixture.SweepAsync();
        Assert.Equal(TimeSpan.FromMinutes(20), Look().Entries[0].MaxAge);
        for (int i = 0; i < 30; i++)
        {
            fixture.Clock.Now += TimeSpan.FromSeconds(1);
            await fixture.SweepAsync();
        }

        Assert.Equal(SweepStatus.LeastMaxAge, Look().Entries[0].MaxAge);
        Assert.InRange(fixture.Files()["sweep/process.json"], 1, 1500);
    }

    [Fact]
    public async Task A_clock_that_was_ahead_does_not_keep_the_watch_quiet()
    {
        await TickAsync(3);
        fixture.Clock.Now += TimeSpan.FromDays(30);
        await fixture.SweepAsync();
        fixture.Clock.Now -= TimeSpan.FromDays(30);
        Assert.Contains("ahead of the clock", Look().Entries[0].OverdueBecause, StringComparison.Ordinal);
        await TickAsync();
        Assert.Equal((0, TimeSpan.FromMinutes(20)), (Look().Exit, Look().Entries[0].MaxAge));
        Assert.DoesNotContain("2026-12-", await File.ReadAllTextAsync(Path.Combine(State, "sweep/process.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tick_that_is_under_way_is_shown_and_is_not_kept_from_its_work()
    {
        bool? running = null;
        fixture.World.OnScan = _ => running = Look().Entries.SingleOrDefault()?.Running ?? SweepStatus.Read(fixture.Engine.Options, new StatusRequest { Policy = Read("") }).Entries[0].Running;
        await TickAsync();
        Assert.True(running);
        Assert.False(Look().Entries[0].Running);

        // Who looks holds the lock for a moment. A tick that begins then waits for it to pass.
        fixture.World.OnScan = null;
        var look = ZombieOps.Files.FileLock.TakeShared(Path.Combine(State, "sweep/process.lock"), TimeSpan.Zero, default)!;
        Task<SweepReport> tick = Task.Run(() => fixture.SweepAsync());
        await Task.Delay(20, TestContext.Current.CancellationToken);
        look.Dispose();
        Assert.Equal(0, (await tick).Exit);
    }

    [Fact]
    public async Task A_broken_audit_log_a_memory_that_cannot_be_read_and_an_exemption_file_that_cannot_be_read_are_said()
    {
        fixture.World.Add(7);
        await TickAsync(1, "Reap");
        string segment = Directory.GetFiles(Path.Combine(State, "audit"), "*.jsonl").Single();
        await File.WriteAllTextAsync(segment, (await File.ReadAllTextAsync(segment, TestContext.Current.CancellationToken)).Replace("alice", "mallo", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Directory.CreateDirectory(fixture.Engine.Directories.File("config"));
        await File.WriteAllTextAsync(fixture.Engine.Directories.File("config/exemptions.json"), "{", TestContext.Current.CancellationToken);
        StatusReport report = Look();
        Assert.StartsWith("AuditBroken: ", report.Entries[0].Audit.Problem, StringComparison.Ordinal);
        Assert.Null(report.Entries[0].OpenIntents);
        Assert.StartsWith("ExemptionsUnreadable: ", Assert.Single(report.Warnings), StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(State, "sweep/process.json"), "{", TestContext.Current.CancellationToken);
        report = Look();
        Assert.Equal(3, report.Exit);
        Assert.Contains("cannot be read", report.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_policy_it_shows_its_window_its_stop_file_and_the_exemptions_that_lapse_soon()
    {
        await TickAsync();
        Policy policy = Read("""
            stop-file: mine
            windows: [{days: wed, from: '03:00', to: '04:00', zone: UTC}]
            exemptions:
              - {match: {unit: a.service}, owner: bob, reason: vendor, expires: 2026-11-27}
              - {match: {unit: b.service}, owner: bob, reason: vendor, expires: 2026-11-24}
              - {match: {unit: c.service}, owner: bob, reason: vendor, expires: 2027-01-01}
              - {match: {unit: d.service}, owner: bob, reason: vendor, expires: soon}

            """);
        StatusReport report = Look(policy);
        Assert.Equal((0, "mine", "process"), (report.Exit, report.Name, report.Entries[0].Name));
        Assert.Contains("outside of the windows", report.ClosedBecause, StringComparison.Ordinal);
        Assert.Equal(new DateTimeOffset(2026, 11, 25, 3, 0, 0, TimeSpan.Zero), report.NextWindowAt);
        Assert.Empty(report.StopFiles);
        Assert.Equal(3, report.Exemptions.Count);
        Assert.Contains("(unit=a.service) of bob", report.Exemptions[0], StringComparison.Ordinal);
        Assert.Contains("lapses in 2d11h, on 2026-11-27 00:00Z", report.Exemptions[0], StringComparison.Ordinal);
        Assert.Contains("it expired on 2026-11-24", report.Exemptions[1], StringComparison.Ordinal);
        Assert.Contains("'soon' cannot be read", report.Exemptions[2], StringComparison.Ordinal);

        await File.WriteAllTextAsync(fixture.Engine.Directories.File("mine"), "", TestContext.Current.CancellationToken);
        Assert.EndsWith("mine is there", Assert.Single(Look(policy).StopFiles), StringComparison.Ordinal);
        fixture.Clock.Now = new DateTimeOffset(2026, 11, 25, 3, 30, 0, TimeSpan.Zero);
        Assert.Null(Look(policy).ClosedBecause);
        Assert.Null(Look(policy).NextWindowAt);
    }

    [Fact]
    public async Task A_tick_whose_metrics_cannot_be_written_is_remembered_with_that_end()
    {
        await fixture.SweepAsync(SweepFixture.Request() with { MetricsFile = fixture.Engine.Directories.File("nowhere/x.prom") });
        Assert.Equal((3, ErrorIds.CannotWrite), (Look().Entries[0].LastTick!.Exit, Look().Entries[0].LastTick!.Reason));
    }
}
