using System.Globalization;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Cli.Drill;
using ZombieOps.Model;

namespace ZombieOps.Integration.Tests.Cli;

/// <summary>What the kernel hides or forbids, on the real kernel: fact L27. "0 zombies" alone would be a lie in every one of these.</summary>
public sealed class HiddenProcessTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    private static string Where(Actor actor) => string.Create(CultureInfo.InvariantCulture, $"pid={actor.ZombiePid}");

    [Theory]
    [InlineData("hidepid=1", "/proc is mounted with hidepid=1")]
    [InlineData("hidepid=2", "/proc is mounted with hidepid=2")]
    [InlineData("subset=pid", "/proc is mounted with subset=pid")]
    public void L27_a_restricted_procfs_makes_a_scan_incomplete_and_clears_nothing(string option, string says)
    {
        Sandbox.NeedsMounts(cli);
        string state = Sandbox.NobodysState(cli);
        using var actor = Actor.Start("not-waiting");
        CliResult Run(string arguments) => cli.Shell(Sandbox.Mounted(
            $"-t proc -o {option} none /proc", $"exec {Sandbox.AsNobody} env ZOMBIEOPS_STATE={state} $ZOMBIEOPS {arguments}"));
        Assert.SkipWhen(Run("--version").Exit == 99, $"a kernel whose procfs knows {option}");

        ScanReport report = ZombieJson.Read<ScanReport>(Run("scan --min-age 0 -o json").Exits(3).Out);
        Assert.False(report.Complete);
        Assert.Contains(report.IncompleteBecause, why => why.StartsWith(says, StringComparison.Ordinal));
        Assert.Equal(0, report.Counts.Zombies);

        CliResult table = Run("scan --min-age 0").Exits(3);
        Assert.Contains($"incomplete: {says}", table.Err, StringComparison.Ordinal);
        Assert.All(table.Err.Split('\n').Where(line => line.StartsWith("0 zombies", StringComparison.Ordinal)), line => Assert.EndsWith(", INCOMPLETE", line, StringComparison.Ordinal));

        Run($"clear --min-age 0 --watch 0 --allow end-parent --yes --where {Where(actor)}").Exits(3);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.Equal('S', ProcFs.State(actor.ParentPid));
    }

    [Fact]
    public void L27_inside_a_pid_namespace_a_scan_is_incomplete()
    {
        string run = "unshare --fork --pid --mount-proc $ZOMBIEOPS";
        Assert.SkipUnless(cli.Shell($"{run} --version").Exit == 0, "the right to make a PID namespace");
        using var outside = Actor.Start("not-waiting");

        CliResult result = cli.Shell($"{run} scan --min-age 0").Exits(3);
        Assert.Contains("incomplete: this runs in a PID namespace", result.Err, StringComparison.Ordinal);
        Assert.Contains(", INCOMPLETE", result.Err, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
        Assert.False(ZombieJson.Read<ScanReport>(cli.Shell($"{run} scan -o json").Exits(3).Out).Complete);
    }

    [Fact]
    public void Without_the_right_to_signal_nothing_is_changed_and_the_log_says_so()
    {
        string state = Sandbox.NobodysState(cli);
        using var actor = Actor.Start("not-waiting");
        string before = File.ReadAllText($"/proc/{actor.ZombiePid}/stat");
        string nobody = $"{Sandbox.AsNobody} env ZOMBIEOPS_STATE={state} $ZOMBIEOPS";

        CliResult result = cli.Shell($"{nobody} clear --min-age 0 --watch 0 --allow end-parent,kill-parent --yes -o json --where {Where(actor)}").Exits(5);
        ClearResult only = Assert.Single(ZombieJson.Read<ClearReport>(result.Out).Results);
        Assert.Equal((ClearOutcome.NotPermitted, ErrorIds.NotPermitted, "EndParent"), (only.Outcome, only.Reason, only.Remedy));
        Assert.Contains("CAP_SYS_PTRACE", only.Says, StringComparison.Ordinal);

        Assert.Equal(before, File.ReadAllText($"/proc/{actor.ZombiePid}/stat"));
        Assert.Equal('S', ProcFs.State(actor.ParentPid));
        AuditRecord[] records = [.. cli.Shell($"{nobody} audit show -o ndjson").Exits(0).Out.TrimEnd('\n').Split('\n').Select(ZombieJson.Read<AuditRecord>)];
        Assert.Equal([AuditKind.RunStarted, AuditKind.Intent, AuditKind.Outcome, AuditKind.RunEnded], records.Select(record => record.Kind));
        Assert.Equal(ClearOutcome.NotPermitted, records[2].Result!.Outcome);
        Assert.Equal("nobody", records[2].Who!.User);
        cli.Shell($"{nobody} audit verify").Exits(0);
    }
}
