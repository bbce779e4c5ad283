using System.Runtime.InteropServices;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Processes.Facts;
using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Integration.Tests.Remedies;

/// <summary>The reap remedy on real parents that notice what is done to them.</summary>
public sealed class ReapTests
{
    public ReapTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "x86-64 Linux");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<ActReport> Reap(Finding finding, EngineOptions? options = null)
    {
        using var actuator = new ProcessActuator(options ?? ParentProcess.Options, new LinuxProcessControl());
        return await actuator.ActAsync(finding, ProcessRemedies.Reap, new ActSettings(), Cancel);
    }

    [Theory]
    [InlineData("compute")]
    [InlineData("read")]
    [InlineData("nanosleep")]
    [InlineData("epoll")]
    [InlineData("epoll-timeout")]
    [InlineData("semop")]
    [InlineData("sigwait")]
    [InlineData("inotify")]
    [InlineData("ppoll")]
    [InlineData("futex")]
    [InlineData("threads")]
    [InlineData("thread-child")]
    [InlineData("storm")]
    [InlineData("trap")]
    [InlineData("clone")]
    public async Task A_parent_is_made_to_reap_and_goes_on_as_if_nothing_had_happened(string mode)
    {
        using ParentProcess parent = ParentProcess.C(mode);

        ActReport report = await Reap(parent.Finding());

        Assert.True(report.Done, report.Says);
        Assert.False(ParentProcess.IsZombie(parent.Zombies[0]));
        Assert.Equal("1792", report.Facts["exitStatus"]);
        Assert.Equal("7", report.Facts["exitCode"]);
        parent.AssertUnharmed();
    }

    [Theory]
    [InlineData("sleep 0.01 & exec sleep 60", 'S')]
    [InlineData("sleep 0.01 & exec cat", 'S')]
    [InlineData("sleep 0.01 & exec awk 'BEGIN { while (1) { } }'", 'R')]
    public async Task It_needs_no_special_parent(string script, char state)
    {
        using ParentProcess parent = ParentProcess.Shell(script);

        ActReport report = await Reap(parent.Finding());

        Assert.True(report.Done, report.Says);
        Assert.False(ParentProcess.IsZombie(parent.Zombies[0]));
        Assert.True(ParentProcess.Until(() => parent.State() == state), $"the parent is in state {parent.State()}");
        Assert.Equal(LookState.Read, ParentProcess.Look.Parent(parent.Pid, out Parent? seen, out _));
        Assert.Equal(0, seen!.Facts.TracerPid);
    }

    [Theory]
    [InlineData("compute", 200)]
    [InlineData("storm", 200)]
    [InlineData("threads", 100)]
    public async Task Two_hundred_times_in_a_row_it_still_goes_on(string mode, int times)
    {
        using ParentProcess parent = ParentProcess.C(mode, times);

        foreach (int zombie in parent.Zombies)
        {
            ActReport report = await Reap(parent.Finding(zombie));
            Assert.True(report.Done, report.Says);
        }

        Assert.DoesNotContain(parent.Zombies, ParentProcess.IsZombie);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task Only_the_one_child_is_reaped()
    {
        using ParentProcess parent = ParentProcess.C("read", 5);

        Assert.True((await Reap(parent.Finding(parent.Zombies[2]))).Done);

        Assert.Equal([0, 1, 3, 4], Enumerable.Range(0, 5).Where(i => ParentProcess.IsZombie(parent.Zombies[i])));
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task It_leaves_no_process_of_its_own_behind()
    {
        using ParentProcess parent = ParentProcess.C("read", 3);
        foreach (int zombie in parent.Zombies)
        {
            Assert.True((await Reap(parent.Finding(zombie))).Done);
        }

        int self = Libc.GetPid();
        string? own = Libc.ReadLink("/proc/self/exe", out _);
        // A helper is a copy of this process: it has its executable, and dead the name of one of its threads.
        Assert.True(ParentProcess.Until(() => !ParentProcess.Look.Children(self)!.Any(child =>
            Libc.ReadLink(ParentProcess.Look.Path(child, "exe"), out _) == own
            || (ParentProcess.Look.Stat(child, out StatFacts stat) == LookState.Read && stat.Command.StartsWith(".NET", StringComparison.Ordinal)))));
    }

    [Fact]
    public async Task A_child_of_another_parent_is_never_reaped()
    {
        using ParentProcess parent = ParentProcess.C("read");
        using ParentProcess other = ParentProcess.C("read");

        // Past every check of the actuator, straight to the helper.
        ReapReply reply = Direct(parent, other.Zombies[0]);

        Assert.Equal(ReapOutcome.Done, reply.Outcome);
        Assert.True(ParentProcess.IsZombie(parent.Zombies[0]));
        Assert.True(ParentProcess.IsZombie(other.Zombies[0]));
        // A finding whose target is a child of somebody else.
        var target = (ProcessTarget)other.Finding().Target;
        Assert.Equal("IdentityChanged", (await Reap(parent.Finding() with { Target = target with { ParentPid = parent.Pid } })).Reason);
        parent.AssertUnharmed();
        other.AssertUnharmed();
    }

    [Fact]
    public async Task A_stopped_parent_is_refused_and_stays_stopped()
    {
        using ParentProcess parent = ParentProcess.C("read");
        parent.Signal(19);
        Assert.True(ParentProcess.Until(() => parent.State() == 'T'));

        ActReport report = await Reap(parent.Finding());

        Assert.Equal("Refused", report.Reason);
        Assert.Contains("stopped", report.Says, StringComparison.Ordinal);
        Assert.Equal('T', parent.State());
        Assert.True(ParentProcess.IsZombie(parent.Zombies[0]));

        // The helper itself sees it too: the parent may be stopped after the check.
        Assert.Equal(ReapOutcome.GroupStopped, Direct(parent, parent.Zombies[0]).Outcome);
        Assert.True(ParentProcess.Until(() => parent.State() == 'T'));
        parent.Signal(Libc.SigCont);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_traced_parent_is_refused()
    {
        using ParentProcess parent = ParentProcess.C("read");
        using ParentProcess tracer = ParentProcess.C("tracer", parent.Pid);

        ActReport report = await Reap(parent.Finding());

        Assert.Equal("Refused", report.Reason);
        Assert.Contains($"traced by process {tracer.Pid}", report.Says, StringComparison.Ordinal);
        Assert.Equal((ReapOutcome.SeizeFailed, Errno.NotPermitted), (Direct(parent, parent.Zombies[0]).Outcome, Direct(parent, parent.Zombies[0]).Errno));
        Assert.True(ParentProcess.IsZombie(parent.Zombies[0]));
        Assert.Equal(0, tracer.Finish().ExitCode);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_parent_under_seccomp_is_refused()
    {
        using ParentProcess parent = ParentProcess.C("seccomp");
        Assert.True(ParentProcess.Until(() =>
            ParentProcess.Look.Parent(parent.Pid, out Parent? seen, out _) == LookState.Read && seen!.Facts.Seccomp == 1));

        ActReport report = await Reap(parent.Finding());

        Assert.Equal("Refused", report.Reason);
        Assert.Contains("seccomp", report.Says, StringComparison.Ordinal);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_parent_in_a_restartable_sequence_is_let_go()
    {
        // Now and then the helper meets it between two sequences, and then it may reap. Ten times in a row is not chance.
        for (int i = 0; i < 10; i++)
        {
            using ParentProcess parent = ParentProcess.C("sequence");

            ActReport report = await Reap(parent.Finding());

            string outcome = report.Facts["reapOutcome"];
            Assert.Equal(!report.Done, ParentProcess.IsZombie(parent.Zombies[0]));
            parent.AssertUnharmed();
            if (outcome is nameof(ReapOutcome.InSequence) or nameof(ReapOutcome.SequenceUnknown))
            {
                Assert.Equal("Refused", report.Reason);
                return;
            }

            Assert.Equal(nameof(ReapOutcome.Done), outcome);
        }

        Assert.Fail("it was never seen in its sequence");
    }

    [Fact]
    public async Task A_parent_that_redirects_its_system_calls_is_refused()
    {
        using ParentProcess parent = ParentProcess.C("dispatch");

        ActReport report = await Reap(parent.Finding());

        Assert.Equal("Refused", report.Reason);
        Assert.Equal(nameof(ReapOutcome.UserDispatch), report.Facts["reapOutcome"]);
        Assert.True(ParentProcess.IsZombie(parent.Zombies[0]));
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_zombie_younger_than_a_minute_is_refused()
    {
        using ParentProcess parent = ParentProcess.C("read");
        EngineOptions real = ParentProcess.Options with { ReapMinimumAge = new EngineOptions().ReapMinimumAge };

        ActReport young = await Reap(parent.Finding(null, finding => finding with { Age = TimeSpan.FromSeconds(59) }), real);
        ActReport old = await Reap(parent.Finding(null, finding => finding with { Age = TimeSpan.FromSeconds(60) }), real);

        Assert.Equal("Refused", young.Reason);
        Assert.Contains("59 s", young.Says, StringComparison.Ordinal);
        Assert.True(old.Done, old.Says);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_parent_in_another_pid_namespace_is_refused()
    {
        Assert.SkipUnless(Libc.GetEffectiveUserId() == 0, "root, to make a PID namespace");
        Machine.Needs("unshare");
        using ParentProcess outer = ParentProcess.Shell("sleep 0.01 & exec unshare --fork --pid --kill-child sh -c 'sleep 0.01 & exec sleep 60'");
        int inner = 0;
        Assert.True(ParentProcess.Until(() =>
            (inner = ParentProcess.Look.Children(outer.Pid)!.FirstOrDefault(child => !ParentProcess.IsZombie(child))) != 0
            && ParentProcess.Look.CountChildren(inner) is { Dead: 1 }));
        int zombie = ParentProcess.Look.Children(inner)![0];
        ParentProcess.Look.Stat(inner, out StatFacts parent);
        ParentProcess.Look.Stat(zombie, out StatFacts dead);
        string boot = ParentProcess.Look.BootId()!;
        Finding finding = outer.Finding() with
        {
            Origin = $"process:{boot}:{inner}:{parent.StartTime}",
            Target = new ProcessTarget { Pid = zombie, StartTime = dead.StartTime, Command = "sleep", State = "Z", ParentPid = inner },
        };
        var control = new CountingProcessControl();
        using var actuator = new ProcessActuator(ParentProcess.Options, control);

        foreach (string remedy in new[] { ProcessRemedies.Reap, ProcessRemedies.EndParent, ProcessRemedies.Nudge, ProcessRemedies.Continue, ProcessRemedies.RestartUnit })
        {
            Assert.Equal("Refused", (await actuator.ActAsync(finding, remedy, new ActSettings(), Cancel)).Reason);
        }

        Assert.Equal(0, control.Acts);
        Assert.True(ParentProcess.IsZombie(zombie));
    }

    [Fact]
    public async Task A_frozen_parent_is_refused()
    {
        const string Unified = "/sys/fs/cgroup/unified";
        string root = Directory.Exists(Unified) ? Unified : "/sys/fs/cgroup";
        Assert.SkipUnless(
            Libc.GetEffectiveUserId() == 0 && File.Exists($"{root}/cgroup.procs") && File.Exists($"{root}/cgroup.controllers"), "root and a cgroup v2");
        string group = $"{root}/zombieops-test-{Libc.GetPid()}";
        using ParentProcess parent = ParentProcess.C("read");
        Directory.CreateDirectory(group);
        try
        {
            await File.WriteAllTextAsync($"{group}/cgroup.procs", $"{parent.Pid}", Cancel);
            await File.WriteAllTextAsync($"{group}/cgroup.freeze", "1", Cancel);
            Assert.True(ParentProcess.Until(() => File.ReadAllText($"{group}/cgroup.events").Contains("frozen 1", StringComparison.Ordinal)));

            ActReport report = await Reap(parent.Finding());

            Assert.Equal("Refused", report.Reason);
            Assert.Contains("frozen", report.Says, StringComparison.Ordinal);
            await File.WriteAllTextAsync($"{group}/cgroup.freeze", "0", Cancel);
            parent.AssertUnharmed();
        }
        finally
        {
            File.WriteAllText($"{group}/cgroup.freeze", "0");
            parent.Dispose();
            Assert.True(ParentProcess.Until(() => RemoveDirectory(group)));
        }
    }

    [Fact]
    public void A_process_that_holds_a_managed_runtime_is_known()
    {
        using ParentProcess parent = ParentProcess.C("read");

        Assert.True(SyscallFinder.In(ParentProcess.Look, Libc.GetPid()).HasManagedRuntime);
        SyscallFinder.Found plain = SyscallFinder.In(ParentProcess.Look, parent.Pid);
        Assert.Equal((false, false, false, true), (plain.HasManagedRuntime, plain.Is32Bit, plain.Denied, plain.Address != 0));
    }

    [Fact]
    public async Task An_interrupted_run_changes_nothing()
    {
        using ParentProcess parent = ParentProcess.C("read");
        using var actuator = new ProcessActuator(ParentProcess.Options, new LinuxProcessControl());

        ActReport report = await actuator.ActAsync(parent.Finding(), ProcessRemedies.Reap, new ActSettings(), new CancellationToken(canceled: true));

        Assert.Equal("Refused", report.Reason);
        Assert.True(ParentProcess.IsZombie(parent.Zombies[0]));
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_parent_that_does_not_stop_is_given_up_in_time()
    {
        // A child of vfork(2) that lives keeps its parent in uninterruptible sleep.
        using ParentProcess parent = ParentProcess.C("vfork");
        Assert.True(ParentProcess.Until(() => parent.State() == 'D'));
        Assert.Equal("Refused", (await Reap(parent.Finding())).Reason);

        ReapReply reply = Direct(parent, parent.Zombies[0], deadline: TimeSpan.FromMilliseconds(50));

        Assert.Equal(ReapOutcome.NoStop, reply.Outcome);
        Assert.True(ParentProcess.IsZombie(parent.Zombies[0]));
        parent.AssertUnharmed();
    }

    [Fact]
    public void The_machine_code_is_what_the_source_assembles_to()
    {
        string source = Path.Combine(CParents.Root(), "src/ZombieOps.Core/Sources/Processes/Remedies/Reap/reaper.s");
        using var directory = new TemporaryDirectory();
        string objects = Path.Combine(directory.Path, "reaper.o");
        string bytes = Path.Combine(directory.Path, "reaper.bin");
        (int ExitCode, string Output)? assembled = CParents.Run("as", "--64", "-o", objects, source);
        Assert.SkipWhen(assembled is null, "as (binutils)");
        Assert.Equal((0, ""), assembled!.Value);
        (int ExitCode, string Output)? copied = CParents.Run("objcopy", "-O", "binary", "-j", ".text", objects, bytes);
        Assert.SkipWhen(copied is null, "objcopy (binutils)");

        Assert.True(ReaperCode.Bytes.SequenceEqual(File.ReadAllBytes(bytes)), "run build.sh beside reaper.s and commit ReaperCode.cs");
    }

    // A cgroup holds files that cannot be deleted, so it takes rmdir(2) itself.
    private static bool RemoveDirectory(string path)
    {
        try
        {
            Directory.Delete(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The helper alone, without the checks of the actuator.</summary>
    internal static ReapReply Direct(ParentProcess parent, int zombie, int dieAt = 0, TimeSpan? deadline = null)
    {
        var control = new LinuxProcessControl();
        using PidHandle? held = control.Open(parent.Pid, out _);
        using PidHandle? child = control.Open(zombie, out _);
        return control.Reap(
            new ReapRequest
            {
                Parent = held!,
                Zombie = child!,
                SyscallAddress = SyscallFinder.In(ParentProcess.Look, parent.Pid).Address,
                DieAt = dieAt,
                Deadline = deadline ?? TimeSpan.FromSeconds(3),
            },
            CancellationToken.None);
    }
}
