using Xunit;
using ZombieOps.Sources.Processes.Facts;
using ZombieOps.Sources.Processes.Table;

namespace ZombieOps.Core.Tests.Processes;

public sealed class ScanCostTests
{
    [Fact]
    public void A_live_process_costs_no_managed_memory()
    {
        using var few = new FakeProc();
        using var many = new FakeProc();
        Fill(few, 200);
        Fill(many, 2000);

        // Once before: what is made once counts for neither.
        Measure(few, 200);
        long small = Measure(few, 200);
        long large = Measure(many, 2000);
        Assert.InRange(large - small, -1024, 1024);
    }

    private static long Measure(FakeProc proc, int processes)
    {
        using ProcDirectory directory = ProcDirectory.Open(proc.Root, out _)!;
        long before = GC.GetAllocatedBytesForCurrentThread();
        TableResult result = ProcessTable.Scan(directory.Descriptor, 1, TestContext.Current.CancellationToken);
        long after = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(processes, result.Processes);
        Assert.Equal(processes * 2L, result.Threads);
        return after - before;
    }

    private static void Fill(FakeProc proc, int count)
    {
        for (int pid = 1; pid <= count; pid++)
        {
            Directory.CreateDirectory(proc.Of(pid, ""));
            File.WriteAllBytes(proc.Of(pid, "stat"), new FakeProcess { Pid = pid, Threads = 2, Name = ") Z ("u8.ToArray() }.Stat());
        }
    }
}
