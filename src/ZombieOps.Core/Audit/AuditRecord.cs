using System.Text.Json.Serialization;
using ZombieOps.Model;

namespace ZombieOps.Audit;

/// <summary>What an audit record tells.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditKind>))]
public enum AuditKind
{
    /// <summary>Something else that should be kept; <see cref="AuditRecord.Why"/> says what.</summary>
    Note = 0,

    /// <summary>A run began. <see cref="AuditRecord.OpenIntents"/> holds the intents that were open by then.</summary>
    RunStarted,

    /// <summary>An act is about to be carried out. Flushed to disk before it is.</summary>
    Intent,

    /// <summary>How the act of <see cref="AuditRecord.IntentSequence"/> ended.</summary>
    Outcome,

    /// <summary>A run ended.</summary>
    RunEnded,

    /// <summary>A torn last line was found and set aside; <see cref="AuditRecord.Why"/> says where.</summary>
    Recovered,

    /// <summary>
    /// A plan was written: <see cref="AuditRecord.PlanId"/>, <see cref="AuditRecord.PlanHash"/>. <see cref="AuditRecord.Who"/> is its author, whatever the file
    /// is made to say later.
    /// </summary>
    Planned,

    /// <summary>
    /// Somebody approved a plan: <see cref="AuditRecord.PlanId"/>, <see cref="AuditRecord.PlanHash"/>, <see cref="AuditRecord.Why"/>, until
    /// <see cref="AuditRecord.Expires"/>. <see cref="AuditRecord.Who"/> approved it.
    /// </summary>
    Approved,
}

/// <summary>Who wrote an audit record.</summary>
public sealed record AuditActor
{
    /// <summary>User that ran the tool.</summary>
    public required string User { get; init; }

    /// <summary>User behind <c>sudo</c>.</summary>
    public string? SudoUser { get; init; }

    /// <summary>
    /// User that logged in (<c>/proc/self/loginuid</c>, proc(5)): the kernel keeps it through <c>su</c> and <c>sudo</c>, and no environment variable changes it.
    /// Null where nobody did, as in a service or a container.
    /// </summary>
    public string? LoginUser { get; init; }

    /// <summary>Host it ran on.</summary>
    public required string Host { get; init; }

    /// <summary>That host's boot id.</summary>
    public required string BootId { get; init; }

    /// <summary>Process id of the tool.</summary>
    public required int Pid { get; init; }

    /// <summary>
    /// Start of the tool's process in clock ticks after boot, so that a later run can tell whether it still lives; 0 where
    /// <c>/proc/self/stat</c> could not be read.
    /// </summary>
    public required ulong StartTime { get; init; }

    /// <summary>Inode of the PID namespace that <see cref="Pid"/> counts in (namespaces(7)); null where it could not be read.</summary>
    public ulong? PidNamespace { get; init; }
}

/// <summary>One line of the audit log.</summary>
public sealed record AuditRecord
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>Number of the record, from 1 without gaps. Set by the log.</summary>
    public long Sequence { get; init; }

    /// <summary>When it was written (UTC). Set by the log.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What it tells.</summary>
    public required AuditKind Kind { get; init; }

    /// <summary>The run that it belongs to.</summary>
    public required string RunId { get; init; }

    /// <summary>Who wrote it. Set by the log.</summary>
    public AuditActor? Who { get; init; }

    /// <summary>Identity of the finding that was acted on.</summary>
    public string? FindingId { get; init; }

    /// <summary>Code of the remedy.</summary>
    public string? Remedy { get; init; }

    /// <summary>Why: the user's words, the plan's identity, or what was found.</summary>
    public string? Why { get; init; }

    /// <summary>Identity of the plan that was acted on, written or approved.</summary>
    public string? PlanId { get; init; }

    /// <summary>SHA-256 of the plan file's bytes, lower-case hexadecimal; null where the plan was no file.</summary>
    public string? PlanHash { get; init; }

    /// <summary>For <see cref="AuditKind.Approved"/>: until when the approval holds (UTC).</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>For the records of a run that needed an approval: sequence number of the <see cref="AuditKind.Approved"/> that it acted under.</summary>
    public long? Approval { get; init; }

    /// <summary>The finding as the guard saw it, right before the act.</summary>
    public Finding? Before { get; init; }

    /// <summary>The finding as it was seen after the act; null where it was gone.</summary>
    public Finding? After { get; init; }

    /// <summary>The result, for an outcome.</summary>
    public ClearResult? Result { get; init; }

    /// <summary>For an intent: what the act was about to change. For an outcome: what it has changed, where that is known; it is what an undo goes by.</summary>
    public ActPlan? Act { get; init; }

    /// <summary>For the intent of an undo: sequence number of the intent whose act it undoes.</summary>
    public long? Undoes { get; init; }

    /// <summary>For an outcome: sequence number of its intent.</summary>
    public long? IntentSequence { get; init; }

    /// <summary>
    /// For <see cref="AuditKind.RunStarted"/>: sequence numbers of all intents that were open when it was written. Set by the log, under its
    /// lock: whatever a run had read before may have been overtaken by another run.
    /// </summary>
    public IReadOnlyList<long>? OpenIntents { get; init; }

    /// <summary>Hash of the record before (lower-case hex SHA-256); 64 zeros for the first. Set by the log.</summary>
    public string Prev { get; init; } = "";
}
