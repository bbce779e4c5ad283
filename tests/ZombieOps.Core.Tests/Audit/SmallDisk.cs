using System.Diagnostics;
using Xunit;

namespace ZombieOps.Tests.Audit;

/// <summary>A real file system of a given size, to be filled or made read-only; only root can have one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk MountOrSkip(string size)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("needs root to mount a tmpfs");
        }

        string path = Directory.CreateTempSubdirectory("zombieops-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", $"size={size}", "zombieops-test", path) != 0)
        {
            Directory.Delete(path);
            Assert.Skip("needs CAP_SYS_ADMIN to mount a tmpfs");
        }

        return new SmallDisk(path);
    }

    public void MakeReadOnly(bool readOnly) => Assert.Equal(0, Run("mount", "-o", readOnly ? "remount,ro" : "remount,rw", Path));

    public void Dispose()
    {
        Run("umount", "-l", Path);
        Directory.Delete(Path);
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
