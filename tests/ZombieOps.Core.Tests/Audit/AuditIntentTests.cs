using Xunit;
using ZombieOps.Audit;
using static ZombieOps.Tests.Audit.AuditFolder;

namespace ZombieOps.Tests.Audit;

public sealed class AuditIntentTests
{
    [Fact]
    public void Intents_without_an_outcome_are_open_oldest_first()
    {
        using var folder = new AuditFolder();
        using AuditLog log = folder.Open();
        Assert.Empty(log.OpenIntents());
        log.Append([Start("a")]);
        log.Append([Intent("a", "f1"), Intent("a", "f2")]); // 2, 3
        log.Append([Outcome("a", 2), Intent("a", "f3")]); // 4, 5
        Assert.Equal([3L, 5L], log.OpenIntents().Select(r => r.Sequence));
        Assert.Equal(["f2", "f3"], log.OpenIntents().Select(r => r.FindingId));
        log.Append([Outcome("a", 3), Outcome("a", 5)]);
        Assert.Empty(log.OpenIntents());
    }

    [Fact]
    public void A_run_that_starts_names_what_is_open_even_what_another_run_wrote_after_it_had_looked()
    {
        using var folder = new AuditFolder();
        using AuditLog one = folder.Open();
        using AuditLog two = folder.Open();
        one.Append([Start("a")]);
        Assert.Empty(two.OpenIntents());
        one.Append([Intent("a", "f1")]); // 2
        AuditRecord started = two.Append([Start("b")])[0];
        Assert.Equal([2L], started.OpenIntents);
        Assert.Equal("f1", Assert.Single(two.OpenIntents()).FindingId);
        one.Append([Outcome("a", 2)]);
        Assert.Empty(two.OpenIntents());
        Assert.Empty(two.Append([Start("c")])[0].OpenIntents!);
    }

    [Fact]
    public void What_is_open_is_carried_from_start_to_start_across_segments()
    {
        using var folder = new AuditFolder();
        using AuditLog log = folder.Open(maxSegment: 1500);
        log.Append([Start("a")]);
        log.Append([Intent("a", "old")]); // 2
        for (int i = 0; i < 5; i++)
        {
            log.Append([Start($"r{i}"), Note("n"), Intent($"r{i}", $"f{i}")]);
            log.Append([Note("n"), Note("n")]);
        }

        Assert.True(folder.Segments.Length > 4);
        Assert.Equal(["old", "f0", "f1", "f2", "f3", "f4"], log.OpenIntents().Select(r => r.FindingId));
        log.Append([Outcome("x", 2)]);
        Assert.Equal(["f0", "f1", "f2", "f3", "f4"], log.OpenIntents().Select(r => r.FindingId));
        Assert.True(folder.Verify().Ok);
    }

    [Fact]
    public void An_intent_and_a_start_in_one_group_are_counted_in_order()
    {
        using var folder = new AuditFolder();
        using AuditLog log = folder.Open();
        IReadOnlyList<AuditRecord> written = log.Append([Intent("a", "f1"), Start("b"), Outcome("a", 1), Start("c"), Intent("c", "f2")]);
        Assert.Equal([1L], written[1].OpenIntents);
        Assert.Empty(written[3].OpenIntents!);
        Assert.Equal("f2", Assert.Single(log.OpenIntents()).FindingId);
    }

    [Fact]
    public void An_intent_that_was_changed_is_not_acted_on()
    {
        using var folder = new AuditFolder();
        using (AuditLog log = folder.Open())
        {
            log.Append([Start("a"), Intent("a", "f1"), Note("n")]);
        }

        string segment = folder.Segments[0];
        File.WriteAllText(segment, File.ReadAllText(segment).Replace("\"f1\"", "\"f9\"", StringComparison.Ordinal));
        using AuditLog next = folder.Open();
        Assert.Equal(ErrorIds.AuditBroken, Assert.Throws<ZombieOpsException>(() => next.OpenIntents()).ErrorId);
        Assert.Equal(ErrorIds.AuditBroken, Assert.Throws<ZombieOpsException>(() => next.Append([Start("b")])).ErrorId);
    }

    [Fact]
    public void A_torn_tail_hides_no_open_intent()
    {
        using var folder = new AuditFolder();
        using (AuditLog log = folder.Open())
        {
            log.Append([Start("a"), Intent("a", "f1")]);
        }

        File.AppendAllText(folder.Segments[0], "{\"schema\":\"zomb");
        using AuditLog next = folder.Open();
        Assert.Equal("f1", Assert.Single(next.OpenIntents()).FindingId);
    }

    [Fact]
    public void Records_are_read_by_time_run_finding_and_kind()
    {
        using var folder = new AuditFolder();
        using (AuditLog log = folder.Open())
        {
            log.Append([Start("a"), Intent("a", "f1"), Outcome("a", 2)]);
            log.Append([Start("b"), Intent("b", "f2")]);
        }

        DateTimeOffset middle = folder.Read()[3].At;
        File.AppendAllText(folder.Segments[0], "{\"torn");
        Assert.Equal([4L, 5L], folder.Read(new AuditFilter { Since = middle }).Select(r => r.Sequence));
        Assert.Equal([1L, 2L, 3L], folder.Read(new AuditFilter { Until = middle }).Select(r => r.Sequence));
        Assert.Equal([4L, 5L], folder.Read(new AuditFilter { RunId = "b" }).Select(r => r.Sequence));
        Assert.Equal([2L], folder.Read(new AuditFilter { FindingId = "f1" }).Select(r => r.Sequence));
        Assert.Equal([1L, 4L], folder.Read(new AuditFilter { Kind = AuditKind.RunStarted }).Select(r => r.Sequence));
    }

    [Fact]
    public void A_line_that_is_no_record_ends_the_reading_unless_it_may_be_told()
    {
        using var folder = new AuditFolder();
        folder.Fill(3);
        string segment = folder.Segments[0];
        string[] lines = File.ReadAllLines(segment);
        File.WriteAllLines(segment, [lines[0], "nonsense", .. lines[1..]]);
        Assert.Equal(ErrorIds.AuditBroken, Assert.Throws<ZombieOpsException>(() => folder.Read()).ErrorId);
        var broken = new List<AuditFault>();
        Assert.Equal(3, folder.Read(null, broken.Add).Count);
        Assert.Equal(2, Assert.Single(broken).Line);
    }

    private static AuditRecord Start(string run) => new() { Kind = AuditKind.RunStarted, RunId = run };

    private static AuditRecord Intent(string run, string finding) => new() { Kind = AuditKind.Intent, RunId = run, FindingId = finding };

    private static AuditRecord Outcome(string run, long intent) => new() { Kind = AuditKind.Outcome, RunId = run, IntentSequence = intent };
}
