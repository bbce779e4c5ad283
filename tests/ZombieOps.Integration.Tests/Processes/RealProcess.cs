using System.Diagnostics;
using System.Globalization;
using Xunit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Integration.Tests.Processes;

/// <summary>A process that a test has started and that is ended, with all of its children, when the test is over.</summary>
internal sealed class RealProcess : IDisposable
{
    private readonly Process process;

    private RealProcess(Process process) => this.process = process;

    public int Pid => process.Id;

    public bool HasExited => process.HasExited;

    public static RealProcess Start(string file, params string[] arguments)
    {
        var info = new ProcessStartInfo(file) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return new RealProcess(Process.Start(info) ?? throw new InvalidOperationException($"{file} did not start"));
    }

    /// <summary>A shell that leaves children behind and turns into a program that never waits.</summary>
    public static RealProcess ParentThatNeverWaits(int zombies = 1) =>
        Start("/bin/sh", "-c", string.Concat(Enumerable.Repeat("sleep 0.01 & ", zombies)) + "exec sleep 60");

    /// <summary>A Python program; skips the test where there is no Python.</summary>
    public static RealProcess Python(string program) => Start(Machine.Needs("python3"), "-c", program);

    /// <summary>The next line that it writes.</summary>
    public string ReadLine() => process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the process has ended");

    /// <summary>The pid of a child that it names, once that one is dead. What stands for python3 may have other children before.</summary>
    public int ReadZombie()
    {
        int pid = int.Parse(ReadLine(), CultureInfo.InvariantCulture);
        Wait.Until(() => StatOf(pid)?.State == 'Z', $"child {pid} to be dead");
        return pid;
    }

    public void WriteLine()
    {
        process.StandardInput.WriteLine();
        process.StandardInput.Flush();
    }

    /// <summary>Its dead children, as procfs tells, once there are as many as wanted.</summary>
    public IReadOnlyList<int> ZombieChildren(int wanted = 1)
    {
        List<int> found = [];
        Wait.Until(() => (found = Children(Pid, 'Z')).Count >= wanted, $"{wanted} dead children of {Pid}");
        return found;
    }

    public static List<int> Children(int parent, char? state = null)
    {
        var found = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && StatOf(pid) is { } stat
                && stat.Parent == parent
                && (state is null || stat.State == state))
            {
                found.Add(pid);
            }
        }

        found.Sort();
        return found;
    }

    /// <summary>State and parent, read by other means than the product's.</summary>
    public static (char State, int Parent, ulong StartTime)? StatOf(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture), ulong.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            foreach (int child in Children(process.Id))
            {
                try
                {
                    using var living = Process.GetProcessById(child);
                    living.Kill();
                }
                catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    // It has ended by itself.
                }
            }

            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }
}

/// <summary>Waits for what another process does, with a deadline.</summary>
internal static class Wait
{
    public static void Until(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"waited in vain for {what}");
            Thread.Sleep(5);
        }
    }
}

/// <summary>A ledger that has seen everything a fixed time ago.</summary>
internal sealed class FakeSightings(TimeSpan age) : ISightings
{
    public Sighting Of(string findingId) => new(DateTimeOffset.UtcNow - age, age, AgeSource.Ledger);
}

/// <summary>Scans of this very host.</summary>
internal static class Host
{
    public static ScanRequest Old => new() { Sightings = new FakeSightings(TimeSpan.FromMinutes(10)) };

    public static ProcessSource Source() => new(new EngineOptions { Host = "test" });

    public static async Task<ScanReport> ScanAsync(ScanRequest? request = null)
    {
        using ProcessSource source = Source();
        return await source.ScanAsync(request ?? Old, TestContext.Current.CancellationToken);
    }

    public static async Task<Finding> FindAsync(int pid, ScanRequest? request = null)
    {
        ScanReport report = await ScanAsync(request);
        return Assert.Single(report.Findings, finding => ((ProcessTarget)finding.Target).Pid == pid);
    }
}
