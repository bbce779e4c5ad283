using System.Globalization;

namespace ZombieOps.Cli.Drill;

/// <summary>A process of our own that has made a real zombie of one cause.</summary>
internal sealed class Actor : IDisposable
{
    private readonly ActorHost host;
    private bool ownsHost;

    private Actor(ActorHost host, string role)
    {
        this.host = host;
        Role = role;
    }

    /// <summary>The role that it plays.</summary>
    public string Role { get; }

    /// <summary>Process id of the actor.</summary>
    public int Pid { get; private init; }

    /// <summary>Process id of the zombies' parent: the actor, except where the parent is the first process of a PID namespace.</summary>
    public int ParentPid { get; private init; }

    /// <summary>The zombies' process ids.</summary>
    public IReadOnlyList<int> ZombiePids { get; private init; } = [];

    /// <summary>The first zombie's process id; 0 where the role was skipped.</summary>
    public int ZombiePid => ZombiePids.Count > 0 ? ZombiePids[0] : 0;

    /// <summary>The tracer's process id, for <c>traced</c>; 0 for the others.</summary>
    public int TracerPid { get; private init; }

    /// <summary>Process id of the host above it, which is what adopts.</summary>
    public int HostPid => host.Pid;

    /// <summary>File that a live thread of the actor counts in; null where none does.</summary>
    public string? CounterFile { get; private init; }

    /// <summary>FIFO that <c>uninterruptible</c> hangs on; null for the others.</summary>
    public string? Fifo { get; private init; }

    /// <summary>What this machine lacks for the role; null where it plays.</summary>
    public string? SkippedBecause { get; private init; }

    /// <summary>Starts an actor below a host of its own, and returns when its zombie is there.</summary>
    /// <param name="role">
    /// <c>not-waiting [COUNT] [read|sleep|epoll|compute|threads] [ignore-term]</c>, <c>missed [COUNT]</c>, <c>ignored-late</c>, <c>stopped</c>, <c>traced</c>,
    /// <c>leader-exited</c>, <c>parent-dead</c>, <c>uninterruptible</c>, <c>init-not-reaping</c>.
    /// </param>
    /// <param name="arguments">What the role takes.</param>
    public static Actor Start(string role, params object[] arguments)
    {
        var host = ActorHost.Open();
        try
        {
            Actor actor = host.Start(role, [.. arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!)]);
            actor.ownsHost = true;
            return actor;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>What the counter says; null where there is none to read.</summary>
    public long? ReadCounter() =>
        CounterFile is not null && File.Exists(CounterFile)
            && long.TryParse(File.ReadAllText(CounterFile).AsSpan().Trim('\n'), CultureInfo.InvariantCulture, out long count)
            ? count
            : null;

    /// <summary>Waits until the counter has gone on: proof that the actor still runs.</summary>
    public bool GoesOn(int milliseconds = 10_000)
    {
        long? before = ReadCounter();
        long deadline = Environment.TickCount64 + milliseconds;
        while (Environment.TickCount64 < deadline)
        {
            if (ReadCounter() is { } now && (before is null || now > before))
            {
                return true;
            }

            Thread.Sleep(5);
        }

        return false;
    }

    /// <summary>Ends the tracer of <c>traced</c>, as its owner would.</summary>
    public void EndTracer()
    {
        if (TracerPid != 0)
        {
            _ = Libc.kill(TracerPid, Libc.SigKill);
        }
    }

    /// <summary>Lets <c>uninterruptible</c> go on, as whatever it hangs on would by answering.</summary>
    public void Unblock()
    {
        if (Fifo is not null)
        {
            int fd = Libc.open(Fifo, Libc.ORdWr | Libc.ONonBlock | Libc.OCloExec, 0);
            _ = ProcFs.AwaitGone(ZombiePid);
            _ = Libc.close(fd);
        }
    }

    /// <summary>Ends the actor, and its host where that is its own, and waits until both are gone.</summary>
    public void Dispose()
    {
        if (ownsHost)
        {
            host.Dispose();
        }
        else if (Pid != 0)
        {
            host.End(Pid);
        }
    }

    /// <summary>Reads what the host answered, and waits until the kernel shows what the role promises.</summary>
    internal static Actor FromAnswer(ActorHost host, string role, string answer)
    {
        string[] words = answer.Split(' ');
        int Number(string name) => int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
        string? Text(string name) => words.FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

        int pid = Number("actor");
        if (words[0] == "skip")
        {
            return new Actor(host, role) { Pid = pid, SkippedBecause = string.Join(' ', words[1..^1]) };
        }

        if (words[0] != "ready")
        {
            throw new InvalidOperationException($"the actor {role} did not start: {answer}");
        }

        var actor = new Actor(host, role)
        {
            Pid = pid,
            ParentPid = Number("parent") is > 0 and var parent ? parent : pid,
            TracerPid = Number("tracer"),
            CounterFile = Text("counter"),
            Fifo = Text("fifo"),
            ZombiePids = [.. words.Skip(1).TakeWhile(word => !word.Contains('=', StringComparison.Ordinal)).Select(word => int.Parse(word, CultureInfo.InvariantCulture))],
        };
        if (Text("program") is { } program && !SpinWait.SpinUntil(() => ProcFs.CommandLine(pid).StartsWith(program + "\0", StringComparison.Ordinal), 10_000))
        {
            throw new InvalidOperationException($"the actor {role} ({pid}) did not become {program}");
        }

        string states = role switch { "stopped" => "T", "uninterruptible" => "D", "parent-dead" => "Z", _ => "" };
        if ((states.Length > 0 && !ProcFs.Await(pid, states)) || !actor.ZombiePids.All(zombie => ProcFs.Await(zombie, "Z")))
        {
            throw new InvalidOperationException($"the actor {role} ({pid}) made no zombie: {answer}");
        }

        return actor;
    }
}
