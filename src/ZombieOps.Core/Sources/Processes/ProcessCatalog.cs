using ZombieOps.Text;

namespace ZombieOps.Sources.Processes;

/// <summary>The causes and remedies of the process source, with the sentence that help and completers show.</summary>
internal static class ProcessCatalog
{
    /// <summary>The causes, most provable first.</summary>
    public static IReadOnlyList<CodeInfo> Causes { get; } =
    [
        Cause(ProcessCauses.ParentStopped, "The parent is stopped and cannot wait"),
        Cause(ProcessCauses.TracedByOther, "Another process traces it, and its parent gets it only after that one has waited"),
        Cause(ProcessCauses.ParentDead, "The parent's own first thread is dead"),
        Cause(ProcessCauses.ParentUninterruptible, "The parent is in uninterruptible sleep and cannot wait"),
        Cause(ProcessCauses.InitNotReaping, "Process 1 of a container does not wait for what it adopts"),
        Cause(ProcessCauses.SigchldIgnoredTooLate, "The parent ignores SIGCHLD, and began to after this child had died"),
        Cause(ProcessCauses.SigchldMissed, "The parent catches SIGCHLD and has not waited for this child"),
        Cause(ProcessCauses.ParentNotWaiting, "The parent neither catches nor ignores SIGCHLD and does not wait"),
        Cause(ProcessCauses.TooYoung, "It is younger than the minimum age: its parent may yet wait"),
        Cause(ProcessCauses.Unknown, "It could not be told"),
    ];

    private static CodeInfo Cause(string code, string summary) => new(code, summary, Names.ToKebab(code));
}
