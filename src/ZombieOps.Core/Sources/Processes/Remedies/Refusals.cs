using ZombieOps.Model;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>
/// Why a remedy is refused, told from facts alone. The offers of a scan and the checks at the moment of acting ask the same questions,
/// the one of what the scan read and the other of what the kernel says then.
/// </summary>
internal static class Refusals
{
    private const ulong SigChldBit = 1UL << (Libc.SigChld - 1);

    /// <summary>Why nothing at all may be done to this parent from here; null where something may.</summary>
    internal static string? Any(ParentFacts parent)
    {
        if (parent.InOurPidNamespace is null)
        {
            return "it could not be told whether the parent is in this PID namespace";
        }

        return parent.InOurPidNamespace == false ? "the parent is in another PID namespace: only its owner may act" : null;
    }

    /// <summary>Why SIGCHLD is not sent.</summary>
    internal static string? Nudge(ParentFacts parent)
    {
        if (Any(parent) is { } reason)
        {
            return reason;
        }

        if (parent.State is null || parent.SignalsCaught is null)
        {
            return "state or signal mask of the parent could not be read";
        }

        if (parent.State is 'T' or 't')
        {
            return "the parent is stopped and would not handle a signal";
        }

        return (parent.SignalsCaught & SigChldBit) == 0 ? "the parent does not catch SIGCHLD: the signal would do nothing" : null;
    }

    /// <summary>Why SIGCONT is not sent.</summary>
    internal static string? Continue(ParentFacts parent)
    {
        if (Any(parent) is { } reason)
        {
            return reason;
        }

        return parent.State switch
        {
            'T' => null,
            't' => "the parent is held by a tracer, which SIGCONT does not end",
            null => "the state of the parent could not be read",
            _ => "the parent is not stopped",
        };
    }

    /// <summary>Why the parent is not made to wait by ptrace. The same refusals as Solaris' preap(1), and those that ptrace needs.</summary>
    internal static string? Reap(ParentFacts parent, TimeSpan age, EngineOptions options)
    {
        if (parent.IsInit)
        {
            return "the parent is an init process";
        }

        if (Any(parent) is { } reason)
        {
            return reason;
        }

        if (parent.State is null || parent.TracerPid is null || parent.Seccomp is null)
        {
            return "state, tracer or seccomp mode of the parent could not be read";
        }

        if (parent.TracerPid != 0 || parent.State == 't')
        {
            return $"the parent is traced by process {parent.TracerPid}";
        }

        if (parent.State is 'T')
        {
            return "the parent is stopped: continue it first";
        }

        if (parent.State is 'Z' or 'X' or 'x')
        {
            return "the first thread of the parent is dead";
        }

        if (parent.State == 'D')
        {
            return "the parent is in uninterruptible sleep and could not be stopped";
        }

        if (parent.Seccomp != 0)
        {
            return "the parent runs under a seccomp filter, which may end it for a call that it does not expect";
        }

        return age < options.ReapMinimumAge
            ? $"the zombie has been seen for {age.TotalSeconds:0} s only; a parent is made to reap after {options.ReapMinimumAge.TotalSeconds:0} s"
            : null;
    }

    /// <summary>Why the unit is not restarted.</summary>
    internal static string? RestartUnit(ParentFacts parent, IReadOnlyList<OwnerLink> owner, ProtectedNames names)
    {
        if (parent.Unit is not { } unit)
        {
            return "the parent belongs to no systemd unit";
        }

        if (Any(parent) is { } reason)
        {
            return reason;
        }

        if (!unit.EndsWith(".service", StringComparison.Ordinal))
        {
            return $"{unit} is no service: systemd cannot start it again";
        }

        return Contained(owner) ?? Protected(parent, names);
    }

    /// <summary>Why the parent is not ended.</summary>
    internal static string? EndParent(ParentFacts parent, IReadOnlyList<OwnerLink> owner, ProtectedNames names)
    {
        if (parent.IsInit)
        {
            return "the parent is the init of its PID namespace: its end is the end of everything in it";
        }

        if (Any(parent) is { } reason)
        {
            return reason;
        }

        if (parent.State is null)
        {
            return "the state of the parent could not be read";
        }

        if (parent.State is 'T' or 't')
        {
            return "the parent is stopped: continue it first";
        }

        if (parent.State is 'Z' or 'X' && parent.Threads <= 1)
        {
            return "the parent is dead itself: only its own parent can put it to rest";
        }

        if (parent.IsKernelThread)
        {
            return "the parent is a kernel thread";
        }

        return Contained(owner) ?? Protected(parent, names);
    }

    /// <summary>Why it cannot be told whether the parent is on the list of protected names; null where it can. A process names itself as it likes, its executable does not.</summary>
    internal static string? NameUnseen(ParentFacts parent) =>
        // A dead first thread has no executable any more.
        parent.Executable is null && parent.State is not ('Z' or 'X' or 'x')
            ? "the executable of the parent could not be read, and so not whether its name is protected: run as root or with CAP_SYS_PTRACE"
            : null;

    private static string? Contained(IReadOnlyList<OwnerLink> owner) =>
        owner.FirstOrDefault(link => link.Kind is "Container" or "Pod" or "EcsTask") is { } link
            ? $"it belongs to the {link.Kind switch { "EcsTask" => "ECS task", "Pod" => "pod", _ => "container" }} {link.Name}: only its owner may end or restart it"
            : null;

    private static string? Protected(ParentFacts parent, ProtectedNames names) =>
        names.Find(parent.Command, parent.Executable, parent.Unit) is { } name
            ? $"'{name.Pattern}' is on the list of protected names ({name.From})"
            : null;
}
