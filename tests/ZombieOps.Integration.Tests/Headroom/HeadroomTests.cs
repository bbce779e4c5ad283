using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Model;

namespace ZombieOps.Integration.Tests.Headroom;

public sealed class HeadroomTests
{
    [Fact]
    public async Task Every_host_has_its_two_limits_with_the_zombies_counted()
    {
        using Actor actor = Actor.Start("not-waiting", 3);

        HeadroomReport report = await ReadAsync();

        foreach (string limit in (string[])["pid_max", "threads-max"])
        {
            HeadroomRow row = Assert.Single(report.Rows, row => row.Limit == limit);
            Assert.InRange(row.Used, 3, row.Max);
            Assert.True(row.Dead >= 3);
        }
    }

    /// <summary>Real limits, so real harm: zombies fill a cgroup until the next fork fails, while one process is listed in it (zombies are charged).</summary>
    [Fact]
    public void Zombies_that_fill_a_cgroup_are_seen_in_its_limit()
    {
        const string Pids = "/sys/fs/cgroup/pids";
        string v2 = "/sys/fs/cgroup/cgroup.controllers";
        string parent = Directory.Exists(Pids) ? Pids
            : File.Exists(v2) && File.ReadAllText("/sys/fs/cgroup/cgroup.subtree_control").Contains("pids", StringComparison.Ordinal) ? "/sys/fs/cgroup"
            : "";
        if (parent.Length == 0 || !Environment.IsPrivilegedProcess)
        {
            Assert.Skip("a pids controller that this user may use");
        }

        string name = $"zombieops-test-{Environment.ProcessId}";
        string cgroup = Path.Combine(parent, name);
        try
        {
            Directory.CreateDirectory(cgroup);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip("a writable pids controller");
        }

        try
        {
            File.WriteAllText(Path.Combine(cgroup, "pids.max"), "8");
            using var parentProcess = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"echo $$ > {cgroup}/cgroup.procs; for i in 1 2 3 4 5 6 7; do (:) & done 2>/dev/null; exec sleep 60"]);
            try
            {
                HeadroomRow? row = null;
                Assert.True(SpinWait.SpinUntil(() => (row = Row("/" + name)) is { Dead: 7 }, 10_000), $"{row}");

                // One process is listed, seven are dead, and no further one could be made: pids.max counts zombies.
                Assert.Equal((8, 8, 1.0), ((int)row!.Used, (int)row.Max, row.Share));
                Assert.Single(File.ReadAllLines(Path.Combine(cgroup, "cgroup.procs")));
            }
            finally
            {
                parentProcess.Kill();
                parentProcess.WaitForExit();
            }
        }
        finally
        {
            SpinWait.SpinUntil(() => TryRemove(cgroup), 10_000);
        }
    }

    [Fact]
    public async Task Growth_comes_from_the_ledger()
    {
        string state = Directory.CreateTempSubdirectory("zombieops-headroom-").FullName;
        try
        {
            EngineOptions options = EngineOptions.FromEnvironment() with { StateDirectory = state, Clock = new ShiftedClock(TimeSpan.FromSeconds(-30)) };
            using (var earlier = new ZombieEngine(options))
            {
                Assert.All((await earlier.HeadroomAsync()).Rows, row => Assert.Null(row.PerHour));
            }

            using Actor actor = Actor.Start("not-waiting", 20);
            using var later = new ZombieEngine(options with { Clock = TimeProvider.System });
            HeadroomRow row = Assert.Single((await later.HeadroomAsync()).Rows, row => row.Limit == "threads-max");

            Assert.NotNull(row.PerHour);
            Assert.Equal(row.PerHour > 0, row.FullIn is not null);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private static HeadroomRow? Row(string name) => ReadAsync().GetAwaiter().GetResult().Rows.FirstOrDefault(row => row.Name == name);

    private static async Task<HeadroomReport> ReadAsync()
    {
        using var engine = new ZombieEngine(EngineOptions.FromEnvironment() with { StateDirectory = null });
        return await engine.HeadroomAsync(remember: false);
    }

    private static bool TryRemove(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Thread.Sleep(20);
            return false;
        }
    }

    /// <summary>The system's clocks, both some time off.</summary>
    private sealed class ShiftedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;

        public override long GetTimestamp() => System.GetTimestamp() + (long)(by.TotalSeconds * TimestampFrequency);

        public override long TimestampFrequency => System.TimestampFrequency;
    }
}
