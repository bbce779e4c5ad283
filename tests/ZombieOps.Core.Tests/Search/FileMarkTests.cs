using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Search;

namespace ZombieOps.Core.Tests.Search;

/// <summary>Marks that stand in <c>elasticsearch.yml</c> or <c>opensearch.yml</c>.</summary>
public sealed class FileMarkTests : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";
    private const string Rebalance = "cluster.routing.rebalance.enable";

    private readonly SearchFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    private FakeCluster Cluster(bool openSearch = true, int masters = 3)
    {
        var cluster = new FakeCluster { OpenSearch = openSearch };
        for (int i = 1; i <= 4; i++)
        {
            cluster.Nodes.Add(new FakeNode
            {
                Id = $"id-{i}",
                Name = $"es-{i}",
                Ip = $"10.0.0.{i}",
                EphemeralId = $"run-{i}",
                StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9),
                Master = i <= masters,
            });
        }

        return cluster;
    }

    private Task<ScanReport> Scan(FakeCluster cluster) => fixture.ScanForAsync(cluster.Server(), TimeSpan.FromHours(12));

    private static string Says(Finding finding, string fact) => string.Join('\n', finding.Evidence.Where(evidence => evidence.Fact == fact).Select(evidence => evidence.Says));

    [Theory]
    [InlineData("10.0.0.4, 10.2.3.9")]
    [InlineData(null)]
    public async Task Each_entry_is_reported_never_called_a_zombie_and_has_no_request(string? text)
    {
        FakeCluster cluster = Cluster();
        foreach (FakeNode node in cluster.Nodes)
        {
            node.InFile[Ip] = text is null ? new JsonArray("10.0.0.4", "10.2.3.9") : text;
            node.InFile[Rebalance] = "none";
            node.InFile["cluster.routing.allocation.require.zone"] = "z1";
            node.InFile["cluster.routing.allocation.disk.threshold_enabled"] = "false";
        }

        ScanReport report = await Scan(cluster);
        Assert.True(report.Complete);
        Assert.Equal(4, report.Counts.Scanned);
        Assert.All(report.Findings, finding => Assert.Equal((Verdict.ReportOnly, SearchReasons.InFile), (finding.Verdict, finding.Reason)));
        Assert.All(report.Findings, finding => Assert.Empty(finding.Remedies));
        Assert.All(report.Findings, finding => Assert.Equal("file", ((MarkTarget)finding.Target).Scope));
        Assert.Equal(
            ["10.0.0.4 DrainStuck", "10.2.3.9 NodeGone", "none SwitchedOff", "z1 Filtered"],
            report.Findings.Select(finding => $"{((MarkTarget)finding.Target).Entry} {finding.Cause}").Order(StringComparer.Ordinal));
        Assert.All(report.Findings, finding => Assert.True(((MarkTarget)finding.Target).InForce));
        Assert.All(report.Findings, finding => Assert.Equal("it stands in the file of 3 of the 3 nodes that may be elected master: es-1, es-2, es-3", Says(finding, "File")));
        Assert.All(report.Findings, finding => Assert.Contains("no request takes it away", Says(finding, "Clearing"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_can_never_be_master_does_not_count()
    {
        FakeCluster cluster = Cluster();
        cluster.Nodes[3].InFile[Ip] = "10.0.0.1";
        Assert.Empty((await Scan(cluster)).Findings);
    }

    [Fact]
    public async Task Where_the_files_differ_it_is_not_known_to_be_in_force()
    {
        FakeCluster cluster = Cluster();
        cluster.Nodes[1].InFile[Ip] = "10.2.3.9";
        Finding finding = Assert.Single((await Scan(cluster)).Findings);
        Assert.Null(((MarkTarget)finding.Target).InForce);
        Assert.Equal("it stands in the file of 1 of the 3 nodes that may be elected master: es-2; the others' files do not have it, so it depends on which of them is elected", Says(finding, "File"));
    }

    [Theory]
    [InlineData("persistent")]
    [InlineData("transient")]
    public async Task The_remedy_of_a_setting_that_hides_the_files_says_that_theirs_comes_into_force(string scope)
    {
        FakeCluster cluster = Cluster();
        foreach (FakeNode node in cluster.Nodes)
        {
            node.InFile[Ip] = "10.0.0.4";
        }

        cluster.Put(scope, Ip, "10.2.3.9");
        ScanReport report = await Scan(cluster);
        Finding hidden = report.Findings.Single(finding => finding.Reason == SearchReasons.InFile);
        Assert.Equal((SearchCauses.NotInForce, false), (hidden.Cause, ((MarkTarget)hidden.Target).InForce));
        Assert.Contains("hides it", Says(hidden, "Shadowed"), StringComparison.Ordinal);
        Finding gone = report.Findings.Single(finding => finding.Reason == SearchReasons.Gone);
        Assert.Contains($"once neither scope sets {Ip}, '10.0.0.4' comes into force, from the file of es-1, es-2, es-3", Assert.Single(gone.Remedies).Harm, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_remedy_of_a_switch_says_so_too()
    {
        FakeCluster cluster = Cluster();
        cluster.Nodes[0].InFile[Rebalance] = "primaries";
        cluster.Put("persistent", Rebalance, "none");
        Finding set = (await Scan(cluster)).Findings.Single(finding => finding.Reason != SearchReasons.InFile);
        Assert.Contains($"once neither scope sets {Rebalance}, 'primaries' comes into force, from the file of es-1", Assert.Single(set.Remedies).Harm, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_Elasticsearch_a_change_of_another_key_puts_the_files_exclusion_out_of_force_and_the_remedy_says_so(bool openSearch)
    {
        FakeCluster cluster = Cluster(openSearch);
        cluster.Nodes[0].InFile["cluster.routing.allocation.exclude._name"] = "es-4";
        cluster.Put("persistent", Ip, "10.2.3.9");
        Finding gone = (await Scan(cluster)).Findings.Single(finding => finding.Reason == SearchReasons.Gone);
        Assert.Equal(!openSearch, gone.Remedies[0].Harm.Contains("what files set of cluster.routing.allocation.exclude._name goes out of force", StringComparison.Ordinal));
    }
}
