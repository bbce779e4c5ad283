using ZombieOps.Ledger;
using ZombieOps.Model;

namespace ZombieOps.Sources.Processes;

/// <summary>What was read of the process that should wait for a zombie. A null is a read that failed, never a "no".</summary>
internal sealed record ParentFacts
{
    /// <summary>Process id in the scanner's PID namespace.</summary>
    public required int Pid { get; init; }

    /// <summary>Start in clock ticks after boot; null where <c>stat</c> could not be read.</summary>
    public ulong? StartTime { get; init; }

    /// <summary>State letter of its first thread; null where it could not be read.</summary>
    public char? State { get; init; }

    /// <summary>Command name, at most 15 bytes.</summary>
    public string Command { get; init; } = "";

    /// <summary>Command line, redacted; null where it could not be read.</summary>
    public string? CommandLine { get; init; }

    /// <summary>File name of the executable without its directory; null where it could not be read.</summary>
    public string? Executable { get; init; }

    /// <summary>Threads (<c>stat</c> field 20).</summary>
    public int Threads { get; init; }

    /// <summary>Whether it is a thread of the kernel (<c>PF_KTHREAD</c> of <c>stat</c> field 9); pid 2 is one only in the first PID namespace.</summary>
    public bool IsKernelThread { get; init; }

    /// <summary>Real user id.</summary>
    public uint? UserId { get; init; }

    /// <summary>Real user's name.</summary>
    public string? User { get; init; }

    /// <summary>When it started (UTC), from the boot time; null where that could not be read.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary><c>SigCgt</c> of status, bit n-1 for signal n.</summary>
    public ulong? SignalsCaught { get; init; }

    /// <summary><c>SigIgn</c> of status.</summary>
    public ulong? SignalsIgnored { get; init; }

    /// <summary>Process that <c>TracerPid</c> of status belongs to; 0 for none.</summary>
    public int? TracerPid { get; init; }

    /// <summary><c>Seccomp</c> of status; 0 for none.</summary>
    public int? Seccomp { get; init; }

    /// <summary><c>NSpid</c> of status, outermost first; empty where it could not be read.</summary>
    public IReadOnlyList<int> NamespacePids { get; init; } = [];

    /// <summary>Whether it is in the scanner's own PID namespace; null where that could not be told.</summary>
    public bool? InOurPidNamespace { get; init; }

    /// <summary>systemd unit (service or scope) of the host that it belongs to; null where there is none or it belongs to a container.</summary>
    public string? Unit { get; init; }

    /// <summary>Whether that unit belongs to a user's own service manager (below <c>user@UID.service</c>).</summary>
    public bool UnitIsOfUser { get; init; }

    /// <summary>Whether it is the init of its PID namespace: pid 1 here, or 1 as the innermost of <see cref="NamespacePids"/>.</summary>
    public bool IsInit => Pid == 1 || (NamespacePids.Count > 0 && NamespacePids[^1] == 1);
}

/// <summary>All that was read of one zombie candidate: what cause, verdict and remedies are judged from, without another read.</summary>
internal sealed record ZombieFacts
{
    /// <summary>The process.</summary>
    public required ProcessTarget Target { get; init; }

    /// <summary>Boot id of the host.</summary>
    public required string BootId { get; init; }

    /// <summary>Whether every thread is dead (state <c>Z</c> or <c>X</c>); null where that could not be told.</summary>
    public required bool? AllThreadsDead { get; init; }

    /// <summary>
    /// Signal that its parent got when it ended (<c>stat</c> field 38): SIGCHLD for a child of <c>fork</c>, any other or 0 only for one of
    /// <c>clone</c> (clone(2)); null where it could not be read.
    /// </summary>
    public int? ExitSignal { get; init; }

    /// <summary>Its parent; null where nothing of it could be read.</summary>
    public ParentFacts? Parent { get; init; }

    /// <summary>Process that <c>TracerPid</c> of the zombie belongs to (it may name a thread); 0 for none, null where it could not be read.</summary>
    public int? TracerPid { get; init; }

    /// <summary>Command of the tracer, where there is one.</summary>
    public string? TracerCommand { get; init; }

    /// <summary>Whether the zombie is in the scanner's own PID namespace; null where that could not be told.</summary>
    public bool? InOurPidNamespace { get; init; }

    /// <summary>Whether the scanner's own PID namespace is the host's first one; in any other pid 1 is a container's.</summary>
    public bool ScannerOnHost { get; init; } = true;

    /// <summary>The chain of owners, the nearest first.</summary>
    public IReadOnlyList<OwnerLink> Owner { get; init; } = [];

    /// <summary>Whether the cgroups that name the owner could be read, the zombie's and its parent's.</summary>
    public bool OwnerSeen { get; init; } = true;

    /// <summary>When it was first seen.</summary>
    public required Sighting Sighting { get; init; }

    /// <summary>When the facts were read (UTC).</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>What was looked at for the threads and the owner, for the evidence list.</summary>
    public IReadOnlyList<Evidence> Observed { get; init; } = [];
}
