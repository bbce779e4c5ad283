namespace ZombieOps.Audit;

/// <summary>Write side of the audit log. What is appended is on disk when the call returns, or the call throws.</summary>
public interface IAuditLog : IDisposable
{
    /// <summary>Appends records in order, as one group with one flush to disk.</summary>
    /// <param name="records">
    /// Records without sequence, time, actor and previous hash: the log fills those in, and <see cref="AuditRecord.OpenIntents"/> of a
    /// <see cref="AuditKind.RunStarted"/>.
    /// </param>
    /// <returns>The records as they were written.</returns>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.AuditUnwritable"/> (no permission, full disk, read-only), <see cref="ErrorIds.AuditBusy"/> (lock time-out),
    /// <see cref="ErrorIds.AuditBroken"/> (the end of the log cannot be continued). Nothing of the group counts as written.
    /// </exception>
    IReadOnlyList<AuditRecord> Append(IReadOnlyList<AuditRecord> records);

    /// <summary>
    /// The intents that have no outcome, oldest first, read from the end of the log back to the last <see cref="AuditKind.RunStarted"/>
    /// and the ones that it names. One whose segment has been archived is left out.
    /// </summary>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.AuditBroken"/> (what was read does not carry its own hash, or the end was cut), <see cref="ErrorIds.AuditBusy"/>,
    /// <see cref="ErrorIds.AuditUnwritable"/> (it cannot be read).
    /// </exception>
    IReadOnlyList<AuditRecord> OpenIntents();
}
