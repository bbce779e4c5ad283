using System.Diagnostics;
using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Remedies;
using Xunit;

namespace ZombieOps.Integration.Tests.Remedies;

/// <summary>A real parent of real zombies. It ends, and they with it, when this is disposed of.</summary>
internal sealed class ParentProcess : IDisposable
{
    internal static readonly EngineOptions Options = new() { ReapMinimumAge = TimeSpan.Zero, ConfigDirectory = "/nonexistent/zombieops" };
    internal static readonly ProcLook Look = new(Options);

    private readonly Process process;
    private bool disposed;

    private ParentProcess(Process process, IReadOnlyList<int> zombies)
    {
        this.process = process;
        Zombies = zombies;
    }

    internal int Pid => process.Id;

    internal IReadOnlyList<int> Zombies { get; }

    /// <summary>One of the modes of parents.c.</summary>
    internal static ParentProcess C(string mode, int count = 1)
    {
        Process process = Start(CParents.Program(), mode, count.ToString(CultureInfo.InvariantCulture));
        string line = process.StandardOutput.ReadLine() ?? "";
        if (!line.StartsWith("ready", StringComparison.Ordinal))
        {
            process.Kill();
            throw new InvalidOperationException($"{mode}: {line}");
        }

        return new ParentProcess(process, [.. line.Split(' ').Skip(1).Select(word => int.Parse(word, CultureInfo.InvariantCulture))]);
    }

    /// <summary>A shell command that leaves its children unreaped; waits until there are that many zombies.</summary>
    internal static ParentProcess Shell(string script, int count = 1)
    {
        Process process = Start("/bin/sh", "-c", script);
        List<int> dead = [];
        bool there = Until(() =>
        {
            dead = [.. (Look.Children(process.Id) ?? []).Where(child => Look.Stat(child, out StatFacts stat) == LookState.Read && stat.State == 'Z')];
            return dead.Count >= count;
        });
        if (!there)
        {
            process.Kill();
            throw new InvalidOperationException($"'{script}' made no zombie");
        }

        return new ParentProcess(process, dead);
    }

    /// <summary>Looks again until it is so, at most five seconds.</summary>
    internal static bool Until(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(5))
            {
                return false;
            }

            Thread.Sleep(2);
        }

        return true;
    }

    internal static bool IsZombie(int pid) => Look.Stat(pid, out StatFacts stat) == LookState.Read && stat.State == 'Z';

    internal char State() => Look.Stat(Pid, out StatFacts stat) == LookState.Read ? stat.State : '?';

    internal void Signal(int signal) => Assert.Equal(0, Libc.Kill(Pid, signal));

    /// <summary>The finding that a scan would make of a zombie, with every remedy offered: the actuator has to refuse by itself.</summary>
    internal Finding Finding(int? zombie = null, Func<Finding, Finding>? change = null)
    {
        Finding finding = FindingOf(Pid, zombie ?? Zombies[0]);
        return change is null ? finding : change(finding);
    }

    /// <summary>The same for any parent.</summary>
    internal static Finding FindingOf(int parentPid, int pid)
    {
        Assert.Equal(LookState.Read, Look.Stat(pid, out StatFacts child));
        Assert.Equal(LookState.Read, Look.Stat(parentPid, out StatFacts parent));
        string boot = Look.BootId()!;
        return new Finding
        {
            Id = $"process:{boot}:{pid}:{child.StartTime}",
            Source = "process",
            Kind = ProcessKinds.Zombie,
            Verdict = Verdict.Zombie,
            Reason = ProcessReasons.Abandoned,
            Cause = ProcessCauses.ParentNotWaiting,
            Target = new ProcessTarget { Pid = pid, StartTime = child.StartTime, Command = child.Command, State = "Z", ParentPid = parentPid },
            Origin = $"process:{boot}:{parentPid}:{parent.StartTime}",
            FirstSeen = DateTimeOffset.UtcNow.AddHours(-1),
            Age = TimeSpan.FromHours(1),
            AgeFrom = AgeSource.Ledger,
            Remedies = [.. RemedyCatalog.All.Select(remedy => new RemedyOffer
            {
                Name = remedy.Code, Does = "", Harm = "", Actionable = true, MustBeNamed = remedy.MustBeNamed,
            })],
        };
    }

    /// <summary>Closes its standard input and gives what it says of itself.</summary>
    internal (int ExitCode, string Says) Finish()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(10_000))
        {
            return (-1, $"still there, state {State()}");
        }

        return (process.ExitCode, process.StandardOutput.ReadToEnd().Trim());
    }

    /// <summary>Ends it with its own word that nothing has happened to it.</summary>
    internal void AssertUnharmed()
    {
        (int code, string says) = Finish();
        Assert.StartsWith("ok", says, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit(5000);
        }

        process.Dispose();
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
