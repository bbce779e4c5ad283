using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Judging;

namespace ZombieOps.Core.Tests.Search;

/// <summary>A node's shards in earlier reads: through the real engine and ledger.</summary>
public sealed class ShardTrendTests : IDisposable
{
    private readonly SearchFixture fixture = new();
    private readonly FakeCluster cluster = new() { OpenSearch = true };

    public ShardTrendTests()
    {
        for (int i = 1; i <= 4; i++)
        {
            cluster.Nodes.Add(new FakeNode { Id = $"id-{i}", Name = $"es-{i}", Ip = $"10.0.0.{i}", EphemeralId = $"run-{i}", StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9) });
        }

        cluster.Put("persistent", "cluster.routing.allocation.exclude._name", "es-3");
    }

    public void Dispose() => fixture.Dispose();

    /// <summary>Scans with each of these counts, so many minutes apart, and gives the last finding.</summary>
    private async Task<Finding> After(int minutes, params int[] counts)
    {
        Finding? last = null;
        foreach (int count in counts)
        {
            fixture.Clock.Now += TimeSpan.FromMinutes(minutes);
            cluster.Nodes[2].Shards = count;
            last = Assert.Single((await fixture.ScanAsync(cluster.Server())).Findings);
        }

        return last!;
    }

    private static string Trend(Finding finding) => finding.Evidence.SingleOrDefault(fact => fact.Fact == "Trend")?.Says ?? "";

    [Fact]
    public async Task A_drain_between_two_relocations_is_alive_by_its_falling_count()
    {
        Finding finding = await After(10, 12, 11, 9);
        Assert.Equal((Verdict.Protected, SearchReasons.LiveDrain, SearchCauses.Draining), (finding.Verdict, finding.Reason, finding.Cause));
        Assert.Equal("12 shards two reads ago (2026-11-24T12:10:00Z), 9 now: they are leaving", Trend(finding));
        Assert.Equal(EvidenceState.Live, finding.Evidence.Single(fact => fact.Fact == "Trend").State);
    }

    [Fact]
    public async Task Hourly_scans_see_it_as_well()
    {
        Finding finding = await After(60, 12, 11);
        Assert.Equal(SearchReasons.LiveDrain, finding.Reason);
        Assert.Equal("12 shards one read ago (2026-11-24T13:00:00Z), 11 now: they are leaving", Trend(finding));
    }

    [Fact]
    public async Task A_node_whose_last_shards_have_just_left_is_still_being_drained()
    {
        fixture.Values["drain-owner"] = "es-operator";
        fixture.Values["restart-time"] = "0";
        Assert.Equal(SearchReasons.LiveDrain, (await After(10, 2, 0)).Reason);
    }

    [Fact]
    public async Task A_count_that_stays_is_a_stalled_drain_and_says_since_when()
    {
        Finding finding = await After(10, 12, 9, 9, 9, 9, 9);
        Assert.Equal((Verdict.ReportOnly, SearchReasons.StalledDrain), (finding.Verdict, finding.Reason));
        Assert.Equal("9 shards in each of 5 reads since 2026-11-24T12:20:00Z: none has left", Trend(finding));
    }

    [Theory]
    [InlineData(true, 10, 12, 9, 9, 9)]
    [InlineData(true, 10, 12, 9, 9, 9, 9)]
    [InlineData(false, 10, 12, 9, 9, 9, 9, 9)]
    // A count that rises is no drain, and a fall before it says nothing any more.
    [InlineData(false, 10, 12, 9, 10)]
    [InlineData(false, 10, 9, 9, 9)]
    // Too far apart to be one watch.
    [InlineData(false, 130, 12, 9)]
    [InlineData(false, 10, 9)]
    public async Task A_fall_protects_for_half_an_hour(bool lives, int minutes, params int[] counts)
    {
        Finding finding = await After(minutes, counts);
        Assert.Equal(lives, finding.Reason == SearchReasons.LiveDrain);
        Assert.Equal(lives, finding.Verdict == Verdict.Protected);
    }

    [Fact]
    public async Task A_restart_that_emptied_the_node_is_no_drain()
    {
        await After(20, 12, 12);
        (cluster.Nodes[2].EphemeralId, cluster.Nodes[2].StartedAt) = ("run-3b", fixture.Clock.Now);
        Finding finding = await After(20, 3);
        Assert.Equal(SearchReasons.StalledDrain, finding.Reason);
        Assert.Equal("", Trend(finding));
    }

    [Fact]
    public async Task The_ledger_keeps_counts_of_named_nodes_only_and_of_so_many_at_most()
    {
        cluster.Nodes.AddRange(Enumerable.Range(10, 900).Select(i => new FakeNode { Id = $"id-{i}", Name = $"es-{i}", Ip = $"10.1.{i / 250}.{i % 250}", EphemeralId = $"run-{i}", StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9) }));
        using SearchSource one = fixture.Source(cluster.Server());
        Assert.Equal(ShardTrend.Series("uuid-1", "run-3"), Assert.Single((await one.ScanAsync(new(), default)).Memory!.Counts.Keys));
        cluster.Put("persistent", "cluster.routing.allocation.exclude._name", string.Join(',', Enumerable.Range(10, 890).Select(i => $"es-{i}")));
        using SearchSource many = fixture.Source(cluster.Server());
        Assert.Equal(256, (await many.ScanAsync(new(), default)).Memory!.Counts.Count);
    }
}
