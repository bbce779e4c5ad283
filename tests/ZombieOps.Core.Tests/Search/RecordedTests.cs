using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources.Search;

namespace ZombieOps.Core.Tests.Search;

/// <summary>What a scan says of answers that real servers gave.</summary>
public sealed class RecordedTests
{
    private static string Show(ScanReport report) => string.Join('\n', report.Findings.Select(Line));

    private static string Line(Finding finding)
    {
        var target = (MarkTarget)finding.Target;
        string force = target.InForce switch { true => "in force", false => "not in force", null => "unknown force" };
        return $"{finding.Verdict} {finding.Reason} {finding.Cause}: {target.Scope} {target.Setting} {target.Entry} [{force}] x{target.Marks.Count}";
    }

    private static async Task<ScanReport> Scan(string name, TimeSpan? watched = null)
    {
        using var fixture = new SearchFixture();
        var recorded = Recorded.Load(name);
        fixture.Clock.Now = recorded.Now;
        FakeSearchServer server = recorded.Server();
        ScanReport report = await fixture.ScanForAsync(server, watched ?? TimeSpan.FromHours(1));
        Assert.True(report.Complete, string.Join('\n', report.IncompleteBecause));
        int scans = server.Requests.Count(request => request.StartsWith("GET /_cluster/settings", StringComparison.Ordinal));
        Assert.True(server.Requests.Count <= 6 * scans, $"{server.Requests.Count} requests in {scans} scans");
        Assert.DoesNotContain(server.Requests, request => !request.StartsWith("GET ", StringComparison.Ordinal) && !request.StartsWith("POST /_cluster/allocation/explain?", StringComparison.Ordinal));
        return report;
    }

    [Theory]
    [InlineData("opensearch")]
    [InlineData("elasticsearch")]
    public async Task A_clean_cluster_has_no_marks(string product)
    {
        ScanReport report = await Scan($"{product}-clean");
        Assert.Empty(report.Findings);
        Assert.Equal(0, report.Counts.Scanned);
        Assert.Equal(ExitCode.Clean, ReportExit.Of(report));
    }

    [Theory]
    [InlineData("opensearch", "127.0.0.43")]
    [InlineData("elasticsearch", "127.0.0.63")]
    public async Task The_exclusion_and_the_switch_of_one_drain_are_one_finding_and_a_live_empty_node_is_only_reported(string product, string ip)
    {
        ScanReport report = await Scan($"{product}-interrupted", TimeSpan.FromHours(12));
        Assert.Equal($"ReportOnly Foreign NodeIdle: persistent cluster.routing.allocation.exclude._ip {ip} [in force] x2", Show(report));
        Finding finding = report.Findings[0];
        Assert.Equal(2, report.Counts.Scanned);
        Assert.Equal(0, ((MarkTarget)finding.Target).Shards);
        Assert.Contains(finding.Evidence, fact => fact.Fact == "Owner" && fact.Says.Contains("--drain-owner", StringComparison.Ordinal));
        RemedyOffer offer = Assert.Single(finding.Remedies);
        Assert.False(offer.Actionable);
        Assert.Equal("""PUT /_cluster/settings {"persistent":{"cluster.routing.allocation.exclude._ip":null,"cluster.routing.rebalance.enable":null}}""", offer.Command);
    }

    [Theory]
    [InlineData("opensearch", "in force")]
    [InlineData("elasticsearch", "unknown force")]
    public async Task A_mark_whose_node_stays_away_longer_than_a_restart_is_a_zombie(string product, string force)
    {
        Assert.Equal($"ReportOnly TooYoung NodeGone: persistent cluster.routing.allocation.exclude._ip 10.9.9.9 [{force}] x2", Show(await Scan($"{product}-gone", TimeSpan.Zero)));
        Assert.Equal($"Zombie Gone NodeGone: persistent cluster.routing.allocation.exclude._ip 10.9.9.9 [{force}] x2", Show(await Scan($"{product}-gone")));
    }

    [Theory]
    [InlineData("opensearch")]
    [InlineData("elasticsearch")]
    public async Task A_drain_that_cannot_end_is_reported_with_the_deciders_own_words(string product)
    {
        ScanReport report = await Scan($"{product}-stalled");
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal($"ReportOnly StalledDrain DrainStuck: persistent cluster.routing.allocation.exclude._name {product}-3 [in force] x1", Line(finding));
        Assert.Contains(finding.Evidence, fact => fact.Fact == "Decider" && fact.Says.Contains("shards_limit: too many shards", StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_Elasticsearch_a_second_key_puts_the_first_out_of_force()
    {
        ScanReport report = await Scan("elasticsearch-two-keys");
        Finding[] byKey = [.. report.Findings.OrderBy(finding => ((MarkTarget)finding.Target).Setting, StringComparer.Ordinal)];
        Assert.EndsWith("exclude._ip 127.0.0.62 [in force] x1", Line(byKey[0]), StringComparison.Ordinal);
        Assert.Equal("ReportOnly Dormant NotInForce: persistent cluster.routing.allocation.exclude._name elasticsearch-3 [not in force] x1", Line(byKey[1]));

        // Clearing the one in force must not wake the other; clearing the other must not disarm the one in force.
        Assert.Equal("""PUT /_cluster/settings {"persistent":{"cluster.routing.allocation.exclude._ip":null}}""", byKey[0].Remedies[0].Command);
        Assert.Equal(
            """PUT /_cluster/settings {"persistent":{"cluster.routing.allocation.exclude._ip":"127.0.0.62,127.0.0.62","cluster.routing.allocation.exclude._name":null}}""",
            byKey[1].Remedies[0].Command);
    }

    [Fact]
    public async Task On_OpenSearch_both_keys_stay_in_force()
    {
        ScanReport report = await Scan("opensearch-two-keys");
        Assert.Equal(2, report.Findings.Count);
        Assert.All(report.Findings, finding => Assert.True(((MarkTarget)finding.Target).InForce));
        Assert.DoesNotContain(report.Findings, finding => finding.Remedies.Any(offer => offer.Command!.Contains(',')));
    }

    [Theory]
    [InlineData("opensearch", "4")]
    [InlineData("elasticsearch", "6")]
    public async Task A_transient_setting_shadows_the_persistent_one_of_its_key(string product, string net)
    {
        ScanReport report = await Scan($"{product}-shadowed");
        Assert.Contains($"ReportOnly Shadowed NotInForce: persistent cluster.routing.allocation.exclude._ip 127.0.0.{net}3 [not in force] x1", Show(report), StringComparison.Ordinal);
        Assert.Contains($"transient cluster.routing.allocation.exclude._ip 127.0.0.{net}2 [in force] x1", Show(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("opensearch")]
    [InlineData("elasticsearch")]
    public async Task Wildcards_attributes_placeholders_filters_switches_and_blocks_are_reported(string product)
    {
        ScanReport report = await Scan($"{product}-odd");
        Assert.All(report.Findings, finding => Assert.Equal(Verdict.ReportOnly, finding.Verdict));
        Assert.Equal(
            [
                "cluster.blocks.read_only_allow_delete Foreign Blocked", "cluster.routing.allocation.enable Foreign SwitchedOff",
                "cluster.routing.allocation.exclude._host Pattern Group", "cluster.routing.allocation.exclude._name Sentinel Placeholder",
                "cluster.routing.allocation.exclude.zone Pattern Group", "cluster.routing.allocation.require.zone Foreign Filtered",
            ],
            report.Findings.Select(finding => $"{((MarkTarget)finding.Target).Setting} {finding.Reason} {finding.Cause}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("opensearch")]
    [InlineData("elasticsearch")]
    public async Task Voting_exclusions_are_no_zombies_while_one_of_them_names_a_live_node(string product)
    {
        ScanReport report = await Scan($"{product}-voting-and-pin");
        Finding[] voters = [.. report.Findings.Where(finding => finding.Kind == SearchKinds.Voting)];
        Assert.Equal(["gone-1 NodeGone", $"{product}-3 VoteTaken"], voters.Select(finding => $"{((MarkTarget)finding.Target).Entry} {finding.Cause}"));
        Assert.All(voters, finding => Assert.Equal(Verdict.ReportOnly, finding.Verdict));
        Assert.Equal("DELETE /_cluster/voting_config_exclusions?wait_for_removal=false", voters[0].Remedies[0].Command);

        Finding pin = Assert.Single(report.Findings, finding => finding.Kind == SearchKinds.IndexPin);
        Assert.Equal(2, ((MarkTarget)pin.Target).Marks.Count);
        Assert.Equal("""PUT /idx/_settings {"index.routing.allocation.require._name":null,"index.blocks.write":null}""", pin.Remedies[0].Command);
    }

    [Fact]
    public async Task Where_every_data_node_is_excluded_that_is_said()
    {
        ScanReport report = await Scan("elasticsearch-all-excluded");
        Assert.Equal(3, report.Findings.Count);
        Assert.All(report.Findings, finding => Assert.Equal((Verdict.ReportOnly, SearchReasons.AllExcluded), (finding.Verdict, finding.Reason)));
    }

    [Fact]
    public async Task Weights_and_a_decommissioned_zone_are_reported()
    {
        Finding weight = Assert.Single((await Scan("opensearch-weights")).Findings);
        Assert.Equal((SearchKinds.Weights, "z3", SearchCauses.ZoneOut), (weight.Kind, ((MarkTarget)weight.Target).Entry, weight.Cause));
        Assert.Equal("""DELETE /_cluster/routing/awareness/zone/weights {"_version":2}""", weight.Remedies[0].Command);

        ScanReport report = await Scan("opensearch-decommissioned");
        Finding zone = Assert.Single(report.Findings, finding => finding.Kind == SearchKinds.Decommission);
        Assert.Equal((Verdict.ReportOnly, "z3"), (zone.Verdict, ((MarkTarget)zone.Target).Entry));
        Assert.Equal("DELETE /_cluster/decommission/awareness", zone.Remedies[0].Command);
    }

    [Fact]
    public async Task A_finding_survives_its_way_through_JSON()
    {
        ScanReport report = await Scan("elasticsearch-interrupted");
        Finding back = ZombieJson.Read<Finding>(ZombieJson.Write(report.Findings[0]));
        Assert.Equal(ZombieJson.Write(report.Findings[0]), ZombieJson.Write(back));
        Assert.Equal("elasticsearch-3", Assert.IsType<MarkTarget>(back.Target).Node);
    }
}
