namespace ZombieOps.Sources.Processes;

/// <summary>Kinds of findings that the process source has.</summary>
public static class ProcessKinds
{
    /// <summary>A process whose every thread is dead and that nobody has waited for.</summary>
    public const string Zombie = "ZombieProcess";

    /// <summary>A live program whose first thread has ended: it shows <c>Z</c> and its other threads run (kernel/exit.c, <c>delay_group_leader</c>).</summary>
    public const string LeaderExited = "LeaderExitedProcess";
}

/// <summary>Causes of zombie processes.</summary>
public static class ProcessCauses
{
    /// <summary>The parent is stopped (<c>T</c>) and cannot wait.</summary>
    public const string ParentStopped = "ParentStopped";

    /// <summary>Another process traces the zombie: the parent gets it only after the tracer has (ptrace(2)).</summary>
    public const string TracedByOther = "TracedByOther";

    /// <summary>The parent's own first thread is dead.</summary>
    public const string ParentDead = "ParentDead";

    /// <summary>The parent is in uninterruptible sleep (<c>D</c>).</summary>
    public const string ParentUninterruptible = "ParentUninterruptible";

    /// <summary>The parent is the init of a PID namespace (a container's PID 1) and does not reap what it adopts.</summary>
    public const string InitNotReaping = "InitNotReaping";

    /// <summary>The parent ignores SIGCHLD, and began to after this child had died (wait(2): that frees no existing zombie).</summary>
    public const string SigchldIgnoredTooLate = "SigchldIgnoredTooLate";

    /// <summary>The parent catches SIGCHLD and has not waited: the signal was missed or merged with another.</summary>
    public const string SigchldMissed = "SigchldMissed";

    /// <summary>The parent neither catches nor ignores SIGCHLD and does not wait.</summary>
    public const string ParentNotWaiting = "ParentNotWaiting";

    /// <summary>Younger than the minimum age: the parent may yet wait.</summary>
    public const string TooYoung = "TooYoung";

    /// <summary>It could not be told.</summary>
    public const string Unknown = "Unknown";
}

/// <summary>Remedies for zombie processes, least harmful first.</summary>
public static class ProcessRemedies
{
    /// <summary>Do nothing yet.</summary>
    public const string Wait = "Wait";

    /// <summary>SIGCHLD to a parent that catches it.</summary>
    public const string Nudge = "Nudge";

    /// <summary>SIGCONT to a stopped parent.</summary>
    public const string Continue = "Continue";

    /// <summary>Make the parent wait for exactly this child, by ptrace.</summary>
    public const string Reap = "Reap";

    /// <summary>Ask systemd to restart the unit that owns the parent.</summary>
    public const string RestartUnit = "RestartUnit";

    /// <summary>SIGTERM to the parent.</summary>
    public const string EndParent = "EndParent";

    /// <summary>SIGKILL to a parent that outlives <see cref="EndParent"/>'s grace period; only together with it.</summary>
    public const string KillParent = "KillParent";

    /// <summary>Advice for the owner of a container or pod: a sentence and a command, never carried out from outside.</summary>
    public const string AskOwner = "AskOwner";
}

/// <summary>Reason codes of verdicts.</summary>
public static class ProcessReasons
{
    /// <summary>Every thread is dead and the parent has not waited for longer than the minimum age.</summary>
    public const string Abandoned = "Abandoned";

    /// <summary>A live program; see <see cref="ProcessKinds.LeaderExited"/>.</summary>
    public const string LeaderExited = "LeaderExited";

    /// <summary>Younger than the minimum age.</summary>
    public const string TooYoung = "TooYoung";

    /// <summary>Its owner is a container, pod or another PID namespace: only the owner may act.</summary>
    public const string OwnedElsewhere = "OwnedElsewhere";

    /// <summary>Something that decides could not be read.</summary>
    public const string NotSeen = "NotSeen";
}
