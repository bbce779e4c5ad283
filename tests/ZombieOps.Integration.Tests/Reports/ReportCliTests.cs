using System.Globalization;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Reports;

namespace ZombieOps.Integration.Tests.Reports;

/// <summary><c>zombieops report</c> on what real sweeps of real zombies have left.</summary>
public sealed class ReportCliTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void A_real_zombie_that_a_sweep_cleared_is_in_the_report_of_the_week()
    {
        using var actor = Actor.Start("stopped");
        string where = string.Create(CultureInfo.InvariantCulture, $"pid={actor.ZombiePid}");
        Assert.Contains(cli.Run("sweep", "--allow", "continue", "--min-age", "0", "--max-share", "1", "--watch", "0", "--where", where, "--why", "cron").Exit, (int[])[0, 3]);

        PeriodReport report = ZombieJson.Read<PeriodReport>(cli.Run("report", "--from", "-7d", "--format", "json").Exits(3).Out);
        ReportAct act = Assert.Single(report.Acts);
        Assert.Equal((ReportOutcome.Cleared, "Continue", "ParentStopped", "cron"), (act.Outcome, act.Remedy, act.Cause, act.Why));
        Assert.Contains($"({actor.ZombiePid})", act.Target, StringComparison.Ordinal);
        Assert.NotEmpty(act.Evidence);
        Assert.Equal(1, Assert.Single(report.Scanning).Ticks);
        Assert.Equal((3, "Incomplete"), (report.Exit, report.ExitReason)); // of the days before the first tick nothing is known

        string html = cli.File("weekly.html");
        CliResult written = cli.Run("report", "--from", "-7d", "-o", html);
        Assert.Equal("", written.Out);
        Assert.Contains("not known: when 'process' was scanned is not known from", written.Err, StringComparison.Ordinal);
        Assert.Contains("1 act in 1 incident; exit 3 Incomplete", written.Err, StringComparison.Ordinal);
        Assert.Contains($"({actor.ZombiePid})", File.ReadAllText(html), StringComparison.Ordinal);
        Assert.Equal("640", cli.Shell($"stat -c %a {html}").Out.Trim());
        string csv = cli.Run("report", "--format", "csv").Out;
        Assert.Equal(2, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("\"sequence\",\"at\"", csv, StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", cli.Run("report", "-o", "-").Out, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(html)!, "*.tmp"));

        string anchor = cli.Run("audit", "anchor").Exits(0).Out.Trim();
        Assert.Equal(anchor, ZombieJson.Read<PeriodReport>(cli.Run("report", "--anchor", anchor, "-o", "-", "--format", "json").Out).Anchor);
        Assert.Contains("does not verify", cli.Run("report", "--anchor", "1:" + new string('0', 64), "-o", cli.File("x.html")).Exits(3).Err, StringComparison.Ordinal);
    }

    [Fact]
    public void The_format_follows_the_name_of_the_file()
    {
        Directory.CreateDirectory(cli.State);
        cli.Run("report", "-o", cli.File("a.json")).Exits(3);
        Assert.Empty(ZombieJson.Read<PeriodReport>(File.ReadAllText(cli.File("a.json"))).Acts);
        cli.Run("report", "-o", cli.File("a.csv")).Exits(3);
        Assert.StartsWith("\"sequence\"", File.ReadAllText(cli.File("a.csv")), StringComparison.Ordinal);
        cli.Run("report", "-o", cli.File("a.out"), "--format", "csv").Exits(3);
        Assert.StartsWith("\"sequence\"", File.ReadAllText(cli.File("a.out")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'tomorrow' is no time for --from", "--from", "tomorrow")]
    [InlineData("before it begins", "--from", "-1d", "--to", "-2d")]
    [InlineData("'xml' is no format for --format", "--format", "xml")]
    [InlineData("'12:ab' is no anchor", "--anchor", "12:ab")]
    [InlineData("'5' is no duration for --max-gap", "--max-gap", "5")]
    [InlineData("did you mean '--format'?", "--fromat", "csv")]
    [InlineData("cannot be written", "-o", "/nowhere/at/all/x.html")]
    public void Wrong_usage_is_told_and_writes_nothing(string says, params string[] args)
    {
        Directory.CreateDirectory(cli.State);
        CliResult result = cli.Run(["report", .. args]).Fails(2, args[^1].StartsWith("/nowhere", StringComparison.Ordinal) ? "CannotWrite" : "BadArgument");
        Assert.Contains(says, result.Err, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public void A_state_directory_that_is_not_there_is_an_error()
    {
        Assert.Contains("there is no state directory", cli.Run("report", "--state", cli.File("typo")).Fails(2, "BadArgument").Err, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.File("typo")));
    }

    [Fact]
    public void A_full_disk_leaves_the_report_of_last_week_as_it_was()
    {
        Sandbox.NeedsMounts(cli);
        Directory.CreateDirectory(cli.State);
        Directory.CreateDirectory(cli.File("small"));
        CliResult result = cli.Shell(Sandbox.Mounted($"-t tmpfs -o size=16k none {cli.File("small")}", $"echo old > {cli.File("small")}/weekly.html; head -c 12000 /dev/zero > {cli.File("small")}/fill; $ZOMBIEOPS report -o {cli.File("small")}/weekly.html; echo exit $?; cat {cli.File("small")}/weekly.html; ls {cli.File("small")}"));
        Assert.Contains("exit 2\nold\nfill\nweekly.html\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("CannotWrite", result.Err, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_may_not_read_the_log_is_told_that_the_report_is_not_all()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root, to become another user");
        using var actor = Actor.Start("stopped");
        string where = string.Create(CultureInfo.InvariantCulture, $"pid={actor.ZombiePid}");
        cli.Run("sweep", "--allow", "continue", "--min-age", "0", "--max-share", "1", "--watch", "0", "--where", where);
        Assert.SkipUnless(cli.Shell($"{Sandbox.AsNobody} $ZOMBIEOPS --version").Exit == 0, "setpriv(1), or a build that others may read");
        cli.Shell($"chmod 755 {Path.GetDirectoryName(cli.State)} {cli.State} {cli.State}/audit; chmod 600 {cli.State}/audit/*.jsonl").Exits(0);
        CliResult result = cli.Shell($"{Sandbox.AsNobody} $ZOMBIEOPS report --format json").Exits(3);
        PeriodReport report = ZombieJson.Read<PeriodReport>(result.Out);
        Assert.False(report.Chain.Ok);
        Assert.Equal(ReportGrade.Incomplete, report.Attention[0].Grade);
        Assert.Contains("cannot be read", report.Attention[0].Says, StringComparison.Ordinal);
    }
}
