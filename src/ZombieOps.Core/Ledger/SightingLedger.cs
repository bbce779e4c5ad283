namespace ZombieOps.Ledger;

/// <summary>The ledger.</summary>
public sealed class SightingLedger : ISightings
{
    /// <summary>Loads.</summary>
    public static SightingLedger Load(EngineOptions options, string source, string bootId) => throw new NotImplementedException();

    /// <summary>Warnings.</summary>
    public IReadOnlyList<string> Warnings { get; } = [];

    /// <summary>Records.</summary>
    public string? Record(DateTimeOffset now, IReadOnlyCollection<string> seenIds, IReadOnlyList<string> samples, bool complete) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Sighting Of(string findingId) => throw new NotImplementedException();
}
