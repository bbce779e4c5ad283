using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Core.Tests.Clearing;

public sealed class PlanTests : IDisposable
{
    private readonly EngineFixture fixture = new();

    private FakeWorld World => fixture.World;

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_plan_is_acted_on_exactly_and_what_is_not_in_it_is_said_and_left()
    {
        World.Add(1);
        Plan plan = await MakeAsync();
        World.Add(2);

        ClearReport report = await RunAsync(plan);

        Assert.Equal("process:boot-1:1:1", Assert.Single(World.Acts).Id);
        Assert.Single(report.Results);
        Assert.Contains(report.Warnings, warning => warning.Contains("not in the plan", StringComparison.Ordinal));
        Assert.Contains(plan.PlanId, fixture.AuditText());
    }

    [Fact]
    public async Task A_plan_runs_the_remedy_that_it_names_and_no_other()
    {
        World.Add(1, remedies: ["Nudge", "Reap"]);
        Plan plan = await MakeAsync();
        plan = plan with { Steps = [plan.Steps[0] with { Remedy = "Reap" }] };

        await RunAsync(plan);

        Assert.Equal("Reap", Assert.Single(World.Acts).Remedy);
    }

    [Fact]
    public async Task What_changed_since_the_plan_is_skipped_and_said()
    {
        Finding zombie = World.Add(1);
        Plan plan = await MakeAsync();
        World.Things[zombie.Id] = zombie with { Cause = "Other" };

        ClearReport report = await RunAsync(plan);

        Assert.Empty(World.Acts);
        Assert.Equal(ClearReasons.CauseChanged, Assert.Single(report.Results).Reason);
    }

    [Fact]
    public async Task A_plan_of_another_host_is_refused()
    {
        World.Add(1);
        Plan plan = await MakeAsync();

        await Refused(plan with { Scan = plan.Scan with { Host = "elsewhere" } }, ErrorIds.PlanFromAnotherHost);
    }

    [Fact]
    public async Task A_plan_of_another_boot_is_refused()
    {
        World.Add(1);
        Plan plan = await MakeAsync();

        await Refused(plan with { Scan = plan.Scan with { BootId = "boot-0" } }, ErrorIds.PlanFromAnotherBoot);
    }

    [Fact]
    public async Task A_plan_file_comes_back_as_it_was_written()
    {
        World.Add(1);
        Plan plan = await MakeAsync();
        string path = fixture.Directories.File("plan.json");

        PlanFile.Write(path, plan);

        Assert.Equal(ZombieJson.Write(plan), ZombieJson.Write(PlanFile.Read(path)));
        Assert.Empty(Directory.GetFiles(fixture.Directories, "*.tmp"));
    }

    [Theory]
    [InlineData("", ErrorIds.PlanUnreadable)]
    [InlineData("{", ErrorIds.PlanUnreadable)]
    [InlineData("[]", ErrorIds.PlanUnreadable)]
    [InlineData("null", ErrorIds.PlanUnreadable)]
    [InlineData("{}", ErrorIds.PlanUnreadable)]
    [InlineData("{\"schema\":7}", ErrorIds.PlanUnreadable)]
    [InlineData("{\"schema\":\"zombieops/99\"}", ErrorIds.PlanVersionUnknown)]
    [InlineData("{\"schema\":\"zombieops/1\"}", ErrorIds.PlanUnreadable)]
    [InlineData("{\"schema\":\"zombieops/1\",\"planId\":\"x\",\"createdBy\":\"x\",\"createdAt\":\"2026-01-01T00:00:00Z\",\"scan\":null,\"steps\":[]}", ErrorIds.PlanUnreadable)]
    public void What_is_no_plan_is_one_clear_error(string text, string errorId)
    {
        string path = fixture.Directories.File("plan.json");
        File.WriteAllText(path, text);

        ZombieOpsException e = Assert.Throws<ZombieOpsException>(() => PlanFile.Read(path));

        Assert.Equal((errorId, ExitCode.BadUsage), (e.ErrorId, e.ExitCode));
        Assert.Contains(path, e.Message);
    }

    [Fact]
    public void A_plan_that_is_not_there_is_one_clear_error() =>
        Assert.Equal(ErrorIds.PlanUnreadable, Assert.Throws<ZombieOpsException>(() => PlanFile.Read(fixture.Directories.File("none"))).ErrorId);

    [Fact]
    public async Task A_step_that_names_a_stranger_makes_the_plan_unreadable()
    {
        World.Add(1);
        Plan plan = await MakeAsync();
        string path = fixture.Directories.File("plan.json");
        PlanFile.Write(path, plan with { Steps = [new PlanStep("process:boot-1:99:99", "Reap")] });

        Assert.Equal(ErrorIds.PlanUnreadable, Assert.Throws<ZombieOpsException>(() => PlanFile.Read(path)).ErrorId);
    }

    [Fact]
    public async Task A_finding_that_is_in_it_twice_makes_the_plan_unreadable()
    {
        World.Add(1);
        Plan plan = await MakeAsync();
        string path = fixture.Directories.File("plan.json");
        PlanFile.Write(path, plan with { Scan = plan.Scan with { Findings = [.. plan.Scan.Findings, plan.Scan.Findings[0] with { Cause = "Other" }] } });

        ZombieOpsException e = Assert.Throws<ZombieOpsException>(() => PlanFile.Read(path));

        Assert.Equal(ErrorIds.PlanUnreadable, e.ErrorId);
        Assert.Contains("twice", e.Message);
    }

    [Fact]
    public async Task What_keeps_a_step_from_running_is_said_of_its_own_remedy()
    {
        Finding zombie = World.Add(1, remedies: ["Nudge", "Reap"]);
        Plan plan = await MakeAsync();
        plan = plan with { Steps = [new PlanStep(zombie.Id, "Reap")] };
        World.Things[zombie.Id] = zombie with { Remedies = [zombie.Remedies[0] with { RefusedBecause = "not now" }, zombie.Remedies[1] with { RefusedBecause = "too dangerous" }] };

        Assert.Contains("too dangerous", Assert.Single((await RunAsync(plan)).Results).Says);
    }

    private async Task<Plan> MakeAsync()
    {
        using ZombieEngine engine = fixture.Engine();
        return engine.MakePlan(await engine.ScanAsync(new ScanSettings()), new HashSet<string> { "Reap" });
    }

    private Task<ClearReport> RunAsync(Plan plan) => fixture.ClearAsync(EngineFixture.Request(), async engine => await engine.BeginAsync(plan, EngineFixture.Request()));

    private async Task Refused(Plan plan, string errorId)
    {
        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(() => RunAsync(plan));
        Assert.Equal((errorId, ExitCode.BadUsage), (e.ErrorId, e.ExitCode));
        Assert.Empty(World.Acts);
    }
}
