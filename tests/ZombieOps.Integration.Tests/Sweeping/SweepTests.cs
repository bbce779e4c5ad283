using System.Diagnostics;
using System.Globalization;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Model;

namespace ZombieOps.Integration.Tests.Sweeping;

/// <summary><c>sweep</c> on real zombies, as cron runs it.</summary>
public sealed class SweepTests : IDisposable
{
    private const string Zombies = "zombieops_verdict_findings{source=\"process\",verdict=\"zombie\"}";
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    private string Metrics => Path.Combine(cli.State, "metrics/process.prom");

    private static string[] Sweep(Actor actor, params string[] more) =>
        ["sweep", "--min-age", "0", "--watch", "0", "--where", string.Create(CultureInfo.InvariantCulture, $"pid={actor.ZombiePid}"), .. more];

    [Fact]
    public void A_tick_without_an_allowed_remedy_records_and_leaves_the_zombie()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run(Sweep(actor)).Exits(1);
        Assert.Contains("left", result.Out, StringComparison.Ordinal);
        Assert.Contains("exit 1 FindingsLeft", result.Out, StringComparison.Ordinal);
        Assert.Equal("", result.Err);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.Contains($":{actor.ZombiePid}:", File.ReadAllText(Path.Combine(cli.State, "ledger/process.json")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(cli.State, "audit")));
        Assert.InRange(MetricsFile.Read(Metrics)[Zombies], 1, double.MaxValue);
    }

    [Fact]
    public void A_tick_clears_what_is_allowed_without_asking_and_the_next_one_is_silent()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run(Sweep(actor, "--allow", "continue", "--quiet", "--why", "cron")).Exits(0);
        Assert.StartsWith("cleared", result.Out, StringComparison.Ordinal);
        Assert.Null(ProcFs.State(actor.ZombiePid));
        Assert.Equal(1, MetricsFile.Read(Metrics)["zombieops_clear_results{source=\"process\",outcome=\"cleared\"}"]);
        cli.Run("audit", "verify").Exits(0);

        result = cli.Run(Sweep(actor, "--allow", "continue", "--quiet")).Exits(0);
        Assert.Equal(("", ""), (result.Out, result.Err));
        Assert.Equal(0, MetricsFile.Read(Metrics)["zombieops_clear_results{source=\"process\",outcome=\"cleared\"}"]);
    }

    [Fact]
    public void A_limit_that_is_crossed_clears_nothing_and_the_metrics_are_written()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run(Sweep(actor, "--allow", "continue", "--max-count", "0", "--quiet")).Fails(4, "LimitCrossed");
        Assert.Contains("exit 4 LimitCrossed", result.Out, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Dictionary<string, double> metrics = MetricsFile.Read(Metrics);
        Assert.Equal(4, metrics["zombieops_sweep_exit_code{source=\"process\"}"]);
        Assert.InRange(metrics[Zombies], 1, double.MaxValue);
    }

    [Fact]
    public void Of_two_sweeps_at_once_one_works_and_the_other_says_so_and_changes_nothing()
    {
        using var actor = Actor.Start("stopped");
        using Process first = cli.Start(ZombieOpsCli.Executable, Sweep(actor, "--allow", "continue", "--watch", "60s").Where((_, i) => i is not (3 or 4)));
        try
        {
            // Its zombie is gone: from now on it watches, and holds the lock.
            Assert.True(SpinWait.SpinUntil(() => ProcFs.State(actor.ZombiePid) is null, TimeSpan.FromSeconds(30)));
            using var other = Actor.Start("stopped");
            string ledger = File.ReadAllText(Path.Combine(cli.State, "ledger/process.json"));
            CliResult second = cli.Run(Sweep(other, "--allow", "continue", "--quiet")).Fails(3, "SweepBusy");
            Assert.Equal("", second.Out);
            Assert.Equal('Z', ProcFs.State(other.ZombiePid));
            Assert.Equal(ledger, File.ReadAllText(Path.Combine(cli.State, "ledger/process.json")));
            Assert.False(File.Exists(Metrics));
            // Another source has a lock of its own.
            cli.Run("sweep", "search", "--url", "http://127.0.0.1:1").Fails(3, "ServerUnreachable");

            first.Kill();
            first.WaitForExit();
            cli.Run(Sweep(other, "--allow", "continue")).Exits(0);
            Assert.Null(ProcFs.State(other.ZombiePid));
            cli.Run("audit", "verify").Exits(0);
        }
        finally
        {
            if (!first.HasExited)
            {
                first.Kill();
            }
        }
    }

    [Fact]
    public async Task Of_many_sweeps_at_once_each_works_or_says_that_it_did_not()
    {
        using var actor = Actor.Start("stopped");
        CliResult[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => cli.Run(Sweep(actor, "--allow", "continue")))));
        Assert.Contains(results, result => result.Exit == 0);
        Assert.All(results.Where(result => result.Exit != 0), result => result.Fails(3, "SweepBusy"));
        Assert.Null(ProcFs.State(actor.ZombiePid));
        string log = cli.Run("audit", "show", "-o", "ndjson").Exits(0).Out;
        Assert.Equal(1, log.Split("\"kind\":\"Intent\"").Length - 1);
        MetricsFile.Read(Metrics);
    }

    /// <summary>What systemd and a CronJob's deadline do first.</summary>
    [Fact]
    public void A_tick_that_is_told_to_end_says_so_and_writes_its_metrics()
    {
        // It takes connections and never answers.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using Process tick = cli.Start(ZombieOpsCli.Executable, ["sweep", "search", "--url", $"http://{silent.LocalEndpoint}", "--quiet"]);
        using (silent.AcceptSocket())
        {
            cli.Shell(string.Create(CultureInfo.InvariantCulture, $"kill -TERM {tick.Id}")).Exits(0);
            Assert.True(tick.WaitForExit(30_000));
        }

        Assert.Equal(3, tick.ExitCode);
        Assert.Contains("zombieops: error Interrupted: ", tick.StandardError.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal(0, MetricsFile.Read(Path.Combine(cli.State, "metrics/search.prom"))["zombieops_scan_complete{source=\"search\"}"]);
    }

    [Fact]
    public void A_dry_run_writes_nothing_at_all()
    {
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Run(Sweep(actor, "--allow", "continue", "--dry-run", "--metrics", cli.File("m.prom"))).Exits(1);
        Assert.Contains("would-clear", result.Out, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.False(Directory.Exists(cli.State));
        Assert.False(File.Exists(cli.File("m.prom")));
    }

    [Fact]
    public void A_server_that_is_down_is_told_and_no_count_looks_like_none()
    {
        CliResult result = cli.Run("sweep", "search", "--url", "http://127.0.0.1:1", "--quiet").Fails(3, "ServerUnreachable");
        Assert.Contains("nothing could be seen", result.Out, StringComparison.Ordinal);
        Dictionary<string, double> metrics = MetricsFile.Read(Path.Combine(cli.State, "metrics/search.prom"));
        Assert.Equal(0, metrics["zombieops_scan_complete{source=\"search\"}"]);
        Assert.DoesNotContain(metrics.Keys, name => name.Contains("findings", StringComparison.Ordinal) || name.Contains("scanned", StringComparison.Ordinal));
    }

    /// <summary>crontab(5): no HOME that could be relied on, no TERM, a short PATH; and a umask that would hide the metrics from their collector.</summary>
    [Fact]
    public void It_runs_in_the_bare_environment_of_cron()
    {
        using var actor = Actor.Start("stopped");
        string metrics = cli.File("textfile.prom");
        string options = string.Join(' ', Sweep(actor)[1..]);
        CliResult result = cli.Shell($"umask 077; env -i PATH=/usr/bin:/bin DOTNET_ROOT=\"$DOTNET_ROOT\" $ZOMBIEOPS sweep {options} --ledger {cli.State} --metrics {metrics} --label cluster=a < /dev/null").Exits(1);
        Assert.Contains("FindingsLeft", result.Out, StringComparison.Ordinal);
        Assert.Equal("644", cli.Shell($"stat -c %a {metrics}").Out.Trim());
        Assert.InRange(MetricsFile.Read(metrics)["zombieops_verdict_findings{source=\"process\",cluster=\"a\",verdict=\"zombie\"}"], 1, double.MaxValue);
    }

    [Fact]
    public void Ledger_and_state_are_two_names_of_one_option()
    {
        cli.Run("scan", "--ledger", cli.File("a"), "--where", "pid=1").Exits(0);
        cli.Run("sweep", "--ledger", cli.File("a"), "--where", "pid=1").Exits(0);
        cli.Run("sweep", "--state", cli.File("b"), "--where", "pid=1").Exits(0);
        Assert.True(File.Exists(cli.File("a/metrics/process.prom")));
        Assert.True(File.Exists(cli.File("b/metrics/process.prom")));
        Assert.False(Directory.Exists(cli.State));
    }

    [Fact]
    public void The_json_of_a_tick_is_read_back_by_the_engine()
    {
        using var actor = Actor.Start("stopped");
        SweepReport report = ZombieJson.Read<SweepReport>(cli.Run(Sweep(actor, "--allow", "reap", "-o", "json")).Exits(1).Out);
        Assert.Equal((1, "FindingsLeft", Metrics), (report.Exit, report.ExitReason, report.MetricsFile));
        Assert.Equal(actor.ZombiePid, ((ZombieOps.Sources.Processes.ProcessTarget)Assert.Single(report.ZombiesLeft()).Target).Pid);
        Assert.Equal("NoAllowedRemedy", Assert.Single(report.Clear!.Results).Reason);
    }

    [Fact]
    public void Where_nothing_can_be_written_out_the_tick_is_done_all_the_same()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "/dev/full");
        using var actor = Actor.Start("stopped");
        cli.Shell($"$ZOMBIEOPS {string.Join(' ', Sweep(actor, "--allow", "continue"))} > /dev/full").Exits(3);
        Assert.Null(ProcFs.State(actor.ZombiePid));
        MetricsFile.Read(Metrics);
    }

    /// <summary>Every metric that a rule of the docs stands on is written, and Prometheus takes the rules.</summary>
    [Fact]
    public void The_alert_rules_of_the_docs_are_sound()
    {
        string docs = File.ReadAllText(Path.Combine(Docs.SnippetTests.Root(), "docs/sweep.md"));
        string rules = docs.Split("```yaml\n")[1].Split("```")[0];
        using var actor = Actor.Start("stopped");
        cli.Run(Sweep(actor)).Exits(1);
        string metrics = File.ReadAllText(Metrics);
        string[] named = [.. System.Text.RegularExpressions.Regex.Matches(rules, "zombieops_[a-z_]+").Select(match => match.Value).Distinct()];
        Assert.InRange(named.Length, 5, 20);
        Assert.All(named, name => Assert.Contains($"# TYPE {name} gauge", metrics, StringComparison.Ordinal));

        string promtool = MetricsFile.NeedsPromtool();
        File.WriteAllText(cli.File("rules.yml"), rules);
        Assert.Contains("5 rules found", cli.Shell($"{promtool} check rules {cli.File("rules.yml")}").Exits(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write it like cluster=logs", "--label", "cluster")]
    [InlineData("cannot be the name of a label", "--label", "source=x")]
    [InlineData("has no remedy 'kill-it'", "--allow", "kill-it")]
    [InlineData("'' is no path for --metrics", "--metrics", "")]
    public void Wrong_usage_is_told_before_anything_is_done(string says, params string[] args)
    {
        Assert.Contains(says, cli.Run(["sweep", .. args]).Fails(2, "BadArgument").Err, StringComparison.Ordinal);
        Assert.False(Directory.Exists(cli.State));
    }

    [Fact]
    public void Prometheus_finds_nothing_to_say_of_the_metrics()
    {
        string promtool = MetricsFile.NeedsPromtool();
        using var actor = Actor.Start("stopped");
        string[] label = ["--label", "cluster=a \"quoted\\ name"];
        cli.Run(Sweep(actor, label)).Exits(1);
        MetricsFile.Check(promtool, Metrics);
        cli.Run(Sweep(actor, ["--allow", "continue", .. label])).Exits(0);
        MetricsFile.Check(promtool, Metrics);
        cli.Run(["sweep", "search", "--url", "http://127.0.0.1:1", .. label]).Exits(3);
        MetricsFile.Check(promtool, Path.Combine(cli.State, "metrics/search.prom"));
    }
}
