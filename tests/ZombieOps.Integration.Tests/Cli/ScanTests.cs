using System.Globalization;
using System.Text.Json;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Model;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Integration.Tests.Cli;

/// <summary><c>scan</c> and <c>explain</c> on real zombies.</summary>
public sealed class ScanTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    private static string Where(Actor actor) => string.Create(CultureInfo.InvariantCulture, $"pid={actor.ZombiePid}");

    [Fact]
    public void The_json_of_a_scan_is_read_back_by_the_engine()
    {
        using var actor = Actor.Start("not-waiting");
        CliResult result = cli.Run("scan", "--output", "json", "--min-age", "0", "--where", Where(actor)).Exits(1);

        ScanReport report = ZombieJson.Read<ScanReport>(result.Out);
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal("ParentNotWaiting", finding.Cause);
        Assert.Equal(Verdict.Zombie, finding.Verdict);
        Assert.Equal(1, report.Counts.Zombies);
        Assert.True(report.Complete);
        Assert.NotEmpty(finding.Evidence);
    }

    [Fact]
    public void A_line_of_ndjson_is_a_finding_and_the_last_one_the_summary()
    {
        using var actor = Actor.Start("not-waiting", 3);
        string pids = string.Join(",", actor.ZombiePids.Select(pid => $"pid={pid}"));
        string[] lines = cli.Run("scan", "-o", "ndjson", "--min-age", "0", "--where", pids).Exits(1).Out.TrimEnd('\n').Split('\n');

        Assert.Equal(4, lines.Length);
        Assert.All(lines[..3], line => Assert.Equal("ParentNotWaiting", ZombieJson.Read<Finding>(line).Cause));
        ScanReport summary = ZombieJson.Read<ScanReport>(lines[3]);
        Assert.Equal(3, summary.Counts.Zombies);
        Assert.Empty(summary.Findings);
    }

    [Fact]
    public void The_table_names_pid_cause_verdict_and_parent_and_has_no_colours_in_a_pipe()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run("scan", "--min-age", "0", "--where", Where(actor)).Exits(1);

        string[] lines = result.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Equal(["PID", "STATE", "AGE", "CAUSE", "VERDICT", "PARENT", "OWNER"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(lines[0].IndexOf("CAUSE", StringComparison.Ordinal), lines[1].IndexOf("parent-stopped", StringComparison.Ordinal));
        Assert.Contains($"stopped ({actor.ParentPid})", lines[1], StringComparison.Ordinal);
        Assert.Contains("1 zombie", result.Err, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", result.Out + result.Err, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_found_is_exit_code_0()
    {
        CliResult result = cli.Run("scan", "--where", "pid=1").Exits(0);
        Assert.Equal("", result.Out);
        Assert.Contains("0 zombies", result.Err, StringComparison.Ordinal);
    }

    [Fact]
    public void The_age_comes_from_the_ledger_and_grows()
    {
        using var actor = Actor.Start("not-waiting");
        string[] scan = ["scan", "-o", "json", "--where", Where(actor), "--min-age", "1ms"];

        Assert.Equal(AgeSource.FirstSight, ZombieJson.Read<ScanReport>(cli.Run([.. scan, "--no-ledger"]).Out).Findings[0].AgeFrom);
        Assert.Equal(AgeSource.FirstSight, ZombieJson.Read<ScanReport>(cli.Run(scan).Out).Findings[0].AgeFrom);
        Finding second = ZombieJson.Read<ScanReport>(cli.Run(scan).Exits(1).Out).Findings[0];
        Assert.Equal(AgeSource.Ledger, second.AgeFrom);
        Assert.True(second.Age > TimeSpan.Zero);
    }

    [Theory]
    [InlineData("--cause", "parent-stopped", 1)]
    [InlineData("--cause", "Parent-*,parent-dead", 1)]
    [InlineData("--cause", "sigchld-missed", 0)]
    [InlineData("--verdict", "zombie", 1)]
    [InlineData("--verdict", "protected", 0)]
    [InlineData("--command", "end-when-*", 1)]
    [InlineData("--command", "nginx", 0)]
    [InlineData("--unit", "no-such-*.service", 0)]
    public void Filters_choose_findings(string option, string value, int found)
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run("scan", "-o", "json", "--min-age", "0", "--where", Where(actor), option, value).Exits(found);
        Assert.Equal(found, ZombieJson.Read<ScanReport>(result.Out).Findings.Count);
    }

    [Fact]
    public void A_live_program_whose_leader_has_exited_is_shown_and_is_no_reason_to_act()
    {
        using var actor = Actor.Start("leader-exited");
        CliResult result = cli.Run("scan", "-o", "json", "--min-age", "0", "--where", Where(actor)).Exits(0);
        Finding finding = Assert.Single(ZombieJson.Read<ScanReport>(result.Out).Findings);
        Assert.Equal((Verdict.Protected, "LeaderExited"), (finding.Verdict, finding.Reason));

        // A person reads why it is protected, not that something is unknown.
        string table = cli.Run("scan", "--min-age", "0", "--where", Where(actor)).Exits(0).Out;
        string explained = cli.Run("explain", finding.Target is ProcessTarget { Pid: var pid } ? $"{pid}" : "").Exits(0).Out;
        Assert.All([table, explained], text => Assert.Contains("leader-exited", text, StringComparison.Ordinal));
        Assert.All([table, explained], text => Assert.DoesNotContain("cause     unknown", text, StringComparison.Ordinal));
        Assert.DoesNotContain("unknown", table, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_cannot_speak_to_the_terminal()
    {
        string program = cli.File("\u001b[2Jx) Z (");
        File.Copy("/bin/true", program);
        using var actor = Actor.Start("not-waiting", 1, "read", "program=" + program);
        CliResult result = cli.Run("scan", "-o", "wide", "--min-age", "0", "--where", Where(actor)).Exits(1);
        Assert.DoesNotContain("\u001b", result.Out, StringComparison.Ordinal);
        Assert.Contains("?[2Jx) Z (", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", cli.Run("explain", $"{actor.ZombiePid}").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_tells_evidence_owner_cause_age_and_remedies()
    {
        using var actor = Actor.Start("missed");
        string text = cli.Run("explain", $"{actor.ZombiePid}", "--min-age", "0").Exits(1).Out;
        foreach (string part in (string[])["sigchld-missed", "evidence", $"/proc/{actor.ParentPid}/status", "owner, nearest first", "missed", "remedies", "nudge", "harm", "docs/causes.md#sigchld-missed", "seen for the first time"])
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        string link = text.Split('\n').Single(line => line.Contains("how to fix it in code: ", StringComparison.Ordinal)).Split(": ")[1];
        string page = System.IO.File.ReadAllText(Path.Combine(Docs.SnippetTests.Root(), link.Split('#')[0]));
        Assert.Contains($"<a id=\"{link.Split('#')[1]}\"></a>", page, StringComparison.Ordinal);

        Finding finding = ZombieJson.Read<Finding>(cli.Run("explain", $"{actor.ZombiePid}", "--min-age", "0", "-o", "json").Exits(1).Out);
        Assert.Equal("SigchldMissed", finding.Cause);
    }

    [Theory]
    [InlineData("1", "NotAZombie")]
    [InlineData("4194304", "NoSuchProcess")]
    [InlineData("0", "BadArgument")]
    [InlineData("-5", "BadArgument")]
    [InlineData("nginx", "BadArgument")]
    [InlineData("99999999999999999999", "BadArgument")]
    public void Explain_says_what_is_wrong_with_a_pid(string pid, string error) =>
        cli.Run("explain", "--", pid).Fails(2, error);

    [Theory]
    [InlineData("$ZOMBIEOPS scan -o json >&-")]
    [InlineData("$ZOMBIEOPS scan -o ndjson | true")]
    [InlineData("$ZOMBIEOPS scan >&- 2>&-")]
    [InlineData("$ZOMBIEOPS scan --help | head -n 1")]
    public void A_closed_output_is_no_crash(string command)
    {
        CliResult result = cli.Shell($"{command}; code=$?; [ $code -le 5 ] || exit 77");
        result.Exits(0);
        Assert.DoesNotContain("   at ", result.Err, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", result.Err, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_told_and_not_silent()
    {
        if (!File.Exists("/dev/full"))
        {
            Assert.Skip("/dev/full is not here");
        }

        cli.Shell("$ZOMBIEOPS scan -o json > /dev/full").Fails(3, "CannotWrite");
    }

    [Fact]
    public void A_state_directory_that_cannot_be_written_costs_the_ages_and_not_the_scan()
    {
        using var actor = Actor.Start("not-waiting");
        File.WriteAllText(cli.File("file"), "");
        CliResult result = cli.Run("scan", "-o", "json", "--min-age", "0", "--where", Where(actor), "--state", Path.Combine(cli.File("file"), "below")).Exits(1);
        Assert.Single(ZombieJson.Read<ScanReport>(result.Out).Findings);
        Assert.Contains("warning", result.Err, StringComparison.Ordinal);
    }

    [Fact]
    public void Exemptions_that_cannot_be_read_stop_the_scan()
    {
        File.WriteAllText(cli.File("exemptions.json"), "{ not json");
        cli.Run("scan", "--exemptions", cli.File("exemptions.json")).Fails(2, "ExemptionsUnreadable");
        cli.Run("scan", "--exemptions", cli.File("none.json")).Fails(2, "ExemptionsUnreadable");
    }

    [Fact]
    public void Without_home_a_user_may_scan_and_is_told_before_clearing()
    {
        const string Unset = "env -u HOME -u ZOMBIEOPS_STATE -u ZOMBIEOPS_CONFIG -u XDG_STATE_HOME ";
        string asUser = "";
        if (Environment.IsPrivilegedProcess)
        {
            if (!File.Exists("/usr/bin/setpriv") || cli.Shell("setpriv --reuid 65534 --clear-groups $ZOMBIEOPS --version").Exit != 0)
            {
                Assert.Skip("setpriv(1), or a build that others may read, is not here: this is root, who needs no HOME");
            }

            asUser = "setpriv --reuid 65534 --clear-groups ";
        }

        cli.Shell($"{asUser}{Unset} $ZOMBIEOPS scan --where pid=1 -o json").Exits(0);
        cli.Shell($"{asUser}{Unset} $ZOMBIEOPS clear --yes --where pid=1").Fails(5, "NoStateDirectory");
        cli.Shell($"{asUser}{Unset} $ZOMBIEOPS audit verify").Fails(5, "NoStateDirectory");
    }

    [Fact]
    public void Colours_are_for_terminals_that_want_them()
    {
        Machine.Needs("script");

        using var actor = Actor.Start("not-waiting");
        string command = $"script -qec \"$ZOMBIEOPS scan --min-age 0 --where {Where(actor)}\" /dev/null";
        Assert.Contains("\u001b[31mzombie", cli.Shell($"unset NO_COLOR; TERM=xterm {command}").Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[", cli.Shell($"NO_COLOR=1 TERM=xterm {command}").Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[", cli.Shell($"unset NO_COLOR; TERM=dumb {command}").Out, StringComparison.Ordinal);
    }
}
