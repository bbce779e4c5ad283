namespace ZombieOps;

/// <summary>Exit codes of <c>zombieops</c>, and what an error would exit with.</summary>
public enum ExitCode
{
    /// <summary>Nothing was found, or all that was selected is cleared.</summary>
    Clean = 0,

    /// <summary>Findings are left, or a check such as <c>audit verify</c> found something.</summary>
    FindingsLeft = 1,

    /// <summary>Bad usage: an option, a plan or a file that cannot be used as it is.</summary>
    BadUsage = 2,

    /// <summary>Something could not be seen or done: the answer is incomplete.</summary>
    Incomplete = 3,

    /// <summary>A limit was crossed or a stop file is there: nothing was cleared.</summary>
    LimitCrossed = 4,

    /// <summary>A permission is missing, or the audit log cannot be written: nothing was cleared.</summary>
    NotPermitted = 5,
}

/// <summary>Stable ids of errors. They are part of the interface: scripts and playbooks match on them.</summary>
public static class ErrorIds
{
    /// <summary>A value that an option or parameter cannot take.</summary>
    public const string BadArgument = "BadArgument";

    /// <summary>The system has no Linux process table (another operating system).</summary>
    public const string NotLinux = "NotLinux";

    /// <summary>There is no procfs where it was looked for.</summary>
    public const string NoProcfs = "NoProcfs";

    /// <summary>No process with that pid.</summary>
    public const string NoSuchProcess = "NoSuchProcess";

    /// <summary>There is such a process, and it is no zombie.</summary>
    public const string NotAZombie = "NotAZombie";

    /// <summary>A plan file that cannot be read or is no plan.</summary>
    public const string PlanUnreadable = "PlanUnreadable";

    /// <summary>A plan of a schema version that this build does not know.</summary>
    public const string PlanVersionUnknown = "PlanVersionUnknown";

    /// <summary>A plan that was made on another host.</summary>
    public const string PlanFromAnotherHost = "PlanFromAnotherHost";

    /// <summary>A plan that was made before the last boot.</summary>
    public const string PlanFromAnotherBoot = "PlanFromAnotherBoot";

    /// <summary>A plan that this audit log does not know to have been written, so who made it is not certain.</summary>
    public const string PlanUnrecorded = "PlanUnrecorded";

    /// <summary>Somebody approved, or tries to approve, a plan of their own.</summary>
    public const string SelfApproval = "SelfApproval";

    /// <summary>An approval needs a person, and nobody is known behind the account.</summary>
    public const string ApproverUnknown = "ApproverUnknown";

    /// <summary>An approval is required, and there is none for these very bytes, or no plan at all.</summary>
    public const string NotApproved = "NotApproved";

    /// <summary>The approval does not hold any more.</summary>
    public const string ApprovalExpired = "ApprovalExpired";

    /// <summary>Audit records could not be forwarded. They are still in the audit log, and the next run forwards them.</summary>
    public const string ForwardFailed = "ForwardFailed";

    /// <summary>The audit log cannot be written; nothing is cleared without it.</summary>
    public const string AuditUnwritable = "AuditUnwritable";

    /// <summary>The audit log does not verify.</summary>
    public const string AuditBroken = "AuditBroken";

    /// <summary>The audit log is held by another process for longer than the time-out.</summary>
    public const string AuditBusy = "AuditBusy";

    /// <summary>No directory for state was given and none can be derived (no HOME, not root).</summary>
    public const string NoStateDirectory = "NoStateDirectory";

    /// <summary>An exemption file that cannot be read. Nothing is cleared without knowing what is exempt.</summary>
    public const string ExemptionsUnreadable = "ExemptionsUnreadable";

    /// <summary>A list of protected names that cannot be read. Nothing is cleared without it.</summary>
    public const string ProtectedNamesUnreadable = "ProtectedNamesUnreadable";

    /// <summary>More findings than <c>--max-count</c> or a greater share than <c>--max-share</c>.</summary>
    public const string LimitCrossed = "LimitCrossed";

    /// <summary>The stop file is there.</summary>
    public const string StopFilePresent = "StopFilePresent";

    /// <summary>The first act of a run did not clear its finding, so the rest was not tried.</summary>
    public const string CanaryFailed = "CanaryFailed";

    /// <summary>What was cleared came back at once.</summary>
    public const string Reasserted = "Reasserted";

    /// <summary>The run was interrupted between two acts.</summary>
    public const string Interrupted = "Interrupted";

    /// <summary>Another sweep of the same source works on the same state directory; this one did nothing.</summary>
    public const string SweepBusy = "SweepBusy";

    /// <summary>A policy file that cannot be read.</summary>
    public const string PolicyUnreadable = "PolicyUnreadable";

    /// <summary>A policy with errors. Nothing of it is carried out.</summary>
    public const string PolicyInvalid = "PolicyInvalid";

    /// <summary>The policy's window closed before the run was at its end.</summary>
    public const string WindowClosed = "WindowClosed";

    /// <summary>The command that a policy wants to be told by failed, or did not end in time.</summary>
    public const string NotifyFailed = "NotifyFailed";

    /// <summary>The operating system or server refused.</summary>
    public const string NotPermitted = "NotPermitted";

    /// <summary>No server answers: wrong address, nothing listens, a time-out, a proxy that does not pass it on.</summary>
    public const string ServerUnreachable = "ServerUnreachable";

    /// <summary>The TLS connection failed: unknown authority, wrong name, expired or refused certificate.</summary>
    public const string TlsFailed = "TlsFailed";

    /// <summary>Something answers that is neither Elasticsearch nor OpenSearch: another server, a login page, a redirect.</summary>
    public const string NotASearchServer = "NotASearchServer";

    /// <summary>Something answers that is no Kubernetes API server: another server, a login page, a redirect.</summary>
    public const string NotAKubernetesServer = "NotAKubernetesServer";

    /// <summary>A kubeconfig or service account that cannot be used: not there, no such context, credentials that only a program has.</summary>
    public const string KubeconfigUnusable = "KubeconfigUnusable";

    /// <summary>The server refused the credentials, or they lack a right.</summary>
    public const string NotAuthorized = "NotAuthorized";

    /// <summary>The cluster has no elected master, so what a node says may be old.</summary>
    public const string NoQuorum = "NoQuorum";

    /// <summary>The server's answer broke off or is not what its API promises.</summary>
    public const string BadAnswer = "BadAnswer";

    /// <summary>The server refused for being busy, several times.</summary>
    public const string ServerBusy = "ServerBusy";

    /// <summary>There is no mark of that name.</summary>
    public const string NoSuchMark = "NoSuchMark";

    /// <summary>There is no act of that number in the audit log, or it cannot be undone, or may not be as things are now.</summary>
    public const string CannotUndo = "CannotUndo";

    /// <summary>A mark may not be set, or not be taken away, as things are now.</summary>
    public const string CannotMark = "CannotMark";

    /// <summary>Another owner has declared the mark.</summary>
    public const string MarkHeld = "MarkHeld";

    /// <summary>A file could not be written: full disk, read-only file system.</summary>
    public const string CannotWrite = "CannotWrite";

    /// <summary>A fault in this tool.</summary>
    public const string Internal = "Internal";
}
