using System.Text;
using Xunit;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Core.Tests.Processes;

public sealed class ProcMountTests
{
    [Theory]
    [InlineData("rw", 0, 0, false)]
    [InlineData("rw,hidepid=2", 2, 0, false)]
    [InlineData("rw,gid=27,hidepid=invisible", 2, 27, false)]
    [InlineData("rw,hidepid=noaccess", 1, 0, false)]
    [InlineData("rw,hidepid=ptraceable,subset=pid", 4, 0, true)]
    [InlineData("rw,hidepid=4", 4, 0, false)]
    [InlineData("rw,hidepid=off", 0, 0, false)]
    [InlineData("rw,hidepid=something-new", 4, 0, false)]
    public void Mount_options_are_read(string options, int hidePid, uint group, bool pidOnly)
    {
        byte[] text = Encoding.ASCII.GetBytes($"23 1 0:22 / /proc rw,relatime shared:5 master:1 - proc proc {options}\n");
        Assert.True(MountInfoParser.TryFind(text, "/proc"u8, out ProcMount mount));
        Assert.Equal(new ProcMount(hidePid, group, pidOnly), mount);
    }

    [Fact]
    public void The_last_mount_at_a_path_covers_the_others()
    {
        byte[] text = "23 1 0:22 / /proc rw - proc proc rw\n24 1 0:23 / /proc rw - proc proc rw,hidepid=2\n"u8.ToArray();
        Assert.True(MountInfoParser.TryFind(text, "/proc"u8, out ProcMount mount));
        Assert.Equal(2, mount.HidePid);
        Assert.False(MountInfoParser.TryFind([.. text, .. "25 1 0:24 / /proc rw - tmpfs tmpfs rw\n"u8], "/proc"u8, out _));
    }

    [Fact]
    public void Escaped_paths_are_compared_as_they_are_meant()
    {
        byte[] text = Encoding.ASCII.GetBytes("23 1 0:22 / /a\\040b rw - proc proc rw,hidepid=1\n");
        Assert.True(MountInfoParser.TryFind(text, "/a b"u8, out ProcMount mount));
        Assert.Equal(1, mount.HidePid);
        Assert.False(MountInfoParser.TryFind(text, "/a"u8, out _));
        Assert.False(MountInfoParser.TryFind(text, "/a bc"u8, out _));
    }
}
