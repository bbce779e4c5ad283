using System.Text;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Processes.Headroom;

namespace ZombieOps.Core.Tests.Headroom;

public sealed class LimitTests : IDisposable
{
    private readonly TempDirectory root = new();

    public void Dispose() => root.Dispose();

    [Fact]
    public void What_is_charged_and_not_listed_is_dead()
    {
        Cgroup("unified/a.service", "50\n", "50\n", "cgroup.threads", lines: 1);

        HeadroomRow row = Assert.Single(Read());

        Assert.Equal(("Cgroup", "/a.service", 50, 50, 49L), (row.Scope, row.Name, (int)row.Used, (int)row.Max, row.Dead));
        Assert.Equal(1, row.Share);
    }

    [Fact]
    public void Threads_of_cgroups_below_are_alive_in_the_one_above()
    {
        Cgroup("unified/a.slice", "12\n", "100\n", "cgroup.threads", lines: 2);
        Cgroup("unified/a.slice/b.service", "10\n", "max\n", "cgroup.threads", lines: 8);

        HeadroomRow row = Assert.Single(Read());

        Assert.Equal(("/a.slice", 2L), (row.Name, row.Dead));
    }

    [Fact]
    public void The_first_version_of_cgroups_is_read_as_well()
    {
        Cgroup("pids/x", "5\n", "10\n", "tasks", lines: 5, marker: false);

        HeadroomRow row = Assert.Single(Read());

        Assert.Equal(("/x", 0L), (row.Name, row.Dead));
    }

    [Fact]
    public void A_race_never_makes_a_negative_number_of_dead()
    {
        Cgroup("unified/a", "3\n", "10\n", "cgroup.threads", lines: 9);

        Assert.Equal(0, Assert.Single(Read()).Dead);
    }

    [Theory]
    [InlineData("max\n", "1\n")]
    [InlineData("\n", "1\n")]
    [InlineData("12x\n", "1\n")]
    [InlineData("10\n", "")]
    [InlineData("99999999999999999999999\n", "1\n")]
    public void What_is_no_number_is_no_row(string max, string current)
    {
        Cgroup("unified/a", current, max, "cgroup.threads", lines: 1);

        Assert.Empty(Read());
    }

    [Theory]
    [InlineData("Limit                     Soft Limit           Hard Limit           Units     \nMax processes             30                   95896                processes \n", 30)]
    [InlineData("Max processes             unlimited            unlimited            processes \n", long.MaxValue)]
    [InlineData("Max processes", long.MaxValue)]
    [InlineData("", long.MaxValue)]
    [InlineData("Max processes             99999999999999999999999 1 processes", long.MaxValue)]
    public void The_soft_limit_of_processes_is_read(string text, long limit) =>
        Assert.Equal(limit, UserLimits.SoftLimit(Encoding.ASCII.GetBytes(text)));

    private IReadOnlyList<HeadroomRow> Read() => new CgroupLimits(root).Read(default);

    private void Cgroup(string path, string current, string max, string list, int lines, bool marker = true)
    {
        string directory = root.File(path);
        Directory.CreateDirectory(directory);
        if (marker)
        {
            File.WriteAllText(root.File("unified/cgroup.controllers"), "pids\n");
        }

        File.WriteAllText(Path.Combine(directory, "pids.current"), current);
        File.WriteAllText(Path.Combine(directory, "pids.max"), max);
        File.WriteAllText(Path.Combine(directory, list), string.Concat(Enumerable.Range(1, lines).Select(i => $"{i}\n")));
    }
}
