using Xunit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Tests.Audit;

namespace ZombieOps.Tests.Ledger;

public sealed class SightingLedgerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly string state = Directory.CreateTempSubdirectory("zombieops-ledger-").FullName;
    private readonly FakeClocks clock = new(Start);

    private EngineOptions Options => new() { StateDirectory = state, Clock = clock };

    private string FilePath => Path.Combine(state, "ledger", "process.json");

    public void Dispose() => Directory.Delete(state, recursive: true);

    [Fact]
    public void A_thing_never_seen_is_of_age_zero_and_then_ages_from_its_first_sight()
    {
        SightingLedger ledger = Load();
        Assert.Equal(new Sighting(Start, TimeSpan.Zero, AgeSource.FirstSight), ledger.Of("a"));
        Assert.Null(ledger.Record(clock.GetUtcNow(), ["a"], complete: true));
        clock.Pass(90);
        var seen = new Sighting(Start, TimeSpan.FromSeconds(90), AgeSource.Ledger) { LastSeen = Start };
        Assert.Equal(seen, ledger.Of("a"));
        Assert.Equal(seen, Load().Of("a"));
        Assert.Null(Load().Record(clock.GetUtcNow(), ["a", "b"], complete: true));
        clock.Pass(10);
        Assert.Equal((100, 10), (Age("a"), Age("b")));
        Assert.Empty(Load().Warnings);
    }

    [Fact]
    public void A_complete_scan_forgets_only_what_it_would_have_seen()
    {
        var memory = new ScanMemory { Covers = id => id.StartsWith("one:", StringComparison.Ordinal) };
        See("one:a", "one:b", "two:a");
        clock.Pass(60);
        Assert.Null(Load().Record(clock.GetUtcNow(), ["one:b"], complete: true, memory: memory));
        clock.Pass(1);
        Assert.Equal((0, 61, 61), (Age("one:a"), Age("one:b"), Age("two:a")));
    }

    [Fact]
    public void States_besides_the_findings_are_remembered_and_begin_anew_when_told()
    {
        Assert.Null(Load().Record(clock.GetUtcNow(), ["mark"], complete: true, memory: new ScanMemory { Also = ["mark-absent"] }));
        clock.Pass(60);
        Assert.Equal((60, 60), (Age("mark"), Age("mark-absent")));
        var anew = new ScanMemory { Also = ["mark-absent"], Anew = new HashSet<string> { "mark-absent" } };
        Assert.Null(Load().Record(clock.GetUtcNow(), ["mark"], complete: true, memory: anew));
        clock.Pass(5);
        Assert.Equal((65, 5), (Age("mark"), Age("mark-absent")));
        Assert.Equal(clock.GetUtcNow() - TimeSpan.FromSeconds(5), Load().Of("mark").LastSeen);
    }

    [Theory]
    [InlineData(3600, 60)] // set forward: the monotonic clock knows better
    [InlineData(-30, 30)] // set back a little: the lesser of both
    [InlineData(-3600, 0)] // set back beyond the first sight
    public void A_clock_that_is_set_never_adds_age(int wallStep, int expected)
    {
        See("a");
        clock.Pass(60);
        clock.SetWall(wallStep);
        Sighting sighting = Load().Of("a");
        Assert.Equal(expected, sighting.Age.TotalSeconds);
        Assert.True(sighting.FirstSeen <= clock.GetUtcNow());
        Assert.Equal(clock.GetUtcNow() - sighting.Age, sighting.FirstSeen);
    }

    [Fact]
    public void A_first_sight_in_the_future_counts_from_now_on()
    {
        See("a");
        clock.SetWall(-86400);
        See("a");
        clock.Pass(20);
        Assert.Equal(20, Age("a"));
        clock.SetWall(86400);
        Assert.Equal(20, Age("a"));
    }

    [Fact]
    public void Another_boot_leaves_the_wall_clock_alone_to_judge()
    {
        See("a");
        clock.Pass(60);
        clock.Reboot();
        clock.Pass(5);
        Assert.Equal(65, Load("boot-2").Of("a").Age.TotalSeconds);
        clock.SetWall(-3600);
        Assert.Equal(0, Load("boot-2").Of("a").Age.TotalSeconds);
    }

    [Fact]
    public void What_a_complete_scan_does_not_see_is_forgotten_and_what_an_incomplete_one_does_not_see_is_kept()
    {
        See("a", "b");
        clock.Pass(10);
        Assert.Null(Load().Record(clock.GetUtcNow(), ["a"], complete: false));
        Assert.Equal((10, 10), (Age("a"), Age("b")));
        clock.Pass(10);
        See("a");
        Assert.Equal((20, 0), (Age("a"), Age("b")));
        Assert.Equal(AgeSource.FirstSight, Load().Of("b").From);
    }

    [Fact]
    public void What_was_not_seen_for_the_retention_is_forgotten_by_an_incomplete_scan_too()
    {
        See("a", "b");
        clock.Pass(8 * 86400);
        Assert.Null(Load().Record(clock.GetUtcNow(), ["a"], complete: false));
        Assert.Equal(AgeSource.Ledger, Load().Of("a").From);
        Assert.Equal(AgeSource.FirstSight, Load().Of("b").From);
    }

    [Fact]
    public void Scans_at_once_do_not_lose_each_others_first_sights()
    {
        SightingLedger one = Load();
        DateTimeOffset begun = clock.GetUtcNow();
        clock.Pass(1);
        SightingLedger two = Load();
        Assert.Null(two.Record(clock.GetUtcNow(), ["late", "both"], complete: true));
        clock.Pass(1);
        // The scan that began first ends last: what it has not seen was not there yet.
        Assert.Null(one.Record(begun, ["both"], complete: true));
        clock.Pass(1);
        Assert.Equal(2, Age("late"));
        Assert.Equal(2, Age("both"));
        Assert.Equal(2, one.Of("late").Age.TotalSeconds);
    }

    [Fact]
    public void A_last_sight_that_is_still_to_come_does_not_keep_a_thing_that_is_gone()
    {
        See("a", "b");
        clock.SetWall(-3600);
        See("b");
        Assert.Equal(AgeSource.FirstSight, Load().Of("a").From);
    }

    [Fact]
    public async Task Many_writers_at_once_keep_everything()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < 15; i++)
                {
                    SightingLedger ledger = SightingLedger.Load(Options, "process", "boot-1", new LedgerOptions { LockTimeout = TimeSpan.FromSeconds(60) });
                    Assert.Null(ledger.Record(clock.GetUtcNow(), [$"{writer}-{i}"], complete: false));
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        SightingLedger all = Load();
        Assert.Empty(all.Warnings);
        Assert.All(
            Enumerable.Range(0, 4).SelectMany(writer => Enumerable.Range(0, 15).Select(i => $"{writer}-{i}")),
            id => Assert.Equal(AgeSource.Ledger, all.Of(id).From));
    }

    [Fact]
    public void A_ledger_cut_at_any_length_loses_age_and_is_moved_aside()
    {
        See("a", "b");
        clock.Pass(1000);
        byte[] sound = File.ReadAllBytes(FilePath);
        for (int length = 0; length < sound.Length - 1; length++)
        {
            File.WriteAllBytes(FilePath, sound[..length]);
            SightingLedger ledger = Load();
            Assert.Contains(FilePath, Assert.Single(ledger.Warnings), StringComparison.Ordinal);
            Assert.Equal(0, ledger.Of("a").Age.TotalSeconds);
            Assert.False(File.Exists(FilePath));
            clock.Pass(0.001);
        }

        string[] aside = Directory.GetFiles(Path.GetDirectoryName(FilePath)!, "process.json.corrupt-*");
        Assert.InRange(aside.Length, 1, 5);
        See("a");
        Assert.Empty(Load().Warnings);
    }

    [Fact]
    public void A_single_changed_bit_never_adds_age()
    {
        See("a");
        clock.Pass(10);
        byte[] sound = File.ReadAllBytes(FilePath);
        for (int i = 0; i < sound.Length - 1; i++)
        {
            byte[] changed = [.. sound];
            changed[i] ^= 1;
            File.WriteAllBytes(FilePath, changed);
            Assert.Equal(0, Load().Of("a").Age.TotalSeconds);
            clock.Pass(0.001);
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"schema\":\"zombieops-ledger/1\",\"seen\":{\"a\":{\"firstSeen\":\"2001-01-01T00:00:00Z\"}}}")]
    [InlineData("\0\0\0\0")]
    public void What_this_tool_did_not_write_is_not_believed(string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, text);
        SightingLedger ledger = Load();
        Assert.Single(ledger.Warnings);
        Assert.Equal(0, ledger.Of("a").Age.TotalSeconds);
    }

    [Fact]
    public void A_ledger_that_is_damaged_between_load_and_record_is_moved_aside_then()
    {
        See("a");
        SightingLedger ledger = Load();
        File.WriteAllText(FilePath, "x");
        Assert.Null(ledger.Record(clock.GetUtcNow(), ["a"], complete: true));
        Assert.Single(ledger.Warnings);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(FilePath)!, "*.corrupt-*"));
        Assert.Equal(AgeSource.Ledger, Load().Of("a").From);
    }

    [Fact]
    public void A_ledger_that_is_a_symbolic_link_is_neither_read_nor_written_through()
    {
        See("a");
        string elsewhere = Path.Combine(state, "elsewhere");
        File.Move(FilePath, elsewhere);
        File.CreateSymbolicLink(FilePath, elsewhere);
        byte[] before = File.ReadAllBytes(elsewhere);
        clock.Pass(10);
        Assert.Equal(0, Age("a"));
        See("b");
        Assert.Equal(before, File.ReadAllBytes(elsewhere));
    }

    [Fact]
    public void A_directory_that_cannot_be_written_costs_ages_and_a_warning_only()
    {
        string file = Path.Combine(state, "file");
        File.WriteAllText(file, "");
        SightingLedger ledger = SightingLedger.Load(new EngineOptions { StateDirectory = file, Clock = clock }, "process", "boot-1");
        Assert.Empty(ledger.Warnings);
        Assert.Contains(file, ledger.Record(clock.GetUtcNow(), ["a"], complete: true), StringComparison.Ordinal);

        SightingLedger none = SightingLedger.Load(new EngineOptions { Clock = clock }, "process", "boot-1");
        Assert.Contains("ZOMBIEOPS_STATE", Assert.Single(none.Warnings), StringComparison.Ordinal);
        Assert.NotNull(none.Record(clock.GetUtcNow(), ["a"], complete: true));
        Assert.Equal(0, none.Of("a").Age.TotalSeconds);
    }

    [Fact]
    public void A_full_or_read_only_disk_costs_ages_and_keeps_the_ledger_that_was_there()
    {
        using SmallDisk disk = SmallDisk.MountOrSkip("64k");
        EngineOptions options = Options with { StateDirectory = disk.Path };
        Assert.Null(SightingLedger.Load(options, "process", "boot-1").Record(clock.GetUtcNow(), ["a"], complete: true));
        clock.Pass(10);
        string[] many = [.. Enumerable.Range(0, 2000).Select(i => $"finding-{i}")];
        Assert.Contains("cannot be written", SightingLedger.Load(options, "process", "boot-1").Record(clock.GetUtcNow(), many, complete: false), StringComparison.Ordinal);
        Assert.Equal(10, SightingLedger.Load(options, "process", "boot-1").Of("a").Age.TotalSeconds);
        disk.MakeReadOnly(true);
        SightingLedger readOnly = SightingLedger.Load(options, "process", "boot-1");
        Assert.Contains("cannot be written", readOnly.Record(clock.GetUtcNow(), ["a"], complete: true), StringComparison.Ordinal);
        Assert.Equal(10, readOnly.Of("a").Age.TotalSeconds);
    }

    [Fact]
    public void An_empty_scan_of_a_system_never_seen_writes_nothing()
    {
        Assert.Null(Load().Record(clock.GetUtcNow(), [], complete: true));
        Assert.False(Directory.Exists(Path.GetDirectoryName(FilePath)));
    }

    [Fact]
    public void It_is_bounded()
    {
        var small = new LedgerOptions { MaxEntries = 10, MaxSeries = 3, MaxSamples = 4 };
        SightingLedger ledger = SightingLedger.Load(Options, "process", "boot-1", small);
        Assert.Null(ledger.Record(clock.GetUtcNow(), [.. Enumerable.Range(0, 8).Select(i => $"old-{i}")], complete: false));
        clock.Pass(1);
        Assert.Null(ledger.Record(clock.GetUtcNow(), [.. Enumerable.Range(0, 8).Select(i => $"new-{i}"), new string('x', 5000)], complete: false));
        Assert.All(Enumerable.Range(0, 8), i => Assert.Equal(AgeSource.Ledger, ledger.Of($"new-{i}").From));
        Assert.Equal(2, Enumerable.Range(0, 8).Count(i => ledger.Of($"old-{i}").From == AgeSource.Ledger));

        for (int i = 0; i < 10; i++)
        {
            clock.Pass(60);
            ledger.Record(clock.GetUtcNow(), [], complete: false, [.. Enumerable.Range(0, 2).Select(s => At($"s{s + (i / 5 * 2)}", i * i))]);
        }

        Assert.NotNull(ledger.Rate("s3"));
        Assert.Equal(1, Enumerable.Range(0, 2).Count(i => ledger.Rate($"s{i}") is not null));
        // Only the last four samples, 36 to 81 in four minutes.
        Assert.Equal(((81 - 36) / 3.0) * 60, ledger.Rate("s3")!.Value, 3);
    }

    [Fact]
    public void The_rate_is_units_an_hour_and_unknown_from_too_little()
    {
        SightingLedger ledger = Load();
        Assert.Null(ledger.Rate("pids"));
        Take(10);
        Assert.Null(ledger.Rate("pids"));
        clock.Pass(5);
        Take(11);
        Assert.Null(ledger.Rate("pids"));
        clock.Pass(5);
        Take(12);
        Assert.Equal(720, ledger.Rate("pids")!.Value, 6);
        Assert.Equal(720, Load().Rate("pids")!.Value, 6);
        clock.SetWall(86400);
        clock.Pass(10);
        Take(14);
        Assert.Equal(720, ledger.Rate("pids")!.Value, 6);

        // Old samples do not weigh in, and those of another boot are not comparable.
        clock.Pass(7200);
        Take(0);
        Assert.Null(ledger.Rate("pids"));
        clock.Pass(60);
        Take(0);
        Assert.Equal(0, ledger.Rate("pids")!.Value);
        Assert.Null(Load("boot-2").Rate("pids"));

        void Take(long value) => Assert.Null(ledger.Record(clock.GetUtcNow(), [], complete: false, [At("pids", value)]));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("A")]
    [InlineData("a/b")]
    public void A_source_name_cannot_leave_the_directory(string name) =>
        Assert.Throws<ArgumentException>(() => SightingLedger.Load(Options, name, "boot-1"));

    private SightingLedger Load(string boot = "boot-1") => SightingLedger.Load(Options, "process", boot);

    private void See(params string[] ids) => Assert.Null(Load().Record(clock.GetUtcNow(), ids, complete: true));

    private double Age(string id) => Load().Of(id).Age.TotalSeconds;

    private Sample At(string series, long value) => new(series, clock.GetUtcNow(), Load().MonotonicNow, value);

    /// <summary>Two clocks that are moved by hand: one that can be set, one that only runs.</summary>
    private sealed class FakeClocks(DateTimeOffset start) : TimeProvider
    {
        private DateTimeOffset wall = start;
        private long ticks = 1_000_000_000;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => wall;

        public override long GetTimestamp() => Interlocked.Read(ref ticks);

        public void Pass(double seconds)
        {
            wall += TimeSpan.FromSeconds(seconds);
            ticks += (long)(seconds * TimeSpan.TicksPerSecond);
        }

        public void SetWall(double by) => wall += TimeSpan.FromSeconds(by);

        public void Reboot() => ticks = 0;
    }
}
