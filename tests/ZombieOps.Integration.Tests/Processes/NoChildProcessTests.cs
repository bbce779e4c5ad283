using System.Globalization;
using Xunit;

namespace ZombieOps.Integration.Tests.Processes;

/// <summary>Tests that count what this whole process does and so must run alone.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class AloneCollection;

[Collection("Alone")]
public sealed class NoChildProcessTests
{
    [Fact]
    public async Task A_scan_starts_no_child_process()
    {
        using RealProcess parent = RealProcess.ParentThatNeverWaits(20);
        parent.ZombieChildren(20);
        await Host.ScanAsync();

        string before = Children();
        for (int i = 0; i < 5; i++)
        {
            Assert.NotEmpty((await Host.ScanAsync()).Findings);
        }

        Assert.Equal(before, Children());

        // The measure itself sees a child: one that was waited for and one that was not.
        using (RealProcess child = RealProcess.Start("/bin/true"))
        {
            Wait.Until(() => Children() != before, "the child to be seen");
        }
    }

    /// <summary>Children that this process has, and the page faults of those it has waited for: a child has some from its start.</summary>
    private static string Children()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        string faults = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[8];
        return faults + ":" + string.Join(' ', RealProcess.Children(Environment.ProcessId).Select(pid => pid.ToString(CultureInfo.InvariantCulture)));
    }
}
