using ZombieOps.Audit;
using ZombieOps.Model;

namespace ZombieOps.Reports;

/// <summary>
/// The first of two readings of an audit log: which acts belong to a period, and what became of them later. It looks at the top of each line and builds the few records
/// that it has to, so memory grows with what is open or taken back and not with the log.
/// </summary>
internal sealed class AuditIndex
{
    private const int MostBad = 20;
    private const int MostPlans = 10_000;
    private readonly ReportRequest request;
    private readonly Dictionary<long, DateTimeOffset> open = [];
    private readonly Dictionary<long, long> undoing = [];
    private readonly Dictionary<string, string> planned = new(StringComparer.Ordinal);

    private AuditIndex(ReportRequest request) => this.request = request;

    /// <summary>Records of the period.</summary>
    public long Records { get; private set; }

    /// <summary>Runs that began in the period.</summary>
    public long Runs { get; private set; }

    /// <summary>Torn lines that were set aside in the period.</summary>
    public long Recoveries { get; private set; }

    /// <summary>Intents from before the period that ended in it, or are open to this day.</summary>
    public HashSet<long> Earlier { get; } = [];

    /// <summary>Which undo took an act back.</summary>
    public Dictionary<long, long> UndoneBy { get; } = [];

    /// <summary>What came back after it was cleared, and what was said of it.</summary>
    public Dictionary<long, string> Reasserted { get; } = [];

    /// <summary>Approvals that were given before the end of the period, by their numbers; the latest ones.</summary>
    public SortedDictionary<long, ReportApproval> Approvals { get; } = [];

    /// <summary>Lines and files that could not be read, the first ones.</summary>
    public List<AuditFault> Bad { get; } = [];

    /// <summary>Lines and files that could not be read.</summary>
    public long BadCount { get; private set; }

    /// <summary>Reads a log.</summary>
    /// <param name="directory">Its directory.</param>
    /// <param name="last">The last record that counts.</param>
    /// <param name="request">The period.</param>
    /// <param name="cancel">Ends it early.</param>
    public static AuditIndex Read(string directory, long last, ReportRequest request, CancellationToken cancel)
    {
        var index = new AuditIndex(request);
        var filter = new AuditFilter { SkipsUnreadable = true, Wants = fields => fields.Sequence <= last && index.Wants(fields) };
        foreach (AuditRecord record in AuditReader.Read(directory, filter, index.Tell, cancel))
        {
            index.Take(record);
        }

        index.Earlier.UnionWith(index.open.Where(intent => intent.Value < request.From).Select(intent => intent.Key));
        index.open.Clear();
        return index;
    }

    private void Tell(AuditFault fault)
    {
        BadCount++;
        if (Bad.Count < MostBad)
        {
            Bad.Add(fault);
        }
    }

    private bool Wants(AuditLineFields fields)
    {
        bool inside = fields.At >= request.From && fields.At < request.To;
        Records += inside ? 1 : 0;
        Runs += inside && fields.Kind == AuditKind.RunStarted ? 1 : 0;
        Recoveries += inside && fields.Kind == AuditKind.Recovered ? 1 : 0;
        switch (fields.Kind)
        {
            case AuditKind.Intent:
                open[fields.Sequence] = fields.At;
                if (fields.Undoes is { } first)
                {
                    undoing[fields.Sequence] = first;
                }

                return false;
            case AuditKind.Outcome when fields.IntentSequence is { } intent:
                if (open.Remove(intent, out DateTimeOffset began) && inside && began < request.From)
                {
                    Earlier.Add(intent);
                }

                return undoing.ContainsKey(intent);
            case AuditKind.Note:
                return fields.At >= request.From;
            case AuditKind.Planned or AuditKind.Approved:
                return fields.At < request.To;
            default:
                return false;
        }
    }

    private void Take(AuditRecord record)
    {
        if (record is { Kind: AuditKind.Outcome, IntentSequence: { } undo } && undoing.Remove(undo, out long first))
        {
            if (record.Result?.Outcome == ClearOutcome.Undone)
            {
                UndoneBy[first] = undo;
            }
        }
        else if (record is { Kind: AuditKind.Note, Result: { Outcome: ClearOutcome.Reasserted, AuditSequence: { } act } result })
        {
            Reasserted[act] = ReportText.Cut(result.Says)!;
        }
        else if (record is { Kind: AuditKind.Planned, PlanId: { } plan, Who: { } author } && planned.Count < MostPlans)
        {
            planned[plan] = Person(author);
        }
        else if (record.Kind == AuditKind.Approved)
        {
            if (Approvals.Count >= MostPlans)
            {
                Approvals.Remove(Approvals.First().Key);
            }

            Approvals[record.Sequence] = new ReportApproval
            {
                Sequence = record.Sequence,
                At = record.At,
                By = record.Who is { } who ? Person(who) : "not in the audit log",
                PlanId = ReportText.Cut(record.PlanId),
                PlanHash = ReportText.Cut(record.PlanHash),
                PlannedBy = record.PlanId is { } approved ? planned.GetValueOrDefault(approved) : null,
                Why = ReportText.Cut(record.Why),
                Expires = record.Expires,
                Acts = 0,
            };
        }
    }

    private static string Person(AuditActor who) => ReportText.Cut(
        $"{who.User}{(who.SudoUser is { } before ? $" (sudo by {before})" : "")}{(who.LoginUser is { } login ? $" (logged in as {login})" : "")} on {who.Host}")!;
}
