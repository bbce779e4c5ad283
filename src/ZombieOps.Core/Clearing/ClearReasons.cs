namespace ZombieOps.Clearing;

/// <summary>Stable reason codes of <see cref="Model.ClearResult.Reason"/>.</summary>
public static class ClearReasons
{
    /// <summary>Acted on, and a fresh look shows that it is gone.</summary>
    public const string VerifiedGone = "VerifiedGone";

    /// <summary>Gone before anything was done.</summary>
    public const string GoneBefore = "GoneBefore";

    /// <summary>Acted on, and it is still there.</summary>
    public const string StillThere = "StillThere";

    /// <summary>Acted on, and whether it is gone could not be seen.</summary>
    public const string NotVerified = "NotVerified";

    /// <summary>The act was not carried out; the text says why.</summary>
    public const string ActFailed = "ActFailed";

    /// <summary>No remedy that fits was allowed.</summary>
    public const string NoAllowedRemedy = "NoAllowedRemedy";

    /// <summary>The verdict is not <see cref="Model.Verdict.Zombie"/>.</summary>
    public const string NotAZombie = "NotAZombie";

    /// <summary>The cause is another than the one that was decided on.</summary>
    public const string CauseChanged = "CauseChanged";

    /// <summary>The fresh look before the act failed.</summary>
    public const string GuardFailed = "GuardFailed";

    /// <summary>A dry run.</summary>
    public const string DryRun = "DryRun";

    /// <summary>The user said no.</summary>
    public const string Declined = "Declined";

    /// <summary>The run had stopped before it came to this one.</summary>
    public const string RunStopped = "RunStopped";

    /// <summary>The run has moved as much data as one run may: the next one goes on.</summary>
    public const string NextRun = "NextRun";

    /// <summary>An act was undone, and a fresh look shows it.</summary>
    public const string VerifiedBack = "VerifiedBack";

    /// <summary>The act was asked for, and its end was not seen in time.</summary>
    public const string TimedOut = "TimedOut";

    /// <summary>The origin made the next one after it was cleared.</summary>
    public const string CameBack = "CameBack";

    /// <summary>A fresh look shows the mark as it was set.</summary>
    public const string VerifiedSet = "VerifiedSet";

    /// <summary>A later run found the intent of an interrupted one, and the finding gone.</summary>
    public const string RecoveredGone = "RecoveredGone";

    /// <summary>A later run found the intent of an interrupted one, and the finding still there.</summary>
    public const string RecoveredStillThere = "RecoveredStillThere";
}
