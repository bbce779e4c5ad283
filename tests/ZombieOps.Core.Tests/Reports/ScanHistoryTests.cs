using System.Text;
using Xunit;
using ZombieOps.Reports;
using ZombieOps.Sweeping;

namespace ZombieOps.Core.Tests.Reports;

public sealed class ScanHistoryTests : IDisposable
{
    private static readonly DateTimeOffset From = ReportFixture.Start.AddDays(-7);
    private readonly ReportFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Times_without_a_complete_scan_are_gaps_and_incomplete_scans_do_not_fill_them()
    {
        fixture.Ticks(From.AddDays(-1), From.AddDays(1));
        fixture.Tick(From.AddDays(1).AddHours(1), complete: false);
        fixture.Tick(From.AddDays(1).AddHours(2), complete: false);
        fixture.Ticks(From.AddDays(1).AddHours(3), ReportFixture.Start.AddHours(-5));
        PeriodReport report = fixture.Report();
        ReportScanning scanning = Assert.Single(report.Scanning);
        Assert.Equal((2L, TimeSpan.FromMinutes(190 + 310)), (scanning.GapCount, scanning.GapTotal));
        Assert.Equal(new ReportSpan(From.AddDays(1).AddMinutes(-10), From.AddDays(1).AddHours(3)), scanning.Gaps[0]);
        Assert.Equal(new ReportSpan(ReportFixture.Start.AddHours(-5).AddMinutes(-10), ReportFixture.Start), scanning.Gaps[1]);
        Assert.Equal(2, scanning.Ticks - scanning.Complete);
        Assert.Null(scanning.Unknown);
        Assert.Equal(1, report.Exit);
        Assert.Equal(["ScanGaps", "NoRecords", "IncompleteScans"], report.Attention.Select(note => note.Code));
        Assert.Equal(0, fixture.Report(with: request => request with { MaxGap = TimeSpan.FromHours(6) }).Scanning[0].GapCount);
    }

    [Fact]
    public void A_gap_that_began_before_the_period_counts_from_its_beginning()
    {
        fixture.Tick(From.AddDays(-20));
        fixture.Ticks(From.AddDays(1), ReportFixture.Start);
        ReportScanning scanning = Assert.Single(fixture.Report().Scanning);
        Assert.Equal([new ReportSpan(From, From.AddDays(1))], scanning.Gaps);
        Assert.Null(scanning.Unknown);
    }

    [Fact]
    public void Before_the_first_tick_on_record_nothing_is_known_and_that_is_no_gap()
    {
        fixture.Ticks(From.AddDays(2), ReportFixture.Start);
        PeriodReport report = fixture.Report();
        ReportScanning scanning = Assert.Single(report.Scanning);
        Assert.Equal(new ReportSpan(From, From.AddDays(2)), scanning.Unknown);
        Assert.Equal(0, scanning.GapCount);
        Assert.Equal(3, report.Exit);
        Assert.Contains(report.Attention, note => note.Code == "ScansUnknown");
    }

    [Fact]
    public void A_source_that_was_acted_on_and_has_no_record_of_ticks_is_not_known()
    {
        fixture.Act(ReportFixture.Zombie(1));
        PeriodReport report = fixture.Report();
        ReportScanning scanning = Assert.Single(report.Scanning);
        Assert.Equal(("process", 0L, (DateTimeOffset?)null), (scanning.Source, scanning.Ticks, scanning.KnownSince));
        Assert.Equal(fixture.Clock.Now, scanning.Unknown!.To);
        Assert.Equal(3, report.Exit);
    }

    [Fact]
    public void A_period_that_is_not_over_has_no_gap_in_what_is_still_to_come()
    {
        fixture.Ticks(From, ReportFixture.Start);
        Assert.Equal(0, Assert.Single(fixture.Report("-1d", "2026-12-31").Scanning).GapCount);
    }

    [Fact]
    public void What_a_policy_calls_by_two_names_are_two()
    {
        fixture.Ticks(From, ReportFixture.Start);
        fixture.Tick(ReportFixture.Start.AddDays(-8), name: "logs");
        Assert.Equal([(null, 0L), ("logs", 1L)], fixture.Report().Scanning.Select(one => (one.Name, one.GapCount)));
    }

    [Fact]
    public void A_clock_that_was_ahead_and_back_leaves_no_negative_gap()
    {
        fixture.Ticks(From, From.AddDays(6));
        fixture.Tick(ReportFixture.Start.AddDays(20));
        fixture.Ticks(From.AddDays(6), ReportFixture.Start);
        ReportScanning scanning = Assert.Single(fixture.Report().Scanning);
        Assert.True(scanning.GapTotal >= TimeSpan.Zero && scanning.Gaps.All(gap => gap.To > gap.From && gap.To <= fixture.Clock.Now));
    }

    [Fact]
    public void A_piece_of_a_line_is_closed_by_the_next_tick_and_told()
    {
        fixture.Tick(From.AddDays(-1));
        string path = Assert.Single(Directory.GetFiles(fixture.FilePath("state/sweep")));
        File.AppendAllText(path, "{\"at\":\"2026-11-2");
        Assert.Single(new TickJournal(fixture.FilePath("state/sweep"), "process").Read(DateTimeOffset.MinValue, (_, _) => Assert.Fail("under way")));
        fixture.Ticks(From, ReportFixture.Start);
        PeriodReport report = fixture.Report();
        Assert.Equal(0, report.Scanning[0].GapCount);
        Assert.Contains(report.Attention, note => note.Code == "Unreadable" && note.Says.Contains("1 line", StringComparison.Ordinal));
    }

    [Fact]
    public void A_journal_that_may_not_be_read_is_said()
    {
        fixture.Ticks(From, ReportFixture.Start);
        string path = Directory.GetFiles(fixture.FilePath("state/sweep"))[0];
        File.Delete(path);
        File.CreateSymbolicLink(path, "/dev/null");
        PeriodReport report = fixture.Report();
        Assert.Equal(3, report.Exit);
        Assert.Contains(report.Attention, note => note.Code == "Unreadable" && note.Says.Contains("record of ticks", StringComparison.Ordinal));
    }

    /// <summary>A year and more of ticks every ten minutes, on real files.</summary>
    [Fact]
    public void A_year_of_ticks_is_bounded_and_the_oldest_months_go()
    {
        var journal = new TickJournal(fixture.FilePath("state/sweep"), "process");
        DateTimeOffset begin = ReportFixture.Start.AddMonths(-20);
        // One tick an hour, to be fast; the size of a line is what counts.
        for (DateTimeOffset at = begin; at < ReportFixture.Start; at += TimeSpan.FromHours(1))
        {
            Assert.Null(journal.Append(new TickEntry { At = at, Name = "all-the-processes", Complete = true, Scanned = 12345, Zombies = 12, Others = 3 }, null));
        }

        string[] files = [.. Directory.GetFiles(fixture.FilePath("state/sweep")).Order(StringComparer.Ordinal)];
        Assert.Equal(TickJournal.KeptFiles, files.Length);
        Assert.EndsWith("process.ticks-202611.jsonl", files[^1], StringComparison.Ordinal);
        double line = files.Sum(file => new FileInfo(file).Length) / (double)files.Sum(file => File.ReadLines(file).Count());
        Assert.InRange(line * 366 * 144, 1, 12_000_000);
        ReportScanning scanning = Assert.Single(fixture.Report("2025-11-24", "now", request => request with { MaxGap = TimeSpan.FromHours(2) }).Scanning);
        Assert.Equal((0L, (ReportSpan?)null), (scanning.GapCount, scanning.Unknown));
        Assert.Equal(365 * 24 + 12, scanning.Ticks);
    }

    [Fact]
    public void What_happens_oftener_than_once_a_minute_and_tells_nothing_new_is_not_written()
    {
        for (int second = 0; second < 600; second += 5)
        {
            fixture.Tick(ReportFixture.Start.AddSeconds(second), zombies: second is >= 300 and < 310 ? 1 : 0);
        }

        Assert.InRange(File.ReadAllLines(Directory.GetFiles(fixture.FilePath("state/sweep"))[0]).Length, 11, 14);
    }

    [Fact]
    public void A_full_file_takes_no_more_and_says_so()
    {
        string path = fixture.FilePath("state/sweep/process.ticks-202611.jsonl");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(TickJournal.MaxFileBytes - 1);
            file.Position = file.Length;
            file.Write("\n"u8);
        }

        string? said = new TickJournal(fixture.FilePath("state/sweep"), "process").Append(new TickEntry { At = ReportFixture.Start, Complete = true }, null);
        Assert.Contains("is full", said, StringComparison.Ordinal);
        Assert.Equal(TickJournal.MaxFileBytes, new FileInfo(path).Length);
    }

    /// <summary>Killed at any step: what was there is still there, and the next tick is a line of its own.</summary>
    [Fact]
    public void A_tick_that_breaks_off_in_the_middle_of_its_line_loses_nothing_else()
    {
        fixture.Tick(From);
        var journal = new TickJournal(fixture.FilePath("state/sweep"), "process");
        Assert.Throws<InvalidOperationException>(() => journal.Append(new TickEntry { At = From.AddMinutes(10), Complete = true }, () => throw new InvalidOperationException()));
        fixture.Tick(From.AddMinutes(20));
        int bad = 0;
        Assert.Equal([From, From.AddMinutes(20)], journal.Read(From, (_, _) => bad++).Select(entry => entry.At));
        Assert.Equal(1, bad);
        Assert.Equal(From, journal.Since());
        Assert.DoesNotContain("}{", File.ReadAllText(Directory.GetFiles(fixture.FilePath("state/sweep"))[0]), StringComparison.Ordinal);
        Assert.Equal(0, Encoding.UTF8.GetBytes(File.ReadAllText(Directory.GetFiles(fixture.FilePath("state/sweep"))[0])).Count(b => b == 0));
    }
}
