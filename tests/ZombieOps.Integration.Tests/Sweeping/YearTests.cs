using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.CrashRunner.Year;
using ZombieOps.Model;

namespace ZombieOps.Integration.Tests.Sweeping;

/// <summary>
/// A year of ticks of a policy, one every ten minutes by a made-up clock, on a made-up host and real files, killed at random on the way: memory and disk stay bounded, segments are
/// closed and archived, the chain verifies from its first record to its last, and no tick and no act is lost or doubled. <c>ZOMBIEOPS_YEAR=1</c> runs all 52,560 ticks with 1,000
/// kills, another number so many ticks; otherwise it is the two weeks around the change to summer time.
/// </summary>
public sealed partial class YearTests : IDisposable
{
    private const int SigKillExit = 128 + 9;
    private const int WholeYear = 52_560;
    private const int Months = 12;

    private readonly DirectoryInfo directory = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "zombieops-year-" + Guid.NewGuid().ToString("N")));

    private readonly List<string> errors = [];

    public void Dispose() => directory.Delete(recursive: true);

    private string State => Path.Combine(directory.FullName, "state");

    private string Live => Path.Combine(State, "audit");

    private string Archive => Path.Combine(directory.FullName, "archive");

    [Fact]
    public void No_tick_and_no_act_is_lost_or_doubled_in_a_year_with_kills_at_random_and_nothing_grows()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux");
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById(FakeYear.Zone, out _), "time zone data (tzdata)");
        int asked = int.TryParse(Environment.GetEnvironmentVariable("ZOMBIEOPS_YEAR"), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 2_000;
        int ticks = asked == 1 ? WholeYear : asked;
        // Some of them miss: the tick has no such step, or nothing to act on.
        int kills = Math.Max(42, (int)(ticks * 1_060L / WholeYear));
        var year = new FakeYear(ticks);
        var seen = new Seen(ticks);
        var random = new Random(20261124);
        int month = ticks / Months, tick = 0, killed = 0;
        Directory.CreateDirectory(Archive);
        for (int m = 0; m < Months; m++)
        {
            int end = m == Months - 1 ? ticks : (m + 1) * month;
            // The end of each month is left in peace, so that what one long-lived process needs can be compared.
            int calm = end - (month / 4), due = kills * (m + 1) / Months;
            while (tick < end)
            {
                bool kill = killed < due && tick < calm;
                int dieAt = kill ? Math.Min(calm - 1, tick + random.Next(1, Math.Max(2, 2 * (calm - tick) / (due - killed)))) : -1;
                // At any moment from outside, at any step of a tick, or at any point of an act.
                (int step, TimeSpan? after) = random.Next(3) switch
                {
                    0 => (0, TimeSpan.FromMilliseconds(random.NextDouble() * 6)),
                    1 => (random.Next(1, random.Next(2) == 0 ? 12 : 30), (TimeSpan?)null),
                    _ => (-random.Next(1, 4), null),
                };
                int last = Run(seen, ticks, tick, kill ? Math.Min(calm, dieAt + (step < 0 ? 150 : 8)) : end, dieAt, step, kill ? after : null, out bool died);
                killed += died ? 1 : 0;
                tick = last + 1;
            }

            Retain(seen, m);
        }

        string figures = Judge(seen, year, killed);
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        if (asked != 2_000)
        {
            Console.WriteLine(figures);
        }
    }

    /// <summary>Runs a process over ticks until it ends or is killed, and gives the last tick that it began.</summary>
    private int Run(Seen seen, int ticks, int from, int to, int dieAt, int step, TimeSpan? killAfter, out bool died)
    {
        string runner = Path.Combine(AppContext.BaseDirectory, "ZombieOps.CrashRunner.dll");
        string[] args = ["exec", runner, "year", directory.FullName, .. new[] { ticks, from, to, step != 0 ? dieAt : -1, step, ticks > 10_000 ? 262_144 : 32_768 }.Select(number => number.ToString(CultureInfo.InvariantCulture))];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableDiagnostics"] = "0", ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcServer"] = "0" },
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        int begun = from - 1;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            long[] values = [.. words.Skip(1).Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
            switch (words[0])
            {
                case "b":
                    begun = (int)values[0];
                    seen.Begun[begun]++;
                    if (killAfter is { } after && begun == dieAt)
                    {
                        long at = Stopwatch.GetTimestamp();
                        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(at) >= after);
                        process.Kill();
                    }

                    break;
                case "e":
                    seen.Ended[(int)values[0]]++;
                    seen.Cleared += (int)values[2];
                    seen.Recovered += (int)values[3];
                    break;
                case "m":
                    seen.Memory.Add(((int)values[0], values[1], values[2], (int)values[3]));
                    break;
                default:
                    errors.Add(line);
                    break;
            }
        }

        process.WaitForExit();
        died = process.ExitCode == SigKillExit;
        Assert.True(died || process.ExitCode == 0, error.Result);
        seen.Disk.Add(Directory.EnumerateFiles(State, "*", SearchOption.AllDirectories).Where(file => !file.StartsWith(Live, StringComparison.Ordinal) && !IsJournal(file)).Sum(file => new FileInfo(file).Length));
        return begun;
    }

    /// <summary>What docs/audit.md says under Retention: whole segments, the oldest first, all but the last, with an anchor.</summary>
    private void Retain(Seen seen, int month)
    {
        AuditVerification before = AuditVerifier.Verify(Live, seen.Anchor, TestContext.Current.CancellationToken);
        Assert.True(before.Ok, $"month {month}: {string.Join("; ", before.Faults)}");
        string[] segments = [.. Directory.GetFiles(Live, "audit-*.jsonl").Order(StringComparer.Ordinal)];
        seen.Segments += segments.Length - 1;
        if (segments.Length < 2)
        {
            return;
        }

        foreach (string segment in segments[..^1])
        {
            File.Move(segment, Path.Combine(Archive, Path.GetFileName(segment)));
        }

        // The hash of the record before the first one that stays is in that one, as "prev".
        string first = File.ReadLines(segments[^1]).First();
        long sequence = long.Parse(Path.GetFileNameWithoutExtension(segments[^1]).AsSpan("audit-".Length), CultureInfo.InvariantCulture);
        seen.Anchor = AuditAnchor.Parse(string.Create(CultureInfo.InvariantCulture, $"{sequence - 1}:{Prev().Match(first).Groups[1].Value}"));
        AuditVerification after = AuditVerifier.Verify(Live, seen.Anchor, TestContext.Current.CancellationToken);
        Assert.True(after.Ok, $"month {month}, archived: {string.Join("; ", after.Faults)}");
        Assert.Contains(AuditVerifier.Verify(Live, null, TestContext.Current.CancellationToken).Faults, fault => fault.Kind == AuditFaultKind.EarlierMissing);
    }

    private static bool IsJournal(string file) => Path.GetFileName(file).Contains(".ticks-", StringComparison.Ordinal);

    private string Judge(Seen seen, FakeYear year, int killed)
    {
        Assert.Empty(errors);

        // No tick is lost or doubled: each began once, and ended unless it was killed in its midst.
        Assert.All(seen.Begun, count => Assert.Equal(1, count));
        Assert.All(seen.Ended, count => Assert.InRange(count, 0, 1));
        int unfinished = seen.Ended.Count(count => count == 0);
        Assert.InRange(unfinished, killed / 2, killed);
        Assert.InRange(killed, Math.Max(20, (int)(seen.Begun.Length * 900L / WholeYear)), int.MaxValue);
        Dictionary<string, double> metrics = MetricsFile.Read(Path.Combine(State, "metrics/process.prom"));
        Assert.Equal(year.At(seen.Begun.Length - 1).ToUnixTimeSeconds(), metrics["zombieops_last_successful_scan_timestamp_seconds{source=\"process\"}"]);
        Assert.Equal(0, metrics["zombieops_open_intents{source=\"process\"}"]);

        // The archive and the live log are one chain, from the first record on.
        string whole = Directory.CreateDirectory(Path.Combine(directory.FullName, "whole")).FullName;
        foreach (string file in Directory.GetFiles(Archive).Concat(Directory.GetFiles(Live)))
        {
            File.Copy(file, Path.Combine(whole, Path.GetFileName(file)));
        }

        AuditVerification chain = AuditVerifier.Verify(whole, null, TestContext.Current.CancellationToken);
        Assert.True(chain.Ok, string.Join("; ", chain.Faults));
        Assert.Equal(1, chain.FirstSequence);
        Assert.InRange(seen.Segments, Months / 2, int.MaxValue);

        // Each intent has one outcome, each act one that says that it is gone, and no act was made outside of a window.
        List<AuditRecord> records = [.. AuditReader.Read(whole, cancel: TestContext.Current.CancellationToken)];
        ILookup<long, AuditRecord> outcomes = records.Where(record => record.Kind == AuditKind.Outcome).ToLookup(record => record.IntentSequence!.Value);
        AuditRecord[] intents = [.. records.Where(record => record.Kind == AuditKind.Intent)];
        Assert.All(intents, intent => Assert.Single(outcomes[intent.Sequence]));
        Assert.Equal(intents.Length, outcomes.Count);
        Assert.All(intents, intent => Assert.True(IsOpen(intent.At), $"record {intent.Sequence} at {intent.At:O}"));
        ILookup<string, AuditRecord> byZombie = intents.ToLookup(intent => intent.FindingId!);
        string[] gone = [.. Directory.GetDirectories(Path.Combine(directory.FullName, "gone")).Select(Path.GetFileName).OfType<string>()];
        string[] acted = [.. gone.Select(name => (Boot: name[..name.LastIndexOf('-')], Pid: name[(name.LastIndexOf('-') + 1)..])).Select(item => byZombie.Single(group => group.Key.StartsWith($"process:{item.Boot}:{item.Pid}:", StringComparison.Ordinal)).Key)];
        Assert.All(acted, id => Assert.Single(byZombie[id], intent => outcomes[intent.Sequence].Single().Result!.Outcome is ClearOutcome.Cleared or ClearOutcome.AlreadyGone));
        Assert.Equal(acted.Length, acted.Distinct().Count());
        Assert.InRange(acted.Length, seen.Begun.Length / 60, int.MaxValue);
        int recovered = intents.Count(intent => outcomes[intent.Sequence].Single().Why == "recovered by a later run");
        Assert.InRange(recovered, 1, killed);
        Assert.All(acted.Where(id => id.Contains(":900000:", StringComparison.Ordinal)), id => Assert.True(byZombie[id].Min(intent => intent.At) >= year.At(seen.Begun.Length / 2), id));

        // What the state directory holds beside the log is settled after the first month, and so is what a process needs.
        string[] files = [.. Directory.EnumerateFiles(State, "*", SearchOption.AllDirectories).Where(file => !file.StartsWith(Live, StringComparison.Ordinal) && !IsJournal(file)).Select(file => Path.GetRelativePath(State, file)).Order(StringComparer.Ordinal)];
        Assert.Equal(["ledger/process.json", "ledger/process.lock", "metrics/process.prom", "sweep/process.json", "sweep/process.lock"], files);

        // The journal of ticks has a file a month, and keeps fourteen.
        string[] journal = [.. Directory.EnumerateFiles(State, "*", SearchOption.AllDirectories).Where(IsJournal)];
        Assert.InRange(journal.Length, 1, 14);
        Assert.InRange(journal.Sum(file => new FileInfo(file).Length), 1, 400L * seen.Begun.Length);
        long firstDisk = seen.Disk[..(seen.Disk.Count / Months)].Max(), lastDisk = seen.Disk[^(seen.Disk.Count / Months)..].Max();
        Assert.InRange(seen.Disk.Max(), 1, 64 * 1024);
        (int Tick, long Heap, long Rss, int Lived)[] calm = [.. seen.Memory.Where(item => item.Lived >= seen.Begun.Length / Months / 5)];
        (long firstHeap, long lastHeap) = (calm[0].Heap, calm[^1].Heap);
        Assert.InRange(lastHeap, 1, (firstHeap * 3 / 2) + 1_000_000);
        return string.Create(CultureInfo.InvariantCulture, $"""
            {seen.Begun.Length} ticks, {killed} kills ({unfinished} in the midst of a tick), {acted.Length} acts, {intents.Length} intents, {recovered} closed by a later tick
            audit log: {chain.Records} records, {Directory.GetFiles(whole, "audit-*").Sum(file => new FileInfo(file).Length)} bytes in {Directory.GetFiles(whole, "audit-*").Length} segments, {Directory.GetFiles(whole, "torn-*").Length} torn lines; it verifies
            state without it: at most {firstDisk} bytes in month 1, {lastDisk} in month 12, {seen.Disk.Max()} ever; {files.Length} files
            heap after a collection: {firstHeap} bytes at the end of month 1, {lastHeap} at the end of month 12; resident {calm[0].Rss} and {calm[^1].Rss} (processes of {calm[0].Lived} and {calm[^1].Lived} ticks)
            """);
    }

    /// <summary>The windows of the policy, reckoned again: nights from Monday to Friday, and the weekend.</summary>
    private static bool IsOpen(DateTimeOffset at)
    {
        DateTime wall = TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(FakeYear.Zone)).DateTime;
        bool weekend = wall.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        bool night = wall.Hour >= 22 || (wall.Hour < 5 && wall.DayOfWeek != DayOfWeek.Monday);
        return weekend || night;
    }

    [GeneratedRegex("\"prev\":\"([0-9a-f]{64})\"")]
    private static partial Regex Prev();

    /// <summary>What was seen of the ticks from outside.</summary>
    private sealed class Seen(int ticks)
    {
        public int[] Begun { get; } = new int[ticks];

        public int[] Ended { get; } = new int[ticks];

        public int Cleared { get; set; }

        public int Recovered { get; set; }

        public int Segments { get; set; }

        public AuditAnchor? Anchor { get; set; }

        public List<long> Disk { get; } = [];

        public List<(int Tick, long Heap, long Rss, int Lived)> Memory { get; } = [];
    }
}
