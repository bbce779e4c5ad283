using ZombieOps.Audit;

namespace ZombieOps.Model;

/// <summary>What the ticks of one source have left behind in one state directory, the last one above all.</summary>
public sealed record SweepTick
{
    /// <summary>When it began (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended (UTC).</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Its exit code.</summary>
    public required int Exit { get; init; }

    /// <summary>Why that exit code: <see cref="SweepReport.ExitReason"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>Whether its scan saw everything.</summary>
    public required bool Complete { get; init; }

    /// <summary>Things that it looked at; null where nothing could be seen.</summary>
    public int? Scanned { get; init; }

    /// <summary>Zombies that it left, whatever its filter; null where nothing could be seen.</summary>
    public int? Zombies { get; init; }

    /// <summary>All findings that it left; null where nothing could be seen.</summary>
    public int? Findings { get; init; }

    /// <summary>How many it cleared.</summary>
    public int Cleared { get; init; }
}

/// <summary>How the sweeps of a host, or the sources of one policy, are getting on.</summary>
public sealed record StatusReport
{
    /// <summary>The exit reason of a status in which a complete scan is missing.</summary>
    public const string Overdue = "Overdue";

    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>The host.</summary>
    public required string Host { get; init; }

    /// <summary>When it was looked (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Full path of the policy; null where none was named.</summary>
    public string? Path { get; init; }

    /// <summary>What people call the policy; null where it has no name.</summary>
    public string? Name { get; init; }

    /// <summary>One entry a source: of the policy, in its order, or of the state directory.</summary>
    public required IReadOnlyList<StatusEntry> Entries { get; init; }

    /// <summary>Why nothing is cleared now, by stop files, one sentence each; none where nothing stops it.</summary>
    public IReadOnlyList<string> StopFiles { get; init; } = [];

    /// <summary>Why nothing may be cleared now, by the policy's windows; null where it may.</summary>
    public string? ClosedBecause { get; init; }

    /// <summary>When the next window opens (UTC); null where the policy has none, one is open, or none opens within ten days.</summary>
    public DateTimeOffset? NextWindowAt { get; init; }

    /// <summary>Exemptions that have lapsed, cannot be read or lapse within seven days, one sentence each.</summary>
    public IReadOnlyList<string> Exemptions { get; init; } = [];

    /// <summary>What else should be known, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The exit code: 3 where a complete scan of any entry is overdue, otherwise 0.</summary>
    public int Exit { get; init; }

    /// <summary><see cref="Overdue"/> or <c>Clean</c>.</summary>
    public string ExitReason { get; init; } = "";
}

/// <summary>How the sweeps of one source in one state directory are getting on.</summary>
public sealed record StatusEntry
{
    /// <summary>What the policy calls it, or the source.</summary>
    public required string Name { get; init; }

    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>The directory of ledger and audit log.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The last tick that came to its end; null where none is known.</summary>
    public SweepTick? LastTick { get; init; }

    /// <summary>When the last scan that saw everything began (UTC); null where none is known.</summary>
    public DateTimeOffset? LastSuccessfulScanAt { get; init; }

    /// <summary>How old that scan is; null where none is known.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>The age from which on a tick is taken to be missing.</summary>
    public required TimeSpan MaxAge { get; init; }

    /// <summary>The usual distance between ticks: the median of the latest; null where there were too few.</summary>
    public TimeSpan? UsualDistance { get; init; }

    /// <summary>Why a complete scan is overdue, one sentence; null where it is not.</summary>
    public string? OverdueBecause { get; init; }

    /// <summary>Whether a tick is under way now; null where that cannot be seen.</summary>
    public bool? Running { get; init; }

    /// <summary>Acts of this source that the audit log announces and whose outcome it does not hold; null where it cannot be read.</summary>
    public int? OpenIntents { get; init; }

    /// <summary>The audit log.</summary>
    public required StatusAudit Audit { get; init; }
}

/// <summary>The end of an audit log.</summary>
public sealed record StatusAudit
{
    /// <summary>The directory of the log.</summary>
    public required string Directory { get; init; }

    /// <summary>The last record, as its file <c>head</c> knows it; null in a log without any.</summary>
    public AuditAnchor? Head { get; init; }

    /// <summary>Why the log cannot be gone on with, or not be read; null where its end is sound. It is not verified as a whole.</summary>
    public string? Problem { get; init; }
}
