using System.Globalization;
using Xunit;

namespace ZombieOps.Integration.Tests.Crash;

/// <summary>
/// A cgroup named like a unit around one process, and a script in the place of systemctl that ends that process as a restart would.
/// A real systemd cannot be had in a test; what it does with the unit is in docs/remedies.md.
/// </summary>
internal sealed class FakeUnit : IDisposable
{
    private readonly string cgroup;
    private readonly DirectoryInfo directory;

    private FakeUnit(string cgroup, DirectoryInfo directory)
    {
        this.cgroup = cgroup;
        this.directory = directory;
    }

    /// <summary>Path of the script.</summary>
    public string Systemctl => Path.Combine(directory.FullName, "systemctl");

    public static FakeUnit Around(int pid)
    {
        string? root = File.Exists("/sys/fs/cgroup/unified/cgroup.controllers") ? "/sys/fs/cgroup/unified"
            : File.Exists("/sys/fs/cgroup/cgroup.controllers") ? "/sys/fs/cgroup"
            : null;
        string cgroup = Path.Combine(root ?? "", string.Create(CultureInfo.InvariantCulture, $"zombieops-test-{pid}.service"));
        try
        {
            Directory.CreateDirectory(cgroup);
            File.WriteAllText(Path.Combine(cgroup, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (root is null || e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip("a writable unified cgroup hierarchy");
        }

        var unit = new FakeUnit(cgroup, Directory.CreateTempSubdirectory("zombieops-unit-"));
        File.WriteAllText(unit.Systemctl, string.Create(CultureInfo.InvariantCulture, $"#!/bin/sh\nkill -9 {pid}\n"));
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(unit.Systemctl, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return unit;
    }

    public void Dispose()
    {
        directory.Delete(recursive: true);
        // A failing test may leave the process alive, and it goes with its actor: the failure is what matters then.
        SpinWait.SpinUntil(
            () =>
            {
                try
                {
                    Directory.Delete(cgroup);
                    return true;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return e is DirectoryNotFoundException;
                }
            },
            5_000);
    }
}
