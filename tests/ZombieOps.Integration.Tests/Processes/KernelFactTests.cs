using System.Globalization;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Integration.Tests.Processes;

/// <summary>Facts of the kernel that the judging rests on, checked on the kernel that runs the tests.</summary>
public sealed class KernelFactTests
{
    [Fact]
    public async Task L1_a_name_with_brackets_and_a_state_letter_changes_nothing()
    {
        // The first is alive and looks dead, the second is dead and looks alive.
        using RealProcess parent = RealProcess.Python("""
            import os, sys
            def name(text): open("/proc/self/comm", "w").write(text)
            if os.fork() == 0:
                name(") S 1 (")
                os._exit(7)
            name(") Z 1 (")
            print("named", flush=True)
            sys.stdin.readline()
            """);
        Assert.Equal("named", parent.ReadLine());
        int pid = parent.ZombieChildren()[0];
        ScanReport report = await Host.ScanAsync();
        Assert.DoesNotContain(report.Findings, finding => ((ProcessTarget)finding.Target).Pid == parent.Pid);
        Finding finding = Assert.Single(report.Findings, finding => ((ProcessTarget)finding.Target).Pid == pid);
        var target = (ProcessTarget)finding.Target;
        Assert.Equal((") S 1 (", "Z", 7 << 8), (target.Command, target.State, target.ExitStatus));
        Assert.Equal(") Z 1 (", finding.Owner[0].Name);
    }

    [Fact]
    public void L2_a_zombie_keeps_its_name_and_exit_code_and_loses_command_line_and_executable()
    {
        using RealProcess parent = RealProcess.Start("/bin/sh", "-c", "sh -c 'exit 7' & exec sleep 60");
        int pid = parent.ZombieChildren()[0];
        Assert.Empty(File.ReadAllBytes($"/proc/{pid}/cmdline"));
        Assert.NotNull(new FileInfo($"/proc/{parent.Pid}/exe").LinkTarget);
        Assert.Null(new FileInfo($"/proc/{pid}/exe").LinkTarget);
        Assert.Equal("sh", File.ReadAllText($"/proc/{pid}/comm").Trim());
        Assert.EndsWith(" 1792", File.ReadAllText($"/proc/{pid}/stat").TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task L3_processes_that_vanish_during_a_scan_are_no_error()
    {
        using RealProcess storm = RealProcess.Start("/bin/sh", "-c", "while :; do /bin/true; done");
        for (int i = 0; i < 30; i++)
        {
            ScanReport report = await Host.ScanAsync();
            Assert.DoesNotContain(report.IncompleteBecause, why => why.Contains("could not be read", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task L4_a_leader_that_has_exited_shows_Z_and_its_program_lives_and_is_protected()
    {
        using RealProcess program = RealProcess.Python("""
            import ctypes, os, sys, threading
            def work():
                for line in sys.stdin: print("alive " + line.strip(), flush=True)
            threading.Thread(target=work).start()
            ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)
            """);
        Wait.Until(() => RealProcess.StatOf(program.Pid)?.State == 'Z', "the leader to exit");

        Finding finding = await Host.FindAsync(program.Pid);
        Assert.Equal((Verdict.Protected, ProcessReasons.LeaderExited, ProcessKinds.LeaderExited), (finding.Verdict, finding.Reason, finding.Kind));
        Assert.Empty(finding.Remedies);
        Assert.True(((ProcessTarget)finding.Target).Threads >= 2);
        program.WriteLine();
        Assert.StartsWith("alive", program.ReadLine(), StringComparison.Ordinal);
    }

    [Fact]
    public void L8_the_forks_that_pids_max_refused_are_counted()
    {
        using var group = TestCgroup.Make(TestCgroup.PidsRoot, "zombieops-" + TestCgroup.Id[..12]);
        string limit = Path.Combine(group.Path, "pids.max");
        Assert.SkipUnless(File.Exists(limit), "a pids controller");
        File.WriteAllText(limit, "4");
        using RealProcess parent = RealProcess.Python($$"""
            import os, sys
            open("{{group.Path}}/cgroup.procs", "w").write("0")
            made = 0
            try:
                while made < 20:
                    pid = os.fork()
                    if pid == 0: os._exit(0)
                    made += 1
            except OSError as error:
                print(made, error.errno, flush=True)
            sys.stdin.readline()
            """);
        Assert.Equal("3 11", parent.ReadLine());
        Assert.Equal("max 1", File.ReadAllLines(Path.Combine(group.Path, "pids.events"))[0]);
    }

    [Fact]
    public async Task L11_on_cgroup_v2_a_zombie_keeps_its_path_even_after_the_cgroup_is_removed()
    {
        using var group = TestCgroup.Make(TestCgroup.V2Root, $"docker-{TestCgroup.Id}.scope");
        using RealProcess parent = RealProcess.Start("/bin/sh", "-c", $"(echo 0 > {group.Path}/cgroup.procs; exit 0) & exec sleep 60");
        int pid = parent.ZombieChildren()[0];
        string own = $"0::/{group.Name}";
        Assert.Contains(own, File.ReadAllLines($"/proc/{pid}/cgroup"));
        Assert.Empty(File.ReadAllText(Path.Combine(group.Path, "cgroup.procs")));
        Finding finding = await Host.FindAsync(pid);
        Assert.Equal((Verdict.ReportOnly, ProcessReasons.OwnedElsewhere), (finding.Verdict, finding.Reason));

        group.Remove();
        Assert.Contains(own + " (deleted)", File.ReadAllLines($"/proc/{pid}/cgroup"));
        finding = await Host.FindAsync(pid);
        Assert.Equal(ProcessReasons.OwnedElsewhere, finding.Reason);
        Assert.Equal(TestCgroup.Id, finding.Owner.Single(link => link.Kind == "Container").Id);
    }

    [Fact]
    public async Task L12_L13_on_cgroup_v1_a_zombie_shows_root_is_still_charged_and_belongs_to_its_parents_container()
    {
        using var group = TestCgroup.Make(TestCgroup.V1PidsRoot, TestCgroup.Id);
        using RealProcess parent = RealProcess.Start("/bin/sh", "-c", $"echo 0 > {group.Path}/cgroup.procs; sleep 0.01 & exec sleep 60");
        int pid = parent.ZombieChildren()[0];
        Assert.Contains(File.ReadAllLines($"/proc/{pid}/cgroup"), line => line.EndsWith(":pids:/", StringComparison.Ordinal));
        Assert.Contains(File.ReadAllLines($"/proc/{parent.Pid}/cgroup"), line => line.EndsWith($":pids:/{group.Name}", StringComparison.Ordinal));
        Assert.Equal(parent.Pid.ToString(CultureInfo.InvariantCulture), File.ReadAllText(Path.Combine(group.Path, "cgroup.procs")).Trim());
        Assert.Equal("2", File.ReadAllText(Path.Combine(group.Path, "pids.current")).Trim());

        Finding finding = await Host.FindAsync(pid);
        Assert.Equal((Verdict.ReportOnly, ProcessReasons.OwnedElsewhere), (finding.Verdict, finding.Reason));
        Assert.Equal(TestCgroup.Id, finding.Owner.Single(link => link.Kind == "Container").Id);
    }

    /// <summary>A cgroup of the test's own.</summary>
    private sealed class TestCgroup : IDisposable
    {
        private TestCgroup(string path, string name)
        {
            Path = path;
            Name = name;
        }

        /// <summary>An id that no container has.</summary>
        public static string Id { get; } = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()) + Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());

        public static string? V2Root { get; } = new[] { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" }.FirstOrDefault(root => File.Exists(root + "/cgroup.controllers"));

        public static string? V1PidsRoot { get; } = Directory.Exists("/sys/fs/cgroup/pids") ? "/sys/fs/cgroup/pids" : null;

        public static string? PidsRoot { get; } = V1PidsRoot
            ?? (V2Root is not null && File.ReadAllText(V2Root + "/cgroup.subtree_control").Contains("pids", StringComparison.Ordinal) ? V2Root : null);

        public string Path { get; }

        public string Name { get; }

        public static TestCgroup Make(string? root, string name)
        {
            Assert.SkipWhen(root is null, "the cgroup hierarchy");
            string path = System.IO.Path.Combine(root!, name);
            try
            {
                Directory.CreateDirectory(path);
            }
            catch (Exception error) when (error is UnauthorizedAccessException or IOException)
            {
                Assert.Skip("the right to make a cgroup");
            }

            return new TestCgroup(path, name);
        }

        // The files of a cgroup cannot be deleted; an empty one goes as a whole.
        public void Remove() => Wait.Until(() => !Directory.Exists(Path) || Try(), $"{Path} to be empty");

        public void Dispose()
        {
            Remove();
        }

        private bool Try()
        {
            try
            {
                Directory.Delete(Path);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
