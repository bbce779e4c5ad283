using ZombieOps.Model;

namespace ZombieOps.Ledger;

/// <summary>When a thing was first seen, and so how old it is at least.</summary>
/// <param name="FirstSeen">First sight (UTC).</param>
/// <param name="Age">Time since then, never more than either clock says.</param>
/// <param name="From">Where that comes from.</param>
public sealed record Sighting(DateTimeOffset FirstSeen, TimeSpan Age, AgeSource From)
{
    /// <summary>When it was seen last before now (UTC); null where it never was, or where that is not known.</summary>
    public DateTimeOffset? LastSeen { get; init; }
}

/// <summary>Read side of the ledger.</summary>
public interface ISightings
{
    /// <summary>When the thing of that identity was first seen; for one never seen before: now, with age zero.</summary>
    /// <param name="findingId">The finding's identity.</param>
    Sighting Of(string findingId);

    /// <summary>What earlier scans measured, in this boot of the host, oldest first; empty for nothing.</summary>
    /// <param name="series">Name of the series, as in <see cref="ScanMemory.Counts"/>.</param>
    IReadOnlyList<Sample> Samples(string series) => [];
}

/// <summary>A ledger that has seen nothing.</summary>
public sealed class NoSightings : ISightings
{
    private readonly TimeProvider clock;

    /// <summary>One on a clock of its own.</summary>
    /// <param name="clock">The clock.</param>
    public NoSightings(TimeProvider clock) => this.clock = clock;

    /// <summary>One on the system's clock.</summary>
    public static NoSightings Instance { get; } = new(TimeProvider.System);

    /// <inheritdoc/>
    public Sighting Of(string findingId) => new(clock.GetUtcNow(), TimeSpan.Zero, AgeSource.FirstSight);
}
