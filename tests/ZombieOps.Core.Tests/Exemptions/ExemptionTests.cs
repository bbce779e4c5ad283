using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Core.Tests.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Core.Tests.Exemptions;

public sealed class ExemptionTests : IDisposable
{
    private readonly EngineFixture fixture = new();

    public ExemptionTests() => fixture.World.Add(7);

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData("\"unit\": \"unit7.*\"")]
    [InlineData("\"command\": \"thing?\"")]
    [InlineData("\"pid\": \"7\"")]
    [InlineData("\"user\": \"ALICE\"")]
    [InlineData("\"cause\": \"Why\", \"unit\": \"*\"")]
    public async Task An_exemption_in_force_protects(string match)
    {
        Write($$"""{"match": { {{match}} }, "owner": "bob", "reason": "vendor bug", "expires": "2099-01-01"}""");

        ScanReport report = await ScanAsync();

        Finding finding = Assert.Single(report.Findings);
        Assert.Equal((Verdict.Protected, "Exempt"), (finding.Verdict, finding.Reason));
        Assert.Contains(finding.Evidence, evidence => evidence.Says.Contains("bob", StringComparison.Ordinal) && evidence.Says.Contains("vendor bug", StringComparison.Ordinal));
        Assert.Equal(1, report.Counts.Protected);
        await fixture.ClearAsync(EngineFixture.Request("Reap"));
        Assert.Empty(fixture.World.Acts);
    }

    [Theory]
    [InlineData("\"expires\": \"2020-01-01\"", "expired")]
    [InlineData("\"expires\": \"sometime\"", "cannot be read")]
    [InlineData("\"expires\": null", "cannot be read")]
    [InlineData("\"expires\": \"\"", "cannot be read")]
    public async Task A_lapsed_or_unreadable_expiry_does_not_protect_and_is_said(string expires, string said)
    {
        Write($$"""{"match": {"unit": "unit7.service"}, "owner": "bob", "reason": "r", {{expires}} }""");

        ScanReport report = await ScanAsync();

        Assert.Equal(Verdict.Zombie, Assert.Single(report.Findings).Verdict);
        Assert.Contains(report.Warnings, warning => warning.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_without_an_owner_does_not_protect_and_is_said()
    {
        Write("""{"match": {"unit": "*"}, "reason": "r", "expires": "2099-01-01"}""");

        ScanReport report = await ScanAsync();

        Assert.Equal(Verdict.Zombie, report.Findings[0].Verdict);
        Assert.Contains(report.Warnings, warning => warning.Contains("no owner", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_matches_nothing_is_reported()
    {
        Write("""{"match": {"unit": "gone.service"}, "owner": "bob", "reason": "r", "expires": "2099-01-01"}""");

        Assert.Contains((await ScanAsync()).Warnings, warning => warning.Contains("matches nothing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_matches_everything_by_saying_nothing_does_not_protect()
    {
        Write("""{"match": {}, "owner": "bob", "reason": "r", "expires": "2099-01-01"}""");

        Assert.Equal(Verdict.Zombie, (await ScanAsync()).Findings[0].Verdict);
    }

    [Fact]
    public async Task An_exemption_never_lifts_what_is_graver()
    {
        fixture.World.Things.Clear();
        fixture.World.Add(7, verdict: Verdict.Unknown);
        Write("""{"match": {"unit": "*"}, "owner": "bob", "reason": "r", "expires": "2099-01-01"}""");

        Assert.Equal(Verdict.Unknown, (await ScanAsync()).Findings[0].Verdict);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"exemptions\": null}")]
    [InlineData("{\"exemptions\": [null]}")]
    [InlineData("{\"exemption\": []}")]
    [InlineData("{\"exemptions\": [{\"mach\": {}}]}")]
    public async Task A_file_that_cannot_be_read_clears_nothing(string text)
    {
        Directory.CreateDirectory(fixture.Options.ConfigDirectory);
        File.WriteAllText(Path.Combine(fixture.Options.ConfigDirectory, "exemptions.json"), text);

        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ClearAsync(EngineFixture.Request("Reap")));

        Assert.Equal(ErrorIds.ExemptionsUnreadable, e.ErrorId);
        Assert.Empty(fixture.World.Acts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_to_nowhere_is_no_empty_list(bool directory)
    {
        string nowhere = fixture.Directories.File("nowhere");
        if (directory)
        {
            Directory.CreateSymbolicLink(fixture.Options.ConfigDirectory, nowhere);
        }
        else
        {
            Directory.CreateDirectory(fixture.Options.ConfigDirectory);
            File.CreateSymbolicLink(Path.Combine(fixture.Options.ConfigDirectory, "exemptions.json"), nowhere);
        }

        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(ScanAsync);

        Assert.Equal(ErrorIds.ExemptionsUnreadable, e.ErrorId);
    }

    [Fact]
    public async Task A_file_that_was_named_has_to_be_there()
    {
        fixture.Options = fixture.Options with { ExemptionsFile = fixture.Directories.File("none.json") };

        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(ScanAsync);

        Assert.Equal(ErrorIds.ExemptionsUnreadable, e.ErrorId);
    }

    private void Write(string exemption)
    {
        Directory.CreateDirectory(fixture.Options.ConfigDirectory);
        File.WriteAllText(Path.Combine(fixture.Options.ConfigDirectory, "exemptions.json"), $$"""{"exemptions": [ {{exemption}} ]}""");
    }

    private async Task<ScanReport> ScanAsync()
    {
        using ZombieEngine engine = fixture.Engine();
        return await engine.ScanAsync(new ScanSettings());
    }
}
