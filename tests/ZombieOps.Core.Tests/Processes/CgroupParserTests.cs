using System.Text;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Core.Tests.Processes;

public sealed class CgroupParserTests
{
    private const string Id = "3b1f0c4e5d6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e";
    private const string Id2 = "aaaabbbbccccddddeeeeffff0000111122223333444455556666777788889999";
    private const string Uid = "0a1b2c3d-1111-2222-3333-444455556666";
    private const string UidUnder = "0a1b2c3d_1111_2222_3333_444455556666";
    private const string Task = "7ad2e4f1c0ffee00badc0de5deadbeef";

    /// <summary>Path, then the links wanted as KIND:ID (the name where there is no id), the nearest first, and the host's unit.</summary>
    public static TheoryData<string, string[], string?> Shapes => new()
    {
        { "/system.slice/nginx.service", ["Unit:nginx.service"], "nginx.service" },
        { "/system.slice/nginx.service/workers", ["Unit:nginx.service"], "nginx.service" },
        { "/system.slice/system-getty.slice/getty@tty1.service", ["Unit:getty@tty1.service"], "getty@tty1.service" },
        { "/system.slice/nginx.service (deleted)", ["Unit:nginx.service"], "nginx.service" },
        { "/system.slice/_tasks.service", ["Unit:tasks.service"], "tasks.service" },
        { "/init.scope", ["Unit:init.scope"], "init.scope" },
        { "/user.slice/user-1000.slice/session-3.scope", ["Session:3"], "session-3.scope" },
        { "/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service", ["Unit:foo.service"], "foo.service" },
        { "/user.slice/user-1000.slice/user@1000.service/init.scope", ["Unit:init.scope"], "init.scope" },
        { $"/system.slice/docker-{Id}.scope", [$"Container:{Id}"], null },
        { $"/system.slice/docker-{Id}.scope (deleted)", [$"Container:{Id}"], null },
        { $"/docker/{Id}", [$"Container:{Id}"], null },
        { $"/docker/{Id}/docker/{Id2}", [$"Container:{Id2}", $"Container:{Id}"], null },
        { $"/system.slice/docker-{Id}.scope/system.slice/cron.service", ["Unit:cron.service", $"Container:{Id}"], null },
        { $"/ecs/{Task}/{Id}", [$"Container:{Id}", $"EcsTask:{Task}"], null },
        { $"/ecs/{Task}/{Task}-4077131712", [$"Container:{Task}-4077131712", $"EcsTask:{Task}"], null },
        { $"/ecstasks.slice/ecstasks-{Task}.slice/docker-{Id}.scope", [$"Container:{Id}", $"EcsTask:{Task}"], null },
        { $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{UidUnder}.slice/cri-containerd-{Id}.scope", [$"Container:{Id}", $"Pod:{Uid}"], null },
        { $"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{UidUnder}.slice/crio-{Id}.scope", [$"Container:{Id}", $"Pod:{Uid}"], null },
        { $"/kubepods.slice/kubepods-pod{UidUnder}.slice/cri-containerd-{Id}.scope", [$"Container:{Id}", $"Pod:{Uid}"], null },
        { $"/kubepods.slice/kubepods-pod{UidUnder}.slice/crio-conmon-{Id}.scope", [$"Container:{Id}", $"Pod:{Uid}"], null },
        { $"/kubepods/burstable/pod{Uid}/{Id}", [$"Container:{Id}", $"Pod:{Uid}"], null },
        { $"/kubepods/pod{Uid}/{Id}", [$"Container:{Id}", $"Pod:{Uid}"], null },
        { $"/kubepods/besteffort/pod{Uid}", [$"Pod:{Uid}"], null },
        { $"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod{UidUnder}.slice/cri-containerd-{Id}.scope", [$"Container:{Id}", $"Pod:{Uid}"], null },
        { $"/system.slice/containerd.service/kubepods-burstable-pod{UidUnder}.slice:cri-containerd:{Id}", ["Unit:containerd.service", $"Container:{Id}", $"Pod:{Uid}"], "containerd.service" },
        { $"/docker/{Id}/kubelet/kubepods/burstable/pod{Uid}/{Id2}", [$"Container:{Id2}", $"Container:{Id}", $"Pod:{Uid}"], null },
        { $"/machine.slice/libpod-{Id}.scope", [$"Container:{Id}"], null },
        { $"/machine.slice/libpod-{Id}.scope/container", [$"Container:{Id}"], null },
        { $"/machine.slice/libpod-conmon-{Id}.scope", [$"Container:{Id}"], null },
        { $"/libpod_parent/libpod-{Id}", [$"Container:{Id}"], null },
        { $"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{Id}.scope/container", ["Unit:user@1000.service", $"Container:{Id}"], "user@1000.service" },
        { "/lxc.payload.web1/system.slice/nginx.service", ["Unit:nginx.service", "Container:web1"], null },
        { "/machine.slice/machine-debian.scope", ["Container:debian"], null },
        { "/machine.slice/systemd-nspawn@box.service/payload", ["Container:box"], null },
        { $"/default/{Id}", [$"Container:{Id}"], null },
        { "/podman", [], null },
        { "/process_api/6e43774042401a067884177431e36604", [], null },
        { "/../../system.slice/cron.service", ["Unit:cron.service"], "cron.service" },
    };

    private static string Shape(OwnerLink link) => $"{link.Kind}:{link.Id ?? link.Name}";

    private static CgroupOwners Parse(string text)
    {
        Assert.True(CgroupParser.TryParse(Encoding.UTF8.GetBytes(text), out CgroupOwners owners), text);
        return owners;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_path_names_its_owners_on_v2(string path, string[] links, string? unit)
    {
        CgroupOwners owners = Parse($"0::{path}\n");
        Assert.Equal(links, owners.Links.Select(Shape));
        Assert.Equal(unit, owners.Unit);
        Assert.False(owners.AllRoot);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_path_names_the_same_owners_on_v1(string path, string[] links, string? unit)
    {
        CgroupOwners owners = Parse($"12:pids:{path}\n11:cpu,cpuacct:{path}\n1:name=systemd:{path}\n");
        Assert.Equal(links, owners.Links.Select(Shape));
        Assert.Equal(unit, owners.Unit);
    }

    [Theory]
    [InlineData("docker-", "docker")]
    [InlineData("libpod-", "podman")]
    [InlineData("libpod-conmon-", "podman")]
    [InlineData("cri-containerd-", "containerd")]
    [InlineData("crio-", "cri-o")]
    public void A_container_names_its_runtime_and_shows_twelve_digits(string prefix, string runtime)
    {
        OwnerLink link = Assert.Single(Parse($"0::/x.slice/{prefix}{Id}.scope\n").Links);
        Assert.Equal(runtime, link.Details["runtime"]);
        Assert.Equal(Id[..12], link.Name);
        Assert.Equal(prefix.Contains("conmon", StringComparison.Ordinal), link.Details.ContainsKey("role"));
    }

    [Fact]
    public void A_unit_of_a_users_manager_says_so()
    {
        CgroupOwners owners = Parse("0::/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service\n");
        Assert.Equal(1000u, owners.UnitUserId);
        Assert.Equal("user@1000.service", owners.Links[0].Details["manager"]);
        Assert.Null(Parse("0::/user.slice/user-1000.slice/user@1000.service\n").UnitUserId);
    }

    [Fact]
    public void A_session_names_its_user() =>
        Assert.Equal("1000", Parse("0::/user.slice/user-1000.slice/session-3.scope\n").Links[0].Details["userId"]);

    [Fact]
    public void On_a_hybrid_host_the_v1_lines_of_a_zombie_are_root_and_the_v2_line_tells()
    {
        CgroupOwners owners = Parse("9:name=systemd:/\n8:pids:/\n0::/system.slice/cron.service\n");
        Assert.Equal("cron.service", owners.Unit);
        Assert.False(owners.AllRoot);
    }

    [Fact]
    public void Lines_that_differ_are_taken_together()
    {
        CgroupOwners owners = Parse($"9:name=systemd:/system.slice/docker.service\n8:pids:/docker/{Id}\n0::/\n");
        Assert.Equal(["Unit:docker.service", $"Container:{Id}"], owners.Links.Select(Shape));
        Assert.True(owners.IsContained);
    }

    [Fact]
    public void Only_root_paths_name_nobody()
    {
        CgroupOwners owners = Parse("9:name=systemd:/\n8:pids:/\n0::/\n");
        Assert.True(owners.AllRoot);
        Assert.Empty(owners.Links);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0::/")]
    [InlineData("0::\n")]
    [InlineData("0:/\n")]
    [InlineData("x::/\n")]
    [InlineData("0::relative\n")]
    [InlineData("\n")]
    [InlineData("0::/a\n\n")]
    public void Torn_or_senseless_text_is_refused(string text) => Assert.False(CgroupParser.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_file_torn_at_any_byte_never_loses_a_container_silently()
    {
        byte[] whole = Encoding.ASCII.GetBytes($"0::/system.slice/docker-{Id}.scope\n");
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.False(CgroupParser.TryParse(whole.AsSpan(0, length), out _));
        }
    }
}
