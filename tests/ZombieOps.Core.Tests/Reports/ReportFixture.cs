using Xunit;
using System.Text;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Core.Tests.Search;
using ZombieOps.Model;
using ZombieOps.Reports;
using ZombieOps.Sources.Processes;
using ZombieOps.Sweeping;

namespace ZombieOps.Core.Tests.Reports;

/// <summary>A state directory with a real audit log and a real journal of ticks, written on a clock of its own.</summary>
internal sealed class ReportFixture : IDisposable
{
    public const string Policy = "policy night (/etc/zombieops/night.yaml, sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa): nobody is awake";

    private readonly TempDirectory directory = new();

    public ReportFixture()
    {
        Directory.CreateDirectory(directory.File("proc/sys/kernel/random"));
        File.WriteAllText(directory.File("proc/sys/kernel/random/boot_id"), "boot-1\n");
        Directory.CreateDirectory(directory.File("state/sweep"));
        Options = new EngineOptions
        {
            ProcRoot = directory.File("proc"),
            StateDirectory = directory.File("state"),
            ConfigDirectory = directory.File("config"),
            Host = "host-1",
            User = "root",
            SudoUser = "ada",
            Clock = Clock,
        };
    }

    public FakeClock Clock { get; } = new();

    public EngineOptions Options { get; set; }

    public string State => directory.File("state");

    public string Audit => directory.File("state/audit");

    /// <summary>The time that all of it begins at: a Tuesday.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public string FilePath(string name) => directory.File(name);

    public static Finding Zombie(int pid, string? command = null, string origin = "", string says = "its only thread is dead", string source = "/proc/4711/stat", string cause = "ParentNotWaiting") => new()
    {
        Id = $"process:boot-1:{pid}:{pid}",
        Source = "process",
        Kind = "ZombieProcess",
        Verdict = Verdict.Zombie,
        Reason = "Abandoned",
        Cause = cause,
        Target = new ProcessTarget { Pid = pid, StartTime = (ulong)pid, Command = command ?? $"worker{pid}", State = "Z", User = "alice" },
        Origin = origin.Length > 0 ? origin : $"process:boot-1:{pid}0:1",
        Owner = [new OwnerLink { Kind = "Parent", Name = command ?? "worker", Details = new Dictionary<string, string> { ["pid"] = "812" } }, new OwnerLink { Kind = "Unit", Name = "app.service" }],
        FirstSeen = Start.AddMinutes(-30),
        Age = TimeSpan.FromMinutes(30 + pid),
        AgeFrom = AgeSource.Ledger,
        Evidence = [new Evidence { Fact = "Threads", State = EvidenceState.Dead, Source = source, Says = says, At = Start }],
    };

    public AuditLog Log() => new(Options, bootId: "boot-1");

    public void Write(params AuditRecord[] records)
    {
        using AuditLog log = Log();
        log.Append(records);
    }

    /// <summary>One run with one act; without an outcome it stays open.</summary>
    /// <returns>Number of its intent.</returns>
    public long Act(Finding zombie, ClearOutcome? outcome = ClearOutcome.Cleared, string reason = ClearReasons.VerifiedGone, string says = "reaped, exit status 0", string why = Policy, string remedy = "Reap", long? undoes = null)
    {
        using AuditLog log = Log();
        string run = $"run-{zombie.Id}-{Clock.Now:HHmmss}";
        log.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = run, Why = why }]);
        AuditRecord intent = log.Append([new AuditRecord { Kind = AuditKind.Intent, RunId = run, Why = why, FindingId = zombie.Id, Remedy = remedy, Before = zombie, Undoes = undoes }])[0];
        Clock.Now += TimeSpan.FromSeconds(1);
        if (outcome is { } ended)
        {
            Outcome(log, run, intent.Sequence, zombie, ended, reason, says, remedy);
            log.Append([new AuditRecord { Kind = AuditKind.RunEnded, RunId = run, Why = $"1 {ended}" }]);
        }

        Clock.Now += TimeSpan.FromSeconds(1);
        return intent.Sequence;
    }

    public static AuditRecord Outcome(AuditLog log, string run, long intent, Finding zombie, ClearOutcome ended, string reason, string says, string remedy = "Reap") => log.Append(
    [
        new AuditRecord
        {
            Kind = AuditKind.Outcome, RunId = run, FindingId = zombie.Id, Remedy = remedy, IntentSequence = intent, After = ended == ClearOutcome.Failed ? zombie : null,
            Result = Result(zombie, ended, reason, says, remedy) with { AuditSequence = intent },
        },
    ])[0];

    public static ClearResult Result(Finding zombie, ClearOutcome ended, string reason, string says, string remedy = "Reap") => new()
    {
        FindingId = zombie.Id, Source = zombie.Source, Target = zombie.Target, Cause = zombie.Cause, Remedy = remedy, Outcome = ended, Reason = reason, Says = says, At = Start,
    };

    public void Tick(DateTimeOffset at, bool complete = true, string? name = null, int zombies = 0, string source = "process", params string[] matched) =>
        Assert.Null(new TickJournal(directory.File("state/sweep"), source).Append(
            new TickEntry { At = at, Name = name, Complete = complete, Scanned = 100, Zombies = zombies, Exit = complete ? 0 : 3, Matched = matched.Length == 0 ? null : matched }, null));

    /// <summary>Ticks every ten minutes.</summary>
    public void Ticks(DateTimeOffset from, DateTimeOffset to)
    {
        for (DateTimeOffset at = from; at < to; at += TimeSpan.FromMinutes(10))
        {
            Tick(at);
        }
    }

    public PeriodReport Report(string from = "-7d", string to = "now", Func<ReportRequest, ReportRequest>? with = null)
    {
        ReportRequest request = ReportRequest.For(from, to, Clock.Now);
        return ReportFile.Make(Options, with?.Invoke(request) ?? request, CancellationToken.None);
    }

    public string Text(ReportFormat format, string from = "-7d", string to = "now", int maxActs = 1000)
    {
        using var memory = new MemoryStream();
        ReportFile.Write(Options, ReportRequest.For(from, to, Clock.Now) with { MaxActs = maxActs }, format, memory);
        return Encoding.UTF8.GetString(memory.ToArray());
    }

    public void Dispose() => directory.Dispose();
}
