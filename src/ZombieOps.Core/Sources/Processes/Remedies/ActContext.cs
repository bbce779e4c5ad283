using ZombieOps.Model;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>All that one act needs: what was read a moment ago, and the pidfd that holds the parent fast.</summary>
internal sealed record ActContext
{
    internal required EngineOptions Options { get; init; }

    internal required IProcessControl Control { get; init; }

    internal required ProcLook Look { get; init; }

    internal required ProtectedNames Names { get; init; }

    internal required Finding Finding { get; init; }

    internal required ProcessTarget Zombie { get; init; }

    internal required ParentFacts Parent { get; init; }

    /// <summary>Who owns the parent, as its cgroup tells now; null where that could not be read.</summary>
    internal required CgroupOwners? Cgroup { get; init; }

    internal required PidHandle Handle { get; init; }

    internal required ActSettings Settings { get; init; }

    internal required CancellationToken Cancel { get; init; }

    /// <summary>The parent as a person knows it.</summary>
    internal string ParentName => $"{Parent.Command} ({Parent.Pid})";

    /// <summary>The parent's service in the owner chain of the finding: who starts the next parent. Null where no service has it.</summary>
    internal OwnerLink? ServiceLink() => Cgroup?.Unit?.EndsWith(".service", StringComparison.Ordinal) == true
        ? Finding.Owner.FirstOrDefault(link => link.Kind == "Unit" && link.Name == Cgroup.Unit)
        : null;

    /// <summary>Whether the zombie is still the one of the finding; null where that cannot be told.</summary>
    internal bool? ZombieIsThere() => Look.Stat(Zombie.Pid, out StatFacts stat) switch
    {
        LookState.Read => stat.StartTime == Zombie.StartTime && stat.ParentPid == Parent.Pid && stat.State == 'Z',
        LookState.Gone => false,
        _ => null,
    };
}
