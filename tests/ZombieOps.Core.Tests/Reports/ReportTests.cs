using Xunit;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Reports;

namespace ZombieOps.Core.Tests.Reports;

public sealed class ReportTests : IDisposable
{
    private readonly ReportFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void An_act_tells_what_was_found_who_decided_what_was_done_and_how_it_was_verified()
    {
        long sequence = fixture.Act(ReportFixture.Zombie(4711));
        PeriodReport report = fixture.Report();
        ReportAct act = Assert.Single(report.Acts);
        Assert.Equal((sequence, ReportFixture.Start, "worker4711 (4711)", "ParentNotWaiting", "Reap"), (act.Sequence, act.At, act.Target, act.Cause, act.Remedy));
        Assert.Equal(["Parent worker (812)", "Unit app.service"], act.Owner);
        Assert.Equal("Threads", Assert.Single(act.Evidence).Fact);
        Assert.Equal(("root", "ada", "host-1"), (act.User, act.SudoUser, act.Host));
        Assert.Equal(("/etc/zombieops/night.yaml", new string('a', 64)), (act.Policy, act.PolicySha256));
        Assert.Equal((ReportOutcome.Cleared, "VerifiedGone", "reaped, exit status 0"), (act.Outcome, act.Reason, act.Says));
        Assert.Contains("fresh look after the act found it gone", act.Verified, StringComparison.Ordinal);
        Assert.Equal(sequence + 1, act.OutcomeSequence);
        Assert.Equal(ReportFileNow.Missing, Assert.Single(report.Policies).Now);
        Assert.Equal((4, 1, 1), (report.Totals.Records, report.Totals.Runs, report.Totals.Acts));
        Assert.True(report.Chain.Ok);
        Assert.Contains(report.Attention, note => note.Code == "NoAnchor");
    }

    [Fact]
    public void What_has_one_origin_and_one_cause_is_one_incident()
    {
        fixture.Act(ReportFixture.Zombie(1, origin: "a"));
        fixture.Act(ReportFixture.Zombie(2, origin: "a"), ClearOutcome.Failed, ClearReasons.StillThere, "it is still there");
        fixture.Act(ReportFixture.Zombie(2, origin: "a"));
        fixture.Act(ReportFixture.Zombie(3, origin: "b"));
        fixture.Act(ReportFixture.Zombie(4, origin: "b", cause: "ParentStopped"));
        PeriodReport report = fixture.Report();
        Assert.Equal(3, report.Totals.Incidents);
        ReportIncident first = report.Incidents[0];
        Assert.Equal((1, 3L, 2), (first.Number, first.Acts, first.Findings));
        Assert.Equal(1, first.Outcomes["Failed"]);
        Assert.Equal([1, 1, 1, 2, 3], report.Acts.Select(act => act.Incident));
        Assert.Contains("still there", report.Acts[1].Verified, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "", 1, "OpenIntents")]
    [InlineData(ClearOutcome.Failed, ClearReasons.StillThere, 1, "Failed")]
    [InlineData(ClearOutcome.NotPermitted, "NotPermitted", 1, "NotPermitted")]
    [InlineData(ClearOutcome.Reasserted, ClearReasons.CameBack, 1, "Reasserted")]
    [InlineData(ClearOutcome.Cleared, ClearReasons.VerifiedGone, 0, null)]
    [InlineData(ClearOutcome.AlreadyGone, ClearReasons.GoneBefore, 0, null)]
    public void What_did_not_end_well_is_said_at_the_top_and_in_the_exit_code(ClearOutcome? outcome, string reason, int exit, string? code)
    {
        fixture.Ticks(ReportFixture.Start.AddDays(-8), ReportFixture.Start);
        fixture.Act(ReportFixture.Zombie(1), outcome, reason);
        PeriodReport report = fixture.Report();
        Assert.Equal(exit, report.Exit);
        Assert.Equal(code is null ? [] : [code], report.Attention.Where(note => note.Grade == ReportGrade.Look).Select(note => note.Code));
        Assert.Equal(report.Exit, (int)ReportExit.Of(report));
    }

    [Fact]
    public void What_came_back_at_the_end_of_the_run_did_not_stay_cleared()
    {
        Finding zombie = ReportFixture.Zombie(1);
        long intent = fixture.Act(zombie);
        fixture.Write(new AuditRecord { Kind = AuditKind.Note, RunId = "r", FindingId = zombie.Id, Why = "Reasserted", Result = ReportFixture.Result(zombie, ClearOutcome.Reasserted, ClearReasons.CameBack, "then its origin made another") with { AuditSequence = intent } });
        ReportAct act = Assert.Single(fixture.Report().Acts);
        Assert.Equal((ReportOutcome.Reasserted, "then its origin made another"), (act.Outcome, act.Says));
    }

    [Fact]
    public void An_act_that_was_undone_says_so_also_where_the_undo_is_of_a_later_period()
    {
        Finding zombie = ReportFixture.Zombie(1);
        long intent = fixture.Act(zombie);
        long failed = fixture.Act(ReportFixture.Zombie(2));
        fixture.Clock.Now = ReportFixture.Start.AddDays(2);
        long undo = fixture.Act(zombie, ClearOutcome.Undone, ClearReasons.VerifiedBack, "it is back", remedy: "Undo", undoes: intent);
        fixture.Act(zombie, ClearOutcome.Failed, ClearReasons.NotVerified, "it is not there", remedy: "Undo", undoes: failed);
        PeriodReport earlier = fixture.Report("2026-11-24", "2026-11-24");
        Assert.Equal([undo, null], earlier.Acts.Select(act => act.UndoneBy));
        Assert.Equal(1, earlier.Totals.UndoneLater);
        PeriodReport later = fixture.Report("2026-11-26", "2026-11-26");
        Assert.Equal([(intent, ReportOutcome.Undone), (failed, ReportOutcome.Failed)], later.Acts.Select(act => (act.Undoes!.Value, act.Outcome)));
    }

    /// <summary>The beginning belongs to the period and the end does not, to the tick of the clock.</summary>
    [Fact]
    public void An_act_at_the_beginning_is_in_the_period_and_one_at_the_end_is_in_the_next()
    {
        fixture.Clock.Now = ReportFixture.Start.AddTicks(-1);
        fixture.Write(new AuditRecord { Kind = AuditKind.Note, RunId = "r", Why = "a tick before" });
        fixture.Clock.Now = ReportFixture.Start;
        fixture.Act(ReportFixture.Zombie(1));
        fixture.Clock.Now = ReportFixture.Start.AddHours(1);
        fixture.Act(ReportFixture.Zombie(2));
        fixture.Clock.Now = ReportFixture.Start.AddDays(1);
        PeriodReport first = fixture.Report("2026-11-24T12:00Z", "2026-11-24T13:00Z");
        Assert.Equal(["worker1 (1)"], first.Acts.Select(act => act.Target));
        Assert.Equal(4, first.Totals.Records);
        PeriodReport second = fixture.Report("2026-11-24T13:00Z", "2026-11-24T14:00Z");
        Assert.Equal(["worker2 (2)"], second.Acts.Select(act => act.Target));
    }

    [Fact]
    public void An_act_is_in_every_period_in_which_it_began_or_ended()
    {
        Finding zombie = ReportFixture.Zombie(1);
        long intent = fixture.Act(zombie, outcome: null);
        fixture.Clock.Now = ReportFixture.Start.AddDays(1);
        PeriodReport open = fixture.Report("2026-11-24", "2026-11-24");
        Assert.Equal(ReportOutcome.Open, Assert.Single(open.Acts).Outcome);
        Assert.Equal(ReportOutcome.Open, Assert.Single(fixture.Report("2026-11-25", "2026-11-25").Acts).Outcome);
        fixture.Clock.Now = ReportFixture.Start.AddDays(2);
        using (AuditLog log = fixture.Log())
        {
            ReportFixture.Outcome(log, "later", intent, zombie, ClearOutcome.AlreadyGone, ClearReasons.RecoveredGone, "an interrupted run meant to reap it; it is gone");
        }

        fixture.Clock.Now = ReportFixture.Start.AddDays(3);
        ReportAct began = Assert.Single(fixture.Report("2026-11-24", "2026-11-24").Acts);
        Assert.Equal((ReportOutcome.AlreadyGone, false), (began.Outcome, began.BeganBefore));
        Assert.Empty(fixture.Report("2026-11-25", "2026-11-25").Acts);
        ReportAct ended = Assert.Single(fixture.Report("2026-11-26", "2026-11-26").Acts);
        Assert.Equal((ReportOutcome.AlreadyGone, true), (ended.Outcome, ended.BeganBefore));
        Assert.Equal("its only thread is dead", Assert.Single(ended.Evidence).Says);
        Assert.Contains("a later run looked", ended.Verified, StringComparison.Ordinal);
    }

    [Fact]
    public void A_period_without_anything_on_record_is_not_fine()
    {
        fixture.Act(ReportFixture.Zombie(1));
        fixture.Ticks(ReportFixture.Start, ReportFixture.Start.AddHours(1));
        fixture.Clock.Now = ReportFixture.Start.AddDays(60);
        PeriodReport report = fixture.Report("2026-10-01", "2026-10-31");
        Assert.Equal((3, "Incomplete"), (report.Exit, report.ExitReason));
        Assert.Contains(report.Attention, note => note is { Grade: ReportGrade.Incomplete, Code: "NothingRecorded" });
        string html = fixture.Text(ReportFormat.Html, "2026-10-01", "2026-10-31");
        Assert.Contains("This report may not be all that happened.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing in this period needs a look", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_directory_that_is_not_there_is_an_error_and_no_quiet_week()
    {
        fixture.Options = fixture.Options with { StateDirectory = fixture.FilePath("elsewhere") };
        ZombieOpsException error = Assert.Throws<ZombieOpsException>(() => fixture.Report());
        Assert.Equal((ErrorIds.BadArgument, ExitCode.BadUsage), (error.ErrorId, error.ExitCode));
        Assert.False(Directory.Exists(fixture.FilePath("elsewhere")));
    }

    [Fact]
    public void A_quiet_period_that_was_scanned_is_clean_and_says_why_it_has_no_records()
    {
        fixture.Ticks(ReportFixture.Start.AddDays(-8), ReportFixture.Start);
        PeriodReport report = fixture.Report();
        Assert.Equal(0, report.Exit);
        Assert.Equal(["NoRecords"], report.Attention.Select(note => note.Code));
    }

    [Fact]
    public void A_chain_that_is_broken_is_said_first_and_in_the_exit_code_and_the_rest_is_told()
    {
        fixture.Ticks(ReportFixture.Start.AddDays(-8), ReportFixture.Start);
        fixture.Act(ReportFixture.Zombie(1));
        fixture.Act(ReportFixture.Zombie(2));
        string segment = Directory.GetFiles(fixture.Audit, "*.jsonl")[0];
        File.WriteAllText(segment, File.ReadAllText(segment).Replace("\"user\":\"root\"", "\"user\":\"eve!\"", StringComparison.Ordinal));
        PeriodReport report = fixture.Report();
        Assert.Equal((3, ErrorIds.AuditBroken), (report.Exit, report.ExitReason));
        Assert.Equal(ErrorIds.AuditBroken, report.Attention[0].Code);
        Assert.Equal(2, report.Acts.Count);
        Assert.All(fixture.Text(ReportFormat.Csv).TrimEnd().Split("\r\n").Skip(1), row => Assert.EndsWith(",\"does not verify\"", row, StringComparison.Ordinal));
    }

    [Fact]
    public void A_line_that_is_no_record_is_said_and_what_stands_around_it_is_told()
    {
        fixture.Act(ReportFixture.Zombie(1));
        string segment = Directory.GetFiles(fixture.Audit, "*.jsonl")[0];
        File.AppendAllText(segment, "garbage\n");
        PeriodReport report = fixture.Report();
        Assert.Equal(3, report.Exit);
        Assert.Contains(report.Attention, note => note.Code == "RecordsUnread");
        Assert.Single(report.Acts);
    }

    [Fact]
    public void An_anchor_that_is_there_proves_and_one_that_is_not_fails()
    {
        fixture.Ticks(ReportFixture.Start.AddDays(-8), ReportFixture.Start);
        fixture.Act(ReportFixture.Zombie(1));
        AuditAnchor head = fixture.Report().Chain.Head!;
        fixture.Act(ReportFixture.Zombie(2));
        PeriodReport good = fixture.Report(with: request => request with { Anchor = head });
        Assert.Equal((0, head.ToString()), (good.Exit, good.Anchor));
        Assert.DoesNotContain(good.Attention, note => note.Code == "NoAnchor");
        PeriodReport bad = fixture.Report(with: request => request with { Anchor = head with { Hash = new string('b', 64) } });
        Assert.Equal(3, bad.Exit);
        Assert.Contains("not the one of the anchor", bad.Attention[0].Says, StringComparison.Ordinal);
    }

    [Fact]
    public void Acts_beyond_what_is_shown_are_counted_said_and_in_the_CSV_and_the_grave_ones_stay()
    {
        fixture.Ticks(ReportFixture.Start.AddDays(-8), ReportFixture.Start);
        for (int pid = 1; pid <= 9; pid++)
        {
            fixture.Act(ReportFixture.Zombie(pid), pid == 9 ? ClearOutcome.Failed : ClearOutcome.Cleared);
        }

        PeriodReport report = fixture.Report(with: request => request with { MaxActs = 3 });
        Assert.Equal(["worker1 (1)", "worker2 (2)", "worker9 (9)"], report.Acts.Select(act => act.Target));
        Assert.Equal((9, 6, 6), (report.Totals.Acts, report.Totals.ActsLeftOut, report.Totals.IncidentsLeftOut));
        Assert.Contains("6 of 9 acts", Assert.Single(report.Attention, note => note.Code == "ActsLeftOut").Says, StringComparison.Ordinal);
        Assert.Contains("6 more acts</b> not shown here", fixture.Text(ReportFormat.Html, maxActs: 3), StringComparison.Ordinal);
        Assert.Equal(10, fixture.Text(ReportFormat.Csv, maxActs: 3).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Nothing_is_written_to_the_state_directory()
    {
        fixture.Act(ReportFixture.Zombie(1));
        fixture.Tick(ReportFixture.Start);
        Directory.CreateDirectory(fixture.FilePath("state/ledger"));
        File.WriteAllText(fixture.FilePath("state/ledger/process.json"), "damaged");
        SortedDictionary<string, string> Files() => new(Directory.GetFiles(fixture.State, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllText), StringComparer.Ordinal);
        SortedDictionary<string, string> before = Files();
        PeriodReport report = fixture.Report();
        Assert.Contains(report.Attention, note => note.Code == "Unreadable" && note.Says.Contains("ledger", StringComparison.Ordinal));
        Assert.Equal(3, report.Exit);
        Assert.Equal(before, Files());
    }

    [Fact]
    public void The_days_and_the_ages_add_up_to_the_acts()
    {
        for (int day = 0; day < 5; day++)
        {
            fixture.Clock.Now = ReportFixture.Start.AddDays(day);
            fixture.Act(ReportFixture.Zombie(day + 1));
            fixture.Act(ReportFixture.Zombie(2000 + day));
        }

        PeriodReport report = fixture.Report("2026-11-24", "2026-11-28");
        Assert.Equal(5, report.Days.Count);
        Assert.Equal(10, report.Days.Sum(day => day.Outcomes.Values.Sum()));
        Assert.Equal(10, report.Ages.Sum(age => age.Acts));
        Assert.Equal([0, 5, 0, 0, 5, 0], report.Ages.Select(age => (int)age.Acts));
    }

    [Fact]
    public void An_approval_is_told_with_who_gave_it_and_the_acts_under_it()
    {
        Finding zombie = ReportFixture.Zombie(1);
        fixture.Clock.Now = ReportFixture.Start.AddDays(-2);
        fixture.Write(new AuditRecord { Kind = AuditKind.Planned, RunId = "p", PlanId = "plan-1", PlanHash = new string('c', 64) });
        fixture.Options = fixture.Options with { User = "grace", SudoUser = null };
        fixture.Write(new AuditRecord { Kind = AuditKind.Approved, RunId = "a", PlanId = "plan-1", PlanHash = new string('c', 64), Why = "looked at it", Expires = ReportFixture.Start.AddDays(1) });
        fixture.Write(new AuditRecord { Kind = AuditKind.Approved, RunId = "b", PlanId = "plan-2", Why = "of another period" });
        fixture.Clock.Now = ReportFixture.Start;
        fixture.Write(new AuditRecord { Kind = AuditKind.Intent, RunId = "r", FindingId = zombie.Id, Remedy = "Reap", Before = zombie, PlanId = "plan-1", PlanHash = new string('c', 64), Approval = 2 });
        fixture.Write(new AuditRecord { Kind = AuditKind.Intent, RunId = "r", FindingId = zombie.Id, Remedy = "Reap", Before = zombie, PlanId = "plan-9", Approval = 99 });
        fixture.Clock.Now = ReportFixture.Start.AddHours(1);
        PeriodReport report = fixture.Report("2026-11-24", "2026-11-24");
        ReportApproval one = Assert.Single(report.Approvals);
        Assert.Equal((2L, "grace on host-1", "root (sudo by ada) on host-1", "looked at it", 1L), (one.Sequence, one.By, one.PlannedBy, one.Why, one.Acts));
        Assert.Equal([(2L, "grace on host-1"), (99L, null)], report.Acts.Select(act => (act.Approval!.Value, act.ApprovedBy)));
        Assert.Contains(report.Attention, note => note is { Grade: ReportGrade.Incomplete, Code: "ApprovalMissing" });
        Assert.Equal(2, fixture.Report("2026-11-22", "2026-11-22").Approvals.Count);
        Assert.Contains("approved in record 2 by", fixture.Text(ReportFormat.Html, "2026-11-24", "2026-11-24"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cron", false)]
    [InlineData("policy x", false)]
    [InlineData("policy (/p.yaml, sha256 abc)", false)]
    [InlineData("policy a (b) c (/etc/p (1).yaml, sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa): why", true)]
    [InlineData("policy (/p.yaml, sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)", true)]
    public void The_policy_is_read_out_of_the_reason(string why, bool named)
    {
        Assert.Equal(named, PolicyReason.TryRead(why, out _, out string path, out string sha256));
        Assert.Equal(named, path.EndsWith(".yaml", StringComparison.Ordinal) && sha256.Length == 64);
    }
}
