using ZombieOps.Model;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Cli.Drill;

/// <summary>One cause that the drill shows: who makes the zombie, and what the engine has to make of it.</summary>
/// <param name="Role">The actor's role and its arguments.</param>
/// <param name="Cause">The cause that has to be found.</param>
/// <param name="Verdict">The verdict that has to be found.</param>
/// <param name="Proof">The evidence that a person wants to see.</param>
/// <param name="Remedies">The remedies of which one has to clear it; empty where nothing of ours may.</param>
/// <param name="Says">What the actor does, for a person.</param>
/// <param name="OwnerActs">What its owner does about it, where nothing of ours may; null where nobody has to.</param>
internal sealed record DrillCase(
    string[] Role, string Cause, Verdict Verdict, string Proof, string[] Remedies, string Says, string? OwnerActs = null)
{
    /// <summary>Every case, in the order in which they are shown.</summary>
    public static IReadOnlyList<DrillCase> All { get; } =
    [
        new(["not-waiting"], ProcessCauses.ParentNotWaiting, Verdict.Zombie, "Sigchld", [ProcessRemedies.Reap, ProcessRemedies.EndParent], "never waits for its child"),
        new(["missed", "3"], ProcessCauses.SigchldMissed, Verdict.Zombie, "Sigchld", [ProcessRemedies.Nudge], "missed three signals, waits once a signal"),
        new(["ignored-late"], ProcessCauses.SigchldIgnoredTooLate, Verdict.Zombie, "Sigchld", [ProcessRemedies.Reap, ProcessRemedies.EndParent], "ignores SIGCHLD since too late"),
        new(["stopped"], ProcessCauses.ParentStopped, Verdict.Zombie, "ParentState", [ProcessRemedies.Continue], "was stopped before its child ended"),
        new(["parent-dead"], ProcessCauses.ParentDead, Verdict.Zombie, "ParentState", [ProcessRemedies.EndParent, ProcessRemedies.KillParent], "has lost its own first thread"),
        new(["uninterruptible"], ProcessCauses.ParentUninterruptible, Verdict.Zombie, "ParentState", [], "hangs in the kernel", "gives it the answer that it hangs on"),
        new(["traced"], ProcessCauses.TracedByOther, Verdict.Zombie, "Tracer", [], "waits, and a tracer keeps the child", "ends the tracer"),
        new(["init-not-reaping"], ProcessCauses.InitNotReaping, Verdict.ReportOnly, "ParentIsInit", [], "is process 1 of a container without an init", "ends the container"),
        new(["leader-exited"], ProcessCauses.Unknown, Verdict.Protected, "Threads", [], "is alive: only its first thread has ended"),
    ];
}
