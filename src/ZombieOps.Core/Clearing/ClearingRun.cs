using ZombieOps.Audit;
using ZombieOps.Exemptions;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Clearing;

/// <summary>What a run works on, as <see cref="ZombieEngine"/> has prepared it.</summary>
internal sealed record ClearingWork
{
    public required EngineOptions Options { get; init; }

    public required ISource Source { get; init; }

    public required ClearRequest Request { get; init; }

    public required ScanRequest Guard { get; init; }

    public required ExemptionList Exemptions { get; init; }

    /// <summary>The scan that the run starts from, before any filter.</summary>
    public required ScanReport Scan { get; init; }

    /// <summary>What to do, in order; a result where it is decided already.</summary>
    public required IReadOnlyList<(Finding Finding, string? PlannedRemedy, ClearResult? Decided)> Queue { get; init; }

    /// <summary>The log; null for a dry run, which has none to write to.</summary>
    public required IAuditLog? Audit { get; init; }

    /// <summary>Held until the run is over; null for a dry run.</summary>
    public RunLock? Lock { get; init; }

    public required string RunId { get; init; }

    /// <summary>The plan that is acted on; null where there is none.</summary>
    public PlanUse? Plan { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>
/// One run of clearing: guard, intent, act, verify, outcome, one finding at a time. The caller drives it step by step on its
/// own thread, so that a prompt can be asked in between and nothing goes on once the caller stops.
/// </summary>
public sealed class ClearingRun : IDisposable
{
    private const int LooksOfLongWatch = 6;
    private static readonly TimeSpan LongWatch = TimeSpan.FromSeconds(10);
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, bool> Active = new();
    private readonly ClearingWork work;
    private readonly List<ClearResult> results = [];
    private readonly List<string> warnings;
    private readonly DateTimeOffset startedAt;
    private readonly HashSet<string> knownIds;
    private readonly Dictionary<string, OwnerLink> restarted = [];
    private readonly Dictionary<string, Cleared> cleared = [];
    private IActuator? actuator;
    private int next;
    private int acts;
    private int moves;
    private int watchedActs;
    private string? stoppedBecause;
    private string stopText = "";

    internal ClearingRun(ClearingWork work)
    {
        this.work = work;
        warnings = [.. work.Warnings];
        startedAt = work.Options.Clock.GetUtcNow();
        knownIds = [.. work.Scan.Findings.Select(finding => finding.Id)];
        Active[work.RunId] = true;
    }

    /// <summary>Whether a run of this very process is not over yet: a pwsh outlives many runs, so its pid alone says nothing.</summary>
    internal static bool IsActive(string runId) => Active.ContainsKey(runId);

    /// <summary>Identity of the run, in every audit record of it.</summary>
    public string RunId => work.RunId;

    /// <summary>Whether this is a dry run.</summary>
    public bool DryRun => work.Request.DryRun;

    /// <summary>Whether the run is over and closed in the audit log.</summary>
    public bool Ended { get; private set; }

    /// <summary>How many findings are still to come.</summary>
    public int Remaining => work.Queue.Count - next;

    /// <summary>
    /// The next finding, freshly looked at. One that needs no decision carries its result, which is counted already. After a stop
    /// (or once <paramref name="cancel"/> is set) the rest comes back as skipped. Null at the end.
    /// </summary>
    /// <param name="cancel">Stops the run between two acts.</param>
    public async ValueTask<ClearStep?> NextAsync(CancellationToken cancel)
    {
        if (next >= work.Queue.Count)
        {
            return null;
        }

        (Finding finding, string? planned, ClearResult? decided) = work.Queue[next++];
        if (decided is not null)
        {
            return Settled(finding, decided);
        }

        if (cancel.IsCancellationRequested)
        {
            Stop(ErrorIds.Interrupted, "the run was interrupted");
        }
        else if (stoppedBecause is null && !DryRun && Blocked() is { } blocked)
        {
            Stop(blocked.ErrorId, blocked.Says);
        }

        if (stoppedBecause is not null)
        {
            return Settled(finding, Result(finding, null, ClearOutcome.Skipped, ClearReasons.RunStopped, $"not tried: {stopText}"));
        }

        (Finding? fresh, ClearResult? refusal) = await GuardAsync(finding, cancel).ConfigureAwait(false);
        if (refusal is not null)
        {
            return Settled(fresh ?? finding, refusal);
        }

        IReadOnlyList<RemedyOffer> remedies = planned is null
            ? RemedyChoice.Choose(fresh!, work.Request.Allowed)
            : RemedyChoice.Choose(fresh!, planned);
        if (remedies.Count > 0 && remedies[0].MovesData && moves >= work.Request.Limits.MaxMoves)
        {
            return Settled(fresh!, Result(fresh!, remedies[0].Name, ClearOutcome.Skipped, ClearReasons.NextRun, $"left for the next run: one run moves data {work.Request.Limits.MaxMoves} times at most, and '--max-moves' raises that"));
        }

        return remedies.Count == 0
            ? Settled(fresh!, Result(fresh!, planned, ClearOutcome.Skipped, ClearReasons.NoAllowedRemedy, RemedyChoice.Explain(fresh!, work.Request.Allowed, planned)))
            : new ClearStep { Finding = fresh!, Remedies = remedies };
    }

    /// <summary>Clears one finding, or says in a dry run what would be done.</summary>
    /// <param name="step">A step without a result, the last that <see cref="NextAsync"/> gave.</param>
    /// <param name="cancel">Ends waiting early; an act that has begun is still verified and written down.</param>
    public async ValueTask<ClearResult> ActAsync(ClearStep step, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (work.Request.DryRun || work.Audit is null)
        {
            moves += step.Remedies[0].MovesData ? 1 : 0;
            return Add(Result(step.Finding, step.Remedies[0].Name, ClearOutcome.WouldClear, ClearReasons.DryRun, step.Remedies[0].Does));
        }

        ClearResult result;
        try
        {
            result = await ClimbAsync(step, cancel).ConfigureAwait(false);
        }
        catch (ZombieOpsException e) when (e.ErrorId is ErrorIds.AuditUnwritable or ErrorIds.AuditBusy or ErrorIds.AuditBroken)
        {
            // Without the log nothing more is done; what was done before is still told.
            Stop(e.ErrorId, e.Message);
            return Add(Result(step.Finding, null, ClearOutcome.Skipped, ClearReasons.RunStopped, $"{e.Message}; {e.NextStep}"));
        }

        Add(result);
        if (result.Outcome is not (ClearOutcome.Skipped or ClearOutcome.AlreadyGone))
        {
            moves += step.Remedies[0].MovesData ? 1 : 0;
            await AfterActAsync(step.Finding, result, cancel).ConfigureAwait(false);
        }

        return results[^1];
    }

    /// <summary>Leaves one finding alone because the user said no.</summary>
    /// <param name="step">A step without a result.</param>
    public ClearResult Decline(ClearStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        return Add(Result(step.Finding, step.Remedies[0].Name, ClearOutcome.WouldClear, ClearReasons.Declined, step.Remedies[0].Does));
    }

    /// <summary>Watches for what comes back, closes the run in the audit log and reports. The run is over then.</summary>
    /// <param name="cancel">Cuts the watch short.</param>
    public async ValueTask<ClearReport> EndAsync(CancellationToken cancel)
    {
        Ended = true;
        while (await NextAsync(new CancellationToken(canceled: true)).ConfigureAwait(false) is { } rest)
        {
            // A caller that stopped early still gets a line for every finding.
            if (rest.Result is null)
            {
                throw new InvalidOperationException("a stopped run may offer nothing to act on");
            }
        }

        await WatchAsync(cancel).ConfigureAwait(false);
        var report = new ClearReport
        {
            Host = work.Options.Host,
            BootId = work.Scan.BootId,
            RunId = work.RunId,
            StartedAt = startedAt,
            EndedAt = work.Options.Clock.GetUtcNow(),
            DryRun = work.Request.DryRun,
            Complete = work.Scan.Complete,
            IncompleteBecause = work.Scan.IncompleteBecause,
            Warnings = warnings,
            Results = results,
            StoppedBecause = stoppedBecause,
        };
        if (work.Audit is not null)
        {
            try
            {
                string summary = string.Join(", ", results.GroupBy(r => r.Outcome).Select(g => $"{g.Count()} {g.Key}"));
                work.Audit.Append([Record(AuditKind.RunEnded) with { Why = stoppedBecause is null ? summary : $"{summary}; stopped: {stoppedBecause}" }]);
            }
            catch (ZombieOpsException e)
            {
                return report with { Warnings = [.. warnings, $"the end of the run is not in the audit log: {e.Message}"], StoppedBecause = stoppedBecause ?? e.ErrorId };
            }
        }

        return report;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Active.TryRemove(work.RunId, out _);
        actuator?.Dispose();
        work.Audit?.Dispose();
        work.Lock?.Dispose();
    }

    /// <summary>What forbids any act at this moment: a stop file, a window that has closed, an approval that has expired. Null where nothing does.</summary>
    private (string ErrorId, string Says)? Blocked()
    {
        DateTimeOffset now = work.Options.Clock.GetUtcNow();
        return StopFile.Blocks(work.Options) is { } stop ? (ErrorIds.StopFilePresent, stop)
            : work.Request.ClosedBecause?.Invoke(now) is { } closed ? (ErrorIds.WindowClosed, closed)
            : work.Plan?.LapsedBecause(now) is { } lapsed ? (ErrorIds.ApprovalExpired, lapsed)
            : null;
    }

    private async ValueTask<(Finding? Fresh, ClearResult? Refusal)> GuardAsync(Finding finding, CancellationToken cancel)
    {
        Recheck look = await RecheckAsync(finding, cancel).ConfigureAwait(false);
        switch (look)
        {
            case { State: RecheckState.Gone }:
                return (null, Result(finding, null, ClearOutcome.AlreadyGone, ClearReasons.GoneBefore, look.Says));
            case { State: RecheckState.Present, Now: { } now }:
                return (now, Refuse(finding, now));
            default:
                return (null, Result(finding, null, ClearOutcome.Skipped, ClearReasons.GuardFailed, look.Says));
        }
    }

    private ClearResult? Refuse(Finding decided, Finding now)
    {
        if (now.Verdict != Verdict.Zombie)
        {
            return Result(now, null, ClearOutcome.Skipped, ClearReasons.NotAZombie, $"its verdict is {now.Verdict}, reason {now.Reason}");
        }

        return now.Cause != decided.Cause
            ? Result(now, null, ClearOutcome.Skipped, ClearReasons.CauseChanged, $"its cause was {decided.Cause} and is {now.Cause} now")
            : null;
    }

    /// <summary>Tries the allowed remedies in order until one has cleared it; each with a guard, an intent and an outcome of its own.</summary>
    private async ValueTask<ClearResult> ClimbAsync(ClearStep step, CancellationToken cancel)
    {
        // The prompt may have stood for an hour.
        if (Blocked() is { } blocked)
        {
            Stop(blocked.ErrorId, blocked.Says);
            return Result(step.Finding, null, ClearOutcome.Skipped, ClearReasons.RunStopped, $"not tried: {blocked.Says}");
        }

        ClearResult? last = null;
        foreach (RemedyOffer offer in step.Remedies)
        {
            if (last is not null && (cancel.IsCancellationRequested || Blocked() is not null))
            {
                break;
            }

            // The prompt may have stood for an hour, and the remedy before may have helped late.
            (Finding? fresh, ClearResult? refusal) = await GuardAsync(step.Finding, CancellationToken.None).ConfigureAwait(false);
            if (refusal is not null)
            {
                if (refusal.Outcome != ClearOutcome.AlreadyGone || last is null)
                {
                    return last ?? refusal;
                }

                // An act that was refused has not helped: then it went by itself.
                return last.Reason is ClearReasons.StillThere or ClearReasons.NotVerified or ClearReasons.TimedOut
                    ? last with { Outcome = ClearOutcome.Cleared, Reason = ClearReasons.VerifiedGone, Says = $"gone after '{last.Remedy}'" }
                    : refusal;
            }

            if (RemedyChoice.Choose(fresh!, offer.Name).Count == 0)
            {
                last ??= Result(fresh!, offer.Name, ClearOutcome.Skipped, ClearReasons.NoAllowedRemedy, RemedyChoice.Explain(fresh!, new HashSet<string> { offer.Name }));
                continue;
            }

            last = await AttemptAsync(fresh!, offer.Name, cancel).ConfigureAwait(false);
            if (last.Outcome == ClearOutcome.Cleared)
            {
                break;
            }
        }

        return last!;
    }

    private async ValueTask<ClearResult> AttemptAsync(Finding fresh, string remedy, CancellationToken cancel)
    {
        actuator ??= work.Source.OpenActuator();
        var settings = new ActSettings { Allowed = work.Request.Allowed, Grace = work.Request.Grace, Guard = work.Guard, Exempted = finding => work.Exemptions.Apply(finding, work.Options.Clock.GetUtcNow()) };
        ActPlan? plan = null;
        if (actuator is IPlansActs plans)
        {
            try
            {
                plan = await plans.PlanAsync(fresh, remedy, settings, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is ZombieOpsException or OperationCanceledException)
            {
                return Result(fresh, remedy, ClearOutcome.Skipped, ClearReasons.GuardFailed, $"what would be changed could not be read: {e.Message}");
            }
        }

        AuditRecord intent = work.Audit!.Append([Record(AuditKind.Intent) with { FindingId = fresh.Id, Remedy = remedy, Before = fresh, Act = plan }])[0];
        ActReport act;
        try
        {
            act = await actuator.ActAsync(fresh, remedy, settings, cancel).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever went wrong, the outcome has to be looked at and written down.
        catch (Exception e)
#pragma warning restore CA1031
        {
            act = new ActReport { Done = false, Reason = e is ZombieOpsException z ? z.ErrorId : ClearReasons.ActFailed, Says = e.Message };
        }

        (ClearResult result, Finding? after) = await VerifyAsync(fresh, remedy, act, cancel).ConfigureAwait(false);
        if (act.Restarts is { } owner)
        {
            restarted[fresh.Id] = owner;
        }

        result = result with { AuditSequence = intent.Sequence };
        try
        {
            // What was not seen to its end has no outcome yet: its intent stays open on purpose.
            work.Audit.Append([Record(act.Unfinished ? AuditKind.Note : AuditKind.Outcome) with
            {
                FindingId = fresh.Id, Remedy = remedy, IntentSequence = act.Unfinished ? null : intent.Sequence, After = after, Result = result, Act = act.Plan,
            }]);
        }
        catch (ZombieOpsException e)
        {
            // The intent stays open on purpose: the next run finds it and closes it.
            Stop(e.ErrorId, e.Message);
            return result with { Says = $"{result.Says}; the outcome is not in the audit log: {e.Message}" };
        }

        return result;
    }

    private async ValueTask<(ClearResult Result, Finding? After)> VerifyAsync(Finding fresh, string remedy, ActReport act, CancellationToken cancel)
    {
        // An act that was not carried out may have been overtaken by the thing going by itself: one look tells.
        TimeSpan patience = act.Done ? work.Request.Limits.VerifyTimeout : TimeSpan.Zero;
        long began = work.Options.Clock.GetTimestamp();
        TimeSpan pause = TimeSpan.FromMilliseconds(2);
        Recheck look;
        while (true)
        {
            look = await RecheckAsync(fresh, CancellationToken.None).ConfigureAwait(false);
            if (look.State == RecheckState.Gone || cancel.IsCancellationRequested
                || work.Options.Clock.GetElapsedTime(began) >= patience)
            {
                break;
            }

            await Task.Delay(pause, work.Options.Clock, CancellationToken.None).ConfigureAwait(false);
            pause = pause < TimeSpan.FromMilliseconds(100) ? pause * 2 : pause;
        }

        ClearResult result = Result(fresh, remedy, ClearOutcome.Failed, ClearReasons.NotVerified, act.Says) with { Facts = act.Facts };
        result = (act.Done, look.State) switch
        {
            (true, RecheckState.Gone) => result with { Outcome = ClearOutcome.Cleared, Reason = ClearReasons.VerifiedGone },
            (false, RecheckState.Gone) when act.Unfinished => result with
            {
                Reason = act.Reason ?? ClearReasons.ActFailed, Says = $"{act.Says}; it is gone when looked at again, and the next run looks at the rest",
            },
            // A request that its owner took too long for has helped all the same; what was refused has not.
            (false, RecheckState.Gone) when act.Reason == ClearReasons.TimedOut => result with { Outcome = ClearOutcome.Cleared, Reason = ClearReasons.VerifiedGone, Says = $"{act.Says}; it is gone when looked at again" },
            (false, RecheckState.Gone) => result with { Outcome = ClearOutcome.AlreadyGone, Reason = ClearReasons.GoneBefore },
            (true, RecheckState.Present) when act.SeenGone => result with
            {
                Outcome = ClearOutcome.Reasserted, Reason = ClearReasons.CameBack, Says = $"{act.Says}; it was set again at once: somebody still uses it, and clearing it again would be a fight",
            },
            (true, RecheckState.Present) => result with { Reason = ClearReasons.StillThere, Says = $"{act.Says}; it is still there" },
            (false, _) => result with
            {
                Outcome = act.Reason == ErrorIds.NotPermitted ? ClearOutcome.NotPermitted : ClearOutcome.Failed,
                Reason = act.Reason ?? ClearReasons.ActFailed,
            },
            _ => result with { Says = $"{act.Says}; whether it is gone cannot be seen: {look.Says}" },
        };
        return (result, look.Now);
    }

    private async ValueTask AfterActAsync(Finding finding, ClearResult result, CancellationToken cancel)
    {
        acts++;
        if (result.Outcome == ClearOutcome.Reasserted)
        {
            Stop(ErrorIds.Reasserted, "what was cleared came back at once");
        }

        if (result.Outcome == ClearOutcome.Cleared)
        {
            cleared[finding.Id] = new Cleared(finding.Origin, restarted.GetValueOrDefault(finding.Id));
        }

        if (acts == 1 && Remaining > 0 && stoppedBecause is null)
        {
            if (result.Outcome != ClearOutcome.Cleared)
            {
                Stop(ErrorIds.CanaryFailed, "the first act of the run did not clear its finding");
            }
            else
            {
                await WatchAsync(cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Looks for new findings of what was just cleared; finding one stops the run.</summary>
    private async ValueTask WatchAsync(CancellationToken cancel)
    {
        if (cleared.Count == 0 || watchedActs == acts)
        {
            return;
        }

        watchedActs = acts;

        // A short watch looks once, at its end; a long one several times, so that what comes back and goes again is seen as well.
        int looks = work.Request.Limits.Watch < LongWatch ? 1 : LooksOfLongWatch;
        for (int look = 0; look < looks && stoppedBecause != ErrorIds.Reasserted; look++)
        {
            if (!await LookBackAsync(work.Request.Limits.Watch / looks, cancel).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private async ValueTask<bool> LookBackAsync(TimeSpan pause, CancellationToken cancel)
    {
        ScanReport again;
        try
        {
            await Task.Delay(pause, work.Options.Clock, cancel).ConfigureAwait(false);
            again = await work.Source.ScanAsync(work.Guard, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            warnings.Add("the watch for what comes back was cut short");
            return false;
        }
        catch (ZombieOpsException e)
        {
            warnings.Add($"whether anything came back could not be seen: {e.Message}");
            return false;
        }

        // What was cleared is gone from the ledger as well: set anew before the next scan, it would otherwise pass for as old as the one that was cleared.
        if (work.Request.Scan.Remember && work.Guard.Sightings is Ledger.SightingLedger ledger
            && ledger.Record(work.Options.Clock.GetUtcNow(), [.. again.Findings.Select(finding => finding.Id)], again.Complete, memory: again.Memory) is { } lost)
        {
            warnings.Add(lost);
        }

        foreach (Finding back in again.Findings)
        {
            if (cleared.ContainsKey(back.Id) || (!knownIds.Contains(back.Id) && cleared.Any(entry => entry.Value.Made(back))))
            {
                knownIds.Add(back.Id);
                Reassert(back);
            }
        }

        return true;
    }

    private void Reassert(Finding back)
    {
        Stop(ErrorIds.Reasserted, "what was cleared came back at once");
        for (int i = 0; i < results.Count; i++)
        {
            string id = results[i].FindingId;
            if (results[i].Outcome == ClearOutcome.Cleared && cleared.TryGetValue(id, out Cleared? done) && (id == back.Id || done.Made(back)))
            {
                // The very same thing: nothing made another, somebody has set it again.
                bool same = id == back.Id;
                string maker = done.Origin is { } origin && origin == back.Origin ? "its origin" : $"{done.Restarts}, started anew,";
                results[i] = results[i] with
                {
                    Outcome = ClearOutcome.Reasserted,
                    Reason = ClearReasons.CameBack,
                    Says = same
                        ? $"{results[i].Says}; then it was set again: somebody still uses it, and clearing it again would be a fight"
                        : $"{results[i].Says}; then {maker} made {back.Target}: mend what makes it, clearing does not",
                };
                try
                {
                    work.Audit?.Append([Record(AuditKind.Note) with { FindingId = id, After = back, Result = results[i], Why = "Reasserted" }]);
                }
                catch (ZombieOpsException e)
                {
                    warnings.Add($"that it came back is not in the audit log: {e.Message}");
                }
            }
        }
    }

    private async ValueTask<Recheck> RecheckAsync(Finding finding, CancellationToken cancel)
    {
        Recheck look = await work.Source.RecheckAsync(finding, work.Guard, cancel).ConfigureAwait(false);
        return look.Now is null ? look : look with { Now = work.Exemptions.Apply(look.Now, work.Options.Clock.GetUtcNow()) };
    }

    private void Stop(string because, string text)
    {
        stoppedBecause ??= because;
        stopText = stopText.Length > 0 ? stopText : text;
    }

    private ClearStep Settled(Finding finding, ClearResult result) => new() { Finding = finding, Result = Add(result) };

    private ClearResult Add(ClearResult result)
    {
        results.Add(result);
        return result;
    }

    private AuditRecord Record(AuditKind kind) => new() { Kind = kind, RunId = work.RunId, Why = work.Request.Why, PlanId = work.Plan?.Id, PlanHash = work.Plan?.Hash, Approval = work.Plan?.Approval?.Sequence };

    private ClearResult Result(Finding finding, string? remedy, ClearOutcome outcome, string reason, string says) =>
        ClearingResults.Make(finding, remedy, outcome, reason, says, work.Options.Clock);
}

/// <summary>What was cleared: where it came from, and who starts that anew.</summary>
internal sealed record Cleared(string? Origin, OwnerLink? Restarts)
{
    /// <summary>Whether this finding came from the same.</summary>
    public bool Made(Finding finding) =>
        (Origin is not null && finding.Origin == Origin) || (Restarts is { } owner && finding.Owner.Any(owner.IsSameAs));
}

/// <summary>Makes results, for the run and for its preparation.</summary>
internal static class ClearingResults
{
    public static ClearResult Make(Finding finding, string? remedy, ClearOutcome outcome, string reason, string says, TimeProvider clock) => new()
    {
        FindingId = finding.Id,
        Source = finding.Source,
        Target = finding.Target,
        Cause = finding.Cause,
        Remedy = remedy,
        Outcome = outcome,
        Reason = reason,
        Says = says,
        At = clock.GetUtcNow(),
    };
}
