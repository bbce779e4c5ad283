using System.Text;
using Xunit;
using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Core.Tests.Processes;

public sealed class CgroupUnitTests
{
    private const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("0::/system.slice/nginx.service\n", "nginx.service", null)]
    [InlineData("0::/system.slice/web.service/worker\n", "web.service", null)]
    [InlineData("12:pids:/system.slice/x.service\n1:name=systemd:/system.slice/cron.service\n0::/\n", "cron.service", null)]
    [InlineData("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app.service\n", "app.service", 1000)]
    [InlineData("0::/user.slice/user-1000.slice/user@1000.service\n", "user@1000.service", null)]
    [InlineData("0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", "init.scope", 1000)]
    [InlineData("0::/user.slice/user-0.slice/session-3.scope\n", "session-3.scope", null)]
    [InlineData("9:name=systemd:/\n8:pids:/\n0::/system.slice/web.service\n", "web.service", null)]
    [InlineData("0::/system.slice/_cpu.service\n", "cpu.service", null)]
    [InlineData("0::/system.slice/agent.service/nginx.service\n", "agent.service", null)]
    [InlineData("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app.service/ssh.service\n", "app.service", 1000)]
    [InlineData("0::/\n", null, null)]
    public void The_unit_is_systemds_and_has_its_managers_user(string text, string? unit, int? user)
    {
        Assert.True(CgroupParser.TryParse(Encoding.ASCII.GetBytes(text), out CgroupOwners cgroup));

        Assert.Equal((unit, (uint?)user, false), (cgroup.Unit, cgroup.UnitUserId, cgroup.IsContained));
    }

    [Fact]
    public void A_torn_file_names_no_unit() => Assert.False(CgroupParser.TryParse("0::/system.slice/web.serv"u8, out _));

    [Theory]
    [InlineData("0::/system.slice/docker-" + Id + ".scope\n")]
    [InlineData("4:pids:/docker/" + Id + "\n1:name=systemd:/docker/" + Id + "\n")]
    [InlineData("0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-" + Id + ".scope\n")]
    [InlineData("0::/kubepods/besteffort/pod1-2/" + Id + "\n")]
    [InlineData("9:memory:/ecs/task/" + Id + "\n")]
    [InlineData("0::/ecstasks.slice/ecstasks-0123456789abcdef0123456789abcdef.slice/x.scope\n")]
    [InlineData("0::/machine.slice/libpod-" + Id + ".scope\n")]
    [InlineData("0::/lxc.payload.web\n")]
    [InlineData("0::/system.slice/some-runtime-" + Id + ".scope\n")]
    public void A_containers_path_is_known(string text)
    {
        Assert.True(CgroupParser.TryParse(Encoding.ASCII.GetBytes(text), out CgroupOwners cgroup));
        Assert.True(cgroup.IsContained);
    }

    [Theory]
    [InlineData("process:abc:4711:99", 4711, 99)]
    [InlineData("process:abc:0:99", 0, 0)]
    [InlineData("process:abc:-1:99", 0, 0)]
    [InlineData("process:abc:4711", 0, 0)]
    [InlineData("process::4711:99", 0, 0)]
    [InlineData("other:abc:4711:99", 0, 0)]
    [InlineData("process:abc:4711:99:1", 0, 0)]
    [InlineData(null, 0, 0)]
    public void An_identity_is_read_strictly(string? text, int pid, int start)
    {
        bool read = ProcessIdentity.TryParse(text, out string boot, out int seenPid, out ulong seenStart);

        Assert.Equal(pid != 0, read);
        Assert.True(!read || (boot, seenPid, seenStart) == ("abc", pid, (ulong)start));
    }
}
