using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Exemptions;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps;

/// <summary>
/// The whole tool on one source: scan, explain, plan, clear. The command line and the cmdlets are thin shells around it. It is made
/// for one thread at a time.
/// </summary>
public sealed partial class ZombieEngine : IDisposable
{
    private readonly EngineOptions options;
    private readonly ISource source;

    /// <summary>An engine on a source of the catalog.</summary>
    /// <param name="options">Surroundings.</param>
    /// <param name="sourceName">Name of the source; null for the first.</param>
    /// <param name="sourceOptions">Options of the source by name; null for none.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>: no such source, or an option that it cannot take.</exception>
    public ZombieEngine(EngineOptions options, string? sourceName = null, IReadOnlyDictionary<string, string>? sourceOptions = null)
        : this(options, Find(sourceName).Open(options, sourceOptions ?? System.Collections.Immutable.ImmutableDictionary<string, string>.Empty))
    {
    }

    internal ZombieEngine(EngineOptions options, ISource source)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        this.source = source;
    }

    /// <summary>Surroundings.</summary>
    public EngineOptions Options => options;

    /// <summary>What the source is and offers.</summary>
    public SourceRegistration Source => source.Registration;

    /// <summary>Looks at the whole system once, applies exemptions, remembers what was seen, and shows what is meant.</summary>
    /// <param name="settings">What is asked for.</param>
    /// <param name="cancel">Ends the scan early.</param>
    /// <exception cref="ZombieOpsException">Nothing could be seen, or the exemptions cannot be read.</exception>
    public async ValueTask<ScanReport> ScanAsync(ScanSettings settings, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (ScanReport report, _, _) = await LookAsync(settings, cancel).ConfigureAwait(false);
        return Select(report, settings.Filter);
    }

    /// <summary>Judges one thing that a user names in the source's own words (a pid, a token).</summary>
    /// <param name="what">The name.</param>
    /// <param name="settings">Minimum age; the filter is not looked at and nothing is remembered.</param>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">There is no such thing, or it is no zombie.</exception>
    public async ValueTask<Finding> ExplainAsync(string what, ScanSettings settings, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (source is not IExplains explains)
        {
            throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"the source '{Source.Name}' cannot explain a single thing", "use 'scan --output wide'");
        }

        ExemptionList exemptions = ExemptionList.Load(options);
        var ledger = SightingLedger.Load(options, Source.Name, HostIdentity.BootId(options));
        Finding finding = await explains.ExplainAsync(what, Request(settings, ledger), cancel).ConfigureAwait(false);
        return exemptions.Apply(finding, options.Clock.GetUtcNow());
    }

    /// <summary>Says who runs out first: every limit that the source knows, with growth from the ledger, ranked.</summary>
    /// <param name="remember">Whether this look is kept in the ledger for the next one's growth.</param>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">Nothing could be seen, or the source knows no limits.</exception>
    public async ValueTask<HeadroomReport> HeadroomAsync(bool remember = true, CancellationToken cancel = default)
    {
        if (source is not IReportsHeadroom reports)
        {
            throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"the source '{Source.Name}' knows no limits", "name another source");
        }

        var ledger = SightingLedger.Load(options, Source.Name, HostIdentity.BootId(options));
        HeadroomReport report = await reports.HeadroomAsync(cancel).ConfigureAwait(false);
        var warnings = new List<string>([.. report.Warnings, .. ledger.Warnings]);
        if (remember)
        {
            double monotonic = ledger.MonotonicNow;
            Sample[] samples = [.. report.Rows.Select(row => new Sample(Series(row), report.ScannedAt, monotonic, row.Used))];
            if (ledger.Record(report.ScannedAt, [], complete: false, samples) is { } lost)
            {
                warnings.Add(lost);
            }
        }

        return report with
        {
            Warnings = warnings,
            Rows =
            [
                .. report.Rows.Select(row => Grown(row, ledger.Rate(Series(row))))
                    .OrderBy(row => row.FullIn ?? TimeSpan.MaxValue).ThenByDescending(row => row.Share).ThenBy(row => row.Name, StringComparer.Ordinal),
            ],
        };

        static string Series(HeadroomRow row) => $"{row.Limit}:{row.Source}:{row.Name}";

        static HeadroomRow Grown(HeadroomRow row, double? perHour)
        {
            // A century is as good as never, and fits a TimeSpan.
            double hours = perHour > 0 ? Math.Max(0, row.Max - row.Used) / perHour.Value : double.MaxValue;
            return row with { PerHour = perHour, FullIn = hours < 876_600 ? TimeSpan.FromHours(hours) : null };
        }
    }

    /// <summary>Writes down what would be cleared, for somebody to read and for <see cref="BeginAsync(Plan, ClearRequest, CancellationToken)"/>.</summary>
    /// <param name="report">A scan; its findings that may be cleared by an allowed remedy go into the plan, and nothing else.</param>
    /// <param name="allowed">Codes of the remedies that the user named.</param>
    public Plan MakePlan(ScanReport report, IReadOnlySet<string> allowed)
    {
        ArgumentNullException.ThrowIfNull(report);
        RemedyChoice.Check(Source, allowed);
        var steps = report.Findings
            .Where(finding => finding.Verdict == Verdict.Zombie)
            .Select(finding => (finding, offers: RemedyChoice.Choose(finding, allowed)))
            .Where(item => item.offers.Count > 0)
            .ToList();
        return new Plan
        {
            PlanId = Guid.NewGuid().ToString("N"),
            CreatedBy = Audit.AuditActors.Describe(options.User, options.SudoUser, options.LoginUser),
            CreatedAt = options.Clock.GetUtcNow(),
            Scan = report.WithFindings([.. steps.Select(item => item.finding)]),
            Steps = [.. steps.Select(item => new PlanStep(item.finding.Id, item.offers[0].Name))],
        };
    }

    /// <summary>Scans and prepares to clear what the request's filter means.</summary>
    /// <param name="request">What the user asks for.</param>
    /// <param name="cancel">Ends the preparation early.</param>
    /// <exception cref="ZombieOpsException">A limit is crossed, a stop file is there, the audit log cannot be written: nothing was cleared.</exception>
    public async ValueTask<ClearingRun> BeginAsync(ClearRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        RemedyChoice.Check(Source, request.Allowed);
        PlanApprovals.CheckNoneNeeded(request);
        CheckStopFile(request);
        (ScanReport report, ScanRequest guard, ExemptionList exemptions) = await LookAsync(Settings(request), cancel).ConfigureAwait(false);
        var queue = Select(report, request.Scan.Filter).Findings.Select(finding => (finding, (string?)null)).ToList();
        return Begin(request, report, guard, exemptions, queue, null, []);
    }

    /// <summary>Prepares to clear findings of an earlier scan. They are held against a fresh one; what is not among them is not touched.</summary>
    /// <param name="selected">The findings.</param>
    /// <param name="request">What the user asks for; its filter is not looked at.</param>
    /// <param name="cancel">Ends the preparation early.</param>
    /// <exception cref="ZombieOpsException">As for the other overload.</exception>
    public async ValueTask<ClearingRun> BeginAsync(IReadOnlyList<Finding> selected, ClearRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(selected);
        ArgumentNullException.ThrowIfNull(request);
        RemedyChoice.Check(Source, request.Allowed);
        PlanApprovals.CheckNoneNeeded(request);
        CheckStopFile(request);
        (ScanReport report, ScanRequest guard, ExemptionList exemptions) = await LookAsync(Settings(request), cancel).ConfigureAwait(false);
        var queue = selected.DistinctBy(finding => finding.Id).Select(finding => (finding, (string?)null)).ToList();
        return Begin(request, report, guard, exemptions, queue, null, []);
    }

    /// <summary>Prepares to act on exactly what a plan holds.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="request">What the user asks for; its filter is not looked at.</param>
    /// <param name="cancel">Ends the preparation early.</param>
    /// <exception cref="ZombieOpsException">The plan is of another host, boot or schema version; and as for the other overloads.</exception>
    public ValueTask<ClearingRun> BeginAsync(Plan plan, ClearRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(request);
        // What was approved is a file's bytes, and here there are none.
        PlanApprovals.CheckNoneNeeded(request);
        return BeginAsync(plan, null, request, cancel);
    }

    /// <summary>Prepares to act on exactly what a plan file held when it was read, and where the request says so only if somebody else has approved those bytes.</summary>
    /// <param name="document">The plan, as <see cref="PlanFile.Load"/> gives it.</param>
    /// <param name="request">What the user asks for; its filter is not looked at.</param>
    /// <param name="cancel">Ends the preparation early.</param>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.NotApproved"/>, <see cref="ErrorIds.ApprovalExpired"/>, <see cref="ErrorIds.SelfApproval"/>, <see cref="ErrorIds.AuditBroken"/>; and as for the
    /// other overloads.
    /// </exception>
    public ValueTask<ClearingRun> BeginAsync(PlanDocument document, ClearRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(request);
        return BeginAsync(document.Plan, document, request, cancel);
    }

    private async ValueTask<ClearingRun> BeginAsync(Plan plan, PlanDocument? document, ClearRequest request, CancellationToken cancel)
    {
        RemedyChoice.Check(Source, request.Allowed);
        PlanFile.Check(options, plan);
        (PlanUse use, request) = PlanApprovals.Use(options, plan, document, request);
        CheckStopFile(request);
        (ScanReport report, ScanRequest guard, ExemptionList exemptions) = await LookAsync(Settings(request), cancel).ConfigureAwait(false);
        var planned = plan.Scan.Findings.ToDictionary(finding => finding.Id, StringComparer.Ordinal);
        var queue = plan.Steps.DistinctBy(step => step.FindingId).Select(step => (planned[step.FindingId], (string?)step.Remedy)).ToList();
        return Begin(request, report, guard, exemptions, queue, use, NotInPlan(report, planned));
    }

    private static string[] NotInPlan(ScanReport report, Dictionary<string, Finding> planned) =>
        report.Findings.Count(finding => finding.Verdict == Verdict.Zombie && !planned.ContainsKey(finding.Id)) switch
        {
            0 => [],
            1 => ["1 zombie that is not in the plan is there now and is not touched"],
            int extra => [$"{extra} zombies that are not in the plan are there now and are not touched"],
        };

    /// <summary>Undoes an act that the audit log holds, under the same guards as the act.</summary>
    /// <param name="request">Which act, and what the user allows.</param>
    /// <param name="cancel">Ends it before anything is changed.</param>
    /// <returns>One result, of the outcome <see cref="ClearOutcome.Undone"/> where it is back.</returns>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.CannotUndo"/>, <see cref="ErrorIds.AuditBroken"/>, <see cref="ErrorIds.StopFilePresent"/>, or something could not be read: nothing was changed.
    /// </exception>
    public ValueTask<ClearReport> UndoAsync(UndoRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new UndoRun(options, source, request).RunAsync(cancel);
    }

    /// <summary>Sets a mark with an owner and an end, renews it, or takes it away. The audit log holds intent and outcome.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancel">Ends it before anything is changed.</param>
    /// <returns>One result: <see cref="ClearOutcome.Marked"/>, <see cref="ClearOutcome.Cleared"/> or <see cref="ClearOutcome.AlreadyGone"/> where all is well.</returns>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.MarkHeld"/>, <see cref="ErrorIds.CannotMark"/>, <see cref="ErrorIds.StopFilePresent"/>, or something could not be read: nothing was changed.
    /// </exception>
    public ValueTask<ClearReport> MarkAsync(MarkRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new MarkRun(options, source, request).RunAsync(cancel);
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private static SourceRegistration Find(string? name) => name is null
        ? SourceCatalog.All[0]
        : SourceCatalog.Find(name) ?? throw new ZombieOpsException(
            ErrorIds.BadArgument,
            ExitCode.BadUsage,
            $"there is no source '{name}'",
            $"use one of: {string.Join(", ", SourceCatalog.All.Select(entry => entry.Name))}");

    private static ScanReport Select(ScanReport report, FindingFilter filter) =>
        filter.Facets.Count == 0 ? report : report.WithFindings([.. report.Findings.Where(filter.Fits)]);

    private static ScanRequest Request(ScanSettings settings, ISightings sightings) =>
        new() { MinAge = settings.MinAge, Settle = settings.Settle, Sightings = sightings };

    // A dry run leaves no trace, not even of what it saw.
    private static ScanSettings Settings(ClearRequest request) => request.Scan with { Remember = request.Scan.Remember && !request.DryRun };

    private async ValueTask<(ScanReport Report, ScanRequest Guard, ExemptionList Exemptions)> LookAsync(ScanSettings settings, CancellationToken cancel)
    {
        // Exemptions first: a scan that cannot know what is exempt would be wrong, so it is not made.
        ExemptionList exemptions = ExemptionList.Load(options);
        (ScanRequest guard, SightingLedger ledger) = Prepare(settings);
        (ScanReport report, string? lost) = await LookAsync(settings, guard, ledger, exemptions, cancel).ConfigureAwait(false);
        return (lost is null ? report : report with { Warnings = [.. report.Warnings.Where(warning => warning != lost), lost] }, guard, exemptions);
    }

    private (ScanRequest Guard, SightingLedger Ledger) Prepare(ScanSettings settings)
    {
        var ledger = SightingLedger.Load(options, Source.Name, HostIdentity.BootId(options));
        return (Request(settings, ledger), ledger);
    }

    // A ledger that could not be written is told apart: a scan goes on without it, a sweep has failed in a part of its work.
    private async ValueTask<(ScanReport Report, string? Lost)> LookAsync(
        ScanSettings settings, ScanRequest guard, SightingLedger ledger, ExemptionList exemptions, CancellationToken cancel)
    {
        ScanReport report = await source.ScanAsync(guard, cancel).ConfigureAwait(false);
        string[] warnings = [.. report.Warnings, .. ledger.Warnings];
        string? lost = settings.Remember
            ? ledger.Record(options.Clock.GetUtcNow(), [.. report.Findings.Select(finding => finding.Id)], report.Complete, memory: report.Memory)
            : null;
        return (exemptions.Apply(report with { Warnings = warnings }, options.Clock.GetUtcNow()), lost);
    }

    private void CheckStopFile(ClearRequest request)
    {
        if (!request.DryRun)
        {
            StopFile.Check(options);
        }
    }

    private ClearingRun Begin(
        ClearRequest request,
        ScanReport report,
        ScanRequest guard,
        ExemptionList exemptions,
        List<(Finding Finding, string? Remedy)> selected,
        PlanUse? plan,
        IReadOnlyList<string> notes,
        bool recovered = false)
    {
        string runId = Guid.NewGuid().ToString("N");
        AuditLog? audit = null;
        RunLock? held = null;
        try
        {
            var warnings = new List<string>([.. report.Warnings, .. notes]);
            if (!request.DryRun)
            {
                // The log comes before the limits: what an interrupted run left behind is closed even where nothing new may be done.
                audit = new AuditLog(options, bootId: report.BootId);
                if (!recovered)
                {
                    warnings.AddRange(new IntentRecovery(options, source, guard, audit).Run(runId));
                }
            }

            var queue = ClearingQueue.Make(selected, report, request, options.Clock);
            ClearingQueue.CheckLimits(queue, report, request.Limits);
            audit?.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = runId, Why = request.Why, PlanId = plan?.Id, PlanHash = plan?.Hash, Approval = plan?.Approval?.Sequence }]);
            // After the first record, which makes the directory, and before any intent.
            held = audit is null ? null : RunLock.Hold(options);
            var run = new ClearingRun(new ClearingWork
            {
                Options = options,
                Source = source,
                Request = request,
                Guard = guard,
                Exemptions = exemptions,
                Scan = report,
                Queue = queue,
                Audit = audit,
                Lock = held,
                RunId = runId,
                Plan = plan,
                Warnings = warnings,
            });
            (audit, held) = (null, null);
            return run;
        }
        finally
        {
            audit?.Dispose();
            held?.Dispose();
        }
    }
}
