using System.Globalization;
using ZombieOps.Audit;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Clearing;

/// <summary>
/// Approvals of plans. Both who wrote a plan and who approved it stand in the audit log and nowhere else: a plan file may be written by anybody who can reach it. An
/// approval is good for the very bytes of a file, from another person than its author, on one host, until it expires.
/// </summary>
public static class PlanApprovals
{
    /// <summary>How long an approval holds where nothing else is said.</summary>
    public static readonly TimeSpan UsualTime = TimeSpan.FromHours(24);

    /// <summary>The longest time for which an approval may be given.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromDays(30);

    private const int LongestReason = 2000;

    /// <summary>Writes down who wrote a plan, so that it can be approved by somebody else.</summary>
    /// <param name="options">Surroundings: where the log is and who writes it.</param>
    /// <param name="plan">The plan, as <see cref="PlanFile.Bytes"/> has it.</param>
    /// <exception cref="ZombieOpsException">The audit log cannot be written.</exception>
    public static void Remember(EngineOptions options, Plan plan)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(plan);
        using var log = new AuditLog(options);
        log.Append([new AuditRecord
        {
            Kind = AuditKind.Planned,
            RunId = plan.PlanId,
            PlanId = plan.PlanId,
            PlanHash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(PlanFile.Bytes(plan))).ToLowerInvariant(),
            Why = string.Create(CultureInfo.InvariantCulture, $"{plan.Steps.Count} {(plan.Steps.Count == 1 ? "step" : "steps")}"),
        }]);
    }

    /// <summary>Approves a plan.</summary>
    /// <param name="options">Surroundings: where the log is and who approves.</param>
    /// <param name="document">The plan, with the bytes that are approved.</param>
    /// <param name="why">Why, in the approver's words.</param>
    /// <param name="lasts">How long the approval holds.</param>
    /// <returns>The record, on disk.</returns>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.SelfApproval"/>, <see cref="ErrorIds.ApproverUnknown"/>, <see cref="ErrorIds.PlanUnrecorded"/>, <see cref="ErrorIds.AuditBroken"/>, a plan of
    /// another host or boot, or a bad argument: nothing was approved.
    /// </exception>
    public static AuditRecord Approve(EngineOptions options, PlanDocument document, string why, TimeSpan lasts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(document);
        if (string.IsNullOrWhiteSpace(why) || why.Length > LongestReason)
        {
            throw Bad($"an approval needs a reason of 1 to {LongestReason} characters", "say why: a ticket, a sentence");
        }

        if (lasts <= TimeSpan.Zero || lasts > LongestTime)
        {
            throw Bad($"an approval cannot hold for {Durations.Format(lasts)}", $"give more than 0 and at most {Durations.Format(LongestTime)}");
        }

        PlanFile.Check(options, document.Plan);
        if (document.Plan.Steps.Count == 0)
        {
            throw Bad("the plan holds no step, so there is nothing to approve", "look at what 'zombieops plan' says");
        }

        using var log = new AuditLog(options);
        PlanRecords records = PlanRecords.Read(options, document);
        records.CheckSound();
        if (Refused(records, document, log.Actor) is { } refusal)
        {
            throw refusal;
        }

        return log.Append([new AuditRecord
        {
            Kind = AuditKind.Approved,
            RunId = document.Plan.PlanId,
            PlanId = document.Plan.PlanId,
            PlanHash = document.Sha256,
            Why = why,
            Expires = options.Clock.GetUtcNow() + lasts,
        }])[0];
    }

    /// <summary>All approvals that the audit log holds of a plan's identity, with what is to be said of each. Nothing is written.</summary>
    /// <param name="options">Surroundings.</param>
    /// <param name="document">The plan.</param>
    /// <exception cref="ZombieOpsException">The audit log cannot be read.</exception>
    public static PlanReview Review(EngineOptions options, PlanDocument document)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(document);
        PlanRecords records = PlanRecords.Read(options, document);
        return new PlanReview
        {
            Path = document.Path,
            Sha256 = document.Sha256,
            Plan = document.Plan,
            Author = records.Authors.Count > 0 ? AuditActors.Describe(records.Authors[0].Who) : null,
            LogProblem = records.Problem,
            Approvals =
            [
                .. records.Approvals.Select(approval => (approval, refusal: Refused(options, records, document, approval))).Select(item => new PlanApproval
                {
                    Sequence = item.approval.Record.Sequence,
                    By = AuditActors.Describe(item.approval.Record.Who),
                    At = item.approval.Record.At,
                    Expires = item.approval.Record.Expires,
                    Why = item.approval.Record.Why,
                    Holds = item.refusal is null && records.Problem is null,
                    Because = item.refusal?.Message ?? records.Problem,
                }),
            ],
        };
    }

    /// <summary>Refuses where an approval is required and there is no file that could have one.</summary>
    internal static void CheckNoneNeeded(ClearRequest request)
    {
        if (request.RequireApproval)
        {
            throw new ZombieOpsException(
                ErrorIds.NotApproved,
                ExitCode.NotPermitted,
                "nothing is cleared: an approved plan is required, and no plan was given",
                "write one with 'zombieops plan -o FILE', let somebody else 'zombieops plan approve FILE', and give it with --plan");
        }
    }

    /// <summary>How a plan may be used: under its approval where one is required. The request comes back without what the plan does not hold.</summary>
    internal static (PlanUse Use, ClearRequest Request) Use(EngineOptions options, Plan plan, PlanDocument? document, ClearRequest request) => !request.RequireApproval
        ? (new PlanUse(plan.PlanId, document?.Sha256, null), request)
        // An escalation that is allowed besides was never approved.
        : (new PlanUse(plan.PlanId, document!.Sha256, Require(options, document)), request with { Allowed = System.Collections.Immutable.ImmutableHashSet<string>.Empty });

    /// <summary>The approval that a run may act under: the one that holds longest.</summary>
    private static AuditRecord Require(EngineOptions options, PlanDocument document)
    {
        PlanRecords records = PlanRecords.Read(options, document);
        records.CheckSound();
        ZombieOpsException? refusal = null;
        SeenApproval? best = null;
        foreach (SeenApproval approval in records.Approvals)
        {
            if (Refused(options, records, document, approval) is { } no)
            {
                // Of several refusals the one of these very bytes says most.
                refusal = refusal is null || approval.Record.PlanHash == document.Sha256 ? no : refusal;
            }
            else if (best is null || approval.Record.Expires > best.Record.Expires)
            {
                best = approval;
            }
        }

        return best?.Record ?? throw refusal ?? Not($"nobody has approved the plan {document.Path}: the audit log in {records.Directory} holds no approval of it", "let another person than its author run 'zombieops plan approve'; if one did, give the same --state");
    }

    /// <summary>Why an approval does not hold; null where it does.</summary>
    private static ZombieOpsException? Refused(EngineOptions options, PlanRecords records, PlanDocument document, SeenApproval approval)
    {
        AuditRecord record = approval.Record;
        if (record.PlanHash != document.Sha256)
        {
            return Not($"the plan {document.Path} is not the one that was approved: its SHA-256 is {document.Sha256}, and record {record.Sequence} approves {record.PlanHash}", "let it be approved as it is now, or take the file that was approved");
        }

        if (record.Who?.Host != document.Plan.Scan.Host)
        {
            return Not($"the approval (record {record.Sequence}) was given on host '{record.Who?.Host}', and the plan is of '{document.Plan.Scan.Host}'", "let it be approved on this host");
        }

        if (record.Sequence > records.Known)
        {
            return Not($"the file 'head' of the audit log does not know of record {record.Sequence}, so it may have been put in", "let it be approved again");
        }

        DateTimeOffset now = options.Clock.GetUtcNow();
        // A clock that was set back must not bring an approval back that had expired.
        now = approval.LaterAt > now ? approval.LaterAt : now;
        if (record.Expires is not { } end || now >= end)
        {
            return new ZombieOpsException(
                ErrorIds.ApprovalExpired,
                ExitCode.NotPermitted,
                $"the approval (record {record.Sequence} by {AuditActors.Describe(record.Who)}) does not hold any more{(record.Expires is { } over ? $": it expired at {Time(over)}" : "")}",
                "let it be approved again");
        }

        return Refused(records, document, record.Who);
    }

    /// <summary>Why this person may not approve this plan; null where it may.</summary>
    private static ZombieOpsException? Refused(PlanRecords records, PlanDocument document, AuditActor? who)
    {
        var approver = People.Of(who);
        if (records.Authors.Count == 0)
        {
            return new ZombieOpsException(
                ErrorIds.PlanUnrecorded,
                ExitCode.NotPermitted,
                $"the audit log in {records.Directory} does not know of these bytes of the plan {document.Path}, so who made it is not certain",
                "make it with 'zombieops plan -o FILE' and the same --state, not with --no-ledger, and do not edit it: filters make a plan narrower");
        }

        if (approver.Overlap(People.OfAuthor(document.Plan.CreatedBy)) || records.Authors.Any(author => approver.Overlap(People.Of(author.Who))))
        {
            return new ZombieOpsException(
                ErrorIds.SelfApproval,
                ExitCode.NotPermitted,
                $"{AuditActors.Describe(who)} made the plan {document.Path}, and nobody approves a plan of their own",
                "let somebody else look at it and approve it");
        }

        return approver.Known ? null : new ZombieOpsException(
            ErrorIds.ApproverUnknown,
            ExitCode.NotPermitted,
            $"an approval needs a person, and behind '{AuditActors.Describe(who)}' none is known",
            "approve as yourself or through sudo, not from a shared root login");
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static ZombieOpsException Not(string says, string next) => new(ErrorIds.NotApproved, ExitCode.NotPermitted, says, next);

    private static ZombieOpsException Bad(string says, string next) => new(ErrorIds.BadArgument, ExitCode.BadUsage, says, next);
}
