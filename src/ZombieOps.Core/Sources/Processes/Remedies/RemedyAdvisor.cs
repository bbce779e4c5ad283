using ZombieOps.Model;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Chooses the remedies that fit a cause and says what each would do to exactly this finding.</summary>
internal static class RemedyAdvisor
{
    /// <summary>The list of protected names for a scan, and why the user's part of it could not be read; null where it was.</summary>
    internal static (ProtectedNames Names, string? Problem) Names(EngineOptions options)
    {
        try
        {
            return (ProtectedNames.Load(options), null);
        }
        catch (ZombieOpsException problem) when (problem.ErrorId == ErrorIds.ProtectedNamesUnreadable)
        {
            // A scan goes on without the list; what the list decides is refused, and the actuator does not open.
            return (ProtectedNames.BuiltIn, problem.Message);
        }
    }

    /// <summary>The remedies for a finding, least harmful first; empty where nothing may or can be done.</summary>
    /// <param name="facts">What was read.</param>
    /// <param name="cause">One of <see cref="ProcessCauses"/>.</param>
    /// <param name="verdict">What may be done about it.</param>
    /// <param name="reason">The verdict's reason.</param>
    /// <param name="options">The reap minimum age.</param>
    /// <param name="names">The protected names.</param>
    /// <param name="namesUnreadable">Why the user's list could not be read; null where it was.</param>
    internal static IReadOnlyList<RemedyOffer> Offer(
        ZombieFacts facts, string cause, Verdict verdict, string reason, EngineOptions options, ProtectedNames names, string? namesUnreadable)
    {
        if (verdict is Verdict.Unknown or Verdict.Protected || reason == ProcessReasons.LeaderExited)
        {
            return [];
        }

        if (reason == ProcessReasons.TooYoung || cause == ProcessCauses.TooYoung)
        {
            return [Wait(facts)];
        }

        if (reason == ProcessReasons.OwnedElsewhere)
        {
            return [OwnerAdvice.ForContainer(facts)];
        }

        if (facts.Parent is not { } parent)
        {
            return [];
        }

        return cause switch
        {
            ProcessCauses.ParentStopped => [Continue(parent)],
            ProcessCauses.TracedByOther => [OwnerAdvice.ForTracer(facts)],
            ProcessCauses.ParentUninterruptible => [OwnerAdvice.ForUninterruptible(parent)],
            ProcessCauses.InitNotReaping => [OwnerAdvice.ForContainer(facts)],
            ProcessCauses.ParentDead => Some(RestartUnit(facts, parent, names, namesUnreadable), EndParent(facts, parent, names, namesUnreadable)),
            ProcessCauses.SigchldIgnoredTooLate or ProcessCauses.ParentNotWaiting => Some(
                Reap(facts, parent, options),
                RestartUnit(facts, parent, names, namesUnreadable),
                EndParent(facts, parent, names, namesUnreadable)),
            ProcessCauses.SigchldMissed => Some(
                Nudge(parent),
                Reap(facts, parent, options),
                RestartUnit(facts, parent, names, namesUnreadable),
                EndParent(facts, parent, names, namesUnreadable)),
            _ => [],
        };
    }

    private static RemedyOffer[] Some(params RemedyOffer?[] offers) => [.. offers.OfType<RemedyOffer>()];

    private static string Name(ParentFacts parent) => $"{parent.Command} ({parent.Pid})";

    private static RemedyOffer Wait(ZombieFacts facts) => new()
    {
        Name = ProcessRemedies.Wait,
        Does = $"leaves {facts.Target.Command} ({facts.Target.Pid}) alone until it is older than the minimum age: most parents have waited by then",
        Harm = "none",
        Actionable = false,
        MustBeNamed = RemedyCatalog.MustBeNamed(ProcessRemedies.Wait),
    };

    private static RemedyOffer Nudge(ParentFacts parent) => new()
    {
        Name = ProcessRemedies.Nudge,
        Does = $"sends SIGCHLD to {Name(parent)}, again as long as the number of its zombies falls",
        Harm = "a handler that calls wait() without WNOHANG blocks the parent until one of its live children ends",
        Actionable = true,
        MustBeNamed = RemedyCatalog.MustBeNamed(ProcessRemedies.Nudge),
        Command = $"kill -CHLD {parent.Pid}",
        RefusedBecause = Refusals.Nudge(parent),
    };

    private static RemedyOffer Continue(ParentFacts parent) => new()
    {
        Name = ProcessRemedies.Continue,
        Does = $"sends SIGCONT to {Name(parent)}, which then waits for its children if it is made to",
        Harm = "somebody stopped it for a reason: it goes on where it stood",
        Actionable = true,
        MustBeNamed = RemedyCatalog.MustBeNamed(ProcessRemedies.Continue),
        Command = $"kill -CONT {parent.Pid}",
        RefusedBecause = Refusals.Continue(parent),
    };

    private static RemedyOffer Reap(ZombieFacts facts, ParentFacts parent, EngineOptions options) => new()
    {
        Name = ProcessRemedies.Reap,
        Does = $"stops {Name(parent)} for some milliseconds, makes it wait for {facts.Target.Pid} alone, and lets it go on with its own registers",
        Harm = "the parent never gets this exit status: a program that waits for it later sees ECHILD; "
            + "if the helper is killed between two calls of ptrace the parent is lost (docs/reap.md)",
        Actionable = true,
        MustBeNamed = RemedyCatalog.MustBeNamed(ProcessRemedies.Reap),
        Command = $"gdb -p {parent.Pid} -batch -ex 'print (int)waitpid({facts.Target.Pid},0,1)'",
        RefusedBecause = Architecture(Refusals.Reap(parent, facts.Sighting.Age, options)),
    };

    private static string? Architecture(string? reason) =>
        reason ?? (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64
            ? null
            : "it is there for x86-64 only");

    private static RemedyOffer? RestartUnit(ZombieFacts facts, ParentFacts parent, ProtectedNames names, string? namesUnreadable)
    {
        if (parent.Unit is not { } unit || !unit.EndsWith(".service", StringComparison.Ordinal))
        {
            return null;
        }

        string who = parent.UnitIsOfUser && parent.User is { } user ? $"--user --machine={user}@.host " : parent.UnitIsOfUser ? "--user " : "";
        return new RemedyOffer
        {
            Name = ProcessRemedies.RestartUnit,
            Does = $"asks systemd to restart {unit}: everything in it ends, and its zombies with it",
            Harm = $"{unit} is down for as long as its restart takes, and what it holds in memory is lost",
            Actionable = true,
            MustBeNamed = RemedyCatalog.MustBeNamed(ProcessRemedies.RestartUnit),
            Command = $"systemctl {who}restart {Shell.Quote(unit)}",
            RefusedBecause = Refusals.RestartUnit(parent, facts.Owner, names) ?? namesUnreadable,
        };
    }

    private static RemedyOffer EndParent(ZombieFacts facts, ParentFacts parent, ProtectedNames names, string? namesUnreadable) => new()
    {
        Name = ProcessRemedies.EndParent,
        Does = $"sends SIGTERM to {Name(parent)} and waits for its end; its zombies then go to a process that waits. "
            + "With KillParent named as well, SIGKILL follows after the grace period",
        Harm = $"{parent.Command} and all that it does ends",
        Actionable = true,
        MustBeNamed = RemedyCatalog.MustBeNamed(ProcessRemedies.EndParent),
        Command = $"kill {parent.Pid}",
        RefusedBecause = Refusals.EndParent(parent, facts.Owner, names) ?? namesUnreadable,
    };
}

/// <summary>Words for a shell.</summary>
internal static class Shell
{
    /// <summary>A word that a POSIX shell reads as it is: quoted where it holds anything but plain characters.</summary>
    internal static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "@%+=:,./_-".Contains(c, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
