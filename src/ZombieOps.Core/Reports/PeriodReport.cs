using System.Text.Json.Serialization;
using ZombieOps.Audit;
using ZombieOps.Model;

namespace ZombieOps.Reports;

/// <summary>What audit log, ledger, record of ticks and exemptions tell of a period: for an auditor.</summary>
public sealed record PeriodReport
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>Version of zombieops that made it.</summary>
    public required string Version { get; init; }

    /// <summary>The host that it was made on.</summary>
    public required string Host { get; init; }

    /// <summary>Who made it: user and, behind sudo, the user before.</summary>
    public required string MadeBy { get; init; }

    /// <summary>When it was made (UTC).</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Beginning of the period (UTC); it belongs to it.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>End of the period (UTC); it does not belong to it.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>The state directory that was read.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The exit code.</summary>
    public int Exit { get; init; }

    /// <summary>Why that exit code: <c>Clean</c>, <c>FindingsLeft</c>, <c>Incomplete</c> or <c>AuditBroken</c>.</summary>
    public string ExitReason { get; init; } = "";

    /// <summary>What somebody has to know before the rest, the gravest first.</summary>
    public required IReadOnlyList<ReportNote> Attention { get; init; }

    /// <summary>How many of what.</summary>
    public required ReportTotals Totals { get; init; }

    /// <summary>What the verification of the whole audit log saw.</summary>
    public required AuditVerification Chain { get; init; }

    /// <summary>The anchor that the log was held against, as it was given; null for none.</summary>
    public string? Anchor { get; init; }

    /// <summary>The acts of the period by what they were about, the gravest first.</summary>
    public required IReadOnlyList<ReportIncident> Incidents { get; init; }

    /// <summary>The acts that began or ended in the period, in the order of their intents. Where there are too many, those that need a look come before the others.</summary>
    public required IReadOnlyList<ReportAct> Acts { get; init; }

    /// <summary>The acts of the period by day, or by several days where it is long. Only times with acts.</summary>
    public required IReadOnlyList<ReportDays> Days { get; init; }

    /// <summary>The acts of the period by the age that the finding had when it was acted on.</summary>
    public required IReadOnlyList<ReportAge> Ages { get; init; }

    /// <summary>Policies that reasons of runs name.</summary>
    public required IReadOnlyList<ReportPolicy> Policies { get; init; }

    /// <summary>Approvals of plans that were given in the period, or that acts of it went by.</summary>
    public required IReadOnlyList<ReportApproval> Approvals { get; init; }

    /// <summary>Exemptions that were in force in the period, as far as is known.</summary>
    public required IReadOnlyList<ReportExemption> Exemptions { get; init; }

    /// <summary>When it was looked, by source.</summary>
    public required IReadOnlyList<ReportScanning> Scanning { get; init; }

    /// <summary>What the ledger still knows, by source.</summary>
    public required IReadOnlyList<ReportLedger> Ledger { get; init; }
}

/// <summary>How grave a note is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReportGrade>))]
public enum ReportGrade
{
    /// <summary>The report may not be all that happened, or nothing is known. The default, on purpose.</summary>
    Incomplete = 0,

    /// <summary>Somebody should look at it.</summary>
    Look,

    /// <summary>It should be known.</summary>
    Note,
}

/// <summary>Something that somebody has to know.</summary>
/// <param name="Grade">How grave it is.</param>
/// <param name="Code">Stable code, PascalCase: <c>AuditBroken</c>, <c>OpenIntents</c>, <c>ScanGaps</c>, …</param>
/// <param name="Says">What it is, one sentence.</param>
public sealed record ReportNote(ReportGrade Grade, string Code, string Says);

/// <summary>How an act ended, as far as it is known now.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReportOutcome>))]
public enum ReportOutcome
{
    /// <summary>The audit log holds no outcome: the run was interrupted, or is under way. The default, on purpose.</summary>
    Open = 0,

    /// <summary>It was acted on, and is still there or could not be looked at.</summary>
    Failed,

    /// <summary>The system refused the act.</summary>
    NotPermitted,

    /// <summary>It was cleared and came back.</summary>
    Reasserted,

    /// <summary>Nothing was done.</summary>
    Skipped,

    /// <summary>It was acted on and verified to be gone.</summary>
    Cleared,

    /// <summary>It was gone without the act.</summary>
    AlreadyGone,

    /// <summary>An earlier act was undone, and a fresh look showed it.</summary>
    Undone,

    /// <summary>A mark was set or renewed, and a fresh look showed it.</summary>
    Marked,
}

/// <summary>How many of what, in the period.</summary>
public sealed record ReportTotals
{
    /// <summary>Records of the audit log.</summary>
    public long Records { get; init; }

    /// <summary>Runs that began.</summary>
    public long Runs { get; init; }

    /// <summary>Incidents.</summary>
    public int Incidents { get; init; }

    /// <summary>Acts that began or ended.</summary>
    public long Acts { get; init; }

    /// <summary>Acts by outcome (see <see cref="ReportOutcome"/>); only those that there are.</summary>
    public IReadOnlyDictionary<string, long> Outcomes { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>Acts that were undone later.</summary>
    public long UndoneLater { get; init; }

    /// <summary>Acts that are not in <see cref="PeriodReport.Acts"/>, because there are too many.</summary>
    public long ActsLeftOut { get; init; }

    /// <summary>Incidents that are not in <see cref="PeriodReport.Incidents"/>, because there are too many.</summary>
    public long IncidentsLeftOut { get; init; }
}

/// <summary>One act: what was found, on what evidence, who decided, what was done and how it ended.</summary>
public sealed record ReportAct
{
    /// <summary>Number of its intent in the audit log.</summary>
    public required long Sequence { get; init; }

    /// <summary>When the intent was written, right before the act (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Number of its outcome; null where there is none.</summary>
    public long? OutcomeSequence { get; init; }

    /// <summary>When the outcome was written (UTC); null where there is none.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Number of its incident.</summary>
    public int Incident { get; init; }

    /// <summary>The source.</summary>
    public string? Source { get; init; }

    /// <summary>The finding's identity.</summary>
    public string? FindingId { get; init; }

    /// <summary>What kind of thing.</summary>
    public string? Kind { get; init; }

    /// <summary>Its name.</summary>
    public string? Target { get; init; }

    /// <summary>Why it was there.</summary>
    public string? Cause { get; init; }

    /// <summary>Its chain of owners, the nearest first.</summary>
    public IReadOnlyList<string> Owner { get; init; } = [];

    /// <summary>Identity of whatever made it; null where it could not be seen.</summary>
    public string? Origin { get; init; }

    /// <summary>When it was first seen (UTC).</summary>
    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>How old it was at least.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>What the guard saw right before the act.</summary>
    public IReadOnlyList<Evidence> Evidence { get; init; } = [];

    /// <summary>The remedy; <c>Undo</c>, <c>Mark</c> and <c>Unmark</c> for those.</summary>
    public string? Remedy { get; init; }

    /// <summary>What was to be done, as the requests that the intent announced; empty where the remedy says it.</summary>
    public IReadOnlyList<string> Requests { get; init; } = [];

    /// <summary>How it ended.</summary>
    public required ReportOutcome Outcome { get; init; }

    /// <summary>The outcome's reason code; null where there is none.</summary>
    public string? Reason { get; init; }

    /// <summary>The outcome, one sentence.</summary>
    public string? Says { get; init; }

    /// <summary>How that was verified, one sentence.</summary>
    public required string Verified { get; init; }

    /// <summary>For an undo: number of the intent that it undoes.</summary>
    public long? Undoes { get; init; }

    /// <summary>Number of the intent of the undo that took it back; null where none did.</summary>
    public long? UndoneBy { get; init; }

    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>User that ran the tool.</summary>
    public string? User { get; init; }

    /// <summary>User behind sudo.</summary>
    public string? SudoUser { get; init; }

    /// <summary>User that logged in, as the kernel keeps it; null where nobody did.</summary>
    public string? LoginUser { get; init; }

    /// <summary>Host it ran on.</summary>
    public string? Host { get; init; }

    /// <summary>The plan that was acted on.</summary>
    public string? PlanId { get; init; }

    /// <summary>SHA-256 of that plan's file; null where the plan was no file.</summary>
    public string? PlanHash { get; init; }

    /// <summary>Number of the approval that the run acted under, one of <see cref="PeriodReport.Approvals"/>; null where it needed none.</summary>
    public long? Approval { get; init; }

    /// <summary>Who gave that approval.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>The reason that the run gave, in its own words.</summary>
    public string? Why { get; init; }

    /// <summary>Path of the policy that the reason names; null where it names none.</summary>
    public string? Policy { get; init; }

    /// <summary>SHA-256 of that policy's bytes, as the reason says.</summary>
    public string? PolicySha256 { get; init; }

    /// <summary>Whether the act began before the period, and ended in it.</summary>
    public bool BeganBefore { get; init; }

    /// <summary>Whether somebody should look at it.</summary>
    [JsonIgnore]
    public bool NeedsLook => Outcome is ReportOutcome.Open or ReportOutcome.Failed or ReportOutcome.NotPermitted or ReportOutcome.Reasserted;
}

/// <summary>Acts on what has one origin and one cause.</summary>
public sealed record ReportIncident
{
    /// <summary>Its number in this report.</summary>
    public required int Number { get; init; }

    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>Why it was there.</summary>
    public required string Cause { get; init; }

    /// <summary>Name of the first thing that was acted on.</summary>
    public required string What { get; init; }

    /// <summary>That thing's nearest owner; null where none could be seen.</summary>
    public string? Owner { get; init; }

    /// <summary>First intent (UTC).</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>Last intent (UTC).</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>Different findings, at least: beyond 100,000 in one report they are not told apart.</summary>
    public required int Findings { get; init; }

    /// <summary>Acts.</summary>
    public required long Acts { get; init; }

    /// <summary>Acts by outcome; only those that there are.</summary>
    public required IReadOnlyDictionary<string, long> Outcomes { get; init; }

    /// <summary>Age of the oldest when it was acted on.</summary>
    public required TimeSpan Oldest { get; init; }
}

/// <summary>Acts of a day, or of several.</summary>
/// <param name="Begins">Its beginning, midnight UTC.</param>
/// <param name="Days">How many days.</param>
/// <param name="Outcomes">Acts by outcome; only those that there are.</param>
public sealed record ReportDays(DateTimeOffset Begins, int Days, IReadOnlyDictionary<string, long> Outcomes);

/// <summary>Acts on findings of an age.</summary>
/// <param name="From">The age at least.</param>
/// <param name="To">The age that it is below; null for the oldest.</param>
/// <param name="Acts">How many.</param>
public sealed record ReportAge(TimeSpan From, TimeSpan? To, long Acts);

/// <summary>A policy that runs of the period name as their reason.</summary>
public sealed record ReportPolicy
{
    /// <summary>What people call it; null where it has no name.</summary>
    public string? Name { get; init; }

    /// <summary>Path, as the reason says.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of its bytes, as the reason says.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Acts that name it.</summary>
    public required long Acts { get; init; }

    /// <summary>First of them (UTC).</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>Last of them (UTC).</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>The file of that path now.</summary>
    public required ReportFileNow Now { get; init; }
}

/// <summary>An approval of a plan.</summary>
public sealed record ReportApproval
{
    /// <summary>Number of its record in the audit log.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was given (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who gave it: user, user behind sudo and user that logged in, as far as the log knows.</summary>
    public required string By { get; init; }

    /// <summary>The plan.</summary>
    public string? PlanId { get; init; }

    /// <summary>SHA-256 of the plan file's bytes that were approved.</summary>
    public string? PlanHash { get; init; }

    /// <summary>Who wrote the plan, as the audit log knows it; null where it does not.</summary>
    public string? PlannedBy { get; init; }

    /// <summary>Why, in the approver's words.</summary>
    public string? Why { get; init; }

    /// <summary>Until when it held (UTC).</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Acts of the period under it.</summary>
    public required long Acts { get; init; }
}

/// <summary>A file now, held against a hash from before.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReportFileNow>))]
public enum ReportFileNow
{
    /// <summary>It could not be read.</summary>
    Unreadable = 0,

    /// <summary>It has the same bytes.</summary>
    Same,

    /// <summary>It has other bytes.</summary>
    Changed,

    /// <summary>It is not there.</summary>
    Missing,
}

/// <summary>An exemption that was in force in the period.</summary>
public sealed record ReportExemption
{
    /// <summary>The source whose ticks went by it; null for one that is known from its file alone.</summary>
    public string? Source { get; init; }

    /// <summary>What it matches: <c>command=legacy-*</c>.</summary>
    public required string What { get; init; }

    /// <summary>Who answers for it.</summary>
    public string? Owner { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Until when, as it is written.</summary>
    public string? Expires { get; init; }

    /// <summary>Where it is written.</summary>
    public string? DeclaredAt { get; init; }

    /// <summary>The first tick that went by it (UTC); null where no tick did.</summary>
    public DateTimeOffset? FirstSeen { get; init; }

    /// <summary>The last tick that went by it (UTC); null where no tick did.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Ticks of the period in which it matched something.</summary>
    public required long Matched { get; init; }
}

/// <summary>When a source was scanned.</summary>
public sealed record ReportScanning
{
    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>What a policy calls it; null for no name.</summary>
    public string? Name { get; init; }

    /// <summary>When the first tick began that is on record (UTC), of any period; null where none is.</summary>
    public DateTimeOffset? KnownSince { get; init; }

    /// <summary>Ticks of the period that are on record.</summary>
    public required long Ticks { get; init; }

    /// <summary>Those that saw everything.</summary>
    public required long Complete { get; init; }

    /// <summary>The first complete one of the period (UTC).</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>The last complete one of the period (UTC).</summary>
    public DateTimeOffset? Last { get; init; }

    /// <summary>The longest gap that a period may have and is not called one.</summary>
    public required TimeSpan MaxGap { get; init; }

    /// <summary>Times of the period, longer than that, without a complete scan; the first ones. See <see cref="GapCount"/>.</summary>
    public required IReadOnlyList<ReportSpan> Gaps { get; init; }

    /// <summary>How many gaps there are.</summary>
    public required long GapCount { get; init; }

    /// <summary>All gaps together.</summary>
    public required TimeSpan GapTotal { get; init; }

    /// <summary>The part of the period of which nothing is on record, before <see cref="KnownSince"/>; null where there is none.</summary>
    public ReportSpan? Unknown { get; init; }

    /// <summary>Lines of the record that are no ticks.</summary>
    public long BadLines { get; init; }

    /// <summary>Most zombies that one tick of the period saw.</summary>
    public int MostZombies { get; init; }
}

/// <summary>A span of time.</summary>
/// <param name="From">Its beginning (UTC).</param>
/// <param name="To">Its end (UTC).</param>
public sealed record ReportSpan(DateTimeOffset From, DateTimeOffset To);

/// <summary>What the ledger of a source knows now.</summary>
public sealed record ReportLedger
{
    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>Things that it remembers: seen, and not found gone since.</summary>
    public required int Known { get; init; }

    /// <summary>Those first seen in the period.</summary>
    public required int FirstSeenInPeriod { get; init; }

    /// <summary>First sight of the oldest (UTC); null where there is none.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>Last sight of the one seen last (UTC); null where there is none.</summary>
    public DateTimeOffset? LastSeen { get; init; }
}
