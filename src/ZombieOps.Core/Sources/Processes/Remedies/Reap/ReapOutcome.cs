namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>How the reap helper ended. The numbers are those of <c>reaper.s</c>.</summary>
internal enum ReapOutcome
{
    /// <summary>The helper died before it could say.</summary>
    HelperDied = 0,

    /// <summary>The parent made the call and has its registers back.</summary>
    Done = 1,

    /// <summary>The parent could not be traced; the errno says why.</summary>
    SeizeFailed = 2,

    /// <summary>The parent ended, and its pid may have been given away.</summary>
    ParentChanged = 3,

    /// <summary>The zombie was reaped by its parent in the meantime.</summary>
    ZombieGone = 4,

    /// <summary>The parent is stopped by a signal (ptrace(2), group-stop): the call would not run.</summary>
    GroupStopped = 5,

    /// <summary>The parent did not stop in time: uninterruptible sleep, or a host on which nobody gets to run.</summary>
    NoStop = 6,

    /// <summary>The parent ended while it was traced.</summary>
    ParentEnded = 7,

    /// <summary>The parent runs 32-bit code.</summary>
    Not64Bit = 8,

    /// <summary>There is no <c>syscall</c> instruction any more where one was found.</summary>
    NoInstruction = 9,

    /// <summary>The parent was in a restartable sequence (rseq(2)) whenever it was stopped.</summary>
    InSequence = 10,

    /// <summary>The kernel cannot say whether the parent is in a restartable sequence (before 5.13), and it was in no system call.</summary>
    SequenceUnknown = 11,

    /// <summary>The parent redirects its own system calls (PR_SET_SYSCALL_USER_DISPATCH in prctl(2)).</summary>
    UserDispatch = 12,

    /// <summary>Signals came in between every time.</summary>
    Signals = 13,

    /// <summary>Cancelled before anything was changed.</summary>
    Cancelled = 14,

    /// <summary>A ptrace call failed; the errno says why.</summary>
    PtraceFailed = 15,

    /// <summary>The helper could not be made; the errno says why. Not from <c>reaper.s</c>.</summary>
    NoHelper = 100,

    /// <summary>The helper is still in the unsafe window and was left to finish. Not from <c>reaper.s</c>.</summary>
    LeftInWindow = 101,
}

/// <summary>What to reap.</summary>
internal sealed record ReapRequest
{
    /// <summary>Process that has to wait.</summary>
    public required PidHandle Parent { get; init; }

    /// <summary>Its dead child.</summary>
    public required PidHandle Zombie { get; init; }

    /// <summary>Address of a <c>syscall</c> instruction in the parent.</summary>
    public required ulong SyscallAddress { get; init; }

    /// <summary>How long to wait for the parent to stop.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>For tests of a crash: the step (1 to 10, see <c>reaper.s</c>) at which the helper kills itself. 0 never.</summary>
    public int DieAt { get; init; }
}

/// <summary>What the helper did.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Errno">Error number of the call that failed; 0 for none.</param>
/// <param name="Step">The last step that it reached.</param>
internal readonly record struct ReapReply(ReapOutcome Outcome, int Errno, int Step);
