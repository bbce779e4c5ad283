using System.Text;
using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Core.Tests.Clearing;
using ZombieOps.Core.Tests.Search;
using ZombieOps.Core.Tests.Sweeping;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Tests.Audit.Forwarding;

namespace ZombieOps.Core.Tests.Policies;

public sealed class PolicyApprovalTests : IDisposable
{
    private readonly SweepFixture fixture = new();

    private FakeWorld World => fixture.World;

    private FakeClock Clock => fixture.Clock;

    private static string Text(string more = "", string allow = "[reap]", string source = "") => $"schema: zombieops-policy/1\n{more}sources:\n  - source: process\n    allow: {allow}\n    limits: {{watch: 0, verify-timeout: 30ms}}\n{source}";

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_policy_that_requires_an_approval_only_scans_without_a_plan_and_says_what_it_needs()
    {
        World.Add(7, remedies: "Nudge");
        PolicyReport report = await RunAsync(Text("require-approval: true\n"));
        Assert.Equal((1, "FindingsLeft"), (report.Exit, report.ExitReason));
        Assert.Contains("needs a plan that somebody else approves", report.Sources[0].OnlyScannedBecause, StringComparison.Ordinal);
        Assert.Empty(World.Acts);
        Assert.Equal(0, World.ActuatorsOpened);
        Assert.Equal(fixture.Seconds, fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]);
        Assert.Contains("ledger/process.json", fixture.Files().Keys);

        World.Things.Clear();
        Assert.Equal(0, (await RunAsync(Text("require-approval: true\n"))).Exit);
    }

    [Fact]
    public async Task With_an_approved_plan_it_does_what_is_in_it_and_nothing_else()
    {
        World.Add(7);
        PlanDocument plan = await PlanAsync();
        World.Add(8);
        PlanApprovals.Approve(fixture.Engine.Options with { User = "bob" }, plan, "CHG-7", TimeSpan.FromHours(1));

        PolicyReport report = await RunAsync(Text("require-approval: true\n"), new PolicyRequest { Plan = plan });

        Assert.Equal([("process:boot-1:7:7", "Reap")], World.Acts);
        Assert.Equal((1, "FindingsLeft"), (report.Exit, report.ExitReason));
        Assert.Contains(report.Sources[0].Sweep!.Warnings, warning => warning.Contains("not in the plan", StringComparison.Ordinal));
        Assert.Contains("\"approval\":2", fixture.Engine.AuditText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("require-approval: true\n", false)]
    [InlineData("", true)]
    public async Task A_plan_that_nobody_approved_is_refused_and_the_scan_is_made_all_the_same(string key, bool asked)
    {
        World.Add(7);
        PlanDocument plan = await PlanAsync();
        PolicyReport report = await RunAsync(Text(key), new PolicyRequest { Plan = plan, RequireApproval = asked });
        Assert.Equal((5, ErrorIds.NotApproved), (report.Exit, report.ExitReason));
        Assert.Empty(World.Acts);
        Assert.Single(report.Sources[0].Sweep!.Scan!.Findings);
        Assert.Equal(fixture.Seconds, fixture.Metrics()["zombieops_last_successful_scan_timestamp_seconds"]);
    }

    [Fact]
    public async Task A_plan_goes_no_further_than_the_policy_allows()
    {
        World.Add(7);
        World.Add(8, remedies: "EndParent");
        PlanDocument plan = await PlanAsync("Reap", "EndParent");
        PlanApprovals.Approve(fixture.Engine.Options with { User = "bob" }, plan, "CHG-7", TimeSpan.FromHours(1));
        PolicyReport report = await RunAsync(Text("require-approval: true\n"), new PolicyRequest { Plan = plan });
        Assert.Equal([("process:boot-1:7:7", "Reap")], World.Acts);
        Assert.Contains(report.Sources[0].Sweep!.Warnings, warning => warning.Contains("'end-parent' is not allowed here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_policy_does_not_mean_is_left_alone_also_where_a_plan_holds_it()
    {
        World.Add(7, cause: "Other");
        PlanDocument plan = await PlanAsync();
        PolicyReport report = await RunAsync(Text().Replace("    allow", "    where: {command: [nothing]}\n    allow", StringComparison.Ordinal), new PolicyRequest { Plan = plan });
        Assert.Empty(World.Acts);
        Assert.Contains(report.Sources[0].Sweep!.Warnings, warning => warning.Contains("not among what is meant", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_plan_without_an_approval_is_enough_where_none_is_required()
    {
        World.Add(7);
        PlanDocument plan = await PlanAsync();
        World.Add(8);
        await RunAsync(Text(), new PolicyRequest { Plan = plan });
        Assert.Equal([("process:boot-1:7:7", "Reap")], World.Acts);
        Assert.DoesNotContain("\"approval\":", fixture.Engine.AuditText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_of_a_source_that_the_policy_has_not_or_has_twice_is_refused()
    {
        World.Add(7);
        PlanDocument plan = await PlanAsync();
        const string Second = "  - source: process\n    name: again\n    state: other\n";
        Assert.Equal(ErrorIds.BadArgument, (await Assert.ThrowsAsync<ZombieOpsException>(() => RunAsync(Text(source: Second), new PolicyRequest { Plan = plan }))).ErrorId);
        const string Other = "schema: zombieops-policy/1\nsources: [{source: search, options: {url: 'http://127.0.0.1:1'}}]\n";
        Assert.Equal(ErrorIds.BadArgument, (await Assert.ThrowsAsync<ZombieOpsException>(() => RunAsync(Other, new PolicyRequest { Plan = plan }))).ErrorId);
    }

    [Fact]
    public async Task A_dry_run_with_an_approved_plan_writes_and_forwards_nothing()
    {
        World.Add(7);
        PlanDocument plan = await PlanAsync();
        PlanApprovals.Approve(fixture.Engine.Options with { User = "bob" }, plan, "CHG-7", TimeSpan.FromHours(1));
        SortedDictionary<string, long> before = fixture.Files();
        PolicyReport report = await RunAsync(Text("require-approval: true\nforward: journald\n"), new PolicyRequest { Plan = plan, DryRun = true });
        Assert.Equal(ClearOutcome.WouldClear, Assert.Single(report.Sources[0].Sweep!.Clear!.Results).Outcome);
        Assert.Empty(report.Failures);
        Assert.Equal(before, fixture.Files());
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task A_run_forwards_at_its_end_and_the_next_one_only_what_is_new()
    {
        using var journal = new FakeReceiver(fixture.Engine.Directories.File("journal"));
        using var syslog = new FakeReceiver(fixture.Engine.Directories.File("log"));
        fixture.Engine.Options = fixture.Engine.Options with { JournalSocket = journal.Path, SyslogSocket = syslog.Path };
        World.Add(7);
        PolicyReport report = await RunAsync(Text("forward: [journald, syslog]\n"));
        Assert.Equal(0, report.Exit);
        Assert.Equal(4, (await journal.TakeAsync(4)).Count);
        Assert.Contains("cleared: reap", (await syslog.TakeAsync(4))[2], StringComparison.Ordinal);

        World.Add(8);
        await RunAsync(Text("forward: [journald, syslog]\n"));
        Assert.Equal(8, (await journal.TakeAsync(8)).Count);
    }

    [Fact]
    public async Task A_receiver_that_is_away_fails_the_run_by_its_own_id_and_loses_nothing()
    {
        string path = fixture.Engine.Directories.File("journal");
        fixture.Engine.Options = fixture.Engine.Options with { JournalSocket = path };
        World.Add(7);
        PolicyReport report = await RunAsync(Text("forward: journald\n"));
        Assert.Equal((3, ErrorIds.ForwardFailed), (report.Exit, report.ExitReason));
        Assert.Single(World.Acts);
        Assert.Equal(ClearOutcome.Cleared, Assert.Single(report.Sources[0].Sweep!.Clear!.Results).Outcome);

        using var journal = new FakeReceiver(path);
        Assert.Equal(0, (await RunAsync(Text("forward: journald\n"))).Exit);
        Assert.Equal(4, (await journal.TakeAsync(4)).Count);
    }

    [Theory]
    [InlineData("require-approval: \"true\"\n", "neither true nor false")]
    [InlineData("require-approval: yes\n", "neither true nor false")]
    [InlineData("require-approval: 1\n", "neither true nor false")]
    [InlineData("forward: splunk\n", "nothing can be forwarded to 'splunk'")]
    [InlineData("forward: [journald, journald]\n", "there twice")]
    [InlineData("forward: []\n", "empty list")]
    public void A_key_that_cannot_be_read_is_an_error_and_the_policy_is_refused(string key, string says)
    {
        PolicyReading reading = Parse(Text(key));
        Assert.Null(reading.Policy);
        Assert.Contains(reading.Faults, fault => fault.Says.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_the_keys_nothing_is_required_and_nothing_forwarded()
    {
        Policy policy = Parse(Text()).Require();
        Assert.False(policy.RequireApproval);
        Assert.Empty(policy.Forward);
        Assert.False(Parse(Text("require-approval: false\n")).Require().RequireApproval);
    }

    private PolicyReading Parse(string yaml) => PolicyReader.Parse(Encoding.UTF8.GetBytes(yaml), fixture.Engine.Directories.File("policy.yaml"), Clock.Now);

    private async Task<PolicyReport> RunAsync(string yaml, PolicyRequest? request = null) =>
        await new PolicyRunner(Parse(yaml).Require(), fixture.Engine.Options, (options, source) => new ZombieEngine(options, World)).RunAsync(request ?? new PolicyRequest());

    private async Task<PlanDocument> PlanAsync(params string[] allowed)
    {
        using ZombieEngine engine = fixture.Engine.Engine();
        Plan plan = engine.MakePlan(await engine.ScanAsync(new ScanSettings { Remember = false }), (allowed.Length == 0 ? ["Reap"] : allowed).ToHashSet());
        string path = fixture.Engine.Directories.File("plan.json");
        PlanFile.Write(path, plan);
        PlanApprovals.Remember(fixture.Engine.Options, plan);
        return PlanFile.Load(path);
    }
}
