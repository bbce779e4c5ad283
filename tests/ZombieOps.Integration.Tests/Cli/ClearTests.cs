using System.Globalization;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Cli.Drill;
using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Integration.Tests.Cli;

/// <summary><c>clear</c>, <c>plan</c> and <c>audit</c> on real zombies.</summary>
public sealed class ClearTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    private static string[] Clear(Actor actor, params string[] more) =>
        ["clear", "--min-age", "0", "--watch", "0", "--where", string.Create(CultureInfo.InvariantCulture, $"pid={actor.ZombiePid}"), .. more];

    [Fact]
    public void A_cleared_zombie_is_gone_and_the_log_tells_of_it_and_verifies()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run(Clear(actor, "--allow", "continue", "--yes", "--why", "ticket 4711")).Exits(0);
        Assert.StartsWith("cleared", result.Out, StringComparison.Ordinal);
        Assert.Null(ProcFs.State(actor.ZombiePid));

        Assert.Contains("intact", cli.Run("audit", "verify").Exits(0).Out, StringComparison.Ordinal);
        AuditRecord[] records = [.. cli.Run("audit", "show", "-o", "ndjson", "--since", "1h").Exits(0).Out.TrimEnd('\n').Split('\n').Select(ZombieJson.Read<AuditRecord>)];
        Assert.Equal([AuditKind.RunStarted, AuditKind.Intent, AuditKind.Outcome, AuditKind.RunEnded], records.Select(record => record.Kind));
        Assert.All(records, record => Assert.NotNull(record.Who));
        Assert.Equal("ticket 4711", records[1].Why);
        Assert.Equal("Continue", records[1].Remedy);
        Assert.Equal(ClearOutcome.Cleared, records[2].Result!.Outcome);
        string table = cli.Run("audit", "show").Exits(0).Out;
        Assert.Contains("cleared: continue", table, StringComparison.Ordinal);

        string anchor = cli.Run("audit", "anchor").Exits(0).Out.Trim();
        Assert.StartsWith("4:", anchor, StringComparison.Ordinal);
        cli.Run("audit", "verify", "--anchor", anchor).Exits(0);
        cli.Run("audit", "verify", "--anchor", "3:" + anchor[2..]).Exits(1);
    }

    [Fact]
    public void Who_chooses_by_cause_is_told_that_a_young_zombie_has_another_one()
    {
        using var actor = Actor.Start("not-waiting");
        string[] clear = ["clear", "--cause", "parent-not-waiting", "--allow", "end-parent", "--dry-run", "--where", string.Create(CultureInfo.InvariantCulture, $"pid={actor.ZombiePid}")];
        Assert.Contains("too-young", cli.Run(clear).Exits(0).Err, StringComparison.Ordinal);
        Assert.Contains("would-clear", cli.Run([.. clear, "--min-age", "0"]).Exits(1).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_record_is_found()
    {
        using var actor = Actor.Start("stopped");
        cli.Run(Clear(actor, "--allow", "continue", "--yes", "--why", "ticket 4711")).Exits(0);
        string segment = Directory.EnumerateFiles(Path.Combine(cli.State, "audit"), "*.jsonl").Single();
        File.WriteAllText(segment, File.ReadAllText(segment).Replace("ticket 4711", "ticket 4712", StringComparison.Ordinal));

        CliResult result = cli.Run("audit", "verify").Exits(1);
        Assert.Contains("changed", result.Out, StringComparison.Ordinal);
        Assert.Contains("NOT INTACT", result.Out, StringComparison.Ordinal);
        cli.Run("audit", "anchor").Fails(1, "AuditBroken");
        Assert.False(cli.Run("audit", "verify", "-o", "json").Exits(1).Out.Contains("\"faultCount\": 0", StringComparison.Ordinal));
    }

    [Fact]
    public void A_dry_run_changes_nothing_at_all()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run(Clear(actor, "--allow", "continue", "--dry-run", "-o", "json")).Exits(1);
        ClearReport report = ZombieJson.Read<ClearReport>(result.Out);
        Assert.True(report.DryRun);
        Assert.Equal(ClearOutcome.WouldClear, Assert.Single(report.Results).Outcome);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.Equal('T', ProcFs.State(actor.ParentPid));
        Assert.False(Directory.Exists(cli.State));
    }

    [Fact]
    public void Without_a_yes_and_without_a_terminal_nothing_is_asked_and_nothing_is_done()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run(Clear(actor, "--allow", "continue")).Fails(2, "BadArgument");
        Assert.Contains("give --yes or --dry-run", result.Err, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.False(Directory.Exists(cli.State));
    }

    [Theory]
    [InlineData("n", 'Z', 1)]
    [InlineData("q", 'Z', 1)]
    [InlineData("", 'Z', 1)]
    [InlineData("yes please", 'Z', 1)]
    [InlineData("y", null, 0)]
    [InlineData("all", null, 0)]
    public void On_a_terminal_each_act_is_asked_for(string answer, char? state, int exit)
    {
        Machine.Needs("script");

        using var actor = Actor.Start("stopped");
        string command = string.Join(' ', Clear(actor, "--allow", "continue"));
        CliResult result = cli.Shell($"echo '{answer}' | script -qec \"$ZOMBIEOPS {command}\" /dev/null").Exits(exit);
        Assert.Contains("[y]es, [N]o", result.Out, StringComparison.Ordinal);
        Assert.Equal(state, ProcFs.State(actor.ZombiePid));
    }

    [Theory]
    [InlineData("> /dev/full", 3)]
    [InlineData("2> /dev/full", 3)]
    [InlineData("> /dev/full 2>&1", 3)]
    public void Where_nothing_can_be_written_out_the_run_is_still_closed_in_the_log(string redirection, int exit)
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "/dev/full is not here");
        using var actor = Actor.Start("stopped");
        cli.Shell($"$ZOMBIEOPS {string.Join(' ', Clear(actor, "--allow", "continue", "--yes"))} {redirection}").Exits(exit);
        AuditRecord[] records = [.. cli.Run("audit", "show", "-o", "ndjson").Exits(0).Out.TrimEnd('\n').Split('\n').Select(ZombieJson.Read<AuditRecord>)];
        Assert.Equal([AuditKind.RunStarted, AuditKind.Intent, AuditKind.Outcome, AuditKind.RunEnded], records.Select(record => record.Kind));
    }

    [Fact]
    public void A_remedy_that_has_to_be_named_does_not_run_unnamed()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run(Clear(actor, "--yes")).Exits(1);
        Assert.Contains("'continue'", result.Out, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }

    [Fact]
    public void A_live_program_is_never_cleared_whatever_is_allowed()
    {
        using var actor = Actor.Start("leader-exited");
        CliResult result = cli.Run(Clear(actor, "--yes", "--allow", "continue,reap,restart-unit,end-parent,kill-parent")).Exits(1);
        Assert.Contains("LeaderExited", result.Out, StringComparison.Ordinal);
        Assert.True(actor.GoesOn());
    }

    [Theory]
    [InlineData("--max-count", "0")]
    [InlineData("--max-share", "0%")]
    public void A_crossed_limit_clears_nothing(string option, string value)
    {
        using var actor = Actor.Start("stopped");
        cli.Run(Clear(actor, "--yes", "--allow", "continue", option, value)).Fails(4, "LimitCrossed");
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }

    [Fact]
    public void A_stop_file_clears_nothing()
    {
        using var actor = Actor.Start("stopped");
        File.WriteAllText(cli.File("halt"), "");
        cli.Run(Clear(actor, "--yes", "--allow", "continue", "--stop-file", cli.File("halt"))).Fails(4, "StopFilePresent");
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }

    [Fact]
    public void Without_an_audit_log_nothing_is_cleared()
    {
        using var actor = Actor.Start("stopped");
        File.WriteAllText(cli.File("file"), "");
        cli.Run(Clear(actor, "--yes", "--allow", "continue", "--state", Path.Combine(cli.File("file"), "below"))).Fails(5, "AuditUnwritable");
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }

    [Fact]
    public void A_plan_is_acted_on_and_nothing_beside_it()
    {
        using var planned = Actor.Start("stopped");
        using var other = Actor.Start("stopped");
        CliResult made = cli.Run("plan", "-o", cli.File("plan.json"), "--allow", "continue", "--min-age", "0", "--where", $"pid={planned.ZombiePid}").Exits(0);
        Assert.Contains("1 step planned", made.Err, StringComparison.Ordinal);

        CliResult result = cli.Run("clear", "--plan", cli.File("plan.json"), "--min-age", "0", "--watch", "0", "--yes", "-o", "ndjson").Exits(0);
        string[] lines = result.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Equal(ClearOutcome.Cleared, ZombieJson.Read<ClearResult>(lines[0]).Outcome);
        Assert.Empty(ZombieJson.Read<ClearReport>(lines[1]).Results);
        Assert.Null(ProcFs.State(planned.ZombiePid));
        Assert.Equal('Z', ProcFs.State(other.ZombiePid));
    }

    [Fact]
    public void A_plan_of_another_place_or_time_is_refused()
    {
        using var actor = Actor.Start("stopped");
        string path = cli.File("plan.json");
        cli.Run("plan", "-o", path, "--allow", "continue", "--min-age", "0", "--where", $"pid={actor.ZombiePid}").Exits(0);
        Plan plan = PlanFile.Read(path);

        void Refused(string error, Plan changed)
        {
            File.WriteAllText(path, ZombieJson.Write(changed));
            cli.Run("clear", "--plan", path, "--min-age", "0", "--yes").Fails(2, error);
        }

        Refused("PlanFromAnotherHost", plan with { Scan = plan.Scan with { Host = "elsewhere" } });
        Refused("PlanFromAnotherBoot", plan with { Scan = plan.Scan with { BootId = Guid.NewGuid().ToString() } });
        Refused("PlanVersionUnknown", plan with { Schema = "zombieops/99" });
        File.WriteAllText(path, "[]");
        cli.Run("clear", "--plan", path, "--yes").Fails(2, "PlanUnreadable");
        cli.Run("clear", "--plan", cli.File("none.json"), "--yes").Fails(2, "PlanUnreadable");
        cli.Run("clear", "--plan", path, "--yes", "--cause", "parent-stopped").Fails(2, "BadArgument");
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }

    [Fact]
    public void A_plan_goes_to_standard_output_as_well()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run("plan", "-o", "-", "--allow", "continue", "--min-age", "0", "--where", $"pid={actor.ZombiePid}").Exits(0);
        Assert.Equal("Continue", Assert.Single(ZombieJson.Read<Plan>(result.Out).Steps).Remedy);
    }

    [Fact]
    public void An_audit_log_without_records_proves_nothing_and_has_no_anchor()
    {
        Assert.Contains("nothing to verify", cli.Run("audit", "verify").Exits(3).Out, StringComparison.Ordinal);
        Assert.Equal("[]\n", cli.Run("audit", "show", "-o", "json").Exits(0).Out);
        cli.Run("audit", "anchor").Fails(2, "BadArgument");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(Libc.SigTerm)]
    public void An_interrupt_stops_between_two_acts(int signal)
    {
        using var first = Actor.Start("stopped");
        using var second = Actor.Start("stopped");
        string[] args =
        [
            "clear", "--min-age", "0", "--watch", "60s", "--allow", "continue", "--yes", "-o", "json",
            "--where", string.Create(CultureInfo.InvariantCulture, $"pid={first.ZombiePid},pid={second.ZombiePid}"),
        ];
        using System.Diagnostics.Process run = cli.Start(ZombieOpsCli.Executable, args);
        // After the first act of a run it watches for what comes back, which is where the signal finds it.
        Assert.True(SpinWait.SpinUntil(() => ProcFs.State(first.ZombiePid) is null || ProcFs.State(second.ZombiePid) is null, 30_000));
        Libc.kill(run.Id, signal);
        ClearReport report = ZombieJson.Read<ClearReport>(run.StandardOutput.ReadToEnd());
        run.WaitForExit();

        Assert.Equal(3, run.ExitCode);
        Assert.Equal("Interrupted", report.StoppedBecause);
        Assert.Equal([ClearOutcome.Cleared, ClearOutcome.Skipped], report.Results.Select(result => result.Outcome));
        Assert.Single(new[] { first, second }, actor => ProcFs.State(actor.ZombiePid) is 'Z');
        cli.Run("audit", "verify").Exits(0);
    }

    [Fact]
    public void Reap_has_a_minimum_age_that_no_option_lowers()
    {
        using var actor = Actor.Start("not-waiting");
        string[] args = ["clear", "--min-age", "0", "--watch", "1s", "--allow", "reap", "--yes", "-o", "json", "--where", $"pid={actor.ZombiePid}"];
        ClearReport report = ZombieJson.Read<ClearReport>(cli.Run(args).Exits(1).Out);
        Assert.Equal(ClearOutcome.Skipped, Assert.Single(report.Results).Outcome);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }
}
