namespace ZombieOps.Ledger;

/// <summary>What can be set about a ledger.</summary>
public sealed record LedgerOptions
{
    /// <summary>What was not seen for this long is forgotten.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long to wait for another process that writes the ledger.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Identities kept at most; beyond it those seen last longest ago are forgotten.</summary>
    public int MaxEntries { get; init; } = 200_000;

    /// <summary>Series kept at most; beyond it those sampled last longest ago are forgotten.</summary>
    public int MaxSeries { get; init; } = 1000;

    /// <summary>Samples kept of each series at most; the oldest are dropped.</summary>
    public int MaxSamples { get; init; } = 64;
}
