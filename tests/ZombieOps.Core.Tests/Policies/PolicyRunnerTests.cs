using System.Text;
using Xunit;
using ZombieOps.Core.Tests.Clearing;
using ZombieOps.Core.Tests.Search;
using ZombieOps.Core.Tests.Sweeping;
using ZombieOps.Model;
using ZombieOps.Policies;

namespace ZombieOps.Core.Tests.Policies;

public sealed class PolicyRunnerTests : IDisposable
{
    private readonly SweepFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    private FakeWorld World => fixture.World;

    private FakeClock Clock => fixture.Clock;

    private static string Text(string more = "", string source = "") => $"schema: zombieops-policy/1\nsources:\n  - source: process\n    allow: [reap]\n    limits: {{watch: 0, verify-timeout: 30ms}}\n{source}{more}";

    private Policy Read(string yaml) => PolicyReader.Parse(Encoding.UTF8.GetBytes(yaml), fixture.Engine.Directories.File("policy.yaml"), Clock.Now).Require();

    private PolicyRunner Runner(string yaml) => new(Read(yaml), fixture.Engine.Options, (options, source) => source.Source.Name == "process"
        ? new ZombieEngine(options, World)
        : new ZombieEngine(options, source.Source.Name, source.Options));

    private async Task<PolicyReport> RunAsync(string yaml, PolicyRequest? request = null) => await Runner(yaml).RunAsync(request ?? new PolicyRequest());

    private const string Tuesdays = "windows: [{days: tue, from: '12:00', to: '13:00', zone: UTC}]\n";

    [Fact]
    public async Task In_the_window_what_is_allowed_is_cleared_and_the_audit_log_names_the_policy()
    {
        World.Add(7);
        PolicyReport report = await RunAsync(Text(Tuesdays + "name: mine\nwhy: OPS-17\n"));
        Assert.Equal((0, "Clean"), (report.Exit, report.ExitReason));
        Assert.Null(report.ClosedBecause);
        Assert.Equal([("process:boot-1:7:7", "Reap")], World.Acts);
        Assert.Contains($"policy mine ({fixture.Engine.Directories.File("policy.yaml")}, sha256 {report.Sha256}): OPS-17", fixture.Engine.AuditText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_of_the_window_it_scans_records_and_clears_nothing()
    {
        World.Add(7, remedies: "Nudge");
        Clock.Now = Clock.Now.AddHours(1);
        PolicyReport report = await RunAsync(Text(Tuesdays));
        Assert.Equal((1, "FindingsLeft"), (report.Exit, report.ExitReason));
        Assert.Contains("outside of the windows (line 6)", report.ClosedBecause, StringComparison.Ordinal);
        Assert.Equal(report.ClosedBecause, report.Sources[0].OnlyScannedBecause);
        Assert.Empty(World.Acts);
        Assert.Equal(0, World.ActuatorsOpened);
        Assert.Equal("", fixture.Engine.AuditText());
        Assert.Equal(fixture.Seconds, fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]);
    }

    [Fact]
    public async Task A_window_that_closes_in_the_middle_of_a_run_ends_it()
    {
        World.Add(7);
        World.Add(8);
        Clock.Now = Clock.Now.AddMinutes(59);
        World.OnAct = (world, finding, _) =>
        {
            world.Things.Remove(finding.Id);
            Clock.Now = Clock.Now.AddMinutes(2);
            return new ZombieOps.Sources.ActReport { Done = true, Says = "done" };
        };
        PolicyReport report = await RunAsync(Text(Tuesdays));
        Assert.Single(World.Acts);
        Assert.Equal((1, ErrorIds.WindowClosed), (report.Exit, report.ExitReason));
        Assert.Equal(ErrorIds.WindowClosed, report.Sources[0].Sweep!.Clear!.StoppedBecause);
        Assert.Contains("WindowClosed", fixture.Engine.AuditText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_went_back_into_the_window_clears_nothing_for_one_tick()
    {
        Clock.Now = Clock.Now.AddHours(2);
        await RunAsync(Text(Tuesdays));
        World.Add(7);

        Clock.Now = Clock.Now.AddHours(-2);
        PolicyReport report = await RunAsync(Text(Tuesdays));
        Assert.Contains("the clock went back by 2h", report.Sources[0].OnlyScannedBecause, StringComparison.Ordinal);
        Assert.Null(report.ClosedBecause);
        Assert.Empty(World.Acts);

        Clock.Now = Clock.Now.AddMinutes(10);
        Assert.Equal(0, (await RunAsync(Text(Tuesdays))).Exit);
        Assert.Single(World.Acts);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_by_a_little_or_without_windows_changes_nothing()
    {
        await RunAsync(Text(Tuesdays));
        World.Add(7);
        Clock.Now = Clock.Now.AddSeconds(-0.5);
        Clock.Now = Clock.Now.AddSeconds(1);
        Assert.Equal(0, (await RunAsync(Text(Tuesdays))).Exit);
        Assert.Single(World.Acts);

        World.Add(8);
        Clock.Now = Clock.Now.AddHours(-5);
        Assert.Equal(0, (await RunAsync(Text())).Exit);
        Assert.Equal(2, World.Acts.Count);
    }

    [Fact]
    public async Task A_dry_run_writes_nothing_and_opens_nothing()
    {
        World.Add(7);
        PolicyReport report = await RunAsync(Text(Tuesdays), new PolicyRequest { DryRun = true });
        Assert.True(report.DryRun);
        Assert.Equal(ClearOutcome.WouldClear, Assert.Single(report.Sources[0].Sweep!.Clear!.Results).Outcome);
        Assert.Empty(fixture.Files());
        Assert.Equal(0, World.ActuatorsOpened);
    }

    [Fact]
    public async Task What_is_exempt_stays_and_what_lapsed_or_cannot_be_read_does_not_protect()
    {
        World.Add(7);
        World.Add(8);
        World.Add(9);
        PolicyReport report = await RunAsync(Text("""
            exemptions:
              - {match: {unit: unit7.service}, owner: bob, reason: vendor, expires: 2027-01-01}
              - {match: {unit: unit8.service}, owner: bob, reason: vendor, expires: 2026-11-24}
              - {match: {unit: unit9.service}, owner: bob, reason: vendor, expires: soon}
              - {match: {unit: gone.service}, owner: bob, reason: vendor, expires: 2027-01-01}

            """));
        Assert.Equal(["process:boot-1:8:8", "process:boot-1:9:9"], World.Acts.Select(act => act.Id).Order());
        Finding exempt = Assert.Single(report.Sources[0].Sweep!.Scan!.Findings, finding => finding.Reason == "Exempt");
        Assert.EndsWith("policy.yaml line 7", exempt.Evidence[^1].Source, StringComparison.Ordinal);
        Assert.Equal(2, report.Warnings.Count);
        Assert.Contains("line 8 does not apply: it expired", report.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("line 9 does not apply: its expiry date 'soon' cannot be read", report.Warnings[1], StringComparison.Ordinal);
        Assert.Contains("line 10 matches nothing", Assert.Single(report.Unused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_exemptions_of_the_host_hold_besides_those_of_the_policy()
    {
        World.Add(7);
        World.Add(8);
        Directory.CreateDirectory(fixture.Engine.Directories.File("config"));
        File.WriteAllText(fixture.Engine.Directories.File("config/exemptions.json"), """{"exemptions": [{"match": {"unit": "unit8.service"}, "owner": "o", "reason": "r", "expires": "2099-01-01"}]}""");
        await RunAsync(Text("exemptions: [{match: {unit: unit7.service}, owner: bob, reason: vendor, expires: 2027-01-01}]\n"));
        Assert.Empty(World.Acts);
    }

    [Theory]
    [InlineData("config/stop")]
    [InlineData("mine")]
    public async Task Both_the_stop_file_of_the_host_and_that_of_the_policy_stop_it(string file)
    {
        World.Add(7);
        Directory.CreateDirectory(fixture.Engine.Directories.File("config"));
        File.WriteAllText(fixture.Engine.Directories.File(file), "");
        PolicyReport report = await RunAsync(Text("stop-file: mine\n"));
        Assert.Equal((4, ErrorIds.StopFilePresent), (report.Exit, report.ExitReason));
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task A_source_that_fails_keeps_no_other_from_its_tick_and_the_gravest_exit_code_wins()
    {
        World.Add(7);
        World.Add(8, remedies: "EndParent");
        PolicyReport report = await RunAsync("schema: zombieops-policy/1\nsources:\n  - {source: search, options: {url: 'http://127.0.0.1:1', timeout: 1s}}\n  - {source: process, allow: reap, limits: {watch: 0, verify-timeout: 30ms}}\n");
        Assert.Equal([3, 1], report.Sources.Select(source => source.Sweep!.Exit));
        Assert.Equal((3, ErrorIds.ServerUnreachable), (report.Exit, report.ExitReason));
        Assert.Equal([("process:boot-1:7:7", "Reap")], World.Acts);

        // One that cannot even be opened has a failure in place of a tick.
        report = await RunAsync("schema: zombieops-policy/1\nsources:\n  - {source: search, options: {url: 'nonsense'}}\n  - {source: process}\n");
        Assert.Equal((ErrorIds.BadArgument, (int)ExitCode.BadUsage), (report.Sources[0].Failure!.ErrorId, report.Exit));
        Assert.NotNull(report.Sources[1].Sweep);
    }

    [Fact]
    public async Task A_fault_on_one_source_is_told_and_fails_the_run()
    {
        World.OnScan = _ => throw new InvalidOperationException("boom");
        PolicyReport report = await RunAsync("schema: zombieops-policy/1\nsources:\n  - {source: process}\n  - {source: search, options: {url: 'http://127.0.0.1:1', timeout: 1s}}\n");
        Assert.Equal(ErrorIds.Internal, report.Sources[0].Failure!.ErrorId);
        Assert.NotNull(report.Sources[1].Sweep);
        Assert.Equal(3, report.Exit);
    }

    [Fact]
    public async Task The_gravest_exit_code_is_that_of_the_documented_order()
    {
        World.Add(7);
        World.Add(8);
        PolicyReport report = await RunAsync("schema: zombieops-policy/1\nsources:\n  - {source: search, options: {url: 'nonsense'}}\n  - {source: process, allow: reap, limits: {max-count: 1}}\n");
        Assert.Equal((4, ErrorIds.LimitCrossed), (report.Exit, report.ExitReason));
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task One_that_is_not_agreed_to_is_only_scanned()
    {
        World.Add(7, remedies: "Nudge");
        PolicyReport report = await RunAsync(Text(), new PolicyRequest { Agreed = _ => false });
        Assert.Equal("it was not confirmed", report.Sources[0].OnlyScannedBecause);
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task A_look_tells_which_exemptions_match_nothing_and_which_too_much_and_writes_nothing()
    {
        foreach (int pid in Enumerable.Range(10, 6))
        {
            World.Add(pid);
        }

        IReadOnlyList<PolicyFault> faults = await Runner(Text("""
            exemptions:
              - {match: {unit: unit10.service}, owner: bob, reason: vendor, expires: 2027-01-01}
              - {match: {unit: unit1?.service, user: alice}, owner: bob, reason: vendor, expires: 2027-01-01}
              - {match: {unit: gone.service}, owner: bob, reason: vendor, expires: 2027-01-01}

            """)).TryAsync();
        Assert.Equal([(8, true), (9, false)], faults.Select(fault => (fault.Line, fault.Says.Contains("too wide: it matches 6 of 6", StringComparison.Ordinal))));
        Assert.Contains("matches nothing", faults[1].Says, StringComparison.Ordinal);
        Assert.Empty(fixture.Files());
    }

    [Theory]
    [InlineData("", "", PolicyAnswer.Clear, 4, "would")]
    [InlineData("windows: [{days: wed, zone: UTC}]\n", "", PolicyAnswer.ClearLater, 6, "outside of the windows")]
    [InlineData("exemptions:\n  - {match: {unit: unit7*}, owner: bob, reason: vendor, expires: 2027-01-01}\n", "", PolicyAnswer.LeaveAlone, 7, "exempt for bob until 2027-01-01: vendor")]
    [InlineData("", "    where: {user: [root, bob]}\n", PolicyAnswer.LeaveAlone, 6, "its user is 'alice', and the policy means root or bob")]
    [InlineData("", "    where: {container: web}\n", PolicyAnswer.LeaveAlone, 6, "its container is not there")]
    public void What_would_be_done_is_explained_with_the_line_that_decides(string more, string source, PolicyAnswer answer, int line, string because)
    {
        Policy policy = Read(Text(more, source));
        Finding finding = World.Add(7);
        PolicyDecision decision = new PolicyJudge(policy, policy.Sources[0], new PolicyRunner(policy, fixture.Engine.Options).Options(policy.Sources[0])).Decide(finding);
        Assert.Equal((answer, line), (decision.Answer, decision.Line));
        Assert.Contains(because == "would" ? finding.Remedies[0].Does : because, decision.Because, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_without_a_remedy_only_reports_and_one_that_does_not_fit_is_told()
    {
        Finding finding = World.Add(7);
        Policy none = Read("schema: zombieops-policy/1\nsources:\n  - source: process\n");
        PolicyDecision decision = new PolicyJudge(none, none.Sources[0], fixture.Engine.Options).Decide(finding);
        Assert.Equal((PolicyAnswer.OnlyReport, 3), (decision.Answer, decision.Line));

        Policy other = Read("schema: zombieops-policy/1\nsources:\n  - source: process\n    allow: [end-parent]\n");
        decision = new PolicyJudge(other, other.Sources[0], fixture.Engine.Options).Decide(finding);
        Assert.Equal((PolicyAnswer.OnlyReport, 4), (decision.Answer, decision.Line));
        Assert.Contains("'reap'", decision.Because, StringComparison.Ordinal);

        Policy old = Read("schema: zombieops-policy/1\nsources:\n  - source: process\n    allow: [reap]\n    limits:\n      min-age: 1h\n");
        decision = new PolicyJudge(old, old.Sources[0], fixture.Engine.Options).Decide(finding with { Verdict = Verdict.ReportOnly, Reason = "TooYoung" });
        Assert.Equal((PolicyAnswer.OnlyReport, 6), (decision.Answer, decision.Line));
        Assert.Contains("5m old and the minimum is 1h", decision.Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_source_can_be_meant_and_exemptions_of_the_others_are_not_called_unused()
    {
        World.Add(7);
        string two = Text("exemptions:\n  - {match: {source: search, entry: a}, owner: bob, reason: vendor, expires: 2027-01-01}\n", "  - source: search\n    options: {url: 'http://127.0.0.1:1'}\n");
        PolicyReport report = await RunAsync(two, new PolicyRequest { Source = "process" });
        Assert.Equal(["process"], report.Sources.Select(source => source.Source));
        Assert.Empty(report.Unused);
        Assert.Single(World.Acts);
        ZombieOpsException none = await Assert.ThrowsAsync<ZombieOpsException>(() => RunAsync(Text(), new PolicyRequest { Source = "search" }));
        Assert.Equal((ErrorIds.BadArgument, ExitCode.BadUsage, "it has: process"), (none.ErrorId, none.ExitCode, none.NextStep));
    }

    [Fact]
    public async Task Where_the_state_directory_is_refused_nothing_is_opened_and_a_dry_run_goes_on()
    {
        World.Add(7);
        var asked = new List<string>();
        var request = new PolicyRequest
        {
            StateRefused = directory =>
            {
                asked.Add(directory);
                return "it is gone tomorrow";
            },
        };
        PolicyReport report = await RunAsync(Text(), request);
        Assert.Equal((5, ErrorIds.NoStateDirectory), (report.Exit, report.ExitReason));
        Assert.Contains("it is gone tomorrow", report.Sources[0].Failure!.Says, StringComparison.Ordinal);
        Assert.Null(report.Sources[0].Sweep);
        Assert.Empty(World.Acts);
        Assert.Empty(fixture.Files());
        Assert.Equal(fixture.Engine.Options.StateDirectory, Assert.Single(asked));
        Assert.Equal(ClearOutcome.WouldClear, Assert.Single((await RunAsync(Text(), request with { DryRun = true })).Sources[0].Sweep!.Clear!.Results).Outcome);
        Assert.Equal(1, (await RunAsync(Text().Replace("    allow: [reap]\n", "", StringComparison.Ordinal), request)).Exit);
        Assert.Single(asked);
    }

    [Fact]
    public async Task A_summary_counts_all_and_stays_short_however_much_was_found()
    {
        foreach (int pid in Enumerable.Range(10, 400))
        {
            World.Add(pid, remedies: pid == 10 ? "Reap" : "EndParent");
        }

        string exempt = "exemptions:\n" + string.Concat(Enumerable.Range(0, 50).Select(number => $"  - {{match: {{unit: gone{number}.service}}, owner: bob, reason: vendor, expires: 2027-01-01}}\n"));
        PolicyReport report = await RunAsync(Text(exempt).Replace("{watch: 0,", "{max-count: 500, max-share: 1, watch: 0,", StringComparison.Ordinal));
        PolicySummary summary = PolicySummary.Of(report);
        PolicySourceSummary source = Assert.Single(summary.Sources);
        Assert.Equal((400, 1, 399, true), (source.Counts!.Zombies, source.Cleared, source.Left, source.Complete));
        Assert.Equal(20, source.NotCleared.Count);
        Assert.Equal((20, "and 31 more"), (summary.Warnings.Count, summary.Warnings[^1]));
        Assert.Equal((report.Exit, report.ExitReason, report.Sha256), (summary.Exit, summary.ExitReason, summary.Sha256));
        Assert.InRange(ZombieJson.Write(summary).Length, 1000, 16_000);
        Assert.Equal(ZombieJson.Write(summary), ZombieJson.Write(ZombieJson.Read<PolicySummary>(ZombieJson.Write(summary))));
    }
}
