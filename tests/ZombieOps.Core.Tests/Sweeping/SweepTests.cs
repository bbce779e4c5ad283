using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Files;
using ZombieOps.Model;
using ZombieOps.Sweeping;

namespace ZombieOps.Core.Tests.Sweeping;

public sealed class SweepTests : IDisposable
{
    private readonly SweepFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    private static string Error(SweepReport report) => Assert.Single(report.Failures).ErrorId;

    [Fact]
    public async Task A_tick_without_an_allowed_remedy_scans_records_and_acts_on_nothing()
    {
        fixture.World.Add(7, remedies: "Nudge");
        SweepReport report = await fixture.SweepAsync();

        Assert.Equal((1, "FindingsLeft"), (report.Exit, report.ExitReason));
        Assert.Null(report.Clear);
        Assert.Empty(fixture.World.Acts);
        Assert.Equal(0, fixture.World.ActuatorsOpened);
        Assert.Contains("process:boot-1:7:7", File.ReadAllText(fixture.Engine.Directories.File("state/ledger/process.json")), StringComparison.Ordinal);
        Assert.Equal("", fixture.Engine.AuditText());
        Dictionary<string, double> metrics = fixture.Metrics();
        Assert.Equal(1, metrics["zombieops_findings{verdict=\"zombie\",reason=\"abandoned\"}"]);
        Assert.Equal(1, metrics["zombieops_verdict_findings{verdict=\"zombie\"}"]);
        Assert.Equal(0, metrics["zombieops_verdict_findings{verdict=\"unknown\"}"]);
        Assert.Equal(300, metrics["zombieops_finding_age_seconds{verdict=\"zombie\"}"]);
        Assert.Equal(1000, metrics["zombieops_scanned"]);
        Assert.Equal(1, metrics["zombieops_scan_complete"]);
        Assert.Equal(fixture.Seconds, metrics["zombieops_last_successful_scan_timestamp_seconds"]);
        Assert.DoesNotContain(metrics.Keys, name => name.StartsWith("zombieops_clear_results", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tick_clears_what_is_allowed_and_its_metrics_say_what_is_left()
    {
        fixture.World.Add(7);
        fixture.World.Add(8, remedies: "EndParent");
        SweepReport report = await fixture.SweepAsync(SweepFixture.Request("Reap"));

        Assert.Equal(1, report.Exit);
        Assert.Equal([("process:boot-1:7:7", "Reap")], fixture.World.Acts);
        Assert.Equal(8, ((ZombieOps.Sources.Processes.ProcessTarget)Assert.Single(report.ZombiesLeft()).Target).Pid);
        Assert.Equal(2, report.Scan!.Counts.Zombies);
        Dictionary<string, double> metrics = fixture.Metrics();
        Assert.Equal(1, metrics["zombieops_verdict_findings{verdict=\"zombie\"}"]);
        Assert.Equal(1, metrics["zombieops_clear_results{outcome=\"cleared\"}"]);
        Assert.Equal(1, metrics["zombieops_clear_results{outcome=\"skipped\"}"]);
        Assert.Equal(0, metrics["zombieops_clear_results{outcome=\"failed\"}"]);
        using AuditLog audit = new(fixture.Engine.Options);
        Assert.Empty(audit.OpenIntents());
        Assert.True(AuditVerifier.Verify(audit.Directory, null, default).Ok);
    }

    [Theory]
    [InlineData(Verdict.Protected, 0, "Clean")]
    [InlineData(Verdict.ReportOnly, 0, "Clean")]
    [InlineData(Verdict.Zombie, 1, "FindingsLeft")]
    [InlineData(Verdict.Unknown, 3, "Incomplete")]
    public async Task What_is_only_reported_wakes_nobody(Verdict verdict, int exit, string reason)
    {
        fixture.World.Add(7, verdict: verdict);
        SweepReport report = await fixture.SweepAsync();
        Assert.Equal((exit, reason), (report.Exit, report.ExitReason));
        Assert.Equal(exit, (int)ReportExit.Of(report));
        Assert.Equal(exit, fixture.Metrics()["zombieops_sweep_exit_code"]);
        report = await fixture.SweepAsync(SweepFixture.Request("EndParent"));
        Assert.Equal((exit, reason), (report.Exit, report.ExitReason));
    }

    [Fact]
    public async Task The_intent_of_a_killed_run_is_closed_by_a_tick_that_clears_nothing()
    {
        fixture.Engine.LeaveIntent(fixture.World.Add(7), writer: 800);
        fixture.World.Things.Clear();
        SweepReport report = await fixture.SweepAsync();

        Assert.Contains("it is gone", Assert.Single(report.Recovered), StringComparison.Ordinal);
        Assert.Equal((0, 0), (report.Exit, report.OpenIntents));
        Assert.Contains("recovered by a later run", fixture.Engine.AuditText(), StringComparison.Ordinal);
        Assert.Equal(0, fixture.Metrics()["zombieops_open_intents"]);
        Assert.Equal(1, fixture.Metrics()["zombieops_recovered_intents"]);
        Assert.Empty((await fixture.SweepAsync()).Recovered);
    }

    [Fact]
    public async Task An_intent_that_cannot_be_judged_stays_open_and_counts()
    {
        fixture.Engine.LeaveIntent(fixture.World.Add(7, verdict: Verdict.ReportOnly), writer: 800);
        fixture.World.Blind = true;
        SweepReport report = await fixture.SweepAsync();
        Assert.Equal(1, report.OpenIntents);
        Assert.Equal(1, fixture.Metrics()["zombieops_open_intents"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_limit_that_is_crossed_clears_nothing_and_ledger_and_metrics_are_written(bool stopFile)
    {
        fixture.World.Add(7);
        fixture.World.Add(8);
        SweepRequest request = SweepFixture.Request("Reap");
        if (stopFile)
        {
            Directory.CreateDirectory(fixture.Engine.Directories.File("config"));
            File.WriteAllText(fixture.Engine.Options.StopFilePath, "");
        }
        else
        {
            request = request with { Clear = request.Clear with { Limits = request.Clear.Limits with { MaxCount = 1 } } };
        }

        SweepReport report = await fixture.SweepAsync(request);
        Assert.Equal((4, stopFile ? ErrorIds.StopFilePresent : ErrorIds.LimitCrossed), (report.Exit, Error(report)));
        Assert.Equal(report.ExitReason, Error(report));
        Assert.Empty(fixture.World.Acts);
        Assert.Contains("process:boot-1:8:8", File.ReadAllText(fixture.Engine.Directories.File("state/ledger/process.json")), StringComparison.Ordinal);
        Dictionary<string, double> metrics = fixture.Metrics();
        Assert.Equal(2, metrics["zombieops_verdict_findings{verdict=\"zombie\"}"]);
        Assert.Equal(4, metrics["zombieops_sweep_exit_code"]);
        Assert.Equal(fixture.Seconds, metrics["zombieops_last_successful_scan_timestamp_seconds"]);
        Assert.DoesNotContain("Intent", fixture.Engine.AuditText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_file_is_no_error_while_there_is_nothing_to_clear()
    {
        Directory.CreateDirectory(fixture.Engine.Directories.File("config"));
        File.WriteAllText(fixture.Engine.Options.StopFilePath, "");
        Assert.Equal(0, (await fixture.SweepAsync(SweepFixture.Request("Reap"))).Exit);
    }

    [Fact]
    public async Task A_scan_that_fails_leaves_the_time_of_success_and_says_no_counts()
    {
        DateTimeOffset good = fixture.Clock.Now;
        await fixture.SweepAsync();
        double success = fixture.Seconds;
        fixture.World.OnScan = _ => throw new ZombieOpsException(ErrorIds.ServerUnreachable, ExitCode.Incomplete, "nobody answers", "look there");
        for (int tick = 0; tick < 3; tick++)
        {
            fixture.Clock.Now += TimeSpan.FromMinutes(10);
            SweepReport report = await fixture.SweepAsync(SweepFixture.Request("Reap"));
            Assert.Equal((3, ErrorIds.ServerUnreachable, good), (report.Exit, report.ExitReason, report.LastSuccessfulScanAt));
            Assert.Null(report.Scan);
            Dictionary<string, double> metrics = fixture.Metrics();
            Assert.Equal(success, metrics["zombieops_last_successful_scan_timestamp_seconds"]);
            Assert.Equal(fixture.Seconds, metrics["zombieops_last_scan_timestamp_seconds"]);
            Assert.Equal(0, metrics["zombieops_scan_complete"]);
            Assert.DoesNotContain(metrics.Keys, name => name.Contains("findings", StringComparison.Ordinal) || name.Contains("scanned", StringComparison.Ordinal) || name.Contains("age", StringComparison.Ordinal));
        }

        fixture.World.OnScan = null;
        await fixture.SweepAsync();
        Assert.Equal(fixture.Seconds, fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]);
    }

    [Fact]
    public async Task A_scan_that_saw_a_part_is_no_success_and_says_no_zero()
    {
        fixture.World.Complete = false;
        fixture.World.Add(7, verdict: Verdict.ReportOnly);
        SweepReport report = await fixture.SweepAsync();
        Assert.Equal(3, report.Exit);
        Dictionary<string, double> metrics = fixture.Metrics();
        Assert.Equal(0, metrics["zombieops_last_successful_scan_timestamp_seconds"]);
        Assert.Equal(0, metrics["zombieops_scan_complete"]);
        Assert.Equal(1, metrics["zombieops_verdict_findings{verdict=\"report-only\"}"]);
        Assert.DoesNotContain("zombieops_verdict_findings{verdict=\"zombie\"}", metrics.Keys);
    }

    [Fact]
    public async Task A_fault_of_the_tool_is_thrown_on_after_the_metrics_have_told()
    {
        await fixture.SweepAsync();
        double success = fixture.Seconds;
        fixture.Clock.Now += TimeSpan.FromMinutes(10);
        fixture.World.OnScan = _ => throw new InvalidOperationException("a fault");
        await Assert.ThrowsAsync<InvalidOperationException>(() => fixture.SweepAsync());
        Assert.Equal((0, success), (fixture.Metrics()["zombieops_scan_complete"], fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]));
    }

    [Fact]
    public async Task An_interrupted_tick_says_so_and_writes_its_metrics()
    {
        fixture.World.OnScan = _ => throw new OperationCanceledException();
        SweepReport report = await fixture.SweepAsync();
        Assert.Equal((3, ErrorIds.Interrupted), (report.Exit, report.ExitReason));
        Assert.Equal(0, fixture.Metrics()["zombieops_scan_complete"]);
    }

    [Fact]
    public async Task While_one_tick_works_another_says_so_and_changes_nothing()
    {
        fixture.World.Add(7);
        Exception? second = null;
        SortedDictionary<string, long>? before = null, after = null;
        fixture.World.OnScan = world =>
        {
            if (before is null)
            {
                before = fixture.Files();
                second = Record.Exception(() => fixture.SweepAsync(SweepFixture.Request("Reap")).GetAwaiter().GetResult());
                after = fixture.Files();
            }
        };
        SweepReport first = await fixture.SweepAsync();
        Assert.Equal(1, first.Exit);
        ZombieOpsException busy = Assert.IsType<ZombieOpsException>(second);
        Assert.Equal((ErrorIds.SweepBusy, ExitCode.Incomplete), (busy.ErrorId, busy.ExitCode));
        Assert.Equal(before, after);
        Assert.Empty(fixture.World.Acts);
        // The lock went with the tick that held it.
        Assert.Equal(0, (await fixture.SweepAsync(SweepFixture.Request("Reap"))).Exit);
    }

    [Fact]
    public async Task A_dry_run_writes_nothing_at_all_and_needs_no_lock()
    {
        fixture.World.Add(7);
        fixture.Engine.LeaveIntent(fixture.World.Add(8), writer: 800);
        SortedDictionary<string, long> before;
        using (SweepPlace held = SweepPlace.Take(fixture.Engine.Options, "process"))
        {
            before = fixture.Files();
            SweepRequest dry = SweepFixture.Request("Reap");
            SweepReport report = await fixture.SweepAsync(dry with { Clear = dry.Clear with { DryRun = true }, MetricsFile = fixture.Engine.Directories.File("m.prom") });
            Assert.True(report.DryRun);
            Assert.Equal(1, report.Exit);
            Assert.All(report.Clear!.Results, result => Assert.Equal(ClearOutcome.WouldClear, result.Outcome));
        }

        Assert.Equal(before, fixture.Files());
        Assert.False(File.Exists(fixture.Engine.Directories.File("m.prom")));
        Assert.Equal(0, fixture.World.ActuatorsOpened);
    }

    [Fact]
    public async Task The_filter_says_what_is_cleared_and_the_metrics_know_all()
    {
        fixture.World.Add(7);
        fixture.World.Add(8);
        SweepRequest request = SweepFixture.Request("Reap");
        var filter = new FindingFilter(new Dictionary<string, IReadOnlyList<string>> { ["pid"] = ["8"] });
        SweepReport report = await fixture.SweepAsync(request with { Clear = request.Clear with { Scan = new ScanSettings { Filter = filter } } });
        Assert.Equal(0, report.Exit);
        Assert.Equal([("process:boot-1:8:8", "Reap")], fixture.World.Acts);
        Assert.Equal(1, fixture.Metrics()["zombieops_verdict_findings{verdict=\"zombie\"}"]);
    }

    [Fact]
    public async Task Metrics_that_cannot_be_written_fail_the_tick_and_the_old_ones_stay()
    {
        string named = fixture.Engine.Directories.File("textfile/z.prom");
        SweepReport report = await fixture.SweepAsync(SweepFixture.Request() with { MetricsFile = named });
        Assert.Equal((3, ErrorIds.CannotWrite), (report.Exit, Error(report)));
        Directory.CreateDirectory(named);
        Assert.Equal(3, (await fixture.SweepAsync(SweepFixture.Request() with { MetricsFile = named })).Exit);
        Assert.Equal([named], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(named)!));
        Directory.Delete(named);
        Assert.Equal(0, (await fixture.SweepAsync(SweepFixture.Request() with { MetricsFile = named })).Exit);
        Assert.Equal(fixture.Seconds, fixture.Metrics(named)["zombieops_last_successful_scan_timestamp_seconds"]);
        Assert.False(File.Exists(fixture.MetricsPath));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(named) == (UnixFileMode)Convert.ToInt32("644", 8));
    }

    [Fact]
    public async Task What_is_planted_in_the_place_of_the_temporary_file_is_not_written_to()
    {
        await fixture.SweepAsync();
        string victim = fixture.Engine.Directories.File("victim");
        File.WriteAllText(victim, "precious");
        File.CreateSymbolicLink($"{fixture.MetricsPath}.process.tmp", victim);
        Assert.Equal(0, (await fixture.SweepAsync()).Exit);
        Assert.Equal("precious", File.ReadAllText(victim));
        Assert.False(File.Exists($"{fixture.MetricsPath}.process.tmp"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"schema\":\"zombieops-sweep/2\"}")]
    [InlineData("{\"schema\":\"zombieops-sweep/1\",\"lastSuccessfulScanAt\":\"yesterday\"}")]
    public async Task A_lost_memory_counts_as_never_and_is_told(string content)
    {
        await fixture.SweepAsync();
        File.WriteAllText(fixture.Engine.Directories.File("state/sweep/process.json"), content);
        fixture.World.OnScan = _ => throw new ZombieOpsException(ErrorIds.ServerUnreachable, ExitCode.Incomplete, "nobody answers", "look there");
        SweepReport report = await fixture.SweepAsync();
        Assert.Contains(report.Warnings, warning => warning.Contains("not known", StringComparison.Ordinal));
        Assert.Equal(0, fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]);
    }

    [Fact]
    public async Task A_success_in_the_future_does_not_silence_the_alert()
    {
        fixture.Clock.Now += TimeSpan.FromDays(365);
        await fixture.SweepAsync();
        fixture.Clock.Now -= TimeSpan.FromDays(365);
        fixture.World.OnScan = _ => throw new ZombieOpsException(ErrorIds.ServerUnreachable, ExitCode.Incomplete, "nobody answers", "look there");
        await fixture.SweepAsync();
        double corrected = fixture.Seconds;
        fixture.Clock.Now += TimeSpan.FromHours(2);
        await fixture.SweepAsync();
        Assert.Equal(corrected, fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]);
    }

    [Fact]
    public async Task A_broken_audit_log_stops_the_clearing_and_not_the_watching()
    {
        fixture.World.Add(7);
        SweepRequest request = SweepFixture.Request("Reap");
        await fixture.SweepAsync(request);
        string segment = Directory.EnumerateFiles(fixture.Engine.Directories.File("state/audit"), "audit-*.jsonl").Single();
        File.WriteAllText(segment, "no log at all\n");
        fixture.World.Add(8);
        fixture.Clock.Now += TimeSpan.FromMinutes(1);

        SweepReport report = await fixture.SweepAsync(request);
        Assert.Equal((5, ErrorIds.AuditBroken), (report.Exit, report.ExitReason));
        Assert.Single(fixture.World.Acts);
        Assert.Null(report.OpenIntents);
        Assert.Equal(1, fixture.Metrics()["zombieops_verdict_findings{verdict=\"zombie\"}"]);
        Assert.Equal(fixture.Seconds, fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]);
        Assert.DoesNotContain("zombieops_open_intents", fixture.Metrics().Keys);
    }

    [Fact]
    public async Task Exemptions_that_cannot_be_read_fail_the_tick_and_its_scan_is_none()
    {
        await fixture.SweepAsync();
        double success = fixture.Seconds;
        fixture.Clock.Now += TimeSpan.FromMinutes(1);
        Directory.CreateDirectory(fixture.Engine.Directories.File("config"));
        File.WriteAllText(fixture.Engine.Directories.File("config/exemptions.json"), "{");
        SweepReport report = await fixture.SweepAsync(SweepFixture.Request("Reap"));
        Assert.Equal((2, ErrorIds.ExemptionsUnreadable), (report.Exit, report.ExitReason));
        Assert.Equal((0, success), (fixture.Metrics()["zombieops_scan_complete"], fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]));
    }

    [Fact]
    public async Task Without_a_state_directory_there_is_no_sweep()
    {
        fixture.Engine.Options = fixture.Engine.Options with { StateDirectory = null };
        ZombieOpsException none = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.SweepAsync());
        Assert.Equal((ErrorIds.NoStateDirectory, ExitCode.NotPermitted), (none.ErrorId, none.ExitCode));

        string file = fixture.Engine.Directories.File("file");
        File.WriteAllText(file, "");
        fixture.Engine.Options = fixture.Engine.Options with { StateDirectory = file };
        none = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.SweepAsync());
        Assert.Equal((ErrorIds.CannotWrite, ExitCode.NotPermitted), (none.ErrorId, none.ExitCode));
    }

    [Theory]
    [InlineData("source")]
    [InlineData("1st")]
    [InlineData("__name__")]
    [InlineData("a-b")]
    [InlineData("")]
    public async Task A_label_that_Prometheus_would_not_take_is_refused_before_anything_is_done(string name)
    {
        var request = SweepFixture.Request() with { Labels = new Dictionary<string, string> { [name] = "x" } };
        ZombieOpsException error = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.SweepAsync(request));
        Assert.Equal(ErrorIds.BadArgument, error.ErrorId);
        Assert.Empty(fixture.Files());
    }
}
