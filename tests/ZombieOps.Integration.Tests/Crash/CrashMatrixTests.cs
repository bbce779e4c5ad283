using System.Diagnostics;
using System.Globalization;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Cli.Drill;

namespace ZombieOps.Integration.Tests.Crash;

/// <summary>
/// SIGKILL to the tool at every step of every remedy: the log still verifies, the parent still lives unless ending it was the remedy,
/// and the next run finds the open intent, judges and closes it, and clears what is left.
/// </summary>
public sealed class CrashMatrixTests
{
    private const int SigKillExit = 128 + 9;

    // The scan sees the whole host, so it may be incomplete (3) for a process of another test; what happened to ours is asserted by itself.
    private static readonly int[] Cleared = [0, 3];

    [Theory]
    [InlineData("missed", "Nudge")]
    [InlineData("stopped", "Continue")]
    [InlineData("not-waiting", "Reap")]
    [InlineData("not-waiting", "RestartUnit")]
    [InlineData("not-waiting", "EndParent")]
    [InlineData("not-waiting 1 read ignore-term", "EndParent,KillParent")]
    public void The_next_run_recovers_from_a_kill_at_every_step(string role, string remedy)
    {
        int killed = 0, recovered = 0;
        for (int dieAt = 1; ; dieAt++)
        {
            using Actor actor = Actor.Start(role.Split(' ')[0], [.. role.Split(' ').Skip(1)]);
            using FakeUnit? unit = remedy == "RestartUnit" ? FakeUnit.Around(actor.ParentPid) : null;
            string state = Directory.CreateTempSubdirectory("zombieops-crash-").FullName;
            try
            {
                int exit = Run(state, actor.ZombiePid, remedy, dieAt, unit);
                if (exit != SigKillExit)
                {
                    Assert.Contains(exit, Cleared);
                    Assert.Null(ProcFs.State(actor.ZombiePid));
                    break;
                }

                killed++;
                int open = OpenIntents(state);
                Assert.InRange(open, 0, 1);
                Assert.True(remedy is not ("Nudge" or "Continue" or "Reap") || ProcFs.State(actor.ParentPid) is not null, $"step {dieAt}: the parent is gone");

                // 1 would be findings left.
                Assert.Contains(Run(state, actor.ZombiePid, remedy, dieAt: 0, unit), Cleared);

                Assert.Equal(0, OpenIntents(state));
                Assert.Null(ProcFs.State(actor.ZombiePid));
                AuditVerification verification = AuditVerifier.Verify(Path.Combine(state, "audit"), null, default);
                Assert.True(verification.Ok, $"step {dieAt}: {string.Join("; ", verification.Faults)}");
                string log = string.Concat(Directory.GetFiles(Path.Combine(state, "audit"), "*.jsonl").Select(File.ReadAllText));
                Assert.Equal(open, log.Split("recovered by a later run").Length - 1);
                recovered += open;
            }
            finally
            {
                Directory.Delete(state, recursive: true);
            }
        }

        Assert.InRange(killed, 8, 100);
        Assert.InRange(recovered, 3, killed);
    }

    private static int OpenIntents(string state)
    {
        if (!Directory.Exists(Path.Combine(state, "audit")))
        {
            return 0;
        }

        using var audit = new AuditLog(EngineOptions.FromEnvironment() with { StateDirectory = state });
        return audit.OpenIntents().Count;
    }

    private static int Run(string state, int pid, string remedy, int dieAt, FakeUnit? unit)
    {
        string runner = Path.Combine(AppContext.BaseDirectory, "ZombieOps.CrashRunner.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["exec", runner, state, pid.ToString(CultureInfo.InvariantCulture), remedy, dieAt.ToString(CultureInfo.InvariantCulture), .. unit is null ? (string[])[] : [unit.Systemctl]])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
