using Xunit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Core.Tests.Processes;

public sealed class CauseJudgeTests
{
    private const ulong SigChld = 0x10000;
    private static readonly ScanRequest Request = new() { MinAge = TimeSpan.FromMinutes(1) };

    private static readonly ParentFacts Parent = new()
    {
        Pid = 100,
        StartTime = 5,
        State = 'S',
        Command = "server",
        Threads = 1,
        SignalsCaught = 0,
        SignalsIgnored = 0,
        TracerPid = 0,
        Seccomp = 0,
        NamespacePids = [100],
        InOurPidNamespace = true,
    };

    private static readonly ZombieFacts Facts = new()
    {
        Target = new ProcessTarget { Pid = 4711, StartTime = 10, Command = "worker", State = "Z", ParentPid = 100, Threads = 1 },
        BootId = FakeProc.BootId,
        AllThreadsDead = true,
        ExitSignal = 17,
        Parent = Parent,
        TracerPid = 0,
        InOurPidNamespace = true,
        Sighting = new Sighting(FakeProc.Now, TimeSpan.FromMinutes(10), AgeSource.Ledger),
        ReadAt = FakeProc.Now,
    };

    private static readonly Sighting Young = new(FakeProc.Now, TimeSpan.FromSeconds(59), AgeSource.Ledger);
    private static readonly ParentFacts ForeignInit = Parent with { NamespacePids = [100, 1], InOurPidNamespace = false };

    /// <summary>What differs from an ordinary old zombie, the cause when it is old, and the cause when it is young.</summary>
    private static readonly (string Name, ZombieFacts Facts, string Old, string Young)[] CauseTable =
    [
        ("ordinary", Facts, ProcessCauses.ParentNotWaiting, ProcessCauses.TooYoung),
        ("stopped", Facts with { Parent = Parent with { State = 'T' } }, ProcessCauses.ParentStopped, ProcessCauses.ParentStopped),
        ("stopped by a tracer", Facts with { Parent = Parent with { State = 't' } }, ProcessCauses.ParentStopped, ProcessCauses.ParentStopped),
        ("traced", Facts with { TracerPid = 9 }, ProcessCauses.TracedByOther, ProcessCauses.TracedByOther),
        ("traced and the parent cannot be read", Facts with { TracerPid = 9, Parent = null }, ProcessCauses.TracedByOther, ProcessCauses.TracedByOther),
        ("traced by its parent", Facts with { TracerPid = 100 }, ProcessCauses.ParentNotWaiting, ProcessCauses.TooYoung),
        ("parent dead", Facts with { Parent = Parent with { State = 'Z' } }, ProcessCauses.ParentDead, ProcessCauses.ParentDead),
        ("parent asleep for good", Facts with { Parent = Parent with { State = 'D' } }, ProcessCauses.ParentUninterruptible, ProcessCauses.ParentUninterruptible),
        ("container's init", Facts with { Parent = ForeignInit }, ProcessCauses.InitNotReaping, ProcessCauses.TooYoung),
        ("pid 1 of the host", Facts with { Parent = Parent with { Pid = 1, NamespacePids = [1], SignalsCaught = SigChld } }, ProcessCauses.SigchldMissed, ProcessCauses.TooYoung),
        ("pid 1 seen from inside a container", Facts with { ScannerOnHost = false, Parent = Parent with { Pid = 1, NamespacePids = [1] } }, ProcessCauses.InitNotReaping, ProcessCauses.TooYoung),
        ("ignores", Facts with { Parent = Parent with { SignalsIgnored = SigChld } }, ProcessCauses.SigchldIgnoredTooLate, ProcessCauses.SigchldIgnoredTooLate),
        ("ignores and was made by clone", Facts with { ExitSignal = 0, Parent = Parent with { SignalsIgnored = SigChld } }, ProcessCauses.ParentNotWaiting, ProcessCauses.TooYoung),
        ("ignores and was made by clone with SIGUSR1", Facts with { ExitSignal = 10, Parent = Parent with { SignalsIgnored = SigChld } }, ProcessCauses.ParentNotWaiting, ProcessCauses.TooYoung),
        ("ignores and the exit signal was not read", Facts with { ExitSignal = null, Parent = Parent with { SignalsIgnored = SigChld } }, ProcessCauses.Unknown, ProcessCauses.Unknown),
        ("catches and was made by clone", Facts with { ExitSignal = 0, Parent = Parent with { SignalsCaught = SigChld } }, ProcessCauses.ParentNotWaiting, ProcessCauses.TooYoung),
        ("made by clone and the parent is stopped", Facts with { ExitSignal = 0, Parent = Parent with { State = 'T' } }, ProcessCauses.ParentStopped, ProcessCauses.ParentStopped),
        ("catches", Facts with { Parent = Parent with { SignalsCaught = SigChld } }, ProcessCauses.SigchldMissed, ProcessCauses.TooYoung),
        ("other signals only", Facts with { Parent = Parent with { SignalsCaught = ~SigChld, SignalsIgnored = 0x1000 } }, ProcessCauses.ParentNotWaiting, ProcessCauses.TooYoung),
        ("no parent", Facts with { Parent = null }, ProcessCauses.Unknown, ProcessCauses.Unknown),
        ("no masks", Facts with { Parent = Parent with { SignalsCaught = null, SignalsIgnored = null } }, ProcessCauses.Unknown, ProcessCauses.Unknown),
        // The order: what is more provable wins.
        ("stopped and traced", Facts with { TracerPid = 9, Parent = Parent with { State = 'T' } }, ProcessCauses.ParentStopped, ProcessCauses.ParentStopped),
        ("traced and parent dead", Facts with { TracerPid = 9, Parent = Parent with { State = 'Z' } }, ProcessCauses.TracedByOther, ProcessCauses.TracedByOther),
        ("dead and init", Facts with { Parent = ForeignInit with { State = 'Z' } }, ProcessCauses.ParentDead, ProcessCauses.ParentDead),
        ("init and ignores", Facts with { Parent = ForeignInit with { SignalsIgnored = SigChld } }, ProcessCauses.InitNotReaping, ProcessCauses.TooYoung),
        ("ignores and catches", Facts with { Parent = Parent with { SignalsIgnored = SigChld, SignalsCaught = SigChld } }, ProcessCauses.SigchldIgnoredTooLate, ProcessCauses.SigchldIgnoredTooLate),
    ];

    /// <summary>What differs, and verdict and reason when it is old.</summary>
    private static readonly (string Name, ZombieFacts Facts, Verdict Verdict, string Reason)[] VerdictTable =
    [
        ("ordinary", Facts, Verdict.Zombie, ProcessReasons.Abandoned),
        ("threads alive", Facts with { AllThreadsDead = false }, Verdict.Protected, ProcessReasons.LeaderExited),
        ("threads alive and nothing else known", Facts with { AllThreadsDead = false, Parent = null, BootId = "", InOurPidNamespace = null, TracerPid = null }, Verdict.Protected, ProcessReasons.LeaderExited),
        ("threads alive in a container", Facts with { AllThreadsDead = false, InOurPidNamespace = false }, Verdict.Protected, ProcessReasons.LeaderExited),
        ("threads unread", Facts with { AllThreadsDead = null }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("no boot id", Facts with { BootId = "" }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("no parent", Facts with { Parent = null }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("parent's state unread", Facts with { Parent = Parent with { State = null } }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("parent's start unread", Facts with { Parent = Parent with { StartTime = null } }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("parent's masks unread", Facts with { Parent = Parent with { SignalsCaught = null } }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("parent's ignored unread", Facts with { Parent = Parent with { SignalsIgnored = null } }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("parent's tracer unread", Facts with { Parent = Parent with { TracerPid = null } }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("parent's namespace unread", Facts with { Parent = Parent with { InOurPidNamespace = null } }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("tracer unread", Facts with { TracerPid = null }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("namespace unread", Facts with { InOurPidNamespace = null }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("owner unread", Facts with { OwnerSeen = false }, Verdict.Unknown, ProcessReasons.NotSeen),
        ("another namespace", Facts with { InOurPidNamespace = false }, Verdict.ReportOnly, ProcessReasons.OwnedElsewhere),
        ("parent in another namespace", Facts with { Parent = ForeignInit }, Verdict.ReportOnly, ProcessReasons.OwnedElsewhere),
        ("container", Facts with { Owner = [new OwnerLink { Kind = "Container", Name = "x" }] }, Verdict.ReportOnly, ProcessReasons.OwnedElsewhere),
        ("pod", Facts with { Owner = [new OwnerLink { Kind = "Pod", Name = "x" }] }, Verdict.ReportOnly, ProcessReasons.OwnedElsewhere),
        ("ECS task", Facts with { Owner = [new OwnerLink { Kind = "EcsTask", Name = "x" }] }, Verdict.ReportOnly, ProcessReasons.OwnedElsewhere),
        ("unit", Facts with { Owner = [new OwnerLink { Kind = "Unit", Name = "x.service" }] }, Verdict.Zombie, ProcessReasons.Abandoned),
        ("first seen now", Facts with { Sighting = new Sighting(FakeProc.Now, TimeSpan.Zero, AgeSource.FirstSight) }, Verdict.ReportOnly, ProcessReasons.TooYoung),
        ("a second too young", Facts with { Sighting = Young }, Verdict.ReportOnly, ProcessReasons.TooYoung),
        ("exactly old enough", Facts with { Sighting = Young with { Age = TimeSpan.FromMinutes(1) } }, Verdict.Zombie, ProcessReasons.Abandoned),
        ("young in a container", Facts with { Sighting = Young, InOurPidNamespace = false }, Verdict.ReportOnly, ProcessReasons.OwnedElsewhere),
        ("stopped parent, young", Facts with { Sighting = Young, Parent = Parent with { State = 'T' } }, Verdict.ReportOnly, ProcessReasons.TooYoung),
    ];

    public static TheoryData<string> CauseNames => [.. CauseTable.Select(row => row.Name)];

    public static TheoryData<string> VerdictNames => [.. VerdictTable.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(CauseNames))]
    public void The_cause_is_the_most_provable_one(string name)
    {
        (_, ZombieFacts facts, string old, string young) = CauseTable.Single(row => row.Name == name);
        Assert.Equal(old, CauseJudge.Judge(facts, Request).Cause);
        Assert.Equal(young, CauseJudge.Judge(facts with { Sighting = Young }, Request).Cause);
    }

    [Theory]
    [MemberData(nameof(VerdictNames))]
    public void The_verdict_follows_from_what_was_seen(string name)
    {
        (_, ZombieFacts facts, Verdict verdict, string reason) = VerdictTable.Single(row => row.Name == name);
        Judgement judgement = CauseJudge.Judge(facts, Request);
        Assert.Equal((verdict, reason), (judgement.Verdict, judgement.Reason));
        Assert.Equal(reason == ProcessReasons.LeaderExited ? ProcessKinds.LeaderExited : ProcessKinds.Zombie, judgement.Kind);
    }

    [Fact]
    public void Every_cause_and_every_reason_is_in_the_tables()
    {
        string[] causes = [.. CauseTable.SelectMany(row => new[] { row.Old, row.Young }).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(ProcessSource.Register.Causes.Select(cause => cause.Code).Order(StringComparer.Ordinal), causes);
        Assert.Equal(5, VerdictTable.Select(row => row.Reason).Distinct().Count());
    }

    [Fact]
    public void Nothing_that_is_unseen_is_ever_a_zombie_whatever_the_rest_says()
    {
        // Every combination of what can be null or false; only the one with all of it seen, dead and ours may be cleared.
        bool?[] maybe = [true, false, null];
        foreach (bool? dead in maybe)
        {
            foreach (bool? ours in maybe)
            {
                foreach (bool? parentOurs in maybe)
                {
                    foreach (bool owner in new[] { true, false })
                    {
                        ZombieFacts facts = Facts with
                        {
                            AllThreadsDead = dead,
                            InOurPidNamespace = ours,
                            OwnerSeen = owner,
                            Parent = Parent with { InOurPidNamespace = parentOurs },
                        };
                        bool clean = dead == true && ours == true && parentOurs == true && owner;
                        Assert.Equal(clean, CauseJudge.Judge(facts, Request).Verdict == Verdict.Zombie);
                    }
                }
            }
        }
    }

    [Fact]
    public void The_evidence_names_every_observed_thing_and_the_tracer()
    {
        ZombieFacts facts = Facts with { TracerPid = 9, TracerCommand = "gdb\u001b[31m", Observed = [new Evidence { Fact = "Threads", State = EvidenceState.Dead, Source = "/proc/4711/stat", Says = "x", At = FakeProc.Now }] };
        IReadOnlyList<Evidence> evidence = CauseJudge.Judge(facts, Request).Evidence;

        Assert.Equal(["State", "Threads", "Parent", "ParentState", "Sigchld", "Tracer", "Age"], evidence.Select(entry => entry.Fact));
        Assert.Contains("process 9 (gdb?[31m)", evidence.Single(entry => entry.Fact == "Tracer").Says, StringComparison.Ordinal);
        Evidence age = evidence.Single(entry => entry.Fact == "Age");
        Assert.Contains("age counts from first sight in the ledger, not from process start", age.Says, StringComparison.Ordinal);
        Assert.Contains("first seen 2026-01-02T03:04:05Z, 600 s ago", age.Says, StringComparison.Ordinal);
        Assert.All(evidence, entry => Assert.NotEmpty(entry.Source));
    }

    [Fact]
    public void An_exit_signal_other_than_sigchld_is_in_the_evidence()
    {
        IReadOnlyList<Evidence> evidence = CauseJudge.Judge(Facts with { ExitSignal = 10, Parent = Parent with { SignalsIgnored = SigChld } }, Request).Evidence;
        Assert.Contains("exit signal 10 and not SIGCHLD", evidence.Single(entry => entry.Fact == "ExitSignal").Says, StringComparison.Ordinal);
        Assert.DoesNotContain("began to after", evidence.Single(entry => entry.Fact == "Sigchld").Says, StringComparison.Ordinal);
        Assert.DoesNotContain(CauseJudge.Judge(Facts, Request).Evidence, entry => entry.Fact == "ExitSignal");
    }

    [Fact]
    public void What_could_not_be_read_is_in_the_evidence_as_unknown()
    {
        IReadOnlyList<Evidence> evidence = CauseJudge.Judge(Facts with { Parent = null, TracerPid = null, BootId = "" }, Request).Evidence;
        Assert.All(["Parent", "Tracer", "BootId"], fact => Assert.Equal(EvidenceState.Unknown, evidence.Single(entry => entry.Fact == fact).State));
    }
}
