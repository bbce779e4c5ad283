using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Sources.Processes;
using ZombieOps.Sweeping;

namespace ZombieOps.CrashRunner.Year;

/// <summary>
/// Runs ticks of a made-up year with the real policy runner, engine, process source, ledger, audit log and metrics, checks each, and may end itself by SIGKILL at one step of
/// one of them: DIRECTORY TICKS FROM TO DIE-TICK (-1: never) DIE-STEP SEGMENT-BYTES. A negative step is a point in the first act from that tick on. It prints a line at the beginning and at the end of each tick, and of memory now and then.
/// </summary>
internal static class YearRun
{
    public static async Task<int> RunAsync(string[] args)
    {
        string directory = args[0];
        int[] numbers = [.. args[1..].Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        (int ticks, int from, int to, int dieTick, int dieStep, int segment) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
        var year = new FakeYear(ticks);
        var host = new FakeHost(directory, year);
        var clock = new FakeClock();
        EngineOptions options = new()
        {
            ProcRoot = host.ProcRoot,
            CgroupRoot = Path.Combine(directory, "no-cgroups"),
            StateDirectory = Path.Combine(directory, "state"),
            ConfigDirectory = Path.Combine(directory, "config"),
            Host = "made-up",
            User = "zombieops",
            Clock = clock,
            ReapMinimumAge = TimeSpan.Zero,
            AuditSegmentBytes = segment,
        };
        string file = Path.Combine(directory, "policy.yaml");
        await File.WriteAllTextAsync(file + ".tmp", year.Policy);
        File.Move(file + ".tmp", file, overwrite: true);
        clock.Set(year.At(0), TimeSpan.Zero);
        Policy policy = PolicyReader.Read(file, clock.GetUtcNow()).Require();
        using Stream output = Console.OpenStandardOutput();
        host.Enter();
        for (int tick = from; tick < to; tick++)
        {
            host.Advance(tick);
            host.Appear();
            DateTimeOffset now = year.At(tick);
            clock.Set(now, FakeYear.SinceStart(tick));
            host.DieInAct = dieTick >= 0 && tick >= dieTick && dieStep < 0 ? -dieStep : 0;
            Say($"b {tick}");
            var runner = new PolicyRunner(policy, options, (surroundings, _) =>
            {
                var real = new ProcessSource(surroundings, host.Passwd, 1);
                var dying = new DyingSource(real, tick == dieTick ? Math.Max(0, dieStep) : 0, () => host);
                return new ZombieEngine(surroundings, dying) { BetweenSteps = dying.Step };
            });
            PolicyReport report = await runner.RunAsync(new PolicyRequest());
            Check(report, now, tick);
            SweepReport sweep = report.Sources[0].Sweep!;
            if (tick % 50 == 0)
            {
                Check(SweepStatus.Read(options, new StatusRequest { Policy = policy }), sweep, tick);
            }

            Say($"e {tick} {report.Exit} {sweep.Clear?.Results.Count(result => result.Outcome == ClearOutcome.Cleared) ?? 0} {sweep.Recovered.Count}");
            if (tick == to - 1 || tick % 1000 == 999)
            {
                Say($"m {tick} {GC.GetTotalMemory(forceFullCollection: true)} {Environment.WorkingSet} {tick - from}");
            }
        }

        return 0;

        void Say(string line)
        {
            // One write(2) a line, so that what is read after a kill is whole lines.
            output.Write(System.Text.Encoding.ASCII.GetBytes(line + "\n"));
            output.Flush();
        }
    }

    private static void Check(PolicyReport report, DateTimeOffset now, int tick)
    {
        PolicySourceReport source = report.Sources[0];
        if (source.Failure is { } failure)
        {
            throw new InvalidOperationException($"tick {tick}: {failure}");
        }

        SweepReport sweep = source.Sweep!;
        if (sweep.Failures.Count > 0 || sweep.Scan is not { Complete: true } || sweep.LastSuccessfulScanAt != now || sweep.OpenIntents != 0 || report.Exit is not (0 or 1)
            || sweep.Warnings.Count > 0 || (sweep.Clear?.Results.Any(result => result.Outcome is ClearOutcome.Failed or ClearOutcome.NotPermitted or ClearOutcome.Reasserted) ?? false))
        {
            throw new InvalidOperationException($"tick {tick} at {now:O}: {ZombieJson.Write(report)}");
        }
    }

    private static void Check(StatusReport status, SweepReport sweep, int tick)
    {
        StatusEntry entry = status.Entries[0];
        if (status.Exit != 0 || entry.LastTick is not { } last || last.StartedAt != sweep.StartedAt || last.Exit != sweep.Exit || last.Reason != sweep.ExitReason || entry.OpenIntents != 0
            || entry.Audit.Problem is not null || entry.Running != false || status.Warnings.Count > 0)
        {
            throw new InvalidOperationException($"status after tick {tick}: {ZombieJson.Write(status)}");
        }
    }
}
