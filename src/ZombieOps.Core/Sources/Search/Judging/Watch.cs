using ZombieOps.Ledger;
using ZombieOps.Model;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>
/// What the ledger knows of a mark and of the states that it was seen in. What was not looked at for longer than <see cref="MaxGap"/> counts as seen for the
/// first time: in between the mark may have been removed and set again.
/// </summary>
internal sealed class Watch(ISightings sightings, DateTimeOffset now)
{
    /// <summary>Longest time between two looks that still makes them one.</summary>
    public static readonly TimeSpan MaxGap = TimeSpan.FromHours(2);

    private readonly HashSet<string> also = new(StringComparer.Ordinal);
    private readonly HashSet<string> anew = new(StringComparer.Ordinal);
    private readonly HashSet<string> marks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);

    // Nodes whose shards are remembered. A cluster in which more are drained at once has nobody to watch them one by one, and the ledger keeps 1,000 series.
    private const int MaxCounts = 256;

    /// <summary>Looks a mark up.</summary>
    public Sighting Mark(string id)
    {
        marks.Add(id);
        return Look(id, MaxGap);
    }

    /// <summary>Looks a state up that lasts, and has it remembered.</summary>
    /// <param name="id">Identity of the state.</param>
    /// <param name="withMark">The mark's own sighting: a state cannot be older.</param>
    /// <param name="maxGap">Longest time between two looks that still makes them one; null for the usual.</param>
    public Sighting State(string id, Sighting withMark, TimeSpan? maxGap = null) => State(id, withMark, Look(id, maxGap ?? MaxGap));

    /// <summary>Looks up what is kept as long as the mark, and has it remembered: its first sight counts and not how long it lasts.</summary>
    /// <param name="id">Identity, one that <see cref="SearchIdentity.KeptWith"/> knows.</param>
    /// <param name="withMark">The mark's own sighting.</param>
    public Sighting Kept(string id, Sighting withMark) => State(id, withMark, sightings.Of(id));

    /// <summary>What earlier reads counted on a run of a node, and has this one's count remembered.</summary>
    public ShardTrend Shards(string clusterUuid, string ephemeralId, int count)
    {
        string series = ShardTrend.Series(clusterUuid, ephemeralId);
        if (counts.Count < MaxCounts)
        {
            counts[series] = count;
        }

        return new ShardTrend(sightings.Samples(series), count, now);
    }

    private Sighting State(string id, Sighting withMark, Sighting sighting)
    {
        also.Add(id);
        if (sighting.From == AgeSource.Ledger && withMark.From == AgeSource.FirstSight)
        {
            anew.Add(id);
            return First();
        }

        return sighting;
    }

    /// <summary>What the ledger is to remember.</summary>
    public ScanMemory Memory(string clusterUuid)
    {
        string scope = SearchIdentity.Scope(clusterUuid);
        return new ScanMemory
        {
            Also = also,
            Anew = anew,
            Counts = counts,
            Covers = id => id.StartsWith(scope, StringComparison.Ordinal) && !(SearchIdentity.KeptWith(id) is { } mark && marks.Contains(mark)),
        };
    }

    private Sighting Look(string id, TimeSpan maxGap)
    {
        Sighting sighting = sightings.Of(id);
        if (sighting.From == AgeSource.Ledger && sighting.LastSeen is { } last && now - last > maxGap)
        {
            anew.Add(id);
            return First();
        }

        return sighting;
    }

    private Sighting First() => new(now, TimeSpan.Zero, AgeSource.FirstSight);
}
