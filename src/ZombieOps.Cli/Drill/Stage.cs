using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ZombieOps.Cli.Drill;

/// <summary>What every role needs: to die with its parent, to say that it is ready, to make children, to wait for the end.</summary>
internal static unsafe class Stage
{
    /// <summary>Name of the variable that holds the parent's process id.</summary>
    public const string ParentVariable = "ZOMBIEOPS_DRILL_PARENT";

    /// <summary>Name of the variable that holds the host's private directory.</summary>
    public const string DirectoryVariable = "ZOMBIEOPS_DRILL_DIR";

    /// <summary>Private directory of the host, which it deletes when it ends.</summary>
    public static string Directory => Environment.GetEnvironmentVariable(DirectoryVariable) ?? Path.GetTempPath();

    /// <summary>Takes a role on: its name, default signal dispositions, and a death that follows the parent's.</summary>
    public static void Enter(string role)
    {
        fixed (byte* name = Encoding.ASCII.GetBytes(role + "\0"))
        {
            _ = Libc.prctl(Libc.PrSetName, (nuint)name, 0, 0, 0);
        }

        // The runtime's own handler for SIGTERM ends in a shutdown that needs its first thread; an inherited SIG_IGN for SIGCHLD makes no zombies.
        _ = Libc.signal(Libc.SigTerm, Libc.SigDfl);
        _ = Libc.signal(Libc.SigChld, Libc.SigDfl);
        // With Yama's ptrace_scope 1 only an ancestor may trace; the tool's own tracer is none.
        _ = Libc.prctl(Libc.PrSetPtracer, nuint.MaxValue, 0, 0, 0);
        DieWithParent();
    }

    /// <summary>SIGKILL for this thread's process when the parent ends (prctl(2)); a parent that has ended already is seen by its pid.</summary>
    public static void DieWithParent()
    {
        _ = Libc.prctl(Libc.PrSetPdeathsig, Libc.SigKill, 0, 0, 0);
        if (int.TryParse(Environment.GetEnvironmentVariable(ParentVariable), out int parent) && Libc.getppid() != parent)
        {
            Libc._exit(3);
        }
    }

    /// <summary>Starts a role as a child of this process.</summary>
    public static int StartRole(string[] arguments, int input = -1, int output = -1, bool checksParent = true) =>
        Spawn.Start(
            [.. Executable.Self, ActorProgram.Command, .. arguments],
            input,
            output,
            environment: [(ParentVariable, checksParent ? Libc.getpid().ToString(CultureInfo.InvariantCulture) : "")]);

    /// <summary>Starts a child that ends at once and nobody waits for; returns when it is a zombie.</summary>
    /// <param name="program">Program that ends by itself; null for one that ends at once.</param>
    public static int MakeZombie(string? program = null)
    {
        int child = program is null ? StartChild() : Spawn.Start([program]);
        AwaitDeath(child);
        return child;
    }

    /// <summary>Starts a child that ends at once.</summary>
    public static int StartChild() =>
        File.Exists("/bin/true") ? Spawn.Start(["/bin/true"]) : StartRole(["end-at-once"]);

    /// <summary>Waits until a child is dead and leaves it as a zombie (waitid(2), WNOWAIT).</summary>
    public static void AwaitDeath(int child)
    {
        byte* info = stackalloc byte[256];
        while (Libc.waitid(Libc.PPid, child, info, Libc.WExited | Libc.WNoWait) != 0 && Marshal.GetLastPInvokeError() == Libc.EIntr)
        {
        }
    }

    /// <summary>Waits for one child, as a parent should.</summary>
    public static int Reap(int child, int options = 0)
    {
        int pid;
        do
        {
            pid = Libc.waitpid(child, null, options);
        }
        while (pid < 0 && Marshal.GetLastPInvokeError() == Libc.EIntr);
        return pid;
    }

    /// <summary>
    /// Becomes an ordinary program that never waits, under this role's name: the remedy <c>Reap</c> refuses parents that run .NET. Returns where
    /// the program is not there; then this process stays what it is.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="program">A program in /bin.</param>
    /// <param name="argument">Its argument; null for none.</param>
    /// <param name="zombies">Process ids of the zombies, for the line that says that everything is in place.</param>
    public static void ReadyAs(string role, string program, string? argument, IEnumerable<int> zombies)
    {
        string path = "/bin/" + program;
        if (!File.Exists(path))
        {
            Ready(zombies);
            return;
        }

        string link = Path.Combine(Directory, role);
        try
        {
            // The kernel takes the command name from the path that is executed, and /bin/sleep would tell nobody what it is here for.
            File.CreateSymbolicLink(link, path);
        }
        catch (IOException)
        {
            link = File.Exists(link) ? link : path;
        }

        Ready(zombies, $"program={program}");
        Spawn.Become(link, argument is null ? [program] : [program, argument]);
    }

    /// <summary>Writes the line that says that everything is in place.</summary>
    /// <param name="zombies">Process ids of the zombies.</param>
    /// <param name="facts">More, as <c>name=value</c>.</param>
    public static void Ready(IEnumerable<int> zombies, params string[] facts) =>
        Say(string.Join(' ', ["ready", .. zombies.Select(pid => pid.ToString(CultureInfo.InvariantCulture)), .. facts]));

    /// <summary>Writes a line that says why this machine cannot have the role.</summary>
    public static void Skip(string because) => Say("skip " + because);

    /// <summary>Writes one line to standard output. The console classes would install a SIGCHLD handler on a terminal.</summary>
    public static void Say(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        fixed (byte* text = bytes)
        {
            _ = Libc.write(1, text, (nuint)bytes.Length);
        }
    }

    /// <summary>Reads one line from a file descriptor; null at its end.</summary>
    public static string? ReadLine(int fd)
    {
        var line = new List<byte>();
        byte one;
        while (true)
        {
            nint count = Libc.read(fd, &one, 1);
            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EIntr)
            {
                continue;
            }

            if (count <= 0)
            {
                return line.Count > 0 ? Encoding.UTF8.GetString([.. line]) : null;
            }

            if (one == (byte)'\n')
            {
                return Encoding.UTF8.GetString([.. line]);
            }

            line.Add(one);
        }
    }

    /// <summary>Blocks in <c>read</c> until standard input ends, and ends this process.</summary>
    public static int UntilTheEnd()
    {
        while (ReadLine(0) is not null)
        {
        }

        Libc._exit(0);
        return 0;
    }

    /// <summary>Counts in a file for ever: work that can be seen from outside.</summary>
    public static void CountIn(string path)
    {
        int fd = Libc.open(path, Libc.OWrOnly | Libc.OCreat | Libc.OTrunc | Libc.OCloExec, 0x180);
        byte* text = stackalloc byte[20];
        for (long count = 1; ; count++)
        {
            _ = count.TryFormat(new Span<byte>(text, 19), out int length, provider: CultureInfo.InvariantCulture);
            text[length] = (byte)'\n';
            _ = Libc.pwrite(fd, text, (nuint)length + 1, 0);
            Thread.Sleep(5);
        }
    }

    /// <summary>Ends the calling thread alone, by the bare system call.</summary>
    public static void EndThisThread() => _ = Libc.syscall(Libc.SysExit, 0, 0, 0);
}
