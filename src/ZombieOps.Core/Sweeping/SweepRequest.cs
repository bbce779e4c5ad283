using ZombieOps.Clearing;

namespace ZombieOps.Sweeping;

/// <summary>What one tick of a sweep is asked for.</summary>
public sealed record SweepRequest
{
    /// <summary>What may be cleared and how far: as for a run of clearing. Without an allowed remedy nothing at all is cleared, also by remedies that need no naming.</summary>
    public ClearRequest Clear { get; init; } = new();

    /// <summary>The plan whose steps alone may be acted on, as far as <see cref="Clear"/> allows them; null where every finding may be.</summary>
    public PlanDocument? Plan { get; init; }

    /// <summary>Where the metrics go; null for <c>metrics/SOURCE.prom</c> in the state directory. The directory of a named file has to be there.</summary>
    public string? MetricsFile { get; init; }

    /// <summary>What the system is called where one state directory holds the ticks of several of one source: a policy's name for it. Null for no name.</summary>
    public string? Name { get; init; }

    /// <summary>Labels that every metric carries besides the source.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;
}
