using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Core.Tests.Remedies;

public sealed class SyscallFinderTests
{
    [Fact]
    public void Memory_whose_file_may_not_be_opened_is_read_by_the_call_that_asks_for_the_right_to_trace_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Linux on x86-64");
        using Process child = Process.Start("sleep", "30");
        try
        {
            // Right after the fork the child is still this program; its mappings have settled when they name the new one.
            var deadline = Stopwatch.StartNew();
            while (!File.ReadAllText($"/proc/{child.Id}/maps").Contains("[vdso]", StringComparison.Ordinal) || File.ReadAllText($"/proc/{child.Id}/comm") != "sleep\n")
            {
                Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(10), "sleep did not start");
            }

            SyscallFinder.Found byFile = SyscallFinder.In(new ProcLook(new EngineOptions()), child.Id);
            Assert.NotEqual(0UL, byFile.Address);

            using var proc = new TempDirectory();
            string directory = Directory.CreateDirectory(Path.Combine(proc.Path, child.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))).FullName;
            File.WriteAllText(Path.Combine(directory, "maps"), File.ReadAllText($"/proc/{child.Id}/maps"));
            // A directory is as little to be opened as somebody else's file.
            Directory.CreateDirectory(Path.Combine(directory, "mem"));
            SyscallFinder.Found byCall = SyscallFinder.In(new ProcLook(new EngineOptions { ProcRoot = proc.Path }), child.Id);
            Assert.Equal(byFile, byCall);
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }
}
