using System.Globalization;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Integration.Tests.Processes;

public sealed class RealZombieTests
{
    [Fact]
    public async Task A_child_that_its_parent_never_waits_for_is_an_abandoned_zombie()
    {
        using RealProcess parent = RealProcess.ParentThatNeverWaits();
        int pid = parent.ZombieChildren()[0];

        Finding finding = await Host.FindAsync(pid);

        var target = (ProcessTarget)finding.Target;
        Assert.Equal(Verdict.Zombie, finding.Verdict);
        Assert.Equal(ProcessReasons.Abandoned, finding.Reason);
        Assert.Equal(ProcessCauses.ParentNotWaiting, finding.Cause);
        Assert.Equal(ProcessKinds.Zombie, finding.Kind);
        Assert.Equal(parent.Pid, target.ParentPid);
        Assert.Equal(RealProcess.StatOf(pid)!.Value.StartTime, target.StartTime);
        Assert.Equal(0, target.ExitStatus);
        string boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        Assert.Equal($"process:{boot}:{pid}:{target.StartTime}", finding.Id);
        Assert.Equal($"process:{boot}:{parent.Pid}:{RealProcess.StatOf(parent.Pid)!.Value.StartTime}", finding.Origin);
        Assert.Equal("sleep", finding.Owner[0].Name);
        Assert.Equal("sleep 60", finding.Owner[0].Details["command"]);
        Assert.Equal(Environment.UserName, finding.Owner[0].Details["user"]);
    }
}
