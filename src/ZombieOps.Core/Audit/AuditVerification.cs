using System.Text.Json.Serialization;

namespace ZombieOps.Audit;

/// <summary>What is wrong with an audit log.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditFaultKind>))]
public enum AuditFaultKind
{
    /// <summary>A file of the log could not be read: nothing is known of what is in it.</summary>
    Unreadable = 0,

    /// <summary>A line that does not carry the hash of what it holds, or is no record.</summary>
    Changed,

    /// <summary>A record that does not carry the hash of the one before it: one of the two has been replaced.</summary>
    Unchained,

    /// <summary>Record numbers are left out.</summary>
    Missing,

    /// <summary>A record stands after one of the same or a higher number.</summary>
    OutOfOrder,

    /// <summary>A whole segment is missing or empty, or does not begin with the record that its name says.</summary>
    SegmentMissing,

    /// <summary>The log does not begin at record 1, and no anchor says that it may not.</summary>
    EarlierMissing,

    /// <summary>The file <c>head</c> knows of records that are not there.</summary>
    Truncated,

    /// <summary>The file <c>head</c> is missing, unreadable or contradicts the log.</summary>
    HeadMismatch,

    /// <summary>The last line has no end: a write that was interrupted. The next record that is appended sets it aside.</summary>
    TornTail,

    /// <summary>The record of the anchor is not there or is another one.</summary>
    AnchorMismatch,
}

/// <summary>One thing that is wrong with an audit log, and where.</summary>
public sealed record AuditFault
{
    /// <summary>What is wrong.</summary>
    public required AuditFaultKind Kind { get; init; }

    /// <summary>Name of the file in the log's directory.</summary>
    public required string File { get; init; }

    /// <summary>Line in it, from 1; 0 where it is not about a line.</summary>
    public long Line { get; init; }

    /// <summary>Record number that is there or was expected there; 0 where none can be told.</summary>
    public long Sequence { get; init; }

    /// <summary>The fault, one sentence.</summary>
    public required string Says { get; init; }

    /// <summary>File, line and sentence.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}: {Says}" : $"{File}: {Says}";
}

/// <summary>What the verification of an audit log saw.</summary>
public sealed record AuditVerification
{
    /// <summary>How many faults are kept in <see cref="Faults"/>.</summary>
    public const int MaxFaults = 100;

    /// <summary>The directory of the log.</summary>
    public required string Directory { get; init; }

    /// <summary>Whether there is no fault.</summary>
    public bool Ok => FaultCount == 0;

    /// <summary>Records read, sound or not.</summary>
    public required long Records { get; init; }

    /// <summary>Segment files read.</summary>
    public required int Segments { get; init; }

    /// <summary>Number of the first record; 0 in a log without any.</summary>
    public required long FirstSequence { get; init; }

    /// <summary>Number of the last record; 0 in a log without any.</summary>
    public required long LastSequence { get; init; }

    /// <summary>The last record as an anchor; null in a log without any, or whose last line is not sound.</summary>
    public AuditAnchor? Head { get; init; }

    /// <summary>Faults found, of which <see cref="Faults"/> has the first.</summary>
    public required int FaultCount { get; init; }

    /// <summary>The first faults, in the order of the log.</summary>
    public required IReadOnlyList<AuditFault> Faults { get; init; }

    /// <summary>What is no fault and still should be known, one sentence each: recovered crashes, a clock that went back, a head that is behind.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
