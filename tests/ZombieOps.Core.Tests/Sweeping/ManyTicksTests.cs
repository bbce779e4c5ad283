using Xunit;
using ZombieOps.Audit;
using ZombieOps.Model;

namespace ZombieOps.Core.Tests.Sweeping;

public sealed class ManyTicksTests : IDisposable
{
    private readonly SweepFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    /// <summary>A week of ticks in which zombies come, are cleared or stay, and every ninth scan fails or is incomplete.</summary>
    [Fact]
    public async Task After_a_thousand_ticks_ledger_audit_log_and_metrics_are_bounded_and_right()
    {
        var random = new Random(20261124);
        double success = 0;
        int pid = 10, acts = 0;
        SortedDictionary<string, long>? settled = null;
        for (int tick = 1; tick <= 1000; tick++)
        {
            fixture.Clock.Now += TimeSpan.FromMinutes(10);
            bool fails = tick % 9 == 4, partial = tick % 9 == 7;
            if (random.Next(10) == 0)
            {
                fixture.World.Add(++pid, remedies: random.Next(4) == 0 ? "EndParent" : "Reap");
            }

            if (random.Next(5) == 0 && fixture.World.Things.Values.FirstOrDefault(thing => thing.Remedies[0].Name == "EndParent") is { } other)
            {
                fixture.World.Things.Remove(other.Id);
            }

            fixture.World.Complete = !partial;
            fixture.World.OnScan = fails ? _ => throw new ZombieOpsException(ErrorIds.ServerUnreachable, ExitCode.Incomplete, "nobody answers", "look there") : null;
            SweepReport report = await fixture.SweepAsync(SweepFixture.Request("Reap"));
            acts += report.Clear?.Results.Count(result => result.Outcome == ClearOutcome.Cleared) ?? 0;

            int left = fixture.World.Things.Count;
            Assert.Equal(fails || partial ? 3 : left > 0 ? 1 : 0, report.Exit);
            success = fails || partial ? success : fixture.Seconds;
            Dictionary<string, double> metrics = fixture.Metrics();
            Assert.Equal(success, metrics["zombieops_last_successful_scan_timestamp_seconds"]);
            Assert.Equal(fixture.Seconds, metrics["zombieops_last_scan_timestamp_seconds"]);
            Assert.Equal(0, metrics["zombieops_open_intents"]);
            int? said = metrics.TryGetValue("zombieops_verdict_findings{verdict=\"zombie\"}", out double zombies) ? (int)zombies : null;
            Assert.Equal(fails || (partial && left == 0) ? null : left, said);

            // Which files there are is settled once the first has been cleared.
            SortedDictionary<string, long> files = fixture.Files();
            string[] journals = [.. files.Keys.Where(file => file.Contains(".ticks-", StringComparison.Ordinal))];
            Assert.InRange(journals.Length, 1, 2);
            Assert.InRange(journals.Sum(file => files[file]), 1, 200 * tick);
            Array.ForEach(journals, file => files.Remove(file));
            settled ??= acts > 0 && !fails ? files : null;
            Assert.True(settled is null || files.Keys.SequenceEqual(settled.Keys), string.Join(' ', files.Keys));
            Assert.InRange(files["metrics/process.prom"], 1, 5000);
        }

        // A tick leaves a line for reports, whatever became of it.
        string[] ticks = [.. Directory.GetFiles(fixture.Engine.Directories.File("state/sweep"), "*.ticks-*").Order(StringComparer.Ordinal).SelectMany(File.ReadAllLines)];
        Assert.Equal(1000, ticks.Length);
        Assert.Equal(1000 - 111 - 111, ticks.Count(line => line.Contains("\"complete\":true", StringComparison.Ordinal)));
        Assert.InRange(acts, 30, 200);
        Assert.Equal(acts, fixture.World.Acts.Count);

        // A run has four records and one more for each act after the first; a tick that had nothing to do has none.
        string[] records = fixture.Engine.AuditText().TrimEnd('\n').Split('\n');
        Assert.InRange(records.Length, 2 * acts, 4 * acts);
        using AuditLog audit = new(fixture.Engine.Options);
        Assert.True(AuditVerifier.Verify(audit.Directory, null, default).Ok);
        string ledger = File.ReadAllText(fixture.Engine.Directories.File("state/ledger/process.json"));
        Assert.InRange(ledger.Split("process:boot-1:").Length - 1, 0, fixture.World.Things.Count + 2);
    }
}
