using System.Globalization;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Integration.Tests.Cli;

/// <summary>Bad input and bad surroundings: one line that names the thing, the next step, a stable id, the right exit code, and nothing cleared.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    private static string[] Clear(Actor actor, params string[] more) =>
        ["clear", "--min-age", "0", "--watch", "0", "--allow", "continue", "--yes", "--where", string.Create(CultureInfo.InvariantCulture, $"pid={actor.ZombiePid}"), .. more];

    private static void Untouched(Actor actor)
    {
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.Equal('T', ProcFs.State(actor.ParentPid));
    }

    [Fact]
    public void A_wrong_option_of_clear_names_the_nearest_and_clears_nothing()
    {
        using var actor = Actor.Start("stopped");
        Named(cli.Run(Clear(actor, "--alow", "continue")).Fails(2, "BadArgument"), "--alow", "did you mean '--allow'?");
        Untouched(actor);
    }

    [Fact]
    public void A_plan_that_cannot_be_used_is_named()
    {
        using var actor = Actor.Start("stopped");
        string path = cli.File("plan.json");
        cli.Run("plan", "-o", path, "--allow", "continue", "--min-age", "0", "--where", $"pid={actor.ZombiePid}").Exits(0);
        Plan plan = PlanFile.Read(path);

        void Refused(string error, Plan changed, params string[] names)
        {
            File.WriteAllText(path, ZombieJson.Write(changed));
            Named(Use(path).Fails(2, error), names);
        }

        Refused("PlanVersionUnknown", plan with { Schema = "zombieops/99" }, "'zombieops/99'");
        Refused("PlanFromAnotherHost", plan with { Scan = plan.Scan with { Host = "elsewhere" } }, "'elsewhere'", $"'{plan.Scan.Host}'");
        Refused("PlanFromAnotherBoot", plan with { Scan = plan.Scan with { BootId = Guid.NewGuid().ToString() } }, "boot");
        Refused("PlanFromAnotherBoot", plan with { Scan = plan.Scan with { BootId = "" } }, "boot");

        string json = ZombieJson.Write(plan);
        File.WriteAllText(path, json[..(json.Length / 2)]);
        Named(Use(path).Fails(2, "PlanUnreadable"), path);
        Named(Use(cli.File("none.json")).Fails(2, "PlanUnreadable"), cli.File("none.json"));
        Named(Use(Path.GetDirectoryName(path)!).Fails(2, "PlanUnreadable"), Path.GetDirectoryName(path)!);
        Untouched(actor);

        CliResult Use(string file) => cli.Run("clear", "--plan", file, "--min-age", "0", "--yes");
    }

    [Fact]
    public void A_plan_that_others_may_not_read_is_named()
    {
        string state = Sandbox.NobodysState(cli);
        string path = cli.File("plan.json");
        File.WriteAllText(path, "{}");
        cli.Shell($"chmod 400 {path}").Exits(0);
        Named(cli.Shell($"{Sandbox.AsNobody} env ZOMBIEOPS_STATE={state} $ZOMBIEOPS clear --yes --plan {path}").Fails(2, "PlanUnreadable"), path);
    }

    [Theory]
    [InlineData("1", "NotAZombie", "process 1")]
    [InlineData("4194304", "NoSuchProcess", "4194304")]
    [InlineData("nginx", "BadArgument", "'nginx'")]
    [InlineData("12x", "BadArgument", "'12x'")]
    [InlineData("", "BadArgument", "''")]
    public void A_pid_that_is_none_is_named(string pid, string error, string name) => Named(cli.Run("explain", "--", pid).Fails(2, error), name);

    [Theory]
    [InlineData("{ not json")]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("""{"schema":"zombieops-ledger/99","seen":{}}""")]
    public void A_corrupt_ledger_costs_the_ages_and_changes_no_exit_code(string text)
    {
        using var actor = Actor.Start("stopped");
        string[] scan = ["scan", "-o", "json", "--min-age", "1ms", "--where", $"pid={actor.ZombiePid}"];
        cli.Run(scan).Exits(1);
        Assert.Equal(AgeSource.Ledger, Only(cli.Run(scan).Exits(1)).AgeFrom);
        string ledger = Path.Combine(cli.State, "ledger", "process.json");
        File.WriteAllText(ledger, text);

        CliResult after = cli.Run(scan).Exits(1);
        Finding finding = Only(after);
        // Age is lost and never gained: it is too young again.
        Assert.Equal((AgeSource.FirstSight, TimeSpan.Zero, Verdict.ReportOnly), (finding.AgeFrom, finding.Age, finding.Verdict));
        Assert.Contains("warning: ", after.Err, StringComparison.Ordinal);
        Assert.Contains(ledger, after.Err, StringComparison.Ordinal);
        Assert.Equal(AgeSource.Ledger, Only(cli.Run(scan).Exits(1)).AgeFrom);

        static Finding Only(CliResult result) => Assert.Single(ZombieJson.Read<ScanReport>(result.Out).Findings);
    }

    [Theory]
    [InlineData("head -c 4096 /dev/zero > $DISK/full", "No space left on device")]
    [InlineData("mount -o remount,ro $DISK", "Read-only file system")]
    public void A_disk_that_takes_nothing_costs_a_scan_its_ages_and_clears_nothing(string prepare, string says)
    {
        Sandbox.NeedsMounts(cli);
        using var actor = Actor.Start("stopped");
        Directory.CreateDirectory(cli.State);
        CliResult Run(string[] arguments) => cli.Shell(Sandbox.Mounted(
            $"-t tmpfs -o size=4k none {cli.State}", $"DISK={cli.State}; {prepare}; exec $ZOMBIEOPS {string.Join(' ', arguments)}"));

        CliResult scan = Run(["scan", "-o", "json", "--min-age", "0", "--where", $"pid={actor.ZombiePid}"]).Exits(1);
        Assert.Single(ZombieJson.Read<ScanReport>(scan.Out).Findings);
        Assert.Contains($"warning: the ledger {cli.State}", scan.Err, StringComparison.Ordinal);
        Assert.Contains(says, scan.Err, StringComparison.Ordinal);

        Named(Run(Clear(actor)).Fails(5, "AuditUnwritable"), cli.State, says);
        Untouched(actor);
    }

    [Fact]
    public void A_zombie_is_left_where_HOME_is_not_set_and_a_scan_warns()
    {
        const string Unset = "env -u HOME -u ZOMBIEOPS_STATE -u ZOMBIEOPS_CONFIG -u XDG_STATE_HOME";
        string user = "";
        if (Environment.IsPrivilegedProcess)
        {
            Sandbox.NobodysState(cli);
            user = Sandbox.AsNobody;
        }

        using var actor = Actor.Start("stopped");
        CliResult scan = cli.Shell($"{user} {Unset} $ZOMBIEOPS scan -o json --min-age 0 --where pid={actor.ZombiePid}").Exits(1);
        Assert.Single(ZombieJson.Read<ScanReport>(scan.Out).Findings);
        Assert.Contains("warning: ", scan.Err, StringComparison.Ordinal);
        Assert.Contains("ZOMBIEOPS_STATE", scan.Err, StringComparison.Ordinal);
        // Once: it is found when the ledger is read and again when it is written.
        Assert.Equal(2, scan.Err.Split("there is no directory for the ledger").Length);
        Named(cli.Shell($"{user} {Unset} $ZOMBIEOPS {string.Join(' ', Clear(actor))}").Fails(5, "NoStateDirectory"), "HOME", "ZOMBIEOPS_STATE");
        Untouched(actor);
    }

    [Fact]
    public void A_configuration_directory_that_was_named_has_to_be_there()
    {
        using var actor = Actor.Start("stopped");
        string run = $"env ZOMBIEOPS_CONFIG={cli.File("mistyped")} $ZOMBIEOPS";
        Named(cli.Shell($"{run} {string.Join(' ', Clear(actor))}").Fails(2, "ExemptionsUnreadable"), "mistyped");
        Untouched(actor);
    }

    [Fact]
    public void A_log_that_is_not_there_is_no_clean_log()
    {
        CliResult result = cli.Run("audit", "verify", "--state", cli.File("mistyped")).Exits(3);
        Assert.Contains("nothing to verify", result.Out, StringComparison.Ordinal);
        Assert.Contains("mistyped", result.Out, StringComparison.Ordinal);
    }

    /// <summary>The host's procfs inside another PID namespace: its process ids are other processes' there.</summary>
    [Fact]
    public void A_procfs_of_another_PID_namespace_is_read_and_acted_on_by_nobody()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("the right to make a PID namespace");
        }

        Machine.Needs("unshare");
        using var actor = Actor.Start("stopped");
        CliResult result = cli.Shell($"unshare --fork --pid $ZOMBIEOPS {string.Join(' ', Clear(actor))} -o json").Exits(3);
        ClearResult only = Assert.Single(ZombieJson.Read<ClearReport>(result.Out).Results);
        Assert.Equal((ClearOutcome.Skipped, ClearReasons.NotAZombie), (only.Outcome, only.Reason));
        Untouched(actor);
    }

    /// <summary>The runtime itself does not start without a procfs, so this one asks the engine that the command line is a shell of.</summary>
    [Fact]
    public async Task Without_a_procfs_everything_fails_in_the_same_way()
    {
        string empty = cli.File("empty");
        Directory.CreateDirectory(empty);
        using var engine = new ZombieEngine(new EngineOptions { ProcRoot = empty, StateDirectory = cli.State, ConfigDirectory = cli.Config });
        CancellationToken cancel = TestContext.Current.CancellationToken;
        ZombieOpsException[] errors =
        [
            await Assert.ThrowsAsync<ZombieOpsException>(async () => await engine.ScanAsync(new ScanSettings(), cancel)),
            await Assert.ThrowsAsync<ZombieOpsException>(async () => await engine.ExplainAsync("4711", new ScanSettings(), cancel)),
            await Assert.ThrowsAsync<ZombieOpsException>(async () => await engine.BeginAsync(new ClearRequest(), cancel)),
        ];
        Assert.All(errors, error =>
        {
            Assert.Equal((ErrorIds.NoProcfs, ExitCode.Incomplete), (error.ErrorId, error.ExitCode));
            Assert.Contains(empty, error.Message, StringComparison.Ordinal);
            Assert.NotEmpty(error.NextStep);
        });
        HeadroomReport headroom = await engine.HeadroomAsync(remember: false, cancel);
        Assert.False(headroom.Complete);
        Assert.Contains(headroom.IncompleteBecause, why => why.Contains(empty, StringComparison.Ordinal));
        Assert.False(Directory.Exists(cli.State));
    }

    private static void Named(CliResult result, params string[] names) => Assert.All(names, name => Assert.Contains(name, result.Err, StringComparison.Ordinal));
}
