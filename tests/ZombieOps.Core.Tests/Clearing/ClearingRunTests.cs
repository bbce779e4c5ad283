using Xunit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Core.Tests.Clearing;

public sealed class ClearingRunTests : IDisposable
{
    private readonly EngineFixture fixture = new();

    private FakeWorld World => fixture.World;

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_zombie_is_cleared_with_an_intent_before_and_an_outcome_after()
    {
        Finding zombie = World.Add(7);
        string auditAtAct = "";
        World.OnAct = (world, finding, _) =>
        {
            auditAtAct = fixture.AuditText();
            world.Things.Remove(finding.Id);
            return new ActReport { Done = true, Says = "acted" };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Equal(ClearOutcome.Cleared, Assert.Single(report.Results).Outcome);
        Assert.Contains("\"kind\":\"Intent\"", auditAtAct);
        Assert.Contains(zombie.Id, auditAtAct);
        Assert.DoesNotContain("\"kind\":\"Outcome\"", auditAtAct);
        Assert.Contains("\"kind\":\"Outcome\"", fixture.AuditText());
        Assert.Equal(ExitCode.Clean, ReportExit.Of(report));
    }

    [Theory]
    [InlineData(Verdict.Unknown)]
    [InlineData(Verdict.Protected)]
    [InlineData(Verdict.ReportOnly)]
    public async Task What_is_no_zombie_is_never_acted_on_whatever_is_allowed(Verdict verdict)
    {
        World.Add(7, verdict: verdict, remedies: ["Nudge", "Reap", "EndParent"]);

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap", "EndParent", "KillParent", "Nudge"));

        Assert.Empty(World.Acts);
        Assert.Equal(ClearReasons.NotAZombie, Assert.Single(report.Results).Reason);
        Assert.NotEqual(ExitCode.Clean, ReportExit.Of(report));
    }

    [Fact]
    public async Task The_verdict_is_judged_again_right_before_the_act()
    {
        Finding zombie = World.Add(7);
        World.OnRecheck = (world, finding) => world.Things[finding.Id] = zombie with { Verdict = Verdict.Protected, Reason = "LiveDrain" };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Empty(World.Acts);
        Assert.Equal(ClearOutcome.Skipped, Assert.Single(report.Results).Outcome);
        Assert.DoesNotContain("\"kind\":\"Intent\"", fixture.AuditText());
    }

    [Fact]
    public async Task What_changed_while_the_prompt_stood_is_not_acted_on()
    {
        Finding zombie = World.Add(7);
        using ZombieEngine engine = fixture.Engine();
        using ClearingRun run = await engine.BeginAsync(EngineFixture.Request("Reap"));
        ClearStep step = (await run.NextAsync(default))!;
        World.Things[zombie.Id] = zombie with { Verdict = Verdict.Protected, Reason = "LiveDrain" };

        ClearResult result = await run.ActAsync(step, default);

        Assert.Empty(World.Acts);
        Assert.Equal(ClearReasons.NotAZombie, result.Reason);
    }

    [Fact]
    public async Task Another_cause_than_the_one_decided_on_is_skipped_and_said()
    {
        Finding zombie = World.Add(7);
        using ZombieEngine engine = fixture.Engine();
        World.Things[zombie.Id] = zombie with { Cause = "Other" };
        using ClearingRun run = await engine.BeginAsync([zombie], EngineFixture.Request("Reap"));

        ClearReport report = await EngineFixture.Drive(run);

        Assert.Empty(World.Acts);
        ClearResult result = Assert.Single(report.Results);
        Assert.Equal(ClearReasons.CauseChanged, result.Reason);
        Assert.Contains("Other", result.Says);
    }

    [Fact]
    public async Task A_guard_that_cannot_see_does_not_act()
    {
        World.Add(7);
        World.Blind = true;

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Empty(World.Acts);
        Assert.Equal(ClearReasons.GuardFailed, Assert.Single(report.Results).Reason);
    }

    [Fact]
    public async Task An_act_that_reports_success_and_leaves_it_there_is_a_failure()
    {
        World.Add(7);
        World.OnAct = (_, _, _) => new ActReport { Done = true, Says = "signal sent" };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        ClearResult result = Assert.Single(report.Results);
        Assert.Equal((ClearOutcome.Failed, ClearReasons.StillThere), (result.Outcome, result.Reason));
        Assert.Equal(ExitCode.FindingsLeft, ReportExit.Of(report));
    }

    [Fact]
    public async Task An_act_whose_effect_cannot_be_seen_is_not_called_cleared()
    {
        World.Add(7);
        World.OnAct = (world, _, _) =>
        {
            world.Blind = true;
            return new ActReport { Done = true, Says = "acted" };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Equal((ClearOutcome.Failed, ClearReasons.NotVerified), (report.Results[0].Outcome, report.Results[0].Reason));
    }

    [Theory]
    [InlineData("Refused", false, ClearOutcome.AlreadyGone, true)]
    [InlineData("TimedOut", false, ClearOutcome.Cleared, true)]
    [InlineData("TimedOut", true, ClearOutcome.Failed, false)]
    public async Task What_is_gone_after_an_act_that_was_asked_for_was_not_gone_before(string reason, bool unfinished, ClearOutcome expected, bool closed)
    {
        Finding zombie = World.Add(7);
        World.OnAct = (world, _, _) =>
        {
            world.Things.Remove(zombie.Id);
            return new ActReport { Done = false, Reason = reason, Unfinished = unfinished, Says = "said" };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Equal(expected, Assert.Single(report.Results).Outcome);
        Assert.Equal(closed, fixture.AuditText().Contains("\"kind\":\"Outcome\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_actuator_that_throws_leaves_an_outcome_in_the_log()
    {
        World.Add(7);
        World.OnAct = (_, _, _) => throw new InvalidOperationException("boom");

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Equal(ClearOutcome.Failed, Assert.Single(report.Results).Outcome);
        Assert.Contains("boom", report.Results[0].Says);
        Assert.Contains("\"kind\":\"Outcome\"", fixture.AuditText());
    }

    [Fact]
    public async Task A_remedy_that_must_be_named_does_not_run_unnamed()
    {
        World.Add(7);

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request());

        Assert.Empty(World.Acts);
        Assert.Equal(ClearReasons.NoAllowedRemedy, Assert.Single(report.Results).Reason);
        Assert.Contains("'reap'", report.Results[0].Says);
    }

    [Fact]
    public async Task Remedies_are_climbed_least_harmful_first_until_one_helps()
    {
        World.Add(7, remedies: ["Nudge", "Reap", "EndParent"]);
        World.OnAct = (world, finding, remedy) =>
        {
            if (remedy == "Reap")
            {
                world.Things.Remove(finding.Id);
            }

            return new ActReport { Done = true, Says = remedy };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap", "EndParent"));

        Assert.Equal(["Nudge", "Reap"], World.Acts.Select(act => act.Remedy));
        Assert.Equal((ClearOutcome.Cleared, "Reap"), (report.Results[0].Outcome, report.Results[0].Remedy));
    }

    [Theory]
    [InlineData("NoSuchThing")]
    [InlineData("KillParent")]
    public async Task Unknown_remedies_and_bare_escalations_are_bad_usage(string name)
    {
        World.Add(7);

        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ClearAsync(EngineFixture.Request(name)));

        Assert.Equal((ErrorIds.BadArgument, ExitCode.BadUsage), (e.ErrorId, e.ExitCode));
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task More_than_the_maximum_count_clears_nothing()
    {
        World.Add(1);
        World.Add(2);
        ClearRequest request = EngineFixture.Request("Reap") with { Limits = new ClearLimits { MaxCount = 1 } };

        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ClearAsync(request));

        Assert.Equal((ErrorIds.LimitCrossed, ExitCode.LimitCrossed), (e.ErrorId, e.ExitCode));
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task More_than_the_maximum_share_clears_nothing()
    {
        World.Scanned = 10;
        World.Add(1);
        World.Add(2);
        ClearRequest request = EngineFixture.Request("Reap") with { Limits = new ClearLimits { MaxShare = 0.19 } };

        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ClearAsync(request));

        Assert.Equal(ErrorIds.LimitCrossed, e.ErrorId);
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task A_stop_file_clears_nothing()
    {
        World.Add(7);
        Directory.CreateDirectory(fixture.Options.ConfigDirectory);
        File.WriteAllText(fixture.Options.StopFilePath, "");

        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ClearAsync(EngineFixture.Request("Reap")));

        Assert.Equal((ErrorIds.StopFilePresent, ExitCode.LimitCrossed), (e.ErrorId, e.ExitCode));
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task A_stop_file_does_not_keep_a_dry_run_from_telling()
    {
        World.Add(7);
        Directory.CreateDirectory(fixture.Options.ConfigDirectory);
        File.WriteAllText(fixture.Options.StopFilePath, "");

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap") with { DryRun = true });

        Assert.Equal(ClearOutcome.WouldClear, Assert.Single(report.Results).Outcome);
    }

    [Fact]
    public async Task A_stop_file_that_appears_in_the_middle_stops_the_rest()
    {
        World.Add(1);
        World.Add(2);
        World.OnAct = (world, finding, _) =>
        {
            world.Things.Remove(finding.Id);
            Directory.CreateDirectory(fixture.Options.ConfigDirectory);
            File.WriteAllText(fixture.Options.StopFilePath, "");
            return new ActReport { Done = true, Says = "acted" };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Single(World.Acts);
        Assert.Equal(ErrorIds.StopFilePresent, report.StoppedBecause);
        Assert.Equal(ClearReasons.RunStopped, report.Results[1].Reason);
        Assert.Equal(ExitCode.LimitCrossed, ReportExit.Of(report));
    }

    [Theory]
    [InlineData(true, ClearOutcome.Cleared)]
    [InlineData(false, ClearOutcome.AlreadyGone)]
    public async Task What_goes_by_itself_after_a_refused_act_was_not_cleared(bool done, ClearOutcome expected)
    {
        Finding zombie = World.Add(7, remedies: ["Reap", "EndParent"]);
        int looks = 0;
        World.OnAct = (_, _, _) => new ActReport { Done = done, Reason = done ? null : "Refused", Says = "said" };
        // The guard of the run, the guard of the act and the look after it still see it; the guard of the next remedy does not.
        World.OnRecheck = (world, _) =>
        {
            if (World.Acts.Count > 0 && ++looks > 1)
            {
                world.Things.Remove(zombie.Id);
            }
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap", "EndParent") with { Limits = new ClearLimits { VerifyTimeout = TimeSpan.Zero, Watch = TimeSpan.Zero } });

        Assert.Equal([(zombie.Id, "Reap")], World.Acts);
        Assert.Equal(expected, Assert.Single(report.Results).Outcome);
    }

    [Fact]
    public async Task A_canary_that_fails_stops_the_rest()
    {
        World.Add(1);
        World.Add(2);
        World.OnAct = (_, _, _) => new ActReport { Done = true, Says = "no effect" };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Single(World.Acts);
        Assert.Equal(ErrorIds.CanaryFailed, report.StoppedBecause);
        Assert.Equal(2, report.Results.Count);
    }

    [Fact]
    public async Task What_comes_back_is_reported_and_not_fought()
    {
        World.Add(1, origin: "breeder");
        World.Add(2, origin: "breeder");
        World.OnAct = (world, finding, _) =>
        {
            world.Things.Remove(finding.Id);
            world.Add(77, origin: "breeder");
            return new ActReport { Done = true, Says = "acted" };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Single(World.Acts);
        Assert.Equal(ErrorIds.Reasserted, report.StoppedBecause);
        Assert.Equal((ClearOutcome.Reasserted, ClearReasons.CameBack), (report.Results[0].Outcome, report.Results[0].Reason));
        Assert.Contains("Reasserted", fixture.AuditText());
        Assert.Equal(ExitCode.FindingsLeft, ReportExit.Of(report));
    }

    [Fact]
    public async Task A_single_act_is_watched_as_well()
    {
        World.Add(1, origin: "breeder");
        World.OnAct = (world, finding, _) =>
        {
            world.Things.Remove(finding.Id);
            world.Add(77, origin: "breeder");
            return new ActReport { Done = true, Says = "acted" };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Equal(ClearOutcome.Reasserted, Assert.Single(report.Results).Outcome);
    }

    [Fact]
    public async Task A_skip_says_first_why_the_named_remedy_is_refused()
    {
        Finding finding = World.Add(1, remedies: ["Reap", "EndParent"]);
        World.Things[finding.Id] = finding with
        {
            Remedies = [finding.Remedies[0] with { RefusedBecause = "it is young" }, finding.Remedies[1] with { RefusedBecause = "it is protected" }],
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("EndParent"));

        ClearResult result = Assert.Single(report.Results);
        Assert.Equal((ClearOutcome.Skipped, "'end-parent' fits and is refused: it is protected"), (result.Outcome, result.Says));
    }

    [Theory]
    [InlineData("web.service", ClearOutcome.Reasserted)]
    [InlineData("other.service", ClearOutcome.Cleared)]
    public async Task An_owner_that_was_restarted_and_breeds_anew_is_reported(string unit, ClearOutcome outcome)
    {
        static OwnerLink Unit(string name) => new() { Kind = "Unit", Name = name };
        Finding first = World.Add(1, origin: "parent-1");
        World.Things[first.Id] = first with { Owner = [new OwnerLink { Kind = "Parent", Name = "web" }, Unit("web.service")] };
        World.OnAct = (world, finding, _) =>
        {
            world.Things.Remove(finding.Id);
            // The parent after the restart is another process, so its findings are of another origin; too young to judge as yet.
            Finding next = world.Add(77, origin: "parent-2", verdict: Verdict.ReportOnly);
            world.Things[next.Id] = next with { Owner = [new OwnerLink { Kind = "Parent", Name = "web" }, Unit(unit)] };
            return new ActReport { Done = true, Says = "acted", Restarts = Unit("web.service") };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        ClearResult result = Assert.Single(report.Results);
        Assert.Equal(outcome, result.Outcome);
        Assert.Equal(outcome == ClearOutcome.Reasserted, result.Says.Contains("Unit web.service, started anew, made ", StringComparison.Ordinal));
        Assert.Equal(outcome == ClearOutcome.Reasserted ? ErrorIds.Reasserted : null, report.StoppedBecause);
    }

    [Fact]
    public async Task An_owner_that_was_not_restarted_may_have_other_children()
    {
        OwnerLink unit = new() { Kind = "Unit", Name = "cron.service" };
        Finding first = World.Add(1, origin: "parent-1");
        World.Things[first.Id] = first with { Owner = [unit] };
        World.OnAct = (world, finding, _) =>
        {
            world.Things.Remove(finding.Id);
            Finding next = world.Add(77, origin: "parent-2");
            world.Things[next.Id] = next with { Owner = [unit] };
            return new ActReport { Done = true, Says = "acted" };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Equal(ClearOutcome.Cleared, Assert.Single(report.Results).Outcome);
    }

    [Fact]
    public async Task An_interruption_stops_between_two_acts_and_every_finding_gets_a_line()
    {
        World.Add(1);
        World.Add(2);
        World.Add(3);
        using var cancel = new CancellationTokenSource();
        World.OnAct = (world, finding, _) =>
        {
            cancel.Cancel();
            world.Things.Remove(finding.Id);
            return new ActReport { Done = true, Says = "acted" };
        };

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"), cancel: cancel.Token);

        Assert.Single(World.Acts);
        Assert.Equal(ClearOutcome.Cleared, report.Results[0].Outcome);
        Assert.Equal(3, report.Results.Count);
        Assert.Equal(ErrorIds.Interrupted, report.StoppedBecause);
        Assert.Equal(ExitCode.Incomplete, ReportExit.Of(report));
        Assert.Contains("\"kind\":\"RunEnded\"", fixture.AuditText());
    }

    [Fact]
    public async Task A_caller_that_stops_early_does_no_further_act()
    {
        World.Add(1);
        World.Add(2);
        using ZombieEngine engine = fixture.Engine();
        using ClearingRun run = await engine.BeginAsync(EngineFixture.Request("Reap"));
        await run.ActAsync((await run.NextAsync(default))!, default);

        ClearReport report = await run.EndAsync(default);

        Assert.Single(World.Acts);
        Assert.Equal(2, report.Results.Count);
    }

    [Fact]
    public async Task A_declined_step_is_left_alone()
    {
        World.Add(7);
        using ZombieEngine engine = fixture.Engine();
        using ClearingRun run = await engine.BeginAsync(EngineFixture.Request("Reap"));

        run.Decline((await run.NextAsync(default))!);
        ClearReport report = await run.EndAsync(default);

        Assert.Empty(World.Acts);
        Assert.Equal((ClearOutcome.WouldClear, ClearReasons.Declined), (report.Results[0].Outcome, report.Results[0].Reason));
    }

    [Fact]
    public async Task A_dry_run_opens_no_actuator_and_writes_nothing()
    {
        World.Add(1);
        World.Add(2, remedies: ["Nudge"]);

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap") with { DryRun = true });

        Assert.Equal(0, World.ActuatorsOpened);
        Assert.Empty(World.Acts);
        Assert.All(report.Results, result => Assert.Equal(ClearOutcome.WouldClear, result.Outcome));
        Assert.False(Directory.Exists(fixture.Options.StateDirectory));
        Assert.False(Directory.Exists(fixture.Options.ConfigDirectory));
    }

    [Fact]
    public async Task Nothing_is_cleared_where_the_log_cannot_be_written()
    {
        World.Add(7);
        File.WriteAllText(fixture.Options.StateDirectory!, "a file where the directory should be");

        ZombieOpsException e = await Assert.ThrowsAsync<ZombieOpsException>(() => fixture.ClearAsync(EngineFixture.Request("Reap")));

        Assert.Equal((ErrorIds.AuditUnwritable, ExitCode.NotPermitted), (e.ErrorId, e.ExitCode));
        Assert.Empty(World.Acts);
    }

    [Fact]
    public async Task Incomplete_scans_are_never_clean()
    {
        World.Complete = false;

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"));

        Assert.Empty(report.Results);
        Assert.Equal(ExitCode.Incomplete, ReportExit.Of(report));
    }

    [Fact]
    public async Task What_a_selected_finding_has_become_in_between_is_seen()
    {
        Finding zombie = World.Add(7);
        World.Things.Clear();

        ClearReport report = await fixture.ClearAsync(EngineFixture.Request("Reap"), async engine => await engine.BeginAsync([zombie], EngineFixture.Request("Reap")));

        Assert.Equal((ClearOutcome.AlreadyGone, ClearReasons.GoneBefore), (report.Results[0].Outcome, report.Results[0].Reason));
        Assert.Equal(ExitCode.Clean, ReportExit.Of(report));
    }
}
