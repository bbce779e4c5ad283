using System.Globalization;
using ZombieOps.Ledger;
using ZombieOps.Model;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>
/// How many shards a node has now and had in earlier reads. A drain that is between two relocations has none on its way for a moment: only counts that go down
/// show that it is alive.
/// </summary>
internal sealed class ShardTrend
{
    /// <summary>
    /// How long a fall counts as a drain that is under way. The pause between two relocations is seconds, or 30 s where the servers retry
    /// (<c>cluster.info.update.interval</c>, es-operator's own wait); with scans every ten minutes this is three of them, so one look that meets a pause does not
    /// turn a drain into a stalled one.
    /// </summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(30);

    /// <summary>Reads that a sentence looks back.</summary>
    private const int Back = 2;

    private readonly List<Sample> earlier;
    private readonly int now;

    /// <summary>A trend.</summary>
    /// <param name="samples">Earlier counts.</param>
    /// <param name="now">The count that was just read.</param>
    /// <param name="readAt">When (UTC).</param>
    public ShardTrend(IReadOnlyList<Sample> samples, int now, DateTimeOffset readAt)
    {
        this.now = now;
        // A sample of the future is of a clock that was wrong; reads too far apart do not count as one watch.
        var usable = new List<Sample>();
        DateTimeOffset next = readAt;
        foreach (Sample sample in samples.Where(sample => sample.At < readAt).OrderByDescending(sample => sample.At))
        {
            if (next - sample.At > Watch.MaxGap)
            {
                break;
            }

            usable.Add(sample);
            next = sample.At;
        }

        earlier = usable;
        Falling = Fell(readAt);
    }

    /// <summary>Whether the count went down within <see cref="Window"/> and has not risen since.</summary>
    public bool Falling { get; }

    /// <summary>Series under which the ledger keeps a node's counts: one for each of its runs, as a restart empties a node as well.</summary>
    public static string Series(string clusterUuid, string ephemeralId) => $"{SearchIdentity.Scope(clusterUuid)}shards:{ephemeralId}";

    /// <summary>The sentence for the evidence; null where too little was read.</summary>
    public (EvidenceState State, string Says)? Says()
    {
        if (Falling)
        {
            // The count two reads ago, or further back where the last reads are the same.
            int at = Math.Min(Back, earlier.Count) - 1;
            while (earlier[at].Value <= now && at < earlier.Count - 1)
            {
                at++;
            }

            string when = at == 0 ? "one read ago" : at == 1 ? "two reads ago" : $"{at + 1} reads ago";
            return (EvidenceState.Live, $"{Shards(earlier[at].Value)} {when} ({Time(earlier[at].At)}), {now} now: they are leaving");
        }

        int same = earlier.TakeWhile(sample => sample.Value == now).Count();
        return same >= Back
            ? (EvidenceState.Neutral, $"{Shards(now)} in each of {same + 1} reads since {Time(earlier[same - 1].At)}: {(now == 0 ? "none came" : "none has left")}")
            : null;
    }

    private bool Fell(DateTimeOffset readAt)
    {
        long after = now;
        DateTimeOffset seen = readAt;
        foreach (Sample sample in earlier)
        {
            if (sample.Value != after)
            {
                // The fall happened between the two reads; it is taken to be as late as it can be.
                return sample.Value > after && readAt - seen <= Window;
            }

            seen = sample.At;
        }

        return false;
    }

    private static string Shards(long count) => count == 1 ? "1 shard" : string.Create(CultureInfo.InvariantCulture, $"{count} shards");

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
