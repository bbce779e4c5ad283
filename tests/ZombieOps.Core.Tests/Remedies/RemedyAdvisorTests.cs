using Xunit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Core.Tests.Remedies;

public sealed class RemedyAdvisorTests
{
    private static readonly EngineOptions Options = new() { ConfigDirectory = "/nonexistent/zombieops" };
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ParentFacts Parent = new()
    {
        Pid = 100,
        StartTime = 5,
        State = 'S',
        Command = "worker",
        Executable = "worker",
        Threads = 1,
        SignalsCaught = 0x10000,
        SignalsIgnored = 0,
        TracerPid = 0,
        Seccomp = 0,
        NamespacePids = [100],
        InOurPidNamespace = true,
        Unit = "web.service",
    };

    private static ZombieFacts Facts(ParentFacts? parent, IReadOnlyList<OwnerLink>? owner = null, double seconds = 3600, int tracer = 0) => new()
    {
        Target = new ProcessTarget { Pid = 200, StartTime = 9, Command = "job", State = "Z", ParentPid = 100 },
        BootId = "abc",
        AllThreadsDead = true,
        Parent = parent,
        TracerPid = tracer,
        TracerCommand = tracer == 0 ? null : "strace",
        InOurPidNamespace = true,
        Owner = owner ?? [],
        Sighting = new Sighting(Now, TimeSpan.FromSeconds(seconds), AgeSource.Ledger),
        ReadAt = Now,
    };

    private static IReadOnlyList<RemedyOffer> Offer(
        string cause, ParentFacts? parent = null, Verdict verdict = Verdict.Zombie, string reason = ProcessReasons.Abandoned,
        IReadOnlyList<OwnerLink>? owner = null, double seconds = 3600, int tracer = 0) =>
        RemedyAdvisor.Offer(Facts(parent ?? Parent, owner, seconds, tracer), cause, verdict, reason, Options, ProtectedNames.BuiltIn, null);

    [Theory]
    [InlineData(ProcessCauses.SigchldMissed, "Nudge Reap RestartUnit EndParent")]
    [InlineData(ProcessCauses.ParentNotWaiting, "Reap RestartUnit EndParent")]
    [InlineData(ProcessCauses.SigchldIgnoredTooLate, "Reap RestartUnit EndParent")]
    [InlineData(ProcessCauses.ParentDead, "RestartUnit EndParent")]
    [InlineData(ProcessCauses.ParentStopped, "Continue")]
    [InlineData(ProcessCauses.TracedByOther, "AskOwner")]
    [InlineData(ProcessCauses.ParentUninterruptible, "AskOwner")]
    [InlineData(ProcessCauses.InitNotReaping, "AskOwner")]
    [InlineData(ProcessCauses.TooYoung, "Wait")]
    [InlineData(ProcessCauses.Unknown, "")]
    public void Each_cause_has_the_remedies_that_fit_least_harmful_first(string cause, string expected)
    {
        IReadOnlyList<RemedyOffer> offers = Offer(cause, Parent with { State = cause == ProcessCauses.ParentStopped ? 'T' : 'S' });

        Assert.Equal(expected, string.Join(' ', offers.Select(offer => offer.Name)));
        Assert.All(offers, offer => Assert.Null(offer.RefusedBecause));
        Assert.All(offers, offer => Assert.Equal(offer.Name is not ("Wait" or "Nudge"), offer.MustBeNamed));
        Assert.All(offers, offer => Assert.Equal(offer.Name is not ("Wait" or "AskOwner"), offer.Actionable));
        string[] order = [.. RemedyCatalog.All.Select(remedy => remedy.Code)];
        Assert.Equal(offers.Select(offer => offer.Name).OrderBy(name => Array.IndexOf(order, name)), offers.Select(offer => offer.Name));
    }

    [Theory]
    [InlineData(Verdict.Unknown, ProcessReasons.NotSeen)]
    [InlineData(Verdict.Protected, ProcessReasons.LeaderExited)]
    [InlineData(Verdict.Zombie, ProcessReasons.LeaderExited)]
    public void Where_nothing_may_be_done_nothing_is_offered(Verdict verdict, string reason) =>
        Assert.Empty(Offer(ProcessCauses.ParentNotWaiting, verdict: verdict, reason: reason));

    [Fact]
    public void Without_a_unit_no_restart_is_offered()
    {
        Assert.DoesNotContain(Offer(ProcessCauses.ParentNotWaiting, Parent with { Unit = null }), offer => offer.Name == "RestartUnit");
        Assert.DoesNotContain(Offer(ProcessCauses.ParentNotWaiting, Parent with { Unit = "session-1.scope" }), offer => offer.Name == "RestartUnit");
    }

    [Fact]
    public void What_is_too_young_is_waited_for_whatever_the_cause() =>
        Assert.Equal(["Wait"], Offer(ProcessCauses.SigchldMissed, verdict: Verdict.ReportOnly, reason: ProcessReasons.TooYoung).Select(offer => offer.Name));

    public static TheoryData<string, string> Refused() => new()
    {
        { "init", "init" },
        { "other namespace", "another PID namespace" },
        { "namespace unknown", "could not be told" },
        { "traced", "traced by process 7" },
        { "seccomp", "seccomp" },
        { "seccomp unknown", "could not be read" },
        { "stopped", "stopped" },
        { "D", "uninterruptible" },
        { "Z", "first thread" },
        { "young", "59 s" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Reap_is_refused_as_preap_refuses(string what, string because)
    {
        ParentFacts parent = what switch
        {
            "init" => Parent with { Pid = 1 },
            "other namespace" => Parent with { InOurPidNamespace = false },
            "namespace unknown" => Parent with { InOurPidNamespace = null },
            "traced" => Parent with { TracerPid = 7 },
            "seccomp" => Parent with { Seccomp = 2 },
            "seccomp unknown" => Parent with { Seccomp = null },
            "stopped" => Parent with { State = 'T' },
            "D" => Parent with { State = 'D' },
            "Z" => Parent with { State = 'Z' },
            _ => Parent,
        };

        RemedyOffer reap = Offer(ProcessCauses.ParentNotWaiting, parent, seconds: what == "young" ? 59 : 60).Single(offer => offer.Name == "Reap");

        Assert.Contains(because, reap.RefusedBecause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 'S', "worker", "init of its PID namespace")]
    [InlineData(100, 'S', "sshd", "protected names")]
    [InlineData(100, 'T', "worker", "stopped")]
    [InlineData(100, 'Z', "worker", "dead itself")]
    public void The_end_of_some_parents_is_refused(int pid, char state, string command, string because)
    {
        RemedyOffer end = Offer(ProcessCauses.ParentDead, Parent with { Pid = pid, State = state, Command = command }).Single(offer => offer.Name == "EndParent");

        Assert.Contains(because, end.RefusedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_thread_is_never_ended_and_pid_2_alone_is_none()
    {
        Assert.Contains("kernel thread", Offer(ProcessCauses.ParentDead, Parent with { IsKernelThread = true }).Single(offer => offer.Name == "EndParent").RefusedBecause, StringComparison.Ordinal);
        Assert.Null(Offer(ProcessCauses.ParentDead, Parent with { Pid = 2 }).Single(offer => offer.Name == "EndParent").RefusedBecause);
    }

    [Fact]
    public void A_namespaces_init_is_never_ended() => Assert.Contains(
        "init",
        Offer(ProcessCauses.ParentNotWaiting, Parent with { NamespacePids = [100, 1] }).Single(offer => offer.Name == "EndParent").RefusedBecause,
        StringComparison.Ordinal);

    [Fact]
    public void The_unit_of_a_protected_process_is_not_restarted()
    {
        RemedyOffer restart = Offer(ProcessCauses.ParentNotWaiting, Parent with { Command = "postgres", Unit = "db.service" }).Single(offer => offer.Name == "RestartUnit");

        Assert.Contains("'postgres'", restart.RefusedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unreadable_list_refuses_what_it_decides_and_nothing_else()
    {
        string directory = Directory.CreateTempSubdirectory("zombieops-names-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(directory, ProtectedNames.FileName));

            EngineOptions options = Options with { ConfigDirectory = directory };
            (ProtectedNames names, string? problem) = RemedyAdvisor.Names(options);
            IReadOnlyList<RemedyOffer> offers = RemedyAdvisor.Offer(
                Facts(Parent), ProcessCauses.SigchldMissed, Verdict.Zombie, ProcessReasons.Abandoned, options, names, problem);

            Assert.Equal(["RestartUnit", "EndParent"], offers.Where(offer => offer.RefusedBecause is not null).Select(offer => offer.Name));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("Container", "0123", "docker", "docker restart 0123")]
    [InlineData("Container", "0123", "podman", "podman restart 0123")]
    [InlineData("Container", "0123", "containerd", "crictl stop 0123")]
    [InlineData("Container", "0123", "cri-o", "crictl stop 0123")]
    [InlineData("EcsTask", "77ab", null, "aws ecs stop-task --task 77ab --reason 'zombie processes'")]
    public void What_a_container_owns_is_advice_with_the_exact_command(string kind, string id, string? runtime, string command)
    {
        var link = new OwnerLink
        {
            Kind = kind,
            Name = id,
            Details = runtime is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["runtime"] = runtime },
        };

        RemedyOffer offer = Assert.Single(Offer(ProcessCauses.ParentNotWaiting, verdict: Verdict.ReportOnly, reason: ProcessReasons.OwnedElsewhere, owner: [link]));

        Assert.Equal(("AskOwner", false, command), (offer.Name, offer.Actionable, offer.Command));
    }

    [Fact]
    public void A_pod_is_deleted_by_name_where_that_is_known_and_found_by_its_uid_where_not()
    {
        var byUid = new OwnerLink { Kind = "Pod", Name = "1b2c-3d" };
        OwnerLink byName = byUid with { Details = new Dictionary<string, string> { ["namespace"] = "shop", ["podName"] = "web-0" } };
        var evil = new OwnerLink { Kind = "Pod", Name = "'; rm -rf /; '" };

        string? Command(OwnerLink link) => Offer(
            ProcessCauses.InitNotReaping, verdict: Verdict.ReportOnly, reason: ProcessReasons.OwnedElsewhere, owner: [new OwnerLink { Kind = "Container", Name = "c" }, link])[0].Command;

        Assert.Equal("kubectl delete pod -n shop web-0", Command(byName));
        Assert.Contains("select(.metadata.uid==\"1b2c-3d\")", Command(byUid), StringComparison.Ordinal);
        Assert.Null(Command(evil));
    }

    [Fact]
    public void A_tracer_is_named()
    {
        RemedyOffer offer = Assert.Single(Offer(ProcessCauses.TracedByOther, tracer: 4242));

        Assert.Contains("strace (4242)", offer.Does, StringComparison.Ordinal);
        Assert.Contains("4242", offer.Command, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web.service", "web.service")]
    [InlineData("a b", "'a b'")]
    [InlineData("a'b", "'a'\\''b'")]
    [InlineData("dev-disk\\x2dby.service", "'dev-disk\\x2dby.service'")]
    [InlineData("", "''")]
    public void A_word_for_a_shell_is_quoted(string word, string quoted) => Assert.Equal(quoted, Shell.Quote(word));
}
