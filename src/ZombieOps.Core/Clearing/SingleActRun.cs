using ZombieOps.Audit;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Clearing;

/// <summary>An act that a user asked for by name, and not the clearing of findings: an undo, a mark.</summary>
internal sealed record SingleAct
{
    /// <summary>Name in the audit log.</summary>
    public required string Name { get; init; }

    /// <summary>The thing as it is before.</summary>
    public required Finding Before { get; init; }

    /// <summary>What will be changed.</summary>
    public required ActPlan Plan { get; init; }

    /// <summary>What would be done, for a dry run.</summary>
    public required string WouldDo { get; init; }

    /// <summary>Why, in the user's words.</summary>
    public string? Why { get; init; }

    /// <summary>Whether nothing may change.</summary>
    public bool DryRun { get; init; }

    /// <summary>Who is asked first; null for nobody.</summary>
    public Func<ActPlan, bool>? Agree { get; init; }

    /// <summary>For an undo: sequence number of the act's intent.</summary>
    public long? Undoes { get; init; }

    /// <summary>The act.</summary>
    public required Func<CancellationToken, ValueTask<ActReport>> Act { get; init; }

    /// <summary>What an act that says it is done has come to, by a fresh look.</summary>
    public required Func<ActReport, Recheck, (ClearOutcome Outcome, string Reason, string Says)> Judge { get; init; }
}

/// <summary>Carries out one such act: intent, act, look again, outcome. It is a run of its own.</summary>
internal sealed class SingleActRun(EngineOptions options, ISource source, ScanRequest guard)
{
    private readonly string runId = Guid.NewGuid().ToString("N");
    private readonly DateTimeOffset startedAt = options.Clock.GetUtcNow();

    public async ValueTask<ClearReport> RunAsync(SingleAct one, CancellationToken cancel)
    {
        ClearResult result = Result(one.Before, one.Name, ClearOutcome.WouldClear, ClearReasons.DryRun, one.WouldDo) with { AuditSequence = one.Undoes };
        if (one.DryRun)
        {
            return Report(result, true, []);
        }

        if (one.Agree?.Invoke(one.Plan) == false)
        {
            return Report(result with { Reason = ClearReasons.Declined }, false, []);
        }

        // The prompt may have stood for an hour.
        StopFile.Check(options);
        using var audit = new AuditLog(options, bootId: HostIdentity.BootId(options));
        List<string> warnings = [.. new IntentRecovery(options, source, guard, audit).Run(runId)];
        audit.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = runId, Why = one.Why }]);
        using RunLock held = RunLock.Hold(options);
        AuditRecord own = audit.Append(
        [
            new AuditRecord { Kind = AuditKind.Intent, RunId = runId, Why = one.Why, FindingId = one.Before.Id, Remedy = one.Name, Before = one.Before, Act = one.Plan, Undoes = one.Undoes },
        ])[0];
        ActReport act;
        try
        {
            act = await one.Act(cancel).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever went wrong, the outcome has to be looked at and written down.
        catch (Exception e)
#pragma warning restore CA1031
        {
            act = new ActReport { Done = false, Reason = e is ZombieOpsException z ? z.ErrorId : ClearReasons.ActFailed, Says = e is ZombieOpsException next ? $"{next.Message}; {next.NextStep}" : e.Message };
        }

        Recheck look = await source.RecheckAsync(one.Before, guard, CancellationToken.None).ConfigureAwait(false);
        (ClearOutcome outcome, string reason, string says) = act.Done
            ? one.Judge(act, look)
            : (act.Reason == ErrorIds.NotPermitted ? ClearOutcome.NotPermitted : ClearOutcome.Failed, act.Reason ?? ClearReasons.ActFailed, act.Says);
        result = Result(one.Before, one.Name, outcome, reason, says) with { Facts = act.Facts, AuditSequence = own.Sequence };
        // What was not seen to its end has no outcome yet: the next run looks at what became of it.
        AuditKind kind = act.Unfinished ? AuditKind.Note : AuditKind.Outcome;
        audit.Append(
        [
            new AuditRecord { Kind = kind, RunId = runId, Why = one.Why, FindingId = one.Before.Id, Remedy = one.Name, IntentSequence = act.Unfinished ? null : own.Sequence, After = look.Now, Result = result, Act = act.Plan },
            new AuditRecord { Kind = AuditKind.RunEnded, RunId = runId, Why = $"1 {result.Outcome}" },
        ]);
        return Report(result, false, warnings);
    }

    /// <summary>The report of an act that there is nothing left to do for. What an interrupted run left open is closed; nothing else is written.</summary>
    public ClearReport Nothing(Finding before, string name, string says, bool dryRun)
    {
        ClearResult result = Result(before, name, ClearOutcome.AlreadyGone, ClearReasons.GoneBefore, says);
        if (dryRun)
        {
            return Report(result, true, []);
        }

        using var audit = new AuditLog(options, bootId: HostIdentity.BootId(options));
        return Report(result, false, new IntentRecovery(options, source, guard, audit).Run(runId));
    }

    private ClearReport Report(ClearResult result, bool dryRun, IReadOnlyList<string> warnings) => new()
    {
        Host = options.Host,
        BootId = HostIdentity.BootId(options),
        RunId = runId,
        StartedAt = startedAt,
        EndedAt = options.Clock.GetUtcNow(),
        DryRun = dryRun,
        Complete = true,
        Warnings = warnings,
        Results = [result],
    };

    private ClearResult Result(Finding before, string name, ClearOutcome outcome, string reason, string says) => ClearingResults.Make(before, name, outcome, reason, says, options.Clock);
}
