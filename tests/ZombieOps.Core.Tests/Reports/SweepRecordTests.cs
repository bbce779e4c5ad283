using System.Text.Json;
using Xunit;
using ZombieOps.Core.Tests.Sweeping;
using ZombieOps.Exemptions;
using ZombieOps.Reports;
using ZombieOps.Sweeping;

namespace ZombieOps.Core.Tests.Reports;

/// <summary>What real ticks of the engine leave for a report.</summary>
public sealed class SweepRecordTests : IDisposable
{
    private readonly SweepFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    private PeriodReport Report(string from = "-1d") => ReportFile.Make(fixture.Engine.Options, ReportRequest.For(from, null, fixture.Clock.Now), CancellationToken.None);

    [Fact]
    public async Task A_tick_that_finds_nothing_leaves_a_record_of_itself()
    {
        await fixture.SweepAsync();
        fixture.World.Complete = false;
        fixture.Clock.Now += TimeSpan.FromMinutes(10);
        await fixture.SweepAsync();
        fixture.World.OnScan = _ => throw new ZombieOpsException(ErrorIds.ServerUnreachable, ExitCode.Incomplete, "nobody answers", "look there");
        fixture.Clock.Now += TimeSpan.FromMinutes(10);
        await fixture.SweepAsync();
        fixture.Clock.Now += TimeSpan.FromMinutes(10);
        ReportScanning scanning = Assert.Single(Report().Scanning);
        Assert.Equal((3, 1), (scanning.Ticks, scanning.Complete));
        Assert.Empty(fixture.Engine.AuditText());
    }

    [Fact]
    public async Task A_dry_run_leaves_none()
    {
        SweepRequest dry = SweepFixture.Request();
        await fixture.SweepAsync(dry with { Clear = dry.Clear with { DryRun = true } });
        Assert.Empty(fixture.Files());
    }

    [Fact]
    public async Task What_a_tick_clears_is_in_the_report_with_its_evidence_and_the_chain_verifies()
    {
        fixture.World.Add(7);
        await fixture.SweepAsync(SweepFixture.Request("Reap"));
        fixture.Clock.Now += TimeSpan.FromMinutes(10);
        PeriodReport report = Report();
        ReportAct act = Assert.Single(report.Acts);
        Assert.Equal((ReportOutcome.Cleared, "thing7 (7)", "alice"), (act.Outcome, act.Target, act.User));
        Assert.True(report.Chain.Ok);
        Assert.Equal(1, Assert.Single(report.Scanning).MostZombies);
    }

    [Fact]
    public async Task Exemptions_are_told_with_owner_reason_end_and_how_often_they_matched_also_after_they_are_gone()
    {
        fixture.World.Add(7);
        Exemption Of(string what, string owner) => new() { Match = new Dictionary<string, string> { ["command"] = what }, Owner = owner, Reason = "until the rewrite", Expires = "2027-03-31" };
        fixture.Engine.Options = fixture.Engine.Options with { Exemptions = [Of("thing7", "team-a"), Of("other*", "team-b"), Of("thing*", "team-c") with { Expires = "2026-01-01" }] };
        await fixture.SweepAsync();
        fixture.Clock.Now += TimeSpan.FromMinutes(10);
        await fixture.SweepAsync();
        fixture.Engine.Options = fixture.Engine.Options with { Exemptions = [] };
        fixture.Clock.Now += TimeSpan.FromMinutes(10);
        await fixture.SweepAsync();
        PeriodReport report = Report();
        Assert.Equal([("command=thing7", "team-a", 2L), ("command=other*", "team-b", 0L)], report.Exemptions.Select(one => (one.What, one.Owner!, one.Matched)));
        Assert.All(report.Exemptions, one => Assert.Equal(("until the rewrite", "2027-03-31", TimeSpan.FromMinutes(10)), (one.Reason, one.Expires, one.LastSeen - one.FirstSeen)));
        fixture.Clock.Now += TimeSpan.FromDays(2);
        Assert.Empty(Report().Exemptions);
    }

    [Fact]
    public void An_exemption_of_the_file_that_no_tick_went_by_is_told_as_such()
    {
        Directory.CreateDirectory(fixture.Engine.Options.ConfigDirectory);
        Directory.CreateDirectory(fixture.Engine.Options.StateDirectory!);
        File.WriteAllText(Path.Combine(fixture.Engine.Options.ConfigDirectory, "exemptions.json"), """{"exemptions":[{"match":{"unit":"x.service"},"owner":"a","reason":"b","expires":"2027-01-01"},{"match":{"unit":"y"},"owner":"a","reason":"b","expires":"2020-01-01"}]}""");
        ReportExemption one = Assert.Single(Report().Exemptions);
        Assert.Equal(("unit=x.service", null, null), (one.What, one.Source, one.FirstSeen));
        File.WriteAllText(Path.Combine(fixture.Engine.Options.ConfigDirectory, "exemptions.json"), "{");
        PeriodReport report = Report();
        Assert.Contains(report.Attention, note => note.Code == "Unreadable" && note.Says.Contains("exemptions", StringComparison.Ordinal));
        Assert.Equal(3, report.Exit);
    }

    [Fact]
    public async Task A_memory_of_a_version_before_is_read_and_goes_on()
    {
        Directory.CreateDirectory(fixture.Engine.Directories.File("state/sweep"));
        File.WriteAllText(fixture.Engine.Directories.File("state/sweep/process.json"), """{"schema":"zombieops-sweep/1","lastSuccessfulScanAt":"2026-11-20T00:00:00+00:00"}""");
        await fixture.SweepAsync();
        Assert.Contains("2026-11-24", JsonDocument.Parse(File.ReadAllText(fixture.Engine.Directories.File("state/sweep/process.json"))).RootElement.GetProperty("lastSuccessfulScanAt").GetString(), StringComparison.Ordinal);
    }
}
