namespace ZombieOps.Audit.Forwarding;

/// <summary>Where audit records can be forwarded to.</summary>
public enum ForwardTarget
{
    /// <summary>The journal of systemd, by its native protocol: the whole record.</summary>
    Journald,

    /// <summary>A syslog daemon: one line with number, hash and summary of the record.</summary>
    Syslog,
}

/// <summary>What was forwarded.</summary>
/// <param name="To">Where to.</param>
/// <param name="Sent">How many records.</param>
/// <param name="Last">The last record that has ever been forwarded, which is an anchor for <c>audit verify</c>; null where none has.</param>
/// <param name="Warnings">What should be known, one sentence each.</param>
public sealed record ForwardReport(ForwardTarget To, long Sent, AuditAnchor? Last, IReadOnlyList<string> Warnings);

/// <summary>One record on its way.</summary>
/// <param name="Record">The record.</param>
/// <param name="Line">Its line in the log, hash included and without its end.</param>
/// <param name="Hash">Its hash.</param>
internal readonly record struct ForwardedRecord(AuditRecord Record, byte[] Line, string Hash);

/// <summary>Takes records one by one. What was sent is in the receiver's socket: whether it keeps it is the receiver's to answer for.</summary>
internal interface IForwardSink : IDisposable
{
    /// <summary>Sends one.</summary>
    /// <exception cref="IOException">It was not taken; so is <see cref="System.Net.Sockets.SocketException"/>.</exception>
    void Send(in ForwardedRecord record);
}
