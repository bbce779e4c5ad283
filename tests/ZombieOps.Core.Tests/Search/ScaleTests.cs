using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Judging;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Core.Tests.Search;

public sealed class ScaleTests
{
    /// <summary>What one entry of a long list costs does not depend on how long the list is, or how large the cluster.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Judging_allocates_a_few_kilobytes_for_each_entry(bool openSearch)
    {
        var clock = new FakeClock();
        var cluster = new FakeCluster { OpenSearch = openSearch };
        for (int i = 0; i < 200; i++)
        {
            cluster.Nodes.Add(new FakeNode { Id = $"id-{i}", Name = $"es-{i}", Ip = $"10.0.0.{i}", EphemeralId = $"run-{i}", StartedAt = clock.Now - TimeSpan.FromDays(9), Master = true });
        }

        cluster.Put("persistent", "cluster.routing.allocation.exclude._ip", string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"10.{i / 62_500}.{i / 250 % 250}.{i % 250}")));
        using var client = new SearchClient(new SearchConnection { Urls = [new Uri("http://127.0.0.1:9200/")] }, clock, cluster.Server());
        ClusterFacts facts = await new ClusterReader(client, clock).ReadAsync(CancellationToken.None);
        var sightings = new ZombieOps.Ledger.NoSightings(clock);
        Measure();
        Assert.InRange(Measure() / 10_000, 500, 7_000);

        long Measure()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            IReadOnlyList<Mark> marks = MarkReader.Read(facts);
            (IReadOnlyList<Finding> findings, _) = MarkFindings.Make(facts, marks, new JudgeSettings(), sightings);
            Assert.Equal(10_000, findings.Count);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>A cluster of any size is read in six requests, of which none can change it.</summary>
    [Theory]
    [InlineData(false, "7.10.2", 10)]
    [InlineData(false, "8.19.0", 10)]
    [InlineData(false, "8.19.0", 10_000)]
    [InlineData(true, "2.19.3", 10)]
    [InlineData(true, "2.19.3", 10_000)]
    public async Task Any_cluster_is_read_in_six_requests(bool openSearch, string version, int shards)
    {
        using var fixture = new SearchFixture();
        var cluster = new FakeCluster { OpenSearch = openSearch, Version = version, MoreShards = shards };
        for (int i = 0; i < 1000; i++)
        {
            cluster.Nodes.Add(new FakeNode { Id = $"id-{i}", Name = $"es-{i}", Ip = $"10.0.{i / 250}.{i % 250}", EphemeralId = $"run-{i}", StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9) });
        }

        cluster.Put("persistent", "cluster.routing.allocation.exclude._ip", string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"10.1.{i / 250}.{i % 250}")));
        cluster.Put("persistent", "cluster.routing.allocation.exclude._name", "es-3");
        cluster.Put("persistent", "cluster.routing.allocation.awareness.attributes", "zone,rack");
        cluster.Shutdowns["id-7"] = new JsonObject { ["type"] = "REMOVE", ["reason"] = "x" };
        cluster.Voting.Add(("id-8", "es-8"));
        FakeSearchServer server = cluster.Server();
        server.SaysElasticsearch = !openSearch && version[0] == '8';
        ScanReport report = await fixture.ScanAsync(server);
        Assert.InRange(server.Requests.Count, 5, 6);
        Assert.All(server.Requests, request => Assert.True(request.StartsWith("GET ", StringComparison.Ordinal) || request.StartsWith("POST /_cluster/allocation/explain?", StringComparison.Ordinal), request));
        Assert.InRange(report.Counts.Scanned, 10_002, 10_003);

        // All entries of a list show it with one object, and each of them keeps little.
        MarkedSetting[] lists = [.. report.Findings.Select(finding => ((MarkTarget)finding.Target).Marks[0]).Where(mark => mark.Setting.EndsWith("_ip", StringComparison.Ordinal))];
        Assert.Equal(10_000, lists.Length);
        Assert.All(lists, list => Assert.Same(lists[0], list));

        // A report of a long list does not repeat the list for each of its entries.
        Assert.InRange(ZombieJson.Write(report).Length, 1_000_000, 60_000_000);
    }
}
