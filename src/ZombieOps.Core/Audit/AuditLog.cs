namespace ZombieOps.Audit;

/// <summary>The audit log of a state directory.</summary>
public sealed class AuditLog : IAuditLog
{
    /// <summary>Opens the log of the state directory.</summary>
    /// <param name="options">Surroundings.</param>
    public static AuditLog Open(EngineOptions options) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IReadOnlyList<AuditRecord> Append(IReadOnlyList<AuditRecord> records) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IReadOnlyList<AuditRecord> OpenIntents() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
