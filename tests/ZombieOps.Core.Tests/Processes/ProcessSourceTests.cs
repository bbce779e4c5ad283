using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Core.Tests.Processes;

public sealed class ProcessSourceTests
{
    private const string ContainerId = "3b1f0c4e5d6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e";
    private static readonly FakeProcess Server = new() { Pid = 100, StartTime = 500, Name = "server"u8.ToArray(), UserId = 1000, CommandLine = "/usr/bin/server\0--port\080\0", Cgroup = "0::/system.slice/server.service\n" };
    private static readonly FakeProcess Dead = new() { Pid = 4711, ParentPid = 100, State = 'Z', StartTime = 900, ExitCode = 1792, UserId = 1000 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void A_zombie_is_found_with_identity_owner_and_origin()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead);
        ScanReport report = proc.Scan();

        Assert.True(report.Complete, string.Join("; ", report.IncompleteBecause));
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal((3, 1, 0), (report.Counts.Scanned, report.Counts.Zombies, report.Counts.Transient));
        Assert.Equal($"process:{FakeProc.BootId}:4711:900", finding.Id);
        Assert.Equal($"process:{FakeProc.BootId}:100:500", finding.Origin);
        Assert.Equal((Verdict.Zombie, ProcessCauses.ParentNotWaiting), (finding.Verdict, finding.Cause));
        Assert.Equal(["Parent", "Unit"], finding.Owner.Select(link => link.Kind));
        OwnerLink parent = finding.Owner[0];
        Assert.Equal("server", parent.Name);
        Assert.Equal("/usr/bin/server --port 80", parent.Details["command"]);
        Assert.Equal("alice", parent.Details["user"]);
        Assert.Equal("2023-11-14T22:13:25Z", parent.Details["startedAt"]);
        Assert.Equal("server.service", finding.Owner[1].Name);
        var target = (ProcessTarget)finding.Target;
        Assert.Equal(("alice", 1792, 100), (target.User, target.ExitStatus, target.ParentPid));
    }

    [Fact]
    public async Task Command_lines_pass_through_the_redactor()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server with { CommandLine = "server\0--password=hunter2\0" }, Dead);
        using ProcessSource source = proc.Source();
        Finding finding = await source.ExplainAsync("4711", FakeProc.Request(), Cancel);
        Assert.DoesNotContain("hunter2", ZombieJson.Write(finding), StringComparison.Ordinal);
        Assert.Equal("server --password=***", finding.Owner[0].Details["command"]);
    }

    [Fact]
    public void A_live_program_whose_leader_has_exited_is_protected()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead with { Threads = 3, Tasks = [(4711, 'Z'), (4712, 'Z'), (4713, 'S')] });
        Finding finding = proc.Only();
        Assert.Equal((Verdict.Protected, ProcessReasons.LeaderExited, ProcessKinds.LeaderExited), (finding.Verdict, finding.Reason, finding.Kind));
        Assert.Empty(finding.Remedies);
        Assert.Contains("thread 4713 is alive", finding.Evidence.Single(entry => entry.Fact == "Threads").Says, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zombie_with_several_threads_is_one_only_if_all_of_them_are_dead()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead with { Threads = 3, Tasks = [(4711, 'Z'), (4712, 'X'), (4713, 'Z')] });
        Assert.Equal(Verdict.Zombie, proc.Only().Verdict);
    }

    [Fact]
    public void Threads_that_cannot_be_listed_or_read_leave_it_unknown()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead with { Threads = 2 });
        Assert.Equal(Verdict.Unknown, proc.Only().Verdict);
        Directory.CreateDirectory(proc.Of(4711, "task/4711"));
        Assert.Equal(Verdict.Unknown, proc.Only().Verdict);
        proc.Write("4711/task/4711/stat", "4711 (torn) Z");
        Assert.Equal((Verdict.Unknown, ProcessReasons.NotSeen), (proc.Only().Verdict, proc.Only().Reason));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("cgroup")]
    public void A_zombie_of_which_something_cannot_be_read_is_unknown_and_the_scan_incomplete(string file)
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead);
        File.Delete(proc.Of(4711, file));
        ScanReport report = proc.Scan();
        Assert.Equal((Verdict.Unknown, ProcessReasons.NotSeen), (report.Findings[0].Verdict, report.Findings[0].Reason));
        Assert.False(report.Complete);
    }

    [Theory]
    [InlineData("stat")]
    [InlineData("status")]
    [InlineData("cgroup")]
    public void A_parent_of_which_something_cannot_be_read_leaves_the_zombie_unknown(string file)
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead);
        File.WriteAllText(proc.Of(100, file), "torn");
        Assert.Equal((Verdict.Unknown, ProcessReasons.NotSeen), (proc.Only().Verdict, proc.Only().Reason));
    }

    [Fact]
    public void A_parent_that_started_after_its_child_is_not_the_parent()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server with { StartTime = 901 }, Dead);
        Finding finding = proc.Only();
        Assert.Equal(Verdict.Unknown, finding.Verdict);
        Assert.Null(finding.Origin);
        Assert.Contains(finding.Evidence, entry => entry.Fact == "ParentIdentity");
    }

    [Fact]
    public void A_parent_outside_of_the_namespace_leaves_the_zombie_unknown()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Dead with { ParentPid = 0 });
        Assert.Equal((Verdict.Unknown, ProcessCauses.Unknown), (proc.Only().Verdict, proc.Only().Cause));
    }

    [Fact]
    public void A_zombie_in_another_namespace_is_only_reported_with_its_inner_pid()
    {
        using FakeProc proc = new FakeProc().With(
            FakeProc.Init,
            Server with { NamespacePids = "100\t1", NamespaceLink = "pid:[4026532999]" },
            Dead with { NamespacePids = "4711\t42", NamespaceLink = "pid:[4026532999]" });
        Finding finding = proc.Only();
        Assert.Equal((Verdict.ReportOnly, ProcessReasons.OwnedElsewhere, ProcessCauses.InitNotReaping), (finding.Verdict, finding.Reason, finding.Cause));
        OwnerLink link = finding.Owner[^1];
        Assert.Equal(("PidNamespace", "pid:[4026532999]", "42"), (link.Kind, link.Name, link.Details["innerPid"]));
        Assert.Equal([4711, 42], ((ProcessTarget)finding.Target).NamespacePids);
    }

    [Fact]
    public void On_cgroup_v1_the_container_comes_from_the_parent()
    {
        using FakeProc proc = new FakeProc().With(
            FakeProc.Init,
            Server with { Cgroup = $"8:pids:/docker/{ContainerId}\n1:name=systemd:/docker/{ContainerId}\n" },
            Dead with { Cgroup = "8:pids:/\n1:name=systemd:/\n" });
        Finding finding = proc.Only();
        Assert.Equal((Verdict.ReportOnly, ProcessReasons.OwnedElsewhere), (finding.Verdict, finding.Reason));
        Assert.Equal(ContainerId, finding.Owner.Single(link => link.Kind == "Container").Id);
        Assert.Equal("/proc/100/cgroup", finding.Evidence.Single(entry => entry.Fact == "Owner").Source);
    }

    [Fact]
    public void On_cgroup_v2_the_container_comes_from_the_zombie_itself_even_when_its_cgroup_is_gone()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead with { Cgroup = $"0::/system.slice/docker-{ContainerId}.scope (deleted)\n" });
        Finding finding = proc.Only();
        Assert.Equal(ProcessReasons.OwnedElsewhere, finding.Reason);
        Assert.Contains(finding.Owner, link => link.Id == ContainerId);
    }

    [Fact]
    public void A_tracing_thread_counts_as_the_process_that_it_belongs_to()
    {
        using FakeProc proc = new FakeProc().With(
            FakeProc.Init,
            Server,
            new FakeProcess { Pid = 101, Tgid = "100", StartTime = 501 },
            new FakeProcess { Pid = 300, Name = "strace"u8.ToArray() },
            Dead with { TracerPid = 101 },
            Dead with { Pid = 4712, TracerPid = 300 });
        ScanReport report = proc.Scan();
        Assert.Equal([ProcessCauses.ParentNotWaiting, ProcessCauses.TracedByOther], report.Findings.Select(finding => finding.Cause));
        Assert.Contains("process 300 (strace) traces it", report.Findings[1].Evidence.Single(entry => entry.Fact == "Tracer").Says, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_in_a_name_survive_in_json_and_not_on_a_terminal()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead with { Name = "a\u001b]0;x\a\u202eb"u8.ToArray() });
        Finding finding = proc.Only();
        Assert.Equal("a?]0;x??b (4711)", finding.Target.ToString());
        string json = ZombieJson.Write(finding);
        Assert.DoesNotContain('\u001b', json);
        Assert.Equal("a\u001b]0;x\a\u202eb", ((ProcessTarget)ZombieJson.Read<Finding>(json).Target).Command);
    }

    [Fact]
    public void Findings_come_in_the_order_of_pids_from_any_number_of_workers()
    {
        using var proc = new FakeProc();
        proc.With(FakeProc.Init, Server);
        foreach (int pid in Enumerable.Range(1000, 700).Reverse())
        {
            proc.With(Dead with { Pid = pid });
        }

        foreach (int workers in new[] { 1, 2, 5 })
        {
            ScanReport report = proc.Scan(workers: workers);
            Assert.Equal(Enumerable.Range(1000, 700), report.Findings.Select(finding => ((ProcessTarget)finding.Target).Pid));
            Assert.Equal(702, report.Counts.Scanned);
            Assert.All(report.Findings, finding => Assert.Equal(Verdict.Zombie, finding.Verdict));
        }
    }

    [Fact]
    public async Task What_is_gone_after_the_pause_is_transient_and_no_finding()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead, Dead with { Pid = 4712 });
        using ProcessSource source = proc.Source();
        var asked = new AskedSightings();
        Task<ScanReport> scan = source.ScanAsync(new ScanRequest { Settle = TimeSpan.FromMilliseconds(300), Sightings = asked }, Cancel).AsTask();
        Assert.Equal(2, asked.Count);
        proc.Remove(4712);
        ScanReport report = await scan;
        Assert.Equal((1, 1), (report.Findings.Count, report.Counts.Transient));
        Assert.Equal(ProcessReasons.TooYoung, report.Findings[0].Reason);
    }

    [Theory]
    [InlineData('S', 1, 100)]
    [InlineData('Z', 2, 100)]
    [InlineData('Z', 1, 1)]
    public async Task A_pid_that_another_process_takes_during_the_pause_is_transient(char state, int threads, int parent)
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead);
        using ProcessSource source = proc.Source();
        Task<ScanReport> scan = source.ScanAsync(new ScanRequest { Settle = TimeSpan.FromMilliseconds(200) }, Cancel).AsTask();
        proc.With(Dead with { StartTime = 901, State = state, Threads = threads, ParentPid = parent, Tasks = [(4711, state), (4712, 'S')] });
        ScanReport report = await scan;
        Assert.Empty(report.Findings);
        Assert.Equal(1, report.Counts.Transient);
    }

    [Fact]
    public async Task A_zombie_that_is_handed_to_another_parent_during_the_pause_is_judged_by_the_new_one()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead);
        using ProcessSource source = proc.Source();
        Task<ScanReport> scan = source.ScanAsync(new ScanRequest { Settle = TimeSpan.FromMilliseconds(200), Sightings = new FakeSightings(TimeSpan.FromHours(1), AgeSource.FirstSight) }, Cancel).AsTask();
        proc.With(Dead with { ParentPid = 1 });
        Finding finding = Assert.Single((await scan).Findings);
        Assert.Equal((ProcessCauses.SigchldMissed, "systemd", 1), (finding.Cause, finding.Owner[0].Name, ((ProcessTarget)finding.Target).ParentPid));
    }

    [Theory]
    [InlineData("rw,hidepid=1", "hidepid=1")]
    [InlineData("rw,hidepid=2", "hidepid=2")]
    [InlineData("rw,hidepid=ptraceable", "hidepid=4")]
    [InlineData("rw,subset=pid", "subset=pid")]
    [InlineData("rw,gid=55,hidepid=2", "hidepid=2")]
    public void A_procfs_that_hides_processes_makes_the_scan_incomplete(string options, string says)
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init);
        proc.Write("self/status", System.Text.Encoding.ASCII.GetString(new FakeProcess { Pid = 900 }.Status()).Replace("000001ffffffffff", "0000000000000000", StringComparison.Ordinal));
        proc.MountOptions(options);
        ScanReport report = proc.Scan();
        Assert.False(report.Complete);
        Assert.Contains(report.IncompleteBecause, why => why.Contains(says, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rw,hidepid=2", true)]
    [InlineData("rw,gid=55,hidepid=2", false)]
    public void Hidepid_hides_nothing_from_one_who_may_trace_all_or_is_in_its_group(string options, bool capable)
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init);
        string status = System.Text.Encoding.ASCII.GetString(new FakeProcess { Pid = 900 }.Status());
        proc.Write("self/status", capable ? status : status.Replace("000001ffffffffff", "0000000000000000", StringComparison.Ordinal).Replace("Groups:\t0", "Groups:\t7 55", StringComparison.Ordinal));
        proc.MountOptions(options);
        Assert.True(proc.Scan().Complete);
    }

    [Fact]
    public void Capabilities_in_a_user_namespace_of_ones_own_do_not_lift_hidepid()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init);
        proc.Link("self/ns/user", "user:[4026532000]");
        proc.MountOptions("rw,hidepid=2");
        Assert.False(proc.Scan().Complete);
    }

    [Theory]
    [InlineData("pid namespace")]
    [InlineData("namespace unread")]
    [InlineData("outer procfs")]
    [InlineData("no process 1")]
    [InlineData("no mountinfo")]
    [InlineData("no boot id")]
    [InlineData("torn stat")]
    public void Whatever_hides_a_part_makes_the_scan_incomplete(string what)
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server);
        Assert.True(proc.Scan().Complete);
        switch (what)
        {
            case "pid namespace": proc.Link("self/ns/pid", "pid:[4026532999]"); break;
            case "namespace unread": File.Delete(Path.Combine(proc.Root, "self/ns/pid")); break;
            case "outer procfs": proc.Write("self/status", new FakeProcess { Pid = 900, NamespacePids = "900\t3" }.Status()); break;
            case "no process 1": proc.Remove(1); break;
            case "no mountinfo": File.Delete(Path.Combine(proc.Root, "self/mountinfo")); break;
            case "no boot id": proc.Write("sys/kernel/random/boot_id", "\n"); break;
            case "torn stat": proc.Write("100/stat", "100 (server) S 1"); break;
        }

        ScanReport report = proc.Scan();
        Assert.False(report.Complete);
        Assert.NotEmpty(report.IncompleteBecause);
    }

    [Fact]
    public void Without_a_boot_id_nothing_is_a_zombie()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead);
        File.Delete(Path.Combine(proc.Root, "sys/kernel/random/boot_id"));
        Assert.Equal((Verdict.Unknown, ProcessReasons.NotSeen), (proc.Only().Verdict, proc.Only().Reason));
    }

    [Fact]
    public async Task Without_a_procfs_there_is_one_clear_error()
    {
        string root = Path.Combine(Path.GetTempPath(), "zombieops-none-" + Guid.NewGuid().ToString("N"));
        using var source = new ProcessSource(new EngineOptions { ProcRoot = root });
        ZombieOpsException missing = await Assert.ThrowsAsync<ZombieOpsException>(() => source.ScanAsync(FakeProc.Request(), Cancel).AsTask());
        Assert.Equal((ErrorIds.NoProcfs, ExitCode.Incomplete), (missing.ErrorId, missing.ExitCode));
        Assert.Contains(root, missing.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(root);
        try
        {
            Assert.Equal(ErrorIds.NoProcfs, (await Assert.ThrowsAsync<ZombieOpsException>(() => source.ScanAsync(FakeProc.Request(), Cancel).AsTask())).ErrorId);
        }
        finally
        {
            Directory.Delete(root);
        }
    }

    [Fact]
    public async Task A_cancelled_scan_stops()
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init);
        using ProcessSource source = proc.Source();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => source.ScanAsync(FakeProc.Request(), new CancellationToken(canceled: true)).AsTask());
    }

    [Theory]
    [InlineData("x", ErrorIds.BadArgument)]
    [InlineData("0", ErrorIds.BadArgument)]
    [InlineData("-5", ErrorIds.BadArgument)]
    [InlineData("99999999999", ErrorIds.BadArgument)]
    [InlineData("77", ErrorIds.NoSuchProcess)]
    [InlineData("100", ErrorIds.NotAZombie)]
    public async Task Explaining_what_is_no_zombie_is_bad_usage(string what, string errorId)
    {
        using FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead);
        using ProcessSource source = proc.Source();
        ZombieOpsException error = await Assert.ThrowsAsync<ZombieOpsException>(() => source.ExplainAsync(what, FakeProc.Request(), Cancel).AsTask());
        Assert.Equal((errorId, ExitCode.BadUsage), (error.ErrorId, error.ExitCode));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A ledger that has seen nothing and counts how often it was asked.</summary>
    private sealed class AskedSightings : Ledger.ISightings
    {
        public int Count { get; private set; }

        public Ledger.Sighting Of(string findingId)
        {
            Count++;
            return new Ledger.Sighting(FakeProc.Now, TimeSpan.Zero, AgeSource.FirstSight);
        }
    }
}
