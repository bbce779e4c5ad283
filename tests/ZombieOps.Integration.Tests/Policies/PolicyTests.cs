using System.Globalization;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Model;
using ZombieOps.Policies;

namespace ZombieOps.Integration.Tests.Policies;

/// <summary><c>run</c> and <c>policy</c> on real zombies, as a scheduler and a person run them.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    /// <summary>A day on which the window is open now, and one on which it is not.</summary>
    private static string Day(int ahead) => DateTimeOffset.UtcNow.AddDays(ahead).ToString("ddd", CultureInfo.InvariantCulture).ToLowerInvariant();

    // Its neighbours in the week as well, so that midnight may come in the middle of a test.
    private static string Open => $"windows: [{{days: [{Day(0)}, {Day(1)}], zone: UTC}}]\n";

    private static string Closed => $"windows: [{{days: {Day(3)}, zone: UTC}}]\n";

    private string Write(Actor actor, string more = "", string allow = "continue", string limits = "min-age: 0, max-share: 1, watch: 0") =>
        Write($"schema: zombieops-policy/1\nname: night\nwhy: OPS-17\nstate: state\nsources:\n  - source: process\n    where: {{pid: {actor.ZombiePid}}}\n    allow: [{allow}]\n    limits: {{{limits}}}\n{more}");

    private string Write(string yaml)
    {
        string path = cli.File("policy.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }

    [Fact]
    public void In_its_window_a_policy_clears_a_real_zombie_and_the_audit_log_names_it()
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor, Open);
        CliResult result = cli.Run("run", "--policy", policy, "--quiet").Exits(0);
        Assert.StartsWith("cleared", result.Out, StringComparison.Ordinal);
        Assert.Contains("night: 1 source; exit 0 Clean", result.Out, StringComparison.Ordinal);
        Assert.Equal("", result.Err);
        Assert.Null(ProcFs.State(actor.ZombiePid));
        // "state" is relative: to the policy, and not to where cron happens to be.
        Assert.Contains($"policy night ({policy}, sha256 ", cli.Run("audit", "show", "--state", cli.File("state")).Exits(0).Out, StringComparison.Ordinal);
        cli.Run("audit", "verify", "--state", cli.File("state")).Exits(0);

        result = cli.Run("run", "--policy", policy, "--quiet").Exits(0);
        Assert.Equal(("", ""), (result.Out, result.Err));

        // An exemption of something that is well is told, and is no reason for a mail.
        Write(actor, Open + $"exemptions:\n  - {{match: {{unit: gone.service}}, owner: o, reason: r, expires: {DateTimeOffset.UtcNow.AddDays(30):yyyy-MM-dd}}}\n");
        Assert.Contains("matches nothing", cli.Run("run", "--policy", policy).Exits(0).Err, StringComparison.Ordinal);
        result = cli.Run("run", "--policy", policy, "--quiet").Exits(0);
        Assert.Equal(("", ""), (result.Out, result.Err));
    }

    [Fact]
    public async Task A_policy_that_allows_reap_makes_the_parent_wait()
    {
        Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "x86-64");
        using var actor = Actor.Start("not-waiting");
        string policy = Write(actor, Open, allow: "reap");
        // No policy lowers the minute that a zombie has to be there before its parent is made to wait.
        CliResult result = cli.Run("run", "--policy", policy).Exits(1);
        Assert.Contains("'reap' fits and is refused", result.Out, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));

        File.Delete(cli.File("state/ledger/process.json"));
        await SeenEarlier(TimeSpan.FromMinutes(2));
        result = cli.Run("run", "--policy", policy);
        Assert.SkipWhen(result.Out.Contains("not-permitted", StringComparison.Ordinal), "ptrace(2) of a process of the same user");
        result.Exits(0);
        Assert.Null(ProcFs.State(actor.ZombiePid));
        Assert.NotNull(ProcFs.State(actor.Pid));
    }

    /// <summary>Lets the ledger see what is there by a clock that is behind, in place of waiting.</summary>
    private async Task SeenEarlier(TimeSpan by)
    {
        using var engine = new ZombieEngine(EngineOptions.FromEnvironment() with { StateDirectory = cli.File("state"), ConfigDirectory = cli.Config, Clock = new LateClock(by) });
        await engine.ScanAsync(new ZombieOps.Clearing.ScanSettings(), TestContext.Current.CancellationToken);
    }

    /// <summary>The real clock, both wall and monotonic, behind by a span.</summary>
    private sealed class LateClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - by;

        public override long GetTimestamp() => base.GetTimestamp() - (long)(by.TotalSeconds * TimestampFrequency);
    }

    [Fact]
    public void Outside_of_its_window_nothing_is_cleared_and_the_scan_is_recorded()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run("run", "--policy", Write(actor, Closed)).Exits(1);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.StartsWith("only scanned  process: it is ", result.Out, StringComparison.Ordinal);
        Assert.Contains("exit 1 FindingsLeft", result.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(cli.File("state/ledger/process.json")));
        Assert.True(File.Exists(cli.File("state/metrics/process.prom")));
        Assert.False(Directory.Exists(cli.File("state/audit")));
    }

    [Fact]
    public void An_exempt_zombie_stays_and_the_report_says_for_whom()
    {
        using var actor = Actor.Start("stopped");
        string exempt = $"exemptions:\n  - {{match: {{pid: {actor.ZombiePid}}}, owner: team-billing, reason: vendor, expires: {DateTimeOffset.UtcNow.AddDays(30):yyyy-MM-dd}}}\n";
        CliResult result = cli.Run("run", "--policy", Write(actor, exempt), "--output", "json").Exits(0);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Finding finding = Assert.Single(ZombieJson.Read<PolicyReport>(result.Out).Sources[0].Sweep!.Scan!.Findings);
        Assert.Equal((Verdict.Protected, "Exempt"), (finding.Verdict, finding.Reason));
        Assert.Contains("left alone for team-billing", finding.Evidence[^1].Says, StringComparison.Ordinal);
        string explained = cli.Run("policy", "explain", cli.File("policy.yaml"), actor.ZombiePid.ToString(CultureInfo.InvariantCulture)).Exits(0).Out;
        Assert.Contains("would     leave it alone", explained, StringComparison.Ordinal);
        Assert.Contains("policy.yaml:11", explained, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_writes_nothing_and_tells_nobody()
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor, $"notify: {{command: [/bin/sh, -c, 'cat > {cli.File("told")}'], when: always}}\n");
        CliResult result = cli.Run("run", "--policy", policy, "--dry-run").Exits(1);
        Assert.Contains("would-clear", result.Out, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.False(Directory.Exists(cli.File("state")));
        Assert.False(File.Exists(cli.File("told")));
    }

    [Fact]
    public void A_source_that_fails_keeps_no_other_from_its_tick()
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor, "  - {source: search, options: {url: 'http://127.0.0.1:1'}}\n");
        CliResult result = cli.Run("run", "--policy", policy).Fails(3, "ServerUnreachable");
        Assert.Null(ProcFs.State(actor.ZombiePid));
        Assert.Contains("night: 2 sources; exit 3 ServerUnreachable", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_runs_at_once_share_the_lock_of_the_sweep()
    {
        using var actor = Actor.Start("stopped");
        using var first = cli.Start(ZombieOpsCli.Executable, ["run", "--policy", Write(actor, limits: "min-age: 0, max-share: 1, watch: 60s")]);
        try
        {
            Assert.True(SpinWait.SpinUntil(() => ProcFs.State(actor.ZombiePid) is null, TimeSpan.FromSeconds(30)));
            CliResult second = cli.Run("run", "--policy", cli.File("policy.yaml")).Fails(3, "SweepBusy");
            Assert.Contains("process: no tick; exit 3 SweepBusy", second.Out, StringComparison.Ordinal);
        }
        finally
        {
            first.Kill();
            first.WaitForExit();
        }
    }

    [Fact]
    public async Task Of_many_runs_at_once_each_works_or_says_that_it_did_not_and_there_is_one_act()
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor, limits: "min-age: 0, max-share: 1, watch: 1s");
        CliResult[] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => cli.Run("run", "--policy", policy))));
        Assert.All(results, result => Assert.True(result.Exit == 0 || (result.Exit == 3 && result.Err.Contains("SweepBusy", StringComparison.Ordinal)), $"{result.Exit}: {result.Out}{result.Err}"));
        Assert.Contains(results, result => result.Exit == 0);
        Assert.Single(results, result => result.Out.Contains("cleared", StringComparison.Ordinal));
        Assert.Null(ProcFs.State(actor.ZombiePid));
        cli.Run("audit", "verify", "--state", cli.File("state")).Exits(0);
        Assert.Single(cli.Run("audit", "show", "--output", "ndjson", "--state", cli.File("state")).Exits(0).Out.Split('\n'), line => line.Contains("\"kind\":\"Intent\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("true", "CannotWrite", "No space left on device", "head -c 4096 /dev/zero > $DISK/full")]
    [InlineData("$ZOMBIEOPS run --policy $SCAN --quiet; mkdir $DISK/audit", "AuditUnwritable", "No space left on device", "head -c 1M /dev/zero > $DISK/full")]
    public void On_a_full_disk_a_run_clears_nothing_and_says_which_file(string before, string error, string says, string fill)
    {
        Sandbox.NeedsMounts(cli);
        using var actor = Actor.Start("stopped");
        string policy = Write(actor), scan = cli.File("scan.yaml"), disk = cli.File("state");
        File.WriteAllText(scan, File.ReadAllText(policy).Replace("    allow: [continue]\n", "", StringComparison.Ordinal));
        Directory.CreateDirectory(disk);
        CliResult result = cli.Shell(Sandbox.Mounted($"-t tmpfs -o size={(before == "true" ? "4k" : "128k")} none {disk}", $"DISK={disk}; SCAN={scan}; {before}; {fill} 2>/dev/null; exec $ZOMBIEOPS run --policy {policy}"));
        result.Fails(5, error);
        Assert.Contains(says, result.Err, StringComparison.Ordinal);
        Assert.Contains(disk, result.Err, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }

    [Fact]
    public void Where_the_audit_log_may_not_be_written_a_run_clears_nothing_scans_and_writes_its_metrics()
    {
        Sandbox.NeedsMounts(cli);
        using var actor = Actor.Start("stopped");
        string policy = Write(actor), audit = cli.File("state/audit");
        Directory.CreateDirectory(audit);
        CliResult result = cli.Shell(Sandbox.Mounted($"-t tmpfs -o ro none {audit}", $"exec $ZOMBIEOPS run --policy {policy}")).Fails(5, "AuditUnwritable");
        Assert.Contains(audit, result.Err, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.Equal(5, Sweeping.MetricsFile.Read(cli.File("state/metrics/process.prom"))["zombieops_sweep_exit_code{source=\"process\"}"]);
        result = cli.Run("status", "--policy", policy).Exits(0);
        Assert.Contains("5 AuditUnwritable", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_says_in_its_first_line_and_exit_code_whether_a_tick_is_missing()
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor, Open);
        CliResult result = cli.Run("status", "--policy", policy).Exits(3);
        Assert.StartsWith("OVERDUE: process: no complete scan is known\n", result.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.File("state")));

        cli.Run("run", "--policy", policy).Exits(0);
        result = cli.Run("status", "--policy", policy).Exits(0);
        Assert.StartsWith("OK: process ", result.Out, StringComparison.Ordinal);
        Assert.Contains("audit log   " + cli.File("state/audit") + ": record 4, ", result.Out, StringComparison.Ordinal);
        Assert.Equal("", result.Err);
        cli.Run("status", "--state", cli.File("state"), "--max-age", "1h").Exits(0);
        StatusReport read = ZombieJson.Read<StatusReport>(cli.Run("status", "--policy", policy, "--max-age", "1ms", "--output", "json").Exits(3).Out);
        Assert.Equal((StatusReport.Overdue, 1, 0), (read.ExitReason, read.Entries[0].LastTick!.Cleared, read.Entries[0].OpenIntents));
        Assert.Contains("is the most", read.Entries[0].OverdueBecause, StringComparison.Ordinal);

        cli.Run("status", "--policy", cli.File("none.yaml")).Fails(2, "PolicyUnreadable");
        cli.Run("status", "--max-age", "soon").Fails(2, "BadArgument");
        Assert.StartsWith("OVERDUE: no tick is known", cli.Run("status", "--state", cli.File("elsewhere")).Exits(3).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_of_notify_gets_the_report()
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor, $"notify: {{command: [/bin/sh, -c, 'cat > \"$1\"; echo heard', tell, '{cli.File("told")}']}}\n");
        CliResult result = cli.Run("run", "--policy", policy, "--output", "json").Exits(0);
        Assert.Equal("heard", result.Err.Trim());
        PolicyReport told = ZombieJson.Read<PolicyReport>(File.ReadAllText(cli.File("told")));
        Assert.Equal((told.StartedAt, told.Sha256, 0), (ZombieJson.Read<PolicyReport>(result.Out).StartedAt, ZombieJson.Read<PolicyReport>(result.Out).Sha256, told.Exit));

        // Nothing left and nothing done: by default nobody is told.
        File.Delete(cli.File("told"));
        cli.Run("run", "--policy", policy).Exits(0);
        Assert.False(File.Exists(cli.File("told")));
    }

    [Theory]
    [InlineData("[/bin/sh, -c, 'exit 7']", "ended with exit code 7")]
    [InlineData("[/bin/sh, -c, 'cat > /dev/null; exec sleep 60']", "did not end within 200ms and was ended")]
    [InlineData("[/nonexistent/tell]", "could not be run")]
    public void A_command_of_notify_that_fails_fails_the_run(string command, string says)
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor, $"notify: {{command: {command}, timeout: 200ms, when: always}}\n");
        CliResult result = cli.Run("run", "--policy", policy, "--quiet").Fails(3, "NotifyFailed");
        Assert.Contains(says, result.Err, StringComparison.Ordinal);
        Assert.Null(ProcFs.State(actor.ZombiePid));
        Assert.Contains("exit 3 NotifyFailed", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_with_errors_does_nothing_and_tells_all_of_them()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run("run", "--policy", Write(actor, "limts: 5\nwindows: []\n")).Fails(2, "PolicyInvalid");
        Assert.Contains("policy.yaml:10:1: error: the policy has no key 'limts'", result.Err, StringComparison.Ordinal);
        Assert.Contains("policy.yaml:11:10: error: 'windows' is an empty list", result.Err, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.False(Directory.Exists(cli.File("state")));
        cli.Run("run", "--policy", cli.File("none.yaml")).Fails(2, "PolicyUnreadable");
        cli.Run("run").Fails(2, "BadArgument");
    }

    [Fact]
    public void Check_exits_with_what_it_found()
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor);
        Assert.EndsWith("0 errors, 0 warnings\n", cli.Run("policy", "check", policy).Exits(0).Out, StringComparison.Ordinal);

        Write(actor, $"exemptions:\n  - {{match: {{unit: gone.service}}, owner: o, reason: r, expires: {DateTimeOffset.UtcNow.AddDays(30):yyyy-MM-dd}}}\n");
        cli.Run("policy", "check", policy).Exits(0);
        Assert.Contains("policy.yaml:11:1: warning: the exemption (unit=gone.service) of o matches nothing", cli.Run("policy", "check", policy, "--scan").Exits(1).Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.File("state")));

        Write(actor, "nmae: x\n");
        CliResult result = cli.Run("policy", "check", policy, "--output", "json").Exits(2);
        PolicyCheckReport report = ZombieJson.Read<PolicyCheckReport>(result.Out);
        Assert.Equal((false, 10, 1, "write 'name'"), (report.Valid, report.Faults[0].Line, report.Faults[0].Column, report.Faults[0].Instead));
    }

    [Fact]
    public void Explain_names_the_line_that_decides()
    {
        using var actor = Actor.Start("stopped");
        string pid = actor.ZombiePid.ToString(CultureInfo.InvariantCulture);
        string policy = Write(actor);
        string text = cli.Run("policy", "explain", policy, pid).Exits(0).Out;
        Assert.Contains("would     clear it\n", text, StringComparison.Ordinal);
        Assert.Contains("policy.yaml:8\n", text, StringComparison.Ordinal);
        Assert.Contains("remedies  continue\n", text, StringComparison.Ordinal);
        Assert.Contains("line 9: nor one that would act on more than 100% of all that was scanned", text, StringComparison.Ordinal);

        Write(actor, Closed);
        PolicyDecision decision = ZombieJson.Read<PolicyDecision>(cli.Run("policy", "explain", policy, pid, "-o", "json").Exits(0).Out);
        Assert.Equal((PolicyAnswer.ClearLater, 10), (decision.Answer, decision.Line));
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.False(Directory.Exists(cli.File("state")));
        cli.Run("policy", "explain", policy, "999999999").Fails(2, "NoSuchProcess");
        Assert.Contains("did you mean 'process'?", cli.Run("policy", "explain", policy, pid, "--source", "proces").Fails(2, "BadArgument").Err, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("processes.yaml")]
    [InlineData("search-es-operator.yaml")]
    public void The_examples_pass_the_check(string name)
    {
        string file = Path.Combine(PowerShell.ModuleStage.Repository, "deploy", "policy", name);
        CliResult result = cli.Run("policy", "check", file);
        // The exemption of the example lapses some day; then this test says so and the date is moved.
        Assert.True(result.Exit == 0, result.Out);
    }

    [Fact]
    public void It_runs_in_the_bare_environment_of_cron()
    {
        using var actor = Actor.Start("stopped");
        string policy = Write(actor, Open);
        cli.Shell($"cd /; env -i PATH=/usr/bin:/bin DOTNET_ROOT=\"$DOTNET_ROOT\" $ZOMBIEOPS run --policy {policy} --quiet < /dev/null").Exits(0);
        Assert.Null(ProcFs.State(actor.ZombiePid));
    }
}
