using System.Diagnostics;
using System.Globalization;
using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Integration.Tests.Clearing;

/// <summary>A real parent that makes the next zombie as soon as the last one is gone: clearing it is told as futile and not repeated.</summary>
public sealed class ReassertedTests
{
    private const string Breeder = """
        import os, time
        def zombie():
            pid = os.fork()
            if pid == 0:
                os._exit(7)
            return pid
        pid = zombie()
        while open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z":
            time.sleep(0.001)
        print(pid, flush=True)
        while True:
            time.sleep(0.02)
            if not os.path.exists(f"/proc/{pid}"):
                pid = zombie()
        """;

    [Fact]
    public async Task The_same_parent_breeding_the_next_zombie_is_reported()
    {
        using Process parent = Start();
        string state = Directory.CreateTempSubdirectory("zombieops-reasserted-").FullName;
        try
        {
            int zombie = int.Parse((await parent.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            EngineOptions options = EngineOptions.FromEnvironment() with { StateDirectory = state, ConfigDirectory = Path.Combine(state, "config"), ReapMinimumAge = TimeSpan.Zero };
            using var engine = new ZombieEngine(options);
            var request = new ClearRequest
            {
                Allowed = new HashSet<string> { "Reap" },
                Limits = new ClearLimits { Watch = TimeSpan.FromSeconds(1) },
                Scan = new ScanSettings
                {
                    MinAge = TimeSpan.Zero,
                    Filter = new FindingFilter(new Dictionary<string, IReadOnlyList<string>> { ["pid"] = [$"{zombie}"] }),
                },
            };
            using ClearingRun run = await engine.BeginAsync(request);
            while (await run.NextAsync(default) is { } step)
            {
                Assert.Null(step.Result);
                await run.ActAsync(step, default);
            }

            ClearReport report = await run.EndAsync(default);

            ClearResult result = Assert.Single(report.Results);
            Assert.Equal((ClearOutcome.Reasserted, ClearReasons.CameBack), (result.Outcome, result.Reason));
            Assert.Equal(ErrorIds.Reasserted, report.StoppedBecause);
            Assert.Equal(ExitCode.FindingsLeft, ReportExit.Of(report));
            Assert.False(parent.HasExited);
        }
        finally
        {
            parent.Kill();
            await parent.WaitForExitAsync();
            Directory.Delete(state, recursive: true);
        }
    }

    private static Process Start() =>
        Process.Start(new ProcessStartInfo(Machine.Needs("python3"), ["-c", Breeder]) { RedirectStandardOutput = true })!;
}
