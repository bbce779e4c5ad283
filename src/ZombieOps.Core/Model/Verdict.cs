using System.Text.Json.Serialization;

namespace ZombieOps.Model;

/// <summary>What may be done about a finding. Age never decides it; a live operation does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>Something could not be seen, so nothing may be done. The default, on purpose.</summary>
    Unknown = 0,

    /// <summary>No live operation stands behind it: it may be cleared.</summary>
    Zombie,

    /// <summary>A live operation or an exemption stands behind it: it may never be cleared.</summary>
    Protected,

    /// <summary>Real, but not ours to touch, or not yet.</summary>
    ReportOnly,
}

/// <summary>What one observation says of life.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EvidenceState>))]
public enum EvidenceState
{
    /// <summary>The look-up failed. The default, on purpose.</summary>
    Unknown = 0,

    /// <summary>It speaks for a live operation.</summary>
    Live,

    /// <summary>It speaks against one.</summary>
    Dead,

    /// <summary>It was read, and speaks neither for nor against one.</summary>
    Neutral,
}

/// <summary>Where a finding's age was taken from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AgeSource>))]
public enum AgeSource
{
    /// <summary>Seen for the first time in this scan: the true age is not known and counts as zero.</summary>
    FirstSight = 0,

    /// <summary>The ledger has seen it before: the age is the time since then, a lower bound of the true one.</summary>
    Ledger,

    /// <summary>The scanned system stores the time itself.</summary>
    System,
}

/// <summary>How one attempt to clear a finding ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClearOutcome>))]
public enum ClearOutcome
{
    /// <summary>It was acted on, and it is still there or could not be looked at again. The default, on purpose.</summary>
    Failed = 0,

    /// <summary>It was acted on and verified to be gone.</summary>
    Cleared,

    /// <summary>It was gone before anything was done to it.</summary>
    AlreadyGone,

    /// <summary>Nothing was done; the reason says why (a guard, a limit, an exemption, no allowed remedy).</summary>
    Skipped,

    /// <summary>A dry run, a <c>-WhatIf</c> or a declined confirmation: nothing was done.</summary>
    WouldClear,

    /// <summary>The operating system or the server refused the act.</summary>
    NotPermitted,

    /// <summary>It was cleared, and what made it has made the next one: the run stops and does not fight.</summary>
    Reasserted,

    /// <summary>An earlier act was undone, and a fresh look shows it.</summary>
    Undone,

    /// <summary>A mark was set or renewed, and a fresh look shows it.</summary>
    Marked,
}
