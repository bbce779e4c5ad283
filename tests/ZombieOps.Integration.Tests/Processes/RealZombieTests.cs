using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Integration.Tests.Processes;

/// <summary>Every cause that can be made without a container, on the real kernel.</summary>
public sealed class RealZombieTests
{
    [Fact]
    public async Task A_child_that_its_parent_never_waits_for_is_an_abandoned_zombie()
    {
        using RealProcess parent = RealProcess.ParentThatNeverWaits();
        int pid = parent.ZombieChildren()[0];

        Finding finding = await Host.FindAsync(pid);

        var target = (ProcessTarget)finding.Target;
        Assert.Equal((Verdict.Zombie, ProcessReasons.Abandoned, ProcessCauses.ParentNotWaiting, ProcessKinds.Zombie), (finding.Verdict, finding.Reason, finding.Cause, finding.Kind));
        Assert.Equal(parent.Pid, target.ParentPid);
        Assert.Equal(RealProcess.StatOf(pid)!.Value.StartTime, target.StartTime);
        Assert.Equal(0, target.ExitStatus);
        string boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        Assert.Equal($"process:{boot}:{pid}:{target.StartTime}", finding.Id);
        Assert.Equal($"process:{boot}:{parent.Pid}:{RealProcess.StatOf(parent.Pid)!.Value.StartTime}", finding.Origin);
        Assert.Equal("sleep", finding.Owner[0].Name);
        Assert.Equal("sleep 60", finding.Owner[0].Details["command"]);
        Assert.Equal(Environment.UserName, finding.Owner[0].Details["user"]);
        Assert.Contains(finding.Evidence, entry => entry.Fact == "Age" && entry.Says.Contains("not from process start", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_zombie_that_nobody_has_seen_before_is_too_young_however_long_it_has_run()
    {
        using RealProcess parent = RealProcess.ParentThatNeverWaits();
        Finding finding = await Host.FindAsync(parent.ZombieChildren()[0], new ScanRequest { Settle = TimeSpan.FromMilliseconds(1) });
        Assert.Equal((Verdict.ReportOnly, ProcessReasons.TooYoung, ProcessCauses.TooYoung, AgeSource.FirstSight), (finding.Verdict, finding.Reason, finding.Cause, finding.AgeFrom));
    }

    [Fact]
    public async Task A_child_that_is_waited_for_during_the_pause_is_transient()
    {
        using RealProcess parent = RealProcess.Python("""
            import os, sys
            pid = os.fork()
            if pid == 0: os._exit(0)
            print(pid, flush=True)
            sys.stdin.readline()
            os.waitpid(pid, 0)
            print("reaped", flush=True)
            sys.stdin.readline()
            """);
        int pid = parent.ReadZombie();
        using ProcessSource source = Host.Source();
        Task<ScanReport> scan = source.ScanAsync(new ScanRequest { Settle = TimeSpan.FromSeconds(1) }, TestContext.Current.CancellationToken).AsTask();
        parent.WriteLine();
        Assert.Equal("reaped", parent.ReadLine());
        ScanReport report = await scan;
        Assert.DoesNotContain(report.Findings, finding => ((ProcessTarget)finding.Target).Pid == pid);
        Assert.True(report.Counts.Transient >= 1);
    }

    [Fact]
    public async Task A_stopped_parent_is_the_cause()
    {
        using RealProcess parent = RealProcess.ParentThatNeverWaits();
        int pid = parent.ZombieChildren()[0];
        Signals.Send(parent.Pid, Signals.Stop);
        Wait.Until(() => RealProcess.StatOf(parent.Pid)?.State == 'T', "the parent to stop");
        Assert.Equal(ProcessCauses.ParentStopped, (await Host.FindAsync(pid)).Cause);
        Signals.Send(parent.Pid, Signals.Cont);
        Wait.Until(() => RealProcess.StatOf(parent.Pid)?.State == 'S', "the parent to go on");
        Assert.Equal(ProcessCauses.ParentNotWaiting, (await Host.FindAsync(pid)).Cause);
    }

    [Fact]
    public async Task L23_a_tracer_that_is_not_the_parent_is_named()
    {
        using RealProcess parent = RealProcess.Start("/bin/sh", "-c", "sleep 50 & exec sleep 60");
        Wait.Until(() => RealProcess.Children(parent.Pid).Count == 1, "the child");
        int pid = RealProcess.Children(parent.Pid)[0];
        using RealProcess tracer = RealProcess.Python($"""
            import ctypes, sys
            libc = ctypes.CDLL(None, use_errno=True)
            print("traced" if libc.ptrace(0x4206, {pid}, None, None) == 0 else "refused", flush=True)
            sys.stdin.readline()
            """);
        Assert.SkipWhen(tracer.ReadLine() != "traced", "the right to trace");
        Signals.Send(pid, Signals.Kill);
        parent.ZombieChildren();

        Finding finding = await Host.FindAsync(pid);
        Assert.Equal(ProcessCauses.TracedByOther, finding.Cause);
        Assert.Equal(9, ((ProcessTarget)finding.Target).ExitStatus);
        Assert.Contains($"process {tracer.Pid} (python", finding.Evidence.Single(entry => entry.Fact == "Tracer").Says, StringComparison.Ordinal);
    }

    [Fact]
    public async Task L19_a_parent_that_ignores_sigchld_too_late_is_the_cause()
    {
        using RealProcess parent = Python("signal.signal(signal.SIGCHLD, signal.SIG_IGN)");
        int pid = parent.ReadZombie();
        Assert.Equal("ready", parent.ReadLine());
        Finding finding = await Host.FindAsync(pid);
        Assert.Equal((ProcessCauses.SigchldIgnoredTooLate, Verdict.Zombie), (finding.Cause, finding.Verdict));
    }

    [Fact]
    public async Task L20_a_parent_that_catches_sigchld_and_missed_it_is_the_cause()
    {
        using RealProcess parent = Python("signal.signal(signal.SIGCHLD, lambda *_: None)");
        int pid = parent.ReadZombie();
        Assert.Equal("ready", parent.ReadLine());
        Assert.Equal(ProcessCauses.SigchldMissed, (await Host.FindAsync(pid)).Cause);
    }

    [Fact]
    public async Task A_parent_in_uninterruptible_sleep_is_the_cause()
    {
        // CLONE_VFORK without shared memory: the caller sleeps, in state D, until the child has ended.
        using RealProcess parent = Python("libc.syscall({'x86_64': 56, 'aarch64': 220}[os.uname().machine], 0x4000 | signal.SIGCHLD, 0, 0, 0, 0)\nif os.getpid() != me: time.sleep(60)");
        int pid = parent.ReadZombie();
        Wait.Until(() => RealProcess.StatOf(parent.Pid)?.State == 'D', "the parent to sleep");
        Finding finding = await Host.FindAsync(pid);
        Assert.Equal(ProcessCauses.ParentUninterruptible, finding.Cause);
    }

    [Fact]
    public async Task A_parent_whose_leader_has_exited_is_the_cause_and_itself_protected()
    {
        using RealProcess parent = Python("threading.Thread(target=time.sleep, args=(60,)).start()\nlibc.syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)");
        int pid = parent.ReadZombie();
        Wait.Until(() => RealProcess.StatOf(parent.Pid)?.State == 'Z', "the parent's leader to exit");
        Assert.Equal(ProcessCauses.ParentDead, (await Host.FindAsync(pid)).Cause);
        Assert.Equal(Verdict.Protected, (await Host.FindAsync(parent.Pid)).Verdict);
    }

    [Fact]
    public async Task L15_a_zombie_in_another_pid_namespace_is_reported_with_its_inner_pid_and_never_ours_to_clear()
    {
        using RealProcess outer = RealProcess.Start(Machine.Needs("unshare"), "--pid", "--fork", "/bin/sh", "-c", "sleep 0.01 & exec sleep 60");
        Wait.Until(() => outer.HasExited || RealProcess.Children(outer.Pid).Count == 1, "the namespace");
        Assert.SkipWhen(outer.HasExited, "the right to make a PID namespace");
        int init = RealProcess.Children(outer.Pid)[0];
        Wait.Until(() => RealProcess.Children(init, 'Z').Count == 1, "the zombie in the namespace");
        int pid = RealProcess.Children(init, 'Z')[0];

        Finding finding = await Host.FindAsync(pid);
        Assert.Equal((Verdict.ReportOnly, ProcessReasons.OwnedElsewhere, ProcessCauses.InitNotReaping), (finding.Verdict, finding.Reason, finding.Cause));
        var target = (ProcessTarget)finding.Target;
        Assert.Equal([pid, 2], target.NamespacePids);
        OwnerLink link = finding.Owner.Single(owner => owner.Kind == "PidNamespace");
        Assert.Equal("2", link.Details["innerPid"]);
        Assert.Equal(new FileInfo($"/proc/{init}/ns/pid").LinkTarget, link.Name);
    }

    [Fact]
    public async Task Ending_the_parent_makes_the_zombie_gone_on_the_next_look()
    {
        using RealProcess parent = RealProcess.ParentThatNeverWaits();
        int pid = parent.ZombieChildren()[0];
        Finding finding = await Host.FindAsync(pid);
        using ProcessSource source = Host.Source();
        Recheck there = await source.RecheckAsync(finding, Host.Old, TestContext.Current.CancellationToken);
        Assert.Equal((RecheckState.Present, finding.Id, Verdict.Zombie), (there.State, there.Now!.Id, there.Now.Verdict));

        // It goes to the nearest reaper, which has to wait for it.
        Signals.Send(parent.Pid, Signals.Kill);
        RecheckState state = RecheckState.Unknown;
        for (int i = 0; i < 1000 && state != RecheckState.Gone; i++)
        {
            state = (await source.RecheckAsync(finding, Host.Old, TestContext.Current.CancellationToken)).State;
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        Assert.Equal(RecheckState.Gone, state);
    }

    [Fact]
    public async Task Explaining_a_pid_says_what_a_scan_says()
    {
        using RealProcess parent = RealProcess.ParentThatNeverWaits();
        int pid = parent.ZombieChildren()[0];
        using ProcessSource source = Host.Source();
        Finding explained = await source.ExplainAsync(pid.ToString(System.Globalization.CultureInfo.InvariantCulture), Host.Old, TestContext.Current.CancellationToken);
        Finding found = await Host.FindAsync(pid);
        Assert.Equal((found.Id, found.Cause, found.Verdict, found.Origin), (explained.Id, explained.Cause, explained.Verdict, explained.Origin));

        ZombieOpsException error = await Assert.ThrowsAsync<ZombieOpsException>(() => source.ExplainAsync(Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), Host.Old, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(ErrorIds.NotAZombie, error.ErrorId);
    }

    /// <summary>A program that has one dead child, does something, says so and goes on.</summary>
    private static RealProcess Python(string then) => RealProcess.Python($"""
        import ctypes, os, signal, sys, threading, time
        libc = ctypes.CDLL(None)
        me = os.getpid()
        child = os.fork()
        if child == 0: os._exit(0)
        while open(f"/proc/{"{child}"}/stat").read().rsplit(")", 1)[1].split()[0] != "Z": time.sleep(0.005)
        print(child, flush=True)
        {then.Replace("\n", "\n        ", StringComparison.Ordinal)}
        print("ready", flush=True)
        time.sleep(60)
        """.Replace("\n        ", "\n", StringComparison.Ordinal));
}
