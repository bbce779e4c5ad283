namespace ZombieOps.Audit;

/// <summary>What can be set about the audit log.</summary>
public sealed record AuditLogOptions
{
    /// <summary>A segment that would grow beyond this many bytes is left, and a new one begins. One group is never split.</summary>
    public long MaxSegmentBytes { get; init; } = 64L << 20;

    /// <summary>How long to wait for another process that holds the log.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
