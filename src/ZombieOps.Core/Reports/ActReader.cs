using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Reports;

/// <summary>The second reading of an audit log: the acts of a period, each given as soon as its outcome is met.</summary>
internal sealed class ActReader(ReportRequest request, AuditIndex index)
{
    private const int MostEvidence = 40;
    private const int MostRequests = 20;
    private readonly Dictionary<long, ReportAct> pending = [];

    /// <summary>Reads the acts. Those that are open come last.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="last">The last record that counts.</param>
    /// <param name="cancel">Ends it early.</param>
    public IEnumerable<ReportAct> Read(string directory, long last, CancellationToken cancel)
    {
        // What cannot be read was told by the index.
        var filter = new AuditFilter { SkipsUnreadable = true, Wants = fields => fields.Sequence <= last && Wants(fields) };
        foreach (AuditRecord record in AuditReader.Read(directory, filter, static _ => { }, cancel))
        {
            if (record.Kind == AuditKind.Intent)
            {
                pending[record.Sequence] = Begin(record);
            }
            else if (record.Kind == AuditKind.Outcome)
            {
                // An outcome whose intent is in no segment that is here tells of its act by itself.
                yield return End(pending.Remove(record.IntentSequence ?? 0, out ReportAct? begun) ? begun : Begin(record) with { Sequence = record.IntentSequence ?? record.Sequence, BeganBefore = true }, record);
            }
        }

        foreach (ReportAct open in pending.Values.OrderBy(act => act.Sequence))
        {
            yield return open;
        }
    }

    private bool Wants(AuditLineFields fields)
    {
        bool inside = fields.At >= request.From && fields.At < request.To;
        return fields.Kind switch
        {
            AuditKind.Intent => inside || index.Earlier.Contains(fields.Sequence),
            // Whatever ended inside and did not begin inside was asked for, so what is not pending has no intent here.
            AuditKind.Outcome => inside || (fields.IntentSequence is { } intent && pending.ContainsKey(intent)),
            _ => false,
        };
    }

    private ReportAct Begin(AuditRecord intent)
    {
        Finding? before = intent.Before;
        bool byPolicy = PolicyReason.TryRead(intent.Why, out _, out string path, out string sha256);
        return new ReportAct
        {
            Sequence = intent.Sequence,
            At = intent.At,
            Source = Cut(before?.Source ?? intent.Result?.Source),
            FindingId = Cut(intent.FindingId ?? before?.Id),
            Kind = Cut(before?.Kind),
            Target = Cut((before?.Target ?? intent.Result?.Target)?.ToString()),
            Cause = Cut(before?.Cause ?? intent.Result?.Cause),
            Owner = [.. (before?.Owner ?? []).Take(MostRequests).Select(owner => Cut($"{owner.Kind} {owner.ShortName}")!)],
            Origin = Cut(before?.Origin),
            FirstSeen = before?.FirstSeen,
            Age = before?.Age,
            Evidence = [.. (before?.Evidence ?? []).Take(MostEvidence).Select(fact => fact with { Fact = ReportText.Cut(fact.Fact, 100)!, Source = ReportText.Cut(fact.Source, 300)!, Says = ReportText.Cut(fact.Says, 500)! })],
            Remedy = Cut(intent.Remedy),
            Requests = [.. (intent.Act?.Requests ?? []).Take(MostRequests).Select(line => Cut(line)!)],
            Outcome = ReportOutcome.Open,
            Verified = "not at all: the audit log holds no outcome",
            Undoes = intent.Undoes,
            UndoneBy = index.UndoneBy.TryGetValue(intent.Sequence, out long undo) ? undo : null,
            RunId = Cut(intent.RunId)!,
            User = Cut(intent.Who?.User),
            SudoUser = Cut(intent.Who?.SudoUser),
            LoginUser = Cut(intent.Who?.LoginUser),
            Host = Cut(intent.Who?.Host),
            PlanId = Cut(intent.PlanId),
            PlanHash = Cut(intent.PlanHash),
            Approval = intent.Approval,
            ApprovedBy = intent.Approval is { } approval && index.Approvals.TryGetValue(approval, out ReportApproval? given) ? given.By : null,
            Why = Cut(intent.Why),
            Policy = byPolicy ? Cut(path) : null,
            PolicySha256 = byPolicy ? sha256 : null,
            BeganBefore = intent.At < request.From,
        };
    }

    private ReportAct End(ReportAct act, AuditRecord outcome)
    {
        ClearResult? result = outcome.Result;
        ReportOutcome ended = result?.Outcome switch
        {
            ClearOutcome.Cleared => ReportOutcome.Cleared,
            ClearOutcome.AlreadyGone => ReportOutcome.AlreadyGone,
            ClearOutcome.Skipped or ClearOutcome.WouldClear => ReportOutcome.Skipped,
            ClearOutcome.NotPermitted => ReportOutcome.NotPermitted,
            ClearOutcome.Reasserted => ReportOutcome.Reasserted,
            ClearOutcome.Undone => ReportOutcome.Undone,
            ClearOutcome.Marked => ReportOutcome.Marked,
            _ => ReportOutcome.Failed,
        };
        (string? reason, string? says) = (result?.Reason, result?.Says);
        if (index.Reasserted.TryGetValue(act.Sequence, out string? back))
        {
            (ended, reason, says) = (ReportOutcome.Reasserted, ClearReasons.CameBack, back);
        }

        return act with
        {
            OutcomeSequence = outcome.Sequence,
            EndedAt = outcome.At,
            Outcome = ended,
            Reason = Cut(reason),
            Says = Cut(says),
            Verified = Verified(reason, ended, outcome.After),
        };
    }

    private static string Verified(string? reason, ReportOutcome outcome, Finding? after) => reason switch
    {
        ClearReasons.VerifiedGone => "a fresh look after the act found it gone",
        ClearReasons.VerifiedBack => "a fresh look after the act found it back",
        ClearReasons.VerifiedSet => "a fresh look after the act found the mark set",
        ClearReasons.GoneBefore => "a fresh look found it gone, without the act",
        ClearReasons.StillThere => $"a fresh look after the act found it still there{(after is null ? "" : $", {after.Verdict}")}",
        ClearReasons.CameBack => "a look after the act found it again",
        ClearReasons.NotVerified => "whether it is gone could not be seen",
        ClearReasons.RecoveredGone => "the run was interrupted; a later run looked and found it gone",
        ClearReasons.RecoveredStillThere => "the run was interrupted; a later run looked and found it still there",
        _ when outcome == ReportOutcome.NotPermitted => "the system refused the act",
        _ => after is null ? "the act was not carried out, or its end could not be seen" : $"a fresh look found it there, {after.Verdict}",
    };

    private static string? Cut(string? text) => ReportText.Cut(text);
}
