using Xunit;
using ZombieOps.Audit;
using ZombieOps.Model;
using ZombieOps.Reports;

namespace ZombieOps.Core.Tests.Reports;

/// <summary>What memory is held can be told only while no other test runs.</summary>
[CollectionDefinition(nameof(AloneGroup), DisableParallelization = true)]
public sealed class AloneGroup;

[Collection(nameof(AloneGroup))]
public sealed class BoundedTests : IDisposable
{
    private readonly ReportFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    /// <summary>Most of a great log is of another time: nothing of that is held.</summary>
    [Fact]
    public void Memory_does_not_grow_with_the_log()
    {
        const int Outside = 60_000, Inside = 20;
        using (AuditLog log = fixture.Log())
        {
            for (int batch = 0; batch < Outside / 2000; batch++)
            {
                fixture.Clock.Now = ReportFixture.Start.AddDays(-60).AddMinutes(batch);
                long next = log.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = $"run-{batch}" }])[0].Sequence + 1;
                var records = new List<AuditRecord>();
                for (int i = 0; i < 1000; i++)
                {
                    Finding zombie = ReportFixture.Zombie((batch * 1000) + i, says: new string('x', 300));
                    records.Add(new AuditRecord { Kind = AuditKind.Intent, RunId = $"run-{batch}", FindingId = zombie.Id, Remedy = "Reap", Before = zombie });
                    records.Add(new AuditRecord { Kind = AuditKind.Outcome, RunId = $"run-{batch}", FindingId = zombie.Id, IntentSequence = next + (2 * i), Result = ReportFixture.Result(zombie, ClearOutcome.Cleared, "VerifiedGone", "reaped") });
                }

                log.Append(records);
            }
        }

        fixture.Clock.Now = ReportFixture.Start;
        for (int i = 0; i < Inside; i++)
        {
            fixture.Act(ReportFixture.Zombie(i));
        }

        long size = Directory.GetFiles(fixture.Audit).Sum(path => new FileInfo(path).Length);
        Assert.InRange(size, 50_000_000, 500_000_000);
        var held = new List<long>();
        PeriodReport report = new ReportBuilder(fixture.Options, ReportRequest.For("-7d", null, fixture.Clock.Now)) { BetweenParts = () => held.Add(GC.GetTotalMemory(forceFullCollection: true)) }
            .Build(null, _ => held.Add(GC.GetTotalMemory(forceFullCollection: true)), CancellationToken.None);
        Assert.Equal(Inside, report.Totals.Acts);
        Assert.True(report.Chain.Ok);
        Assert.InRange(held.Max() - held.Min(), 0, 8_000_000);
    }

    /// <summary>A period with many acts: CSV gives each away as it comes, and the others hold as many as they show.</summary>
    [Fact]
    public void Memory_grows_with_what_is_shown_and_not_with_the_acts_of_the_period()
    {
        const int Acts = 8_000;
        using (AuditLog log = fixture.Log())
        {
            log.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = "run" }]);
            var records = new List<AuditRecord>();
            for (int i = 0; i < Acts; i++)
            {
                Finding zombie = ReportFixture.Zombie(i, origin: "one", says: new string('x', 1500));
                records.Add(new AuditRecord { Kind = AuditKind.Intent, RunId = "run", FindingId = zombie.Id, Remedy = "Reap", Before = zombie });
                records.Add(new AuditRecord { Kind = AuditKind.Outcome, RunId = "run", FindingId = zombie.Id, IntentSequence = 2 + (2 * i), Result = ReportFixture.Result(zombie, ClearOutcome.Cleared, "VerifiedGone", "reaped") });
            }

            log.Append(records);
        }

        Assert.InRange(Directory.GetFiles(fixture.Audit).Sum(path => new FileInfo(path).Length), 20_000_000, 200_000_000);
        var held = new List<long>();
        int told = 0;
        PeriodReport report = new ReportBuilder(fixture.Options, ReportRequest.For("-7d", "2026-12-01", fixture.Clock.Now) with { MaxActs = 50 }) { BetweenParts = () => held.Add(GC.GetTotalMemory(forceFullCollection: true)) }
            .Build(null, _ => told++, CancellationToken.None);
        Assert.Equal((Acts, Acts - 50L, 50, 1), (told, report.Totals.ActsLeftOut, report.Acts.Count, report.Totals.Incidents));
        Assert.Equal(Acts, report.Incidents[0].Findings);
        Assert.InRange(held.Max() - held.Min(), 0, 8_000_000);
    }
}
