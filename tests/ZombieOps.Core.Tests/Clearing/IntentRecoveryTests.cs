using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Core.Tests.Clearing;

public sealed class IntentRecoveryTests : IDisposable
{
    private readonly EngineFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_intent_of_a_dead_run_is_judged_and_closed_by_the_next(bool stillThere)
    {
        Finding zombie = fixture.World.Add(7);
        fixture.LeaveIntent(zombie, writer: 800);
        if (!stillThere)
        {
            fixture.World.Things.Clear();
        }

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request() with { Limits = new ClearLimits { Watch = TimeSpan.Zero } });

        Assert.Contains(report.Warnings, warning => warning.Contains(stillThere ? "still there" : "it is gone", StringComparison.Ordinal));
        Assert.Contains(stillThere ? ClearReasons.RecoveredStillThere : ClearReasons.RecoveredGone, fixture.AuditText());
        using AuditLog audit = new AuditLog(fixture.Options);
        Assert.Empty(audit.OpenIntents());
        Assert.Empty(fixture.World.Acts);
    }

    [Fact]
    public async Task An_intent_that_cannot_be_judged_stays_open()
    {
        fixture.LeaveIntent(fixture.World.Add(7), writer: 800);
        fixture.World.Blind = true;

        await fixture.ClearAsync(EngineFixture.Request());

        using AuditLog audit = new AuditLog(fixture.Options);
        Assert.Single(audit.OpenIntents());
    }

    [Fact]
    public async Task The_intent_of_a_run_that_still_lives_is_left_to_it()
    {
        fixture.LeaveIntent(fixture.World.Add(7), writer: 800);
        Directory.CreateDirectory(fixture.Directories.File("proc/800"));
        File.WriteAllText(fixture.Directories.File("proc/800/stat"), EngineFixture.SelfStat(4242));

        await fixture.ClearAsync(EngineFixture.Request());
        // The next RunStarted names it, so it is still found after that.
        await fixture.ClearAsync(EngineFixture.Request());

        using AuditLog audit = new AuditLog(fixture.Options);
        Assert.Single(audit.OpenIntents());
    }

    [Fact]
    public async Task The_intent_of_another_host_is_left_to_it()
    {
        fixture.LeaveIntent(fixture.World.Add(7), writer: 800, host: "elsewhere");

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request());

        Assert.Contains(report.Warnings, warning => warning.Contains("elsewhere", StringComparison.Ordinal));
        using AuditLog audit = new AuditLog(fixture.Options);
        Assert.Single(audit.OpenIntents());
    }

    [Fact]
    public async Task The_intent_of_another_PID_namespace_is_left_to_it()
    {
        fixture.LeaveIntent(fixture.World.Add(7), writer: 800);
        Directory.CreateDirectory(fixture.Directories.File("proc/self/ns"));
        File.CreateSymbolicLink(fixture.Directories.File("proc/self/ns/pid"), "pid:[4026532999]");

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request());

        Assert.Contains(report.Warnings, warning => warning.Contains("PID namespace", StringComparison.Ordinal));
        using AuditLog audit = new AuditLog(fixture.Options);
        Assert.Single(audit.OpenIntents());
    }
}
