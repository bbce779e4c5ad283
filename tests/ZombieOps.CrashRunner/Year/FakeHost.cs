using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.CrashRunner.Year;

/// <summary>
/// A made-up host in a directory of files: <c>proc</c> as the real source reads it, and <c>gone</c>, into which an act moves what it clears with one rename(2). So how
/// often which zombie was acted on is a fact on disk, whenever the acting process is killed.
/// </summary>
internal sealed class FakeHost(string directory, FakeYear year) : IActuator
{
    /// <summary>Pid of the zombie that an exemption protects; every boot has one.</summary>
    private const int Legacy = 900_000;

    private readonly string proc = Path.Combine(directory, "proc");
    private readonly string gone = Path.Combine(directory, "gone");

    /// <summary>Where the next act ends this process: 1 before it, 2 in its midst, 3 after it; 0 nowhere.</summary>
    public int DieInAct { get; set; }

    public string ProcRoot => proc;

    public string Passwd => Path.Combine(proc, "passwd");

    /// <summary>Brings the world to a tick, from wherever a killed process left it, and puts this process into it.</summary>
    public void Advance(int tick)
    {
        Directory.CreateDirectory(gone);
        string mark = Path.Combine(directory, "world");
        int at = File.Exists(mark) ? int.Parse(File.ReadAllText(mark), CultureInfo.InvariantCulture) : -1;
        if (at < 0 || year.Boot(at) != year.Boot(tick))
        {
            Start(year.Boot(tick));
            at = Math.Max(at, year.FirstOf(year.Boot(tick)) - 1);
        }

        for (int next = at + 1; next <= tick; next++)
        {
            foreach (int pid in FakeYear.Arrivals(next))
            {
                Zombie(pid, pid % 2 == 0 ? 'T' : 'S', "worker");
            }

            foreach (int pid in next < 30 ? [] : FakeYear.Arrivals(next - 30).Where(FakeYear.LeavesByItself))
            {
                Remove(pid);
                Remove(Parent(pid));
            }
        }

        string temporary = mark + ".tmp";
        File.WriteAllText(temporary, tick.ToString(CultureInfo.InvariantCulture));
        File.Move(temporary, mark, overwrite: true);
    }

    /// <summary>Says in the made-up procfs that this process runs, and the one before does not any more.</summary>
    public void Enter()
    {
        string mark = Path.Combine(directory, "runner");
        if (File.Exists(mark))
        {
            Remove(int.Parse(File.ReadAllText(mark), CultureInfo.InvariantCulture));
        }

        File.WriteAllText(mark, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
    }

    public ValueTask<ActReport> ActAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel)
    {
        int pid = ((ProcessTarget)fresh.Target).Pid;
        Die(1);
        // The one act. A second one on the same zombie would throw.
        Directory.Move(Path.Combine(proc, Name(pid)), Path.Combine(gone, $"{fresh.Id.Split(':')[1]}-{Name(pid)}"));
        Die(2);
        Remove(Parent(pid));
        Die(3);
        return ValueTask.FromResult(new ActReport { Done = true, Says = "the parent waited" });
    }

    private void Die(int at)
    {
        if (DieInAct == at)
        {
            DyingSource.Die();
        }
    }

    public void Dispose()
    {
    }

    /// <summary>What the made-up procfs calls a boot.</summary>
    public static string BootId(int boot) => string.Create(CultureInfo.InvariantCulture, $"{boot:D8}-2222-4333-8444-555555555555");

    private static int Parent(int zombie) => zombie - 500_000;

    private static string Name(int pid) => pid.ToString(CultureInfo.InvariantCulture);

    private void Start(int boot)
    {
        if (Directory.Exists(proc))
        {
            Directory.Delete(proc, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(proc, "sys/kernel/random"));
        Directory.CreateDirectory(Path.Combine(proc, "self/ns"));
        File.WriteAllText(Path.Combine(proc, "sys/kernel/random/boot_id"), BootId(boot) + "\n");
        File.WriteAllText(Path.Combine(proc, "stat"), "cpu  1 2 3\nbtime 1700000000\nprocesses 9\n");
        File.WriteAllText(Passwd, "root:x:0:0::/root:/bin/sh\n");
        File.WriteAllText(Path.Combine(proc, "self/cgroup"), "0::/\n");
        File.WriteAllText(Path.Combine(proc, "self/mountinfo"), $"22 1 0:21 / / rw - ext4 /dev/vda rw\n23 22 0:22 / {proc} rw,relatime shared:5 - proc proc rw\n");
        File.WriteAllText(Path.Combine(proc, "self/status"), Status(Environment.ProcessId, 'S', caught: 0));
        File.CreateSymbolicLink(Path.Combine(proc, "self/ns/pid"), "pid:[4026531836]");
        File.CreateSymbolicLink(Path.Combine(proc, "self/ns/user"), "user:[4026531837]");
        Living(1, 'S', "systemd", parent: 0);
        for (int pid = 2000; pid < 2020; pid++)
        {
            Living(pid, 'S', "service", parent: 1);
        }

        Zombie(Legacy, 'T', "legacy");
    }

    /// <summary>Writes this process into the boot that is under way.</summary>
    public void Appear()
    {
        int pid = Environment.ProcessId;
        File.WriteAllText(Path.Combine(proc, "self/stat"), Stat(pid, 'S', "zombieops", 1));
        Living(pid, 'S', "zombieops", parent: 1);
    }

    private void Zombie(int pid, char parent, string name)
    {
        Living(Parent(pid), parent, name, parent: 1, caught: 0x10000);
        Living(pid, 'Z', name, Parent(pid));
    }

    private void Living(int pid, char state, string name, int parent, ulong caught = 0)
    {
        string at = Path.Combine(proc, Name(pid)), made = Path.Combine(directory, "made");
        if (Directory.Exists(at))
        {
            return;
        }

        if (Directory.Exists(made))
        {
            Directory.Delete(made, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(made, "ns"));
        Directory.CreateDirectory(Path.Combine(made, "task", Name(pid)));
        File.WriteAllText(Path.Combine(made, "stat"), Stat(pid, state, name, parent));
        File.WriteAllText(Path.Combine(made, "task", Name(pid), "stat"), Stat(pid, state, name, parent));
        File.WriteAllText(Path.Combine(made, "status"), Status(pid, state, caught));
        File.WriteAllText(Path.Combine(made, "cgroup"), $"0::/system.slice/{name}.service\n");
        File.WriteAllText(Path.Combine(made, "cmdline"), state == 'Z' ? "" : $"/usr/bin/{name}\0");
        File.CreateSymbolicLink(Path.Combine(made, "ns/pid"), "pid:[4026531836]");
        Directory.Move(made, at);
    }

    private void Remove(int pid)
    {
        string at = Path.Combine(proc, Name(pid)), away = Path.Combine(directory, "away");
        if (Directory.Exists(away))
        {
            Directory.Delete(away, recursive: true);
        }

        if (Directory.Exists(at))
        {
            Directory.Move(at, away);
            Directory.Delete(away, recursive: true);
        }
    }

    private static string Stat(int pid, char state, string name, int parent) => string.Create(
        CultureInfo.InvariantCulture,
        $"{pid} ({name}) {state} {parent} {pid} {pid} 0 -1 4194560 84 0 0 0 0 0 0 0 20 0 1 0 {1000 + (pid % 1000)} 0 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n");

    private static string Status(int pid, char state, ulong caught) => string.Create(
        CultureInfo.InvariantCulture,
        $"Name:\tworker\nState:\t{state} (state)\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t1\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNStgid:\t{pid}\nNSpid:\t{pid}\nThreads:\t1\nSigQ:\t1/1\nSigPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t{caught:x16}\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n");
}
