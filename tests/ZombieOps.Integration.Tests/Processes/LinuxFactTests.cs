using System.Globalization;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Model;
using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Integration.Tests.Processes;

/// <summary>Facts of docs/linux-facts.md that no other test shows, on the kernel that runs the tests. Nothing here asks the engine unless its answer is the fact.</summary>
public sealed class LinuxFactTests
{
    private const int NoSuchProcess = 3;

    [Fact]
    public void L4_the_end_of_a_leader_is_not_reported_and_SIGKILL_ends_the_live_program()
    {
        using RealProcess parent = RealProcess.Python("""
            import ctypes, os, select, signal, sys, threading, time
            child = os.fork()
            if child == 0:
                threading.Thread(target=time.sleep, args=(60,)).start()
                ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)
            while open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[0] != "Z": time.sleep(0.005)
            print("reported" if os.waitpid(child, os.WNOHANG)[0] else "not reported", flush=True)
            os.kill(child, signal.SIGKILL)
            print("ended by", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
            sys.stdin.readline()
            """);
        Assert.Equal("not reported", parent.ReadLine());
        Assert.Equal("ended by -9", parent.ReadLine());
    }

    [Fact]
    public void L5_a_zombie_holds_its_pid_and_neither_memory_nor_files()
    {
        using var actor = Actor.Start("not-waiting");
        string Of(int pid, string file) => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"));

        Assert.Contains("VmSize:", Of(actor.ParentPid, "status"), StringComparison.Ordinal);
        Assert.DoesNotContain("Vm", Of(actor.ZombiePid, "status"), StringComparison.Ordinal);
        Assert.Equal("0 0 0 0 0 0 0", Of(actor.ZombiePid, "statm").Trim());
        Assert.NotEmpty(Directory.GetFileSystemEntries($"/proc/{actor.ParentPid}/fd"));
        Assert.Empty(Directory.GetFileSystemEntries($"/proc/{actor.ZombiePid}/fd"));
        // The pid is taken: there is a process to signal.
        Assert.Equal(0, ZombieOps.Cli.Drill.Libc.kill(actor.ZombiePid, 0));
    }

    [Fact]
    public void L6_L7_zombies_count_against_RLIMIT_NPROC_until_they_are_waited_for()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root, which alone may become a user that nobody else is");
        int user = 40_000 + (Environment.ProcessId % 20_000);
        using RealProcess parent = RealProcess.Python($$"""
            import os, resource, sys
            os.setresgid({{user}}, {{user}}, {{user}}); os.setgroups([]) if os.getuid() == 0 else None
            os.setresuid({{user}}, {{user}}, {{user}})
            resource.setrlimit(resource.RLIMIT_NPROC, (30, 30))
            made = []
            try:
                while len(made) < 100:
                    pid = os.fork()
                    if pid == 0: os._exit(0)
                    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
                    made.append(pid)
            except OSError as error:
                print(len(made), error.errno, error.strerror, flush=True)
            os.waitpid(made[0], 0)
            pid = os.fork()
            if pid == 0: os._exit(0)
            print("one was waited for, one more is there", flush=True)
            sys.stdin.readline()
            """);
        // 11 is EAGAIN. The text makes people look for a shortage of memory.
        Assert.Equal("29 11 Resource temporarily unavailable", parent.ReadLine());
        Assert.Equal("one was waited for, one more is there", parent.ReadLine());
    }

    [Fact]
    public async Task L9_threads_take_pids_as_well_and_the_limit_is_read()
    {
        using var actor = Actor.Start("not-waiting", 1, "threads");
        int max = int.Parse(File.ReadAllText("/proc/sys/kernel/pid_max"), CultureInfo.InvariantCulture);
        Assert.InRange(max, 301, 4 * 1024 * 1024);

        List<int> threads = [];
        Wait.Until(() => (threads = Threads()).Count > 16, "the threads");
        string[] processes = [.. Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path)!)];
        Assert.All(threads.Where(thread => thread != actor.ParentPid), thread =>
        {
            Assert.InRange(thread, 1, max - 1);
            Assert.DoesNotContain(thread.ToString(CultureInfo.InvariantCulture), processes);
        });

        using var engine = new ZombieEngine(new EngineOptions());
        HeadroomReport report = await engine.HeadroomAsync(remember: false, TestContext.Current.CancellationToken);
        Assert.Equal(max, Assert.Single(report.Rows, row => row.Limit == "pid_max").Max);

        List<int> Threads() => [.. Directory.EnumerateDirectories($"/proc/{actor.ParentPid}/task").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
    }

    [Fact]
    public void L16_the_first_process_of_a_namespace_gets_only_what_it_handles_and_takes_all_with_it()
    {
        using RealProcess outer = RealProcess.Start(Machine.Needs("unshare"), "--pid", "--fork", "/bin/sh", "-c", "sleep 60 & kill -KILL 1; kill -TERM 1; echo alive; read line");
        Wait.Until(() => outer.HasExited || RealProcess.Children(outer.Pid).Count == 1, "the namespace");
        Assert.SkipWhen(outer.HasExited, "the right to make a PID namespace");
        Assert.Equal("alive", outer.ReadLine());

        int init = RealProcess.Children(outer.Pid)[0];
        int other = RealProcess.Children(init)[0];
        Signals.Send(init, Signals.Kill);
        Wait.Until(() => RealProcess.StatOf(init) is null && RealProcess.StatOf(other) is null, "all of the namespace to end");
    }

    [Fact]
    public async Task L17_L18_zombies_go_to_the_nearest_subreaper_which_is_not_inherited()
    {
        using RealProcess reaper = RealProcess.Python("""
            import ctypes, os, sys, time
            libc = ctypes.CDLL(None)
            libc.prctl(36, 1, 0, 0, 0)
            parent = os.fork()
            if parent == 0:
                is_reaper = ctypes.c_int(-1)
                libc.prctl(37, ctypes.byref(is_reaper), 0, 0, 0)
                child = os.fork()
                if child == 0: os._exit(0)
                os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
                print(is_reaper.value, os.getpid(), child, flush=True)
                time.sleep(60)
            sys.stdin.readline()
            """);
        int[] said = [.. reaper.ReadLine().Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        Assert.Equal(0, said[0]);
        Assert.Equal(('Z', said[1]), (RealProcess.StatOf(said[2])!.Value.State, RealProcess.StatOf(said[2])!.Value.Parent));

        Signals.Send(said[1], Signals.Kill);
        Wait.Until(() => RealProcess.StatOf(said[2])?.Parent == reaper.Pid, "the zombie to be handed on");
        // Ending the parent has helped nothing here: the new one does not wait either.
        Finding finding = await Host.FindAsync(said[2]);
        Assert.Equal((reaper.Pid, ProcessCauses.ParentNotWaiting), (((ProcessTarget)finding.Target).ParentPid, finding.Cause));
    }

    [Fact]
    public void L19_a_parent_that_ignores_SIGCHLD_has_no_later_zombie_and_keeps_the_earlier_one()
    {
        using RealProcess parent = RealProcess.Python("""
            import os, signal, sys
            def child():
                pid = os.fork()
                if pid == 0: os._exit(0)
                return pid
            before = child()
            os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            print(before, child(), flush=True)
            sys.stdin.readline()
            """);
        int[] children = [.. parent.ReadLine().Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        Wait.Until(() => RealProcess.StatOf(children[1]) is null, "the later child to go by itself");
        Assert.Equal('Z', RealProcess.StatOf(children[0])!.Value.State);
    }

    [Fact]
    public void L20_SIGCHLD_to_a_parent_that_does_not_catch_it_is_not_even_delivered()
    {
        using var actor = Actor.Start("not-waiting");
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0, ZombieOps.Cli.Drill.Libc.kill(actor.ParentPid, 17));
        }

        Assert.Contains("ShdPnd:\t0000000000000000\n", File.ReadAllText($"/proc/{actor.ParentPid}/status"), StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }

    [Fact]
    public void L24_a_pidfd_names_one_process_for_good_and_no_thread_has_one()
    {
        var control = new LinuxProcessControl();
        using var threads = Actor.Start("not-waiting", 1, "threads");
        Wait.Until(() => Directory.GetDirectories($"/proc/{threads.ParentPid}/task").Length > 1, "a second thread");
        int thread = Directory.GetDirectories($"/proc/{threads.ParentPid}/task").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).Max();
        Assert.NotEqual(threads.ParentPid, thread);
        Assert.Null(control.Open(thread, out int error));
        Assert.NotEqual(0, error);

        var actor = Actor.Start("not-waiting");
        using PidHandle? zombie = control.Open(actor.ZombiePid, out _);
        try
        {
            Assert.NotNull(zombie);
            Assert.Equal(0, control.Signal(zombie, Signals.Kill));
        }
        finally
        {
            actor.Dispose();
        }

        Assert.Null(ProcFs.State(actor.ZombiePid));
        Assert.Equal(NoSuchProcess, control.Signal(zombie, Signals.Kill));
    }

    [Fact]
    public async Task L25_SIGKILL_to_a_zombie_succeeds_and_changes_nothing()
    {
        using var actor = Actor.Start("not-waiting");
        string before = File.ReadAllText($"/proc/{actor.ZombiePid}/stat");
        var control = new LinuxProcessControl();
        using PidHandle zombie = control.Open(actor.ZombiePid, out _)!;

        Signals.Send(actor.ZombiePid, Signals.Kill);
        Assert.Equal(0, control.Signal(zombie, Signals.Kill));

        Assert.Equal(before, File.ReadAllText($"/proc/{actor.ZombiePid}/stat"));
        Assert.Equal(Verdict.Zombie, (await Host.FindAsync(actor.ZombiePid)).Verdict);
        Assert.True(ProcFs.State(actor.ParentPid) is 'S' or 'R');
    }

    [Fact]
    public void L28_a_debugger_makes_the_parent_wait_and_the_parent_goes_on()
    {
        using var actor = Actor.Start("not-waiting");
        string call = string.Create(CultureInfo.InvariantCulture, $"print (int)waitpid({actor.ZombiePid},0,1)");
        (int ExitCode, string Output)? gdb = Remedies.CParents.Run("gdb", "-nx", "-p", actor.ParentPid.ToString(CultureInfo.InvariantCulture), "-batch", "-iex", "set debuginfod enabled off", "-ex", call);
        Assert.SkipWhen(gdb is null, "gdb");
        Assert.SkipWhen(gdb!.Value.Output.Contains("Operation not permitted", StringComparison.Ordinal), "the right to trace");

        Assert.Contains($"$1 = {actor.ZombiePid}", gdb.Value.Output, StringComparison.Ordinal);
        Assert.Null(ProcFs.State(actor.ZombiePid));
        Assert.True(ProcFs.State(actor.ParentPid) is 'S' or 'R');
    }

    [Fact]
    public async Task A_zombie_that_led_a_session_is_found_like_any_other()
    {
        // ps shows it as Zs; the letter in stat is the same.
        using RealProcess parent = RealProcess.Python("""
            import os, sys
            pid = os.fork()
            if pid == 0:
                os.setsid()
                os._exit(0)
            print(pid, flush=True)
            sys.stdin.readline()
            """);
        Finding finding = await Host.FindAsync(parent.ReadZombie());
        Assert.Equal(("Z", Verdict.Zombie), (((ProcessTarget)finding.Target).State, finding.Verdict));
    }

    [Fact]
    public async Task A_child_of_clone_with_another_exit_signal_stays_although_SIGCHLD_is_ignored_and_needs_WALL()
    {
        using RealProcess parent = RealProcess.Python("""
            import ctypes, os, signal, sys
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            me = os.getpid()
            child = ctypes.CDLL(None).syscall({'x86_64': 56, 'aarch64': 220}[os.uname().machine], 0, 0, 0, 0, 0)
            if os.getpid() != me: os._exit(0)
            print(child, flush=True)
            sys.stdin.readline()
            try:
                os.waitpid(child, os.WNOHANG)
            except ChildProcessError:
                print("a plain wait does not find it", flush=True)
            print("waited", os.waitpid(child, os.WNOHANG | 0x40000000)[0], flush=True)
            sys.stdin.readline()
            """);
        int child = parent.ReadZombie();
        Finding finding = await Host.FindAsync(child);
        Assert.Equal((ProcessCauses.ParentNotWaiting, Verdict.Zombie), (finding.Cause, finding.Verdict));
        Assert.Contains("exit signal 0", finding.Evidence.Single(entry => entry.Fact == "ExitSignal").Says, StringComparison.Ordinal);

        parent.WriteLine();
        Assert.Equal("a plain wait does not find it", parent.ReadLine());
        Assert.Equal($"waited {child}", parent.ReadLine());
    }
}
