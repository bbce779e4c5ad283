using System.Diagnostics;
using System.Globalization;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Cli.Drill;

namespace ZombieOps.Integration.Tests.Sweeping;

/// <summary>
/// SIGKILL to a sweep at every step: after the lock, after reconciling, around the scan, after the ledger, at every step of a clear, before the metrics,
/// in the middle of their write. A second one is killed on its way to recover. The next tick is right.
/// </summary>
public sealed class SweepCrashTests
{
    private const int SigKillExit = 128 + 9;

    // The scan sees the whole host, so it may be incomplete (3) for a process of another test.
    private static readonly int[] Done = [0, 3];

    [Fact]
    public void A_tick_that_clears_is_right_after_a_kill_at_every_step()
    {
        int killed = 0, recovered = 0, killedTwice = 0, wholes = 0;
        for (int dieAt = 1; ; dieAt++)
        {
            using Actor actor = Actor.Start("stopped");
            string state = Directory.CreateTempSubdirectory("zombieops-sweep-").FullName;
            string metrics = Path.Combine(state, "metrics/process.prom");
            try
            {
                // Every other time there is a file of metrics from before.
                Dictionary<string, double>? before = null;
                if (dieAt % 2 == 0)
                {
                    Run(state, actor.ZombiePid, "", dieAt: 0);
                    before = MetricsFile.Read(metrics);
                }

                int exit = Run(state, actor.ZombiePid, "Continue", dieAt);
                if (exit != SigKillExit)
                {
                    Assert.Contains(exit, Done);
                    break;
                }

                killed++;
                Assert.Equal(before is not null || File.Exists(metrics), File.Exists(metrics));
                if (File.Exists(metrics))
                {
                    Dictionary<string, double> now = MetricsFile.Read(metrics);
                    wholes++;
                    Assert.True(before is null || now["zombieops_last_successful_scan_timestamp_seconds{source=\"process\"}"] >= before["zombieops_last_successful_scan_timestamp_seconds{source=\"process\"}"]);
                }

                int open = OpenIntents(state);
                Assert.InRange(open, 0, 1);
                killedTwice += Run(state, actor.ZombiePid, "Continue", dieAt: 1 + (dieAt * 7 % 9)) == SigKillExit ? 1 : 0;

                Assert.Contains(Run(state, actor.ZombiePid, "Continue", dieAt: 0), Done);
                Assert.Equal(0, OpenIntents(state));
                Assert.Null(ProcFs.State(actor.ZombiePid));
                Assert.Equal('S', ProcFs.State(actor.ParentPid));
                Dictionary<string, double> last = MetricsFile.Read(metrics);
                Assert.Equal(0, last["zombieops_open_intents{source=\"process\"}"]);
                Assert.Empty(Directory.EnumerateFiles(state, "*.tmp", SearchOption.AllDirectories));
                string audit = Path.Combine(state, "audit");
                if (Directory.Exists(audit))
                {
                    AuditVerification verification = AuditVerifier.Verify(audit, null, default);
                    Assert.True(verification.Ok, $"step {dieAt}: {string.Join("; ", verification.Faults)}");
                    string log = string.Concat(Directory.GetFiles(audit, "*.jsonl").Select(File.ReadAllText));
                    recovered += log.Split("recovered by a later run").Length - 1;
                }
            }
            finally
            {
                Directory.Delete(state, recursive: true);
            }
        }

        Assert.InRange(killed, 18, 100);
        Assert.InRange(recovered, 3, killed);
        Assert.InRange(killedTwice, killed / 2, killed);
        Assert.InRange(wholes, 5, killed);
    }

    private static int OpenIntents(string state)
    {
        using var audit = new AuditLog(EngineOptions.FromEnvironment() with { StateDirectory = state });
        return Directory.Exists(Path.Combine(state, "audit")) ? audit.OpenIntents().Count : 0;
    }

    private static int Run(string state, int pid, string remedy, int dieAt)
    {
        string runner = Path.Combine(AppContext.BaseDirectory, "ZombieOps.CrashRunner.dll");
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", ["exec", runner, "sweep", state, pid.ToString(CultureInfo.InvariantCulture), remedy, dieAt.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
