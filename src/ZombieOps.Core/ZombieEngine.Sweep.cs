using System.Runtime.ExceptionServices;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Exemptions;
using ZombieOps.Ledger;
using ZombieOps.Metrics;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sweeping;

namespace ZombieOps;

/// <content>One tick of a sweep.</content>
public sealed partial class ZombieEngine
{
    /// <summary>Called between two steps of a tick, so that a test can end the process at each of them.</summary>
    internal Action? BetweenSteps { get; init; }

    /// <summary>
    /// One tick, made for cron: takes the source's lock, closes what interrupted runs left open, scans, records in the ledger, clears what is allowed,
    /// writes metrics. What it cannot do is in the report, and the rest is done all the same. Nothing is ever asked.
    /// </summary>
    /// <param name="request">What is asked for. A dry run writes nothing at all, takes no lock and closes nothing.</param>
    /// <param name="cancel">Ends the tick early; the metrics are still written.</param>
    /// <exception cref="ZombieOpsException">
    /// Nothing was done: <see cref="ErrorIds.SweepBusy"/>, a bad argument, or a state directory that is not there or cannot be written.
    /// </exception>
    public async ValueTask<SweepReport> SweepAsync(SweepRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        RemedyChoice.Check(Source, request.Clear.Allowed);
        MetricLabels.Check(request.Labels);
        using SweepPlace? place = request.Clear.DryRun ? null : SweepPlace.Take(options, Source.Name);
        BetweenSteps?.Invoke();
        var tick = new Tick(options, Source.Name, request, place);
        ExceptionDispatchInfo? fault = null;
        try
        {
            await TickAsync(tick, cancel).ConfigureAwait(false);
        }
        catch (ZombieOpsException e)
        {
            tick.Fail(e);
        }
        catch (OperationCanceledException)
        {
            tick.Fail(new ZombieOpsException(ErrorIds.Interrupted, ExitCode.Incomplete, "the sweep was interrupted", "the next one goes on"));
        }
#pragma warning disable CA1031 // A fault is thrown on, after the metrics have told that nothing was seen.
        catch (Exception e)
#pragma warning restore CA1031
        {
            fault = ExceptionDispatchInfo.Capture(e);
            tick.Fail(new ZombieOpsException(ErrorIds.Internal, ExitCode.Incomplete, e.Message, "report this"));
        }

        SweepReport report = tick.End(place is null ? null : CountOpenIntents(tick), BetweenSteps);
        fault?.Throw();
        return report;
    }

    private async ValueTask TickAsync(Tick tick, CancellationToken cancel)
    {
        ClearRequest clear = tick.Request.Clear;
        ScanSettings settings = Settings(clear);
        (ScanRequest guard, SightingLedger ledger) = Prepare(settings);
        if (!clear.DryRun)
        {
            Recover(tick, guard);
            BetweenSteps?.Invoke();
        }

        ExemptionList exemptions = ExemptionList.Load(options);
        (ScanReport whole, string? lost) = await LookAsync(settings, guard, ledger, exemptions, cancel).ConfigureAwait(false);
        tick.Saw(whole, Select(whole, clear.Scan.Filter), exemptions);
        if (lost is not null)
        {
            tick.Fail(new ZombieOpsException(ErrorIds.CannotWrite, ExitCode.Incomplete, lost, "mend it: without a ledger no age grows"));
        }

        BetweenSteps?.Invoke();
        if (clear.Allowed.Count > 0)
        {
            tick.Clear = await ClearAsync(clear, tick.Request.Plan, whole, guard, exemptions, cancel).ConfigureAwait(false);
            BetweenSteps?.Invoke();
        }
    }

    private async ValueTask<ClearReport> ClearAsync(
        ClearRequest clear, PlanDocument? document, ScanReport whole, ScanRequest guard, ExemptionList exemptions, CancellationToken cancel)
    {
        PlanUse? use = null;
        List<(Finding Finding, string? Remedy)> selected;
        string[] notes = [];
        if (document is null)
        {
            PlanApprovals.CheckNoneNeeded(clear);
            selected = [.. Select(whole, clear.Scan.Filter).Findings.Select(finding => (finding, (string?)null))];
        }
        else
        {
            PlanFile.Check(options, document.Plan);
            (selected, notes) = Planned(document.Plan, clear, whole);
            (use, clear) = PlanApprovals.Use(options, document.Plan, document, clear);
        }

        bool acts = ClearingQueue.Make(selected, whole, clear, options.Clock).Any(item => item.Decided is null);
        if (acts)
        {
            CheckStopFile(clear);
        }

        // A tick that has nothing to act on is no run in the audit log: a year of them must not fill it.
        using ClearingRun run = Begin(acts ? clear : clear with { DryRun = true }, whole, guard, exemptions, selected, use, notes, recovered: true);
        while (await run.NextAsync(cancel).ConfigureAwait(false) is { } step)
        {
            if (step.Result is null)
            {
                await run.ActAsync(step, cancel).ConfigureAwait(false);
            }
        }

        return await run.EndAsync(cancel).ConfigureAwait(false) with { DryRun = clear.DryRun };
    }

    /// <summary>The steps of a plan that the request means and allows, and what is to be said of the others.</summary>
    private (List<(Finding Finding, string? Remedy)> Steps, string[] Notes) Planned(Plan plan, ClearRequest clear, ScanReport whole)
    {
        var planned = plan.Scan.Findings.ToDictionary(finding => finding.Id, StringComparer.Ordinal);
        var now = whole.Findings.ToDictionary(finding => finding.Id, StringComparer.Ordinal);
        HashSet<string> allowed = [.. Source.Remedies.Where(remedy => !remedy.MustBeNamed || clear.Allowed.Contains(remedy.Code)).Select(remedy => remedy.Code)];
        List<(Finding Finding, string? Remedy)> steps = [];
        var notes = new List<string>(NotInPlan(whole, planned));
        foreach (PlanStep step in plan.Steps.DistinctBy(step => step.FindingId))
        {
            Finding finding = planned[step.FindingId];
            if (!allowed.Contains(step.Remedy))
            {
                notes.Add($"{finding.Target} is left alone: the plan's '{Text.Names.ToKebab(step.Remedy)}' is not allowed here");
            }
            else if (clear.Scan.Filter.Facets.Count > 0 && !clear.Scan.Filter.Fits(now.GetValueOrDefault(finding.Id, finding)))
            {
                notes.Add($"{finding.Target} is left alone: it is in the plan and not among what is meant here");
            }
            else
            {
                steps.Add((finding, step.Remedy));
            }
        }

        return (steps, [.. notes]);
    }

    private void Recover(Tick tick, ScanRequest guard)
    {
        try
        {
            using var audit = new AuditLog(options);
            tick.Recovered = new IntentRecovery(options, source, guard, audit).Run(Guid.NewGuid().ToString("N"));
        }
        catch (ZombieOpsException e)
        {
            // A log that cannot be read keeps nobody from looking; clearing fails by itself.
            tick.Fail(e);
        }
    }

    private int? CountOpenIntents(Tick tick)
    {
        try
        {
            using var audit = new AuditLog(options);
            return audit.OpenIntents().Count(intent => intent.Before is not { } before || before.Source == Source.Name);
        }
        catch (ZombieOpsException e)
        {
            tick.Fail(e);
            return null;
        }
    }
}
