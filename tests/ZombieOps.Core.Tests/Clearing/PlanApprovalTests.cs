using System.Globalization;
using System.Text;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Core.Tests.Search;
using ZombieOps.Core.Tests.Sweeping;
using ZombieOps.Model;

namespace ZombieOps.Core.Tests.Clearing;

/// <summary>A plan that alice makes, bob approves and whoever runs it; the real engine and audit log on a <see cref="FakeWorld"/>.</summary>
public sealed class PlanApprovalTests : IDisposable
{
    private readonly SweepFixture sweep = new();

    private EngineFixture Fixture => sweep.Engine;

    private FakeWorld World => Fixture.World;

    private FakeClock Clock => sweep.Clock;

    private string PlanPath => Fixture.Directories.File("plan.json");

    private string AuditDirectory => Fixture.Directories.File("state/audit");

    private static ClearRequest Required => EngineFixture.Request() with { RequireApproval = true };

    public void Dispose() => sweep.Dispose();

    [Fact]
    public async Task An_approved_plan_is_acted_on_and_every_record_of_the_run_names_the_approval()
    {
        PlanDocument plan = await PlanAsync("alice");
        AuditRecord approved = Approve(plan, "bob");

        ClearReport report = await ClearAsync(plan);

        Assert.Equal(ClearOutcome.Cleared, Assert.Single(report.Results).Outcome);
        List<AuditRecord> run = [.. Records().Where(record => record.RunId == report.RunId)];
        Assert.Equal([AuditKind.RunStarted, AuditKind.Intent, AuditKind.Outcome, AuditKind.RunEnded], run.Select(record => record.Kind));
        Assert.All(run, record => Assert.Equal((approved.Sequence, plan.Sha256, plan.Plan.PlanId), (record.Approval, record.PlanHash, record.PlanId)));
        Assert.Equal((AuditKind.Approved, plan.Sha256, "CHG-1", "bob"), (approved.Kind, approved.PlanHash, approved.Why, approved.Who!.User));
        Assert.Equal(Clock.Now.AddHours(24), approved.Expires);
        Assert.True(AuditVerifier.Verify(AuditDirectory).Ok);
    }

    [Fact]
    public async Task An_approval_is_good_for_another_run_until_it_expires_and_never_for_what_is_not_in_the_plan()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob");
        await ClearAsync(plan);
        World.Add(2);

        ClearReport again = await ClearAsync(plan);

        Assert.Equal(ClearOutcome.AlreadyGone, Assert.Single(again.Results).Outcome);
        Assert.Single(World.Acts);
        Assert.Contains("process:boot-1:2:2", World.Things.Keys);
    }

    [Fact]
    public async Task Without_an_approval_nothing_is_done()
    {
        PlanDocument plan = await PlanAsync("alice");
        await Refused(plan, ErrorIds.NotApproved);
        await Refused(plan, ErrorIds.NotApproved, dryRun: true);
    }

    [Theory]
    [InlineData("alice", null, null, "alice", null, null)]
    [InlineData("alice", null, null, "root", "alice", null)]
    [InlineData("root", "alice", null, "alice", null, null)]
    [InlineData("root", "alice", null, "root", "alice", null)]
    [InlineData("root", "alice", null, "root", "bob", "alice")]
    [InlineData("root", "bob", "alice", "root", "carol", "alice")]
    [InlineData("alice", null, null, "alice", "bob", null)]
    [InlineData("alice", null, null, "ALICE", null, null)]
    [InlineData("alice", null, null, "CORP\\alice", null, null)]
    [InlineData("alice@corp.example", null, null, "root", "alice", null)]
    [InlineData("4242", null, null, "root", "#4242", null)]
    [InlineData("4242", null, null, "root", null, "4242")]
    [InlineData("daemon", "alice", null, "daemon", "alice", null)]
    [InlineData("daemon", null, null, "daemon", null, null)]
    public async Task Nobody_approves_a_plan_of_their_own(string author, string? authorSudo, string? authorLogin, string user, string? sudo, string? login)
    {
        PlanDocument plan = await PlanAsync(author, authorSudo, authorLogin);

        ZombieOpsException e = Assert.Throws<ZombieOpsException>(() => Approve(plan, user, sudo, login));

        Assert.Equal((ErrorIds.SelfApproval, ExitCode.NotPermitted), (e.ErrorId, e.ExitCode));
        Assert.DoesNotContain(Records(), record => record.Kind == AuditKind.Approved);
    }

    [Theory]
    [InlineData("alice", null, null, "root", "bob", null)]
    [InlineData("root", "alice", null, "root", "bob", "bob")]
    [InlineData("daemon", "alice", null, "daemon", "bob", null)]
    [InlineData("root", null, null, "root", "bob", null)]
    [InlineData("daemon", null, null, "bob", null, null)]
    public async Task Another_person_may_approve_it_also_through_a_shared_account(string author, string? authorSudo, string? authorLogin, string user, string? sudo, string? login)
    {
        PlanDocument plan = await PlanAsync(author, authorSudo, authorLogin);
        Approve(plan, user, sudo, login);
        Assert.Single((await ClearAsync(plan)).Results, result => result.Outcome == ClearOutcome.Cleared);
    }

    [Theory]
    [InlineData("root", null, null)]
    [InlineData("root", "root", "root")]
    [InlineData("0", null, null)]
    [InlineData("daemon", null, null)]
    [InlineData("unknown", null, null)]
    public async Task An_approval_needs_a_person(string user, string? sudo, string? login)
    {
        PlanDocument plan = await PlanAsync("alice");
        Assert.Equal(ErrorIds.ApproverUnknown, Assert.Throws<ZombieOpsException>(() => Approve(plan, user, sudo, login)).ErrorId);
    }

    [Fact]
    public async Task An_author_who_writes_another_name_into_the_file_cannot_approve_it()
    {
        PlanDocument plan = await PlanAsync("alice");
        File.WriteAllText(PlanPath, File.ReadAllText(PlanPath).Replace("\"createdBy\": \"alice\"", "\"createdBy\": \"carol\"", StringComparison.Ordinal));
        PlanDocument forged = PlanFile.Load(PlanPath);
        Assert.NotEqual(plan.Sha256, forged.Sha256);

        Assert.Equal(ErrorIds.PlanUnrecorded, Assert.Throws<ZombieOpsException>(() => Approve(forged, "alice")).ErrorId);
        Assert.Equal(ErrorIds.PlanUnrecorded, Assert.Throws<ZombieOpsException>(() => Approve(forged, "bob")).ErrorId);
    }

    [Fact]
    public async Task A_file_with_one_changed_byte_is_not_the_one_that_was_approved()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob");
        byte[] bytes = File.ReadAllBytes(PlanPath);
        // A blank in place of the line end at the end: the same plan to every reader of JSON.
        bytes[^1] = (byte)' ';
        File.WriteAllBytes(PlanPath, bytes);

        ZombieOpsException e = await Refused(PlanFile.Load(PlanPath), ErrorIds.NotApproved);
        Assert.Contains("is not the one that was approved", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_becomes_of_the_file_after_it_was_read_changes_nothing_that_is_done()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob");
        PlanDocument read = PlanFile.Load(PlanPath);
        World.Add(2);
        World.OnScan = _ => File.WriteAllText(PlanPath, File.ReadAllText(PlanPath).Replace(":1:1", ":2:2", StringComparison.Ordinal));

        await ClearAsync(read);

        Assert.Equal("process:boot-1:1:1", Assert.Single(World.Acts).Id);
        World.OnScan = null;
        World.Acts.Clear();
        World.Add(1);
        Assert.Equal(ErrorIds.NotApproved, (await Assert.ThrowsAsync<ZombieOpsException>(() => ClearAsync(PlanFile.Load(PlanPath)))).ErrorId);
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task A_symbolic_link_is_as_good_as_what_it_pointed_to_when_it_was_read()
    {
        PlanDocument plan = await PlanAsync("alice");
        string link = Fixture.Directories.File("link.json");
        File.CreateSymbolicLink(link, PlanPath);
        Approve(PlanFile.Load(link), "bob");
        World.Add(2);
        string other = Fixture.Directories.File("other.json");
        await PlanAsync("alice", path: other);
        File.Delete(link);
        File.CreateSymbolicLink(link, other);

        await Refused(PlanFile.Load(link), ErrorIds.NotApproved);
        Assert.Single((await ClearAsync(PlanFile.Load(PlanPath))).Results, result => result.Outcome == ClearOutcome.Cleared);
        Assert.Equal(plan.Plan.PlanId, PlanFile.Load(PlanPath).Plan.PlanId);
    }

    [Fact]
    public void What_has_no_end_is_no_plan() =>
        Assert.Equal(ErrorIds.PlanUnreadable, Assert.Throws<ZombieOpsException>(() => PlanFile.Load("/dev/zero")).ErrorId);

    [Fact]
    public async Task An_approval_that_has_expired_is_none()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob", lasts: TimeSpan.FromHours(2));
        Clock.Now = Clock.Now.AddHours(2);
        await Refused(plan, ErrorIds.ApprovalExpired);

        Approve(plan, "bob");
        Assert.Single((await ClearAsync(plan)).Results, result => result.Outcome == ClearOutcome.Cleared);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_brings_no_approval_back()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob", lasts: TimeSpan.FromHours(2));
        Clock.Now = Clock.Now.AddHours(3);
        Append(new AuditRecord { Kind = AuditKind.Note, RunId = "other", Why = "time goes by" });
        Clock.Now = Clock.Now.AddHours(-2);
        await Refused(plan, ErrorIds.ApprovalExpired);
    }

    [Fact]
    public async Task An_approval_that_expires_in_the_middle_of_a_run_ends_it()
    {
        World.Add(2);
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob", lasts: TimeSpan.FromHours(1));
        World.OnAct = (world, finding, _) =>
        {
            world.Things.Remove(finding.Id);
            Clock.Now = Clock.Now.AddHours(1);
            return new ZombieOps.Sources.ActReport { Done = true, Says = "done" };
        };

        ClearReport report = await ClearAsync(plan);

        Assert.Single(World.Acts);
        Assert.Equal(ErrorIds.ApprovalExpired, report.StoppedBecause);
        Assert.Equal(ExitCode.FindingsLeft, ReportExit.Of(report));
    }

    [Fact]
    public async Task A_prompt_that_outlasts_the_approval_ends_in_nothing()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob", lasts: TimeSpan.FromHours(1));
        using ZombieEngine engine = Fixture.Engine();
        using ClearingRun run = await engine.BeginAsync(plan, Required, TestContext.Current.CancellationToken);
        ClearStep step = (await run.NextAsync(CancellationToken.None))!;
        Assert.Null(step.Result);
        Clock.Now = Clock.Now.AddHours(2);

        Assert.Equal(ClearOutcome.Skipped, (await run.ActAsync(step, CancellationToken.None)).Outcome);
        Assert.Empty(World.Acts);
    }

    [Theory]
    [InlineData("edited")]
    [InlineData("edited with a hash that fits")]
    [InlineData("cut off")]
    [InlineData("taken out")]
    [InlineData("put in with hashes that fit")]
    public async Task An_approval_that_was_tampered_with_is_none(string how)
    {
        PlanDocument plan = await PlanAsync("alice");
        string segment = Assert.Single(Directory.GetFiles(AuditDirectory, "audit-*.jsonl"));
        byte[] headBefore = File.ReadAllBytes(Path.Combine(AuditDirectory, "head"));
        Approve(plan, "bob", lasts: TimeSpan.FromHours(1));
        Append(new AuditRecord { Kind = AuditKind.Note, RunId = "other", Why = "more" });
        string text = File.ReadAllText(segment);
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string end = Clock.Now.AddHours(1).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        string later = Clock.Now.AddHours(9).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        Assert.Contains(end, lines[1], StringComparison.Ordinal);
        switch (how)
        {
            case "edited":
                lines[1] = lines[1].Replace(end, later, StringComparison.Ordinal);
                break;
            case "edited with a hash that fits":
                lines[1] = Sealed(lines[1].Replace(end, later, StringComparison.Ordinal));
                break;
            case "cut off":
                lines = [lines[0]];
                break;
            case "taken out":
                lines = [lines[0], lines[2]];
                break;
            default:
                // All hashes are right, and the file 'head' does not know of it.
                File.WriteAllBytes(Path.Combine(AuditDirectory, "head"), headBefore);
                lines = [lines[0], Sealed(lines[1].Replace(end, later, StringComparison.Ordinal))];
                break;
        }

        File.WriteAllText(segment, string.Concat(lines.Select(line => line + "\n")));
        Clock.Now = Clock.Now.AddMinutes(how.StartsWith("put in", StringComparison.Ordinal) ? 1 : 90);

        await Refused(plan, how.StartsWith("put in", StringComparison.Ordinal) ? ErrorIds.NotApproved : ErrorIds.AuditBroken);
    }

    [Fact]
    public async Task A_log_that_does_not_verify_takes_no_approval()
    {
        PlanDocument plan = await PlanAsync("alice");
        Append(new AuditRecord { Kind = AuditKind.Note, RunId = "other", Why = "one" });
        string segment = Assert.Single(Directory.GetFiles(AuditDirectory, "audit-*.jsonl"));
        string[] lines = File.ReadAllLines(segment);
        File.WriteAllText(segment, lines[0].Replace("alice", "carol", StringComparison.Ordinal) + "\n" + lines[1] + "\n");
        Assert.Equal(ErrorIds.AuditBroken, Assert.Throws<ZombieOpsException>(() => Approve(plan, "bob")).ErrorId);
    }

    [Fact]
    public async Task An_approval_in_the_log_of_another_host_is_none()
    {
        PlanDocument plan = await PlanAsync("alice");
        Fixture.Options = Fixture.Options with { Host = "elsewhere" };
        PlanDocument there = Write(plan.Plan with { Scan = plan.Plan.Scan with { Host = "elsewhere" } }, "alice");
        Approve(there, "bob");
        Fixture.Options = Fixture.Options with { Host = "testhost" };

        await Refused(plan, ErrorIds.NotApproved);
        Assert.Equal(ErrorIds.PlanFromAnotherHost, Assert.Throws<ZombieOpsException>(() => Approve(there, "bob")).ErrorId);

        // The very bytes, approved on another host whose log was brought here.
        Fixture.Options = Fixture.Options with { Host = "elsewhere", User = "bob" };
        Append(new AuditRecord { Kind = AuditKind.Approved, RunId = "x", PlanId = plan.Plan.PlanId, PlanHash = plan.Sha256, Why = "y", Expires = Clock.Now.AddHours(5) });
        Fixture.Options = Fixture.Options with { Host = "testhost" };
        ZombieOpsException e = await Refused(plan, ErrorIds.NotApproved);
        Assert.Contains("elsewhere", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_of_ones_own_approval_does_not_count_however_it_came_into_the_log()
    {
        PlanDocument plan = await PlanAsync("alice");
        Fixture.Options = Fixture.Options with { User = "root", SudoUser = "alice" };
        Append(new AuditRecord { Kind = AuditKind.Approved, RunId = "x", PlanId = plan.Plan.PlanId, PlanHash = plan.Sha256, Why = "y", Expires = Clock.Now.AddHours(5) });
        await Refused(plan, ErrorIds.SelfApproval);
    }

    [Fact]
    public async Task An_approval_in_another_state_directory_is_none()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob");
        Fixture.Options = Fixture.Options with { StateDirectory = Fixture.Directories.File("other") };
        await Refused(plan, ErrorIds.NotApproved);
    }

    [Fact]
    public async Task Records_that_were_archived_and_a_torn_end_say_nothing_against_an_approval()
    {
        Append([.. Enumerable.Range(0, 3).Select(i => new AuditRecord { Kind = AuditKind.Note, RunId = "old", Why = $"{i}" })]);
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob");
        string segment = Assert.Single(Directory.GetFiles(AuditDirectory, "audit-*.jsonl"));
        string[] lines = File.ReadAllLines(segment);
        File.WriteAllText(Path.Combine(AuditDirectory, "audit-000000000004.jsonl"), string.Concat(lines[3..].Select(line => line + "\n")) + "{\"schema\":\"zom");
        File.Delete(segment);

        Assert.Single((await ClearAsync(plan)).Results, result => result.Outcome == ClearOutcome.Cleared);
    }

    [Fact]
    public async Task A_dry_run_under_an_approval_writes_nothing()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob");
        SortedDictionary<string, long> before = sweep.Files();

        ClearReport report = await ClearAsync(plan, dryRun: true);

        Assert.Equal(ClearOutcome.WouldClear, Assert.Single(report.Results).Outcome);
        Assert.Equal(before, sweep.Files());
        Assert.Empty(World.Acts);
        PlanApprovals.Review(Fixture.Options, plan);
        Assert.Equal(before, sweep.Files());
    }

    [Fact]
    public async Task An_escalation_that_the_plan_does_not_hold_is_not_allowed_by_an_approval()
    {
        World.Things.Clear();
        World.Add(5, remedies: ["EndParent", "KillParent"]);
        PlanDocument plan = await PlanAsync("alice", allowed: ["EndParent"], add: false);
        Approve(plan, "bob");
        ClearRequest more = Required with { Allowed = new HashSet<string> { "EndParent", "KillParent" } };
        Assert.Empty(PlanApprovals.Use(Fixture.Options, plan.Plan, plan, more).Request.Allowed);
        // Without an approval the user's word is what counts.
        Assert.Equal(2, PlanApprovals.Use(Fixture.Options, plan.Plan, plan, more with { RequireApproval = false }).Request.Allowed.Count);
    }

    [Fact]
    public async Task What_is_no_file_cannot_be_approved_and_is_refused()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob");
        foreach (Func<ZombieEngine, ValueTask<ClearingRun>> begin in (Func<ZombieEngine, ValueTask<ClearingRun>>[])
            [engine => engine.BeginAsync(plan.Plan, Required), engine => engine.BeginAsync(Required), engine => engine.BeginAsync(plan.Plan.Scan.Findings, Required)])
        {
            using ZombieEngine engine = Fixture.Engine();
            Assert.Equal(ErrorIds.NotApproved, (await Assert.ThrowsAsync<ZombieOpsException>(async () => await begin(engine))).ErrorId);
        }

        SweepReport tick = await sweep.SweepAsync(new ZombieOps.Sweeping.SweepRequest { Clear = EngineFixture.Request("Reap") with { RequireApproval = true } });
        Assert.Equal(ErrorIds.NotApproved, Assert.Single(tick.Failures).ErrorId);
        Assert.Empty(World.Acts);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("  ", 1)]
    [InlineData("x", 0)]
    [InlineData("x", -5)]
    [InlineData("x", 721)]
    public async Task An_approval_without_a_reason_or_for_an_absurd_time_is_refused(string why, double hours)
    {
        PlanDocument plan = await PlanAsync("alice");
        Fixture.Options = Fixture.Options with { User = "bob" };
        Assert.Equal(ErrorIds.BadArgument, Assert.Throws<ZombieOpsException>(() => PlanApprovals.Approve(Fixture.Options, plan, why, TimeSpan.FromHours(hours))).ErrorId);
    }

    [Fact]
    public async Task A_plan_of_another_boot_and_an_empty_one_cannot_be_approved()
    {
        PlanDocument plan = await PlanAsync("alice");
        PlanDocument old = Write(plan.Plan with { Scan = plan.Plan.Scan with { BootId = "boot-0" } }, "alice");
        Assert.Equal(ErrorIds.PlanFromAnotherBoot, Assert.Throws<ZombieOpsException>(() => Approve(old, "bob")).ErrorId);
        PlanDocument empty = Write(plan.Plan with { Steps = [] }, "alice");
        Assert.Equal(ErrorIds.BadArgument, Assert.Throws<ZombieOpsException>(() => Approve(empty, "bob")).ErrorId);
    }

    [Fact]
    public async Task A_review_says_of_each_approval_whether_it_holds_and_why_not()
    {
        PlanDocument plan = await PlanAsync("alice");
        Approve(plan, "bob", lasts: TimeSpan.FromHours(1));
        Clock.Now = Clock.Now.AddHours(1);
        Approve(plan, "root", "carol");

        PlanReview review = PlanApprovals.Review(Fixture.Options, plan);

        Assert.Equal(("alice", null), (review.Author, review.LogProblem));
        Assert.Equal([("bob", false), ("root (sudo by carol)", true)], review.Approvals.Select(approval => (approval.By, approval.Holds)));
        Assert.Contains("expired", review.Approvals[0].Because, StringComparison.Ordinal);
    }

    [Fact]
    public void The_user_that_logged_in_is_read_from_procfs_and_nobody_is_nobody()
    {
        string proc = Fixture.Directories.File("proc");
        string file = Path.Combine(proc, "self/loginuid");
        Assert.Null(HostUsers.Login(proc));
        File.WriteAllText(file, "4294967295");
        Assert.Null(HostUsers.Login(proc));
        File.WriteAllText(file, "0");
        Assert.Equal("root", HostUsers.Login(proc));
        File.WriteAllText(file, "424242");
        Assert.Equal("424242", HostUsers.Login(proc));
        Assert.Equal(0u, HostUsers.Id("root"));
        Assert.Null(HostUsers.Id("no such user"));
    }

    private static string Sealed(string line)
    {
        string hashed = line[..line.LastIndexOf(",\"hash\":", StringComparison.Ordinal)];
        return $"{hashed},\"hash\":\"{AuditLine.Hash(Encoding.UTF8.GetBytes(hashed))}\"}}";
    }

    private async Task<PlanDocument> PlanAsync(string user, string? sudo = null, string? login = null, string? path = null, string[]? allowed = null, bool add = true)
    {
        Fixture.Options = Fixture.Options with { User = user, SudoUser = sudo, LoginUser = login };
        if (add && !World.Things.ContainsKey("process:boot-1:1:1"))
        {
            World.Add(1);
        }

        using ZombieEngine engine = Fixture.Engine();
        Plan plan = engine.MakePlan(await engine.ScanAsync(new ScanSettings { Remember = false }), (allowed ?? ["Reap"]).ToHashSet());
        PlanFile.Write(path ?? PlanPath, plan);
        PlanApprovals.Remember(Fixture.Options, plan);
        return PlanFile.Load(path ?? PlanPath);
    }

    private PlanDocument Write(Plan plan, string user)
    {
        Fixture.Options = Fixture.Options with { User = user, SudoUser = null, LoginUser = null };
        string path = Fixture.Directories.File($"{Guid.NewGuid():N}.json");
        PlanFile.Write(path, plan);
        PlanApprovals.Remember(Fixture.Options, plan);
        return PlanFile.Load(path);
    }

    private AuditRecord Approve(PlanDocument plan, string user, string? sudo = null, string? login = null, TimeSpan? lasts = null)
    {
        Fixture.Options = Fixture.Options with { User = user, SudoUser = sudo, LoginUser = login };
        return PlanApprovals.Approve(Fixture.Options, plan, "CHG-1", lasts ?? PlanApprovals.UsualTime);
    }

    private void Append(params AuditRecord[] records)
    {
        using var log = new AuditLog(Fixture.Options);
        log.Append(records);
    }

    private List<AuditRecord> Records() => Directory.Exists(AuditDirectory) ? [.. AuditReader.Read(AuditDirectory)] : [];

    private Task<ClearReport> ClearAsync(PlanDocument plan, bool dryRun = false) =>
        Fixture.ClearAsync(Required, async engine => await engine.BeginAsync(plan, Required with { DryRun = dryRun }));

    private async Task<ZombieOpsException> Refused(PlanDocument plan, string errorId, bool dryRun = false)
    {
        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(() => ClearAsync(plan, dryRun));
        Assert.Equal((errorId, ExitCode.NotPermitted), (e.ErrorId, e.ExitCode));
        Assert.Empty(World.Acts);
        Assert.Equal(0, World.ActuatorsOpened);
        return e;
    }
}
