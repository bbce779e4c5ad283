using System.Globalization;
using System.Reflection;
using ZombieOps.Audit;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Reports;

/// <summary>Makes a report. It only reads, and memory does not grow with the audit log.</summary>
internal sealed class ReportBuilder(EngineOptions options, ReportRequest request)
{
    private const int FewFaults = 3;
    private readonly List<ReportNote> attention = [];
    private readonly HashSet<string> sources = new(StringComparer.Ordinal);

    /// <summary>Called between two parts of the work, so that a test can look at memory.</summary>
    public Action? BetweenParts { get; init; }

    /// <summary>Makes it.</summary>
    /// <param name="begin">Given what the verification saw, before the first act; null for nobody.</param>
    /// <param name="each">Given every act, also those that the report does not hold; null for nobody.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.NoStateDirectory"/>, <see cref="ErrorIds.AuditBusy"/>, <see cref="ErrorIds.BadArgument"/>: there is no such state directory.
    /// </exception>
    public PeriodReport Build(Action<AuditVerification>? begin, Action<ReportAct>? each, CancellationToken cancel)
    {
        string state = options.RequireStateDirectory();
        DateTimeOffset now = options.Clock.GetUtcNow();
        if (!Directory.Exists(state))
        {
            // A mistyped directory must not make a report of a quiet week.
            throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"there is no state directory {state}, so there is nothing to report from", "name the one that the tool writes to with --state or ZOMBIEOPS_STATE");
        }

        string directory = AuditVerifier.DirectoryOf(options);
        AuditVerification chain = AuditVerifier.Verify(directory, request.Anchor, cancel);
        // Where the chain does not hold, neither does what it says of its end.
        long last = chain.Ok ? chain.LastSequence : long.MaxValue;
        begin?.Invoke(chain);
        BetweenParts?.Invoke();
        var tally = new ActTally(request);
        AuditIndex? index = null;
        try
        {
            index = AuditIndex.Read(directory, last, request, cancel);
            BetweenParts?.Invoke();
            foreach (ReportAct act in new ActReader(request, index).Read(directory, last, cancel))
            {
                ReportAct counted = tally.Add(act);
                if (act.Source is { Length: > 0 } source && sources.Count < 100)
                {
                    sources.Add(source);
                }

                each?.Invoke(counted);
            }
        }
        catch (ZombieOpsException e) when (e.ErrorId is ErrorIds.AuditUnwritable or ErrorIds.AuditBroken)
        {
            Incomplete(ErrorIds.AuditUnwritable, $"{e.Message}; what is missing of it is not in this report");
        }

        BetweenParts?.Invoke();
        var history = ScanHistory.Read(state, request, now, sources, cancel);
        var problems = new List<string>(history.Problems);
        IReadOnlyList<ReportExemption> exemptions = ExemptionHistory.Read(options, history.Sources.Select(source => source.Source).Distinct(StringComparer.Ordinal), history.Matches, request, problems);
        IReadOnlyList<ReportLedger> ledger = LedgerState.Read(options, request, problems);
        Judge(chain, index, tally, history, problems);
        var report = new PeriodReport
        {
            Version = typeof(ReportBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            Host = options.Host,
            MadeBy = options.SudoUser is { } before ? $"{options.User} (sudo by {before})" : options.User,
            MadeAt = now,
            From = request.From.ToUniversalTime(),
            To = request.To.ToUniversalTime(),
            StateDirectory = state,
            Attention = [.. attention.OrderBy(note => note.Grade)],
            Totals = new ReportTotals
            {
                Records = index?.Records ?? 0,
                Runs = index?.Runs ?? 0,
                Incidents = tally.IncidentCount,
                Acts = tally.Acts,
                Outcomes = tally.Outcomes,
                UndoneLater = tally.UndoneLater,
                ActsLeftOut = Math.Max(0, tally.Acts - request.MaxActs),
                IncidentsLeftOut = tally.IncidentsLeftOut,
            },
            Chain = chain,
            Anchor = request.Anchor?.ToString(),
            Incidents = tally.Incidents(),
            Acts = tally.Kept(),
            Days = tally.Days(),
            Ages = tally.Ages(),
            Policies = tally.Policies(),
            Approvals = index is null ? [] : tally.Approvals(index.Approvals),
            Exemptions = exemptions,
            Scanning = history.Sources,
            Ledger = ledger,
        };
        (ExitCode exit, string reason) = ReportExit.Because(report);
        return report with { Exit = (int)exit, ExitReason = reason };
    }

    private void Judge(AuditVerification chain, AuditIndex? index, ActTally tally, ScanHistory history, List<string> problems)
    {
        JudgeLog(chain, index);
        bool ticks = history.Sources.Any(source => source.Ticks > 0);
        if (index is { Records: 0 } && !ticks)
        {
            Incomplete("NothingRecorded", "neither the audit log nor the record of ticks has anything of this period: that nothing happened cannot be told from it");
        }
        else if (index is { Records: 0 })
        {
            Note("NoRecords", "the audit log has no record of this period: no tick had anything to act on, and nobody cleared anything by hand");
        }

        JudgeActs(tally);
        if (index is not null && tally.Unapproved(index.Approvals) is { Count: > 0 } missing)
        {
            Incomplete("ApprovalMissing", $"acts name {(missing.Count == 1 ? "an approval" : "approvals")} that the audit log does not have: record {string.Join(", ", missing.Take(FewFaults))}{(missing.Count > FewFaults ? ", …" : "")}");
        }

        JudgeScans(history);
        foreach (string problem in problems)
        {
            Incomplete("Unreadable", Printable.Clean(problem));
        }
    }

    private void JudgeLog(AuditVerification chain, AuditIndex? index)
    {
        if (!chain.Ok)
        {
            string more = chain.FaultCount > FewFaults ? $"; and {chain.FaultCount - FewFaults} more" : "";
            Incomplete(ErrorIds.AuditBroken, $"the audit log does not verify ({ReportText.Count(chain.FaultCount, "fault")}), so records may be missing here or be false: {string.Join("; ", chain.Faults.Take(FewFaults))}{more}");
        }

        if (index is { BadCount: > 0 })
        {
            Incomplete("RecordsUnread", $"{ReportText.Count(index.BadCount, "part")} of the audit log could not be read and {(index.BadCount == 1 ? "is" : "are")} not in this report: {string.Join("; ", index.Bad.Take(FewFaults))}");
        }

        if (index is { Recoveries: > 0 })
        {
            Note("Recoveries", $"{ReportText.Count(index.Recoveries, "time")} a crash had left the end of the audit log torn; what was torn was never acted on");
        }

        if (chain.Ok && chain.Records > 0 && request.Anchor is null)
        {
            Note("NoAnchor", "no anchor was given: whoever may write the log could have written all of it anew, and it would verify as well");
        }
    }

    private void JudgeActs(ActTally tally)
    {
        Count("OpenIntents", tally.Of(ReportOutcome.Open), "act was announced and has no outcome: a run was interrupted, or is under way; what became of it is not known", "acts were announced and have no outcome: runs were interrupted, or are under way; what became of them is not known");
        Count("Failed", tally.Of(ReportOutcome.Failed), "act failed", "acts failed");
        Count("NotPermitted", tally.Of(ReportOutcome.NotPermitted), "act was refused by the system", "acts were refused by the system");
        Count("Reasserted", tally.Of(ReportOutcome.Reasserted), "thing came back after it was cleared", "things came back after they were cleared");
        if (tally.UndoneLater > 0)
        {
            Note("UndoneLater", $"{ReportText.Count(tally.UndoneLater, "act")} of this period {(tally.UndoneLater == 1 ? "was" : "were")} undone later");
        }

        if (tally.Acts > request.MaxActs)
        {
            Note("ActsLeftOut", string.Create(
                CultureInfo.InvariantCulture,
                $"{tally.Acts - request.MaxActs} of {tally.Acts} acts are counted here and not shown one by one; those that need a look come first. CSV has all of them, and so has a shorter period"));
        }

        foreach (ReportPolicy policy in tally.Policies().Where(policy => policy.Now != ReportFileNow.Same))
        {
            Note("PolicyNow", $"the policy {policy.Path} with hash {policy.Sha256[..12]}… that runs went by is {policy.Now switch { ReportFileNow.Changed => "another file by now", ReportFileNow.Missing => "not there any more", _ => "not readable now" }}");
        }
    }

    private void JudgeScans(ScanHistory history)
    {
        if (history.Sources.Count == 0)
        {
            Incomplete("ScansUnknown", "when scans were made is not known: no sweep and no run of a policy has left a record in this state directory");
        }

        foreach (ReportScanning source in history.Sources)
        {
            string name = source.Name is null || source.Name == source.Source ? $"'{source.Source}'" : $"'{source.Source}' ({source.Name})";
            if (source.Unknown is { } unknown)
            {
                Incomplete("ScansUnknown", $"when {name} was scanned is not known from {ReportPeriod.Utc(unknown.From)} to {ReportPeriod.Utc(unknown.To)}: no sweep and no run of a policy has left a record of that time");
            }

            if (source.GapCount > 0)
            {
                ReportSpan longest = source.Gaps.MaxBy(gap => gap.To - gap.From)!;
                Look("ScanGaps", $"{name} had {ReportText.Count(source.GapCount, "gap")} of more than {Durations.Format(source.MaxGap)} without a complete scan, {Durations.Format(source.GapTotal)} in all, the longest from {ReportPeriod.Utc(longest.From)} to {ReportPeriod.Utc(longest.To)}");
            }

            if (source.Ticks > source.Complete)
            {
                Note("IncompleteScans", $"{ReportText.Count(source.Ticks - source.Complete, "scan")} of {name} did not see everything");
            }
        }
    }

    private void Count(string code, long number, string one, string many)
    {
        if (number > 0)
        {
            Look(code, string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many)}"));
        }
    }

    private void Incomplete(string code, string says) => attention.Add(new ReportNote(ReportGrade.Incomplete, code, says));

    private void Look(string code, string says) => attention.Add(new ReportNote(ReportGrade.Look, code, says));

    private void Note(string code, string says) => attention.Add(new ReportNote(ReportGrade.Note, code, says));
}
