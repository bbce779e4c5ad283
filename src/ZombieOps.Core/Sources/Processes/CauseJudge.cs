using ZombieOps.Model;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes;

/// <summary>What was concluded of one zombie candidate.</summary>
/// <param name="Kind">One of <see cref="ProcessKinds"/>.</param>
/// <param name="Cause">One of <see cref="ProcessCauses"/>.</param>
/// <param name="Verdict">What may be done.</param>
/// <param name="Reason">One of <see cref="ProcessReasons"/>.</param>
/// <param name="Evidence">What it was concluded from, in the order of judging.</param>
internal sealed record Judgement(string Kind, string Cause, Verdict Verdict, string Reason, IReadOnlyList<Evidence> Evidence);

/// <summary>Judges cause and verdict from facts alone: no reads, no clock.</summary>
internal static class CauseJudge
{
    // Bit 16 is signal 17, SIGCHLD on every architecture that .NET runs on (signal(7)).
    private const ulong SigChld = 0x10000;
    private const int SigChldNumber = 17;

    /// <summary>Judges.</summary>
    public static Judgement Judge(ZombieFacts facts, ScanRequest request)
    {
        (Verdict verdict, string reason) = VerdictOf(facts, request);
        bool leaderExited = reason == ProcessReasons.LeaderExited;
        return new Judgement(
            leaderExited ? ProcessKinds.LeaderExited : ProcessKinds.Zombie,
            leaderExited ? ProcessCauses.Unknown : CauseOf(facts, request),
            verdict,
            reason,
            JudgeEvidence.List(facts, request));
    }

    /// <summary>Whether the parent's mask has SIGCHLD; null where the mask could not be read.</summary>
    internal static bool? HasSigChld(ulong? mask) => mask is { } signals ? (signals & SigChld) != 0 : null;

    /// <summary>
    /// Whether it was made by <c>clone</c> with another exit signal than SIGCHLD. Then no setting of SIGCHLD in its parent frees it
    /// (kernel/signal.c, <c>do_notify_parent</c>) and no plain <c>wait</c> finds it (wait(2), <c>__WALL</c>). Null where that could not be read.
    /// </summary>
    internal static bool? IsCloneChild(ZombieFacts facts) => facts.ExitSignal is { } signal ? signal != SigChldNumber : null;

    /// <summary>Whether the tracer is another process than the parent: the parent's own tracing takes nothing from it.</summary>
    internal static bool TracedByOther(ZombieFacts facts) => facts.TracerPid is > 0 and var tracer && tracer != facts.Target.ParentPid;

    /// <summary>Whether the parent is the first process of a container.</summary>
    internal static bool ParentIsContainerInit(ZombieFacts facts) =>
        facts.Parent is { IsInit: true } parent && (parent.InOurPidNamespace == false || !facts.ScannerOnHost);

    private static string CauseOf(ZombieFacts facts, ScanRequest request)
    {
        // Most provable first. What the parent's state or a tracer proves holds at any age.
        ParentFacts? parent = facts.Parent;
        if (parent?.State is 'T' or 't')
        {
            return ProcessCauses.ParentStopped;
        }

        if (TracedByOther(facts))
        {
            return ProcessCauses.TracedByOther;
        }

        switch (parent?.State)
        {
            case null:
                return ProcessCauses.Unknown;
            case 'Z' or 'X' or 'x':
                return ProcessCauses.ParentDead;
            case 'D':
                return ProcessCauses.ParentUninterruptible;
        }

        bool young = facts.Sighting.Age < request.MinAge;
        if (ParentIsContainerInit(facts))
        {
            return young ? ProcessCauses.TooYoung : ProcessCauses.InitNotReaping;
        }

        if (IsCloneChild(facts) == true)
        {
            return young ? ProcessCauses.TooYoung : ProcessCauses.ParentNotWaiting;
        }

        return (HasSigChld(parent.SignalsIgnored), HasSigChld(parent.SignalsCaught)) switch
        {
            (true, _) when IsCloneChild(facts) is null => ProcessCauses.Unknown,
            (true, _) => ProcessCauses.SigchldIgnoredTooLate,
            (null, _) or (_, null) => ProcessCauses.Unknown,
            _ when young => ProcessCauses.TooYoung,
            (_, true) => ProcessCauses.SigchldMissed,
            _ => ProcessCauses.ParentNotWaiting,
        };
    }

    private static (Verdict Verdict, string Reason) VerdictOf(ZombieFacts facts, ScanRequest request)
    {
        // A live program may never be touched, whatever else is known or not.
        if (facts.AllThreadsDead == false)
        {
            return (Verdict.Protected, ProcessReasons.LeaderExited);
        }

        if (!AllSeen(facts))
        {
            return (Verdict.Unknown, ProcessReasons.NotSeen);
        }

        if (facts.InOurPidNamespace != true
            || facts.Parent?.InOurPidNamespace != true
            || facts.Owner.Any(static link => CgroupOwners.IsContainment(link) || link.Kind == "PidNamespace"))
        {
            return (Verdict.ReportOnly, ProcessReasons.OwnedElsewhere);
        }

        return facts.Sighting.Age < request.MinAge
            ? (Verdict.ReportOnly, ProcessReasons.TooYoung)
            : (Verdict.Zombie, ProcessReasons.Abandoned);
    }

    /// <summary>Whether everything that decides could be read.</summary>
    private static bool AllSeen(ZombieFacts facts) =>
        facts is { AllThreadsDead: true, BootId.Length: > 0, TracerPid: not null, InOurPidNamespace: not null, OwnerSeen: true }
        && facts.Parent is
        {
            State: not null,
            StartTime: not null,
            SignalsCaught: not null,
            SignalsIgnored: not null,
            TracerPid: not null,
            InOurPidNamespace: not null,
        };
}
