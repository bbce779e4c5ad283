using ZombieOps.Audit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Clearing;

/// <summary>Undoes one act: finds it in a log that verifies, guards, intent, act, look again, outcome. It is a run of its own.</summary>
internal sealed class UndoRun(EngineOptions options, ISource source, UndoRequest request)
{
    private const string Undo = "Undo";
    private readonly string runId = Guid.NewGuid().ToString("N");
    private readonly DateTimeOffset startedAt = options.Clock.GetUtcNow();

    public async ValueTask<ClearReport> RunAsync(CancellationToken cancel)
    {
        (AuditRecord intent, ActPlan done) = Find();
        Finding before = intent.Before!;
        if (!request.DryRun)
        {
            StopFile.Check(options);
        }

        using IActuator actuator = source.OpenActuator();
        if (actuator is not IUndoes undoes)
        {
            throw Cannot($"the source '{source.Registration.Name}' cannot undo what it does", "see what was done with 'zombieops audit show'");
        }

        ActPlan plan = await undoes.PlanUndoAsync(before, intent.Remedy!, done, cancel).ConfigureAwait(false);
        ClearResult result = Result(before, ClearOutcome.WouldClear, ClearReasons.DryRun, $"would undo {Text.Names.ToKebab(intent.Remedy!)}: {string.Join("; ", plan.Requests)}") with { AuditSequence = intent.Sequence };
        if (request.DryRun)
        {
            return Report(result, []);
        }

        if (request.Agree?.Invoke(plan) == false)
        {
            return Report(result with { Reason = ClearReasons.Declined }, []);
        }

        var guard = new ScanRequest { Sightings = new NoSightings(options.Clock) };
        using var audit = new AuditLog(options, bootId: HostIdentity.BootId(options));
        List<string> warnings = [.. new IntentRecovery(options, source, guard, audit).Run(runId)];
        AuditRecord own = audit.Append(
        [
            new AuditRecord { Kind = AuditKind.RunStarted, RunId = runId, Why = request.Why },
            new AuditRecord { Kind = AuditKind.Intent, RunId = runId, Why = request.Why, FindingId = before.Id, Remedy = Undo, Before = before, Act = plan, Undoes = intent.Sequence },
        ])[1];
        ActReport act;
        try
        {
            act = await undoes.UndoAsync(before, intent.Remedy!, done, new ActSettings { Guard = guard }, cancel).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever went wrong, the outcome has to be looked at and written down.
        catch (Exception e)
#pragma warning restore CA1031
        {
            act = new ActReport { Done = false, Reason = e is ZombieOpsException z ? z.ErrorId : ClearReasons.ActFailed, Says = e is ZombieOpsException next ? $"{next.Message}; {next.NextStep}" : e.Message };
        }

        Recheck look = await source.RecheckAsync(before, guard, CancellationToken.None).ConfigureAwait(false);
        result = (act.Done, look.State) switch
        {
            (true, RecheckState.Present) => Result(before, ClearOutcome.Undone, ClearReasons.VerifiedBack, act.Says),
            (true, _) => Result(before, ClearOutcome.Failed, ClearReasons.NotVerified, $"{act.Says}; it is not there when looked at again: {look.Says}"),
            _ => Result(before, act.Reason == ErrorIds.NotPermitted ? ClearOutcome.NotPermitted : ClearOutcome.Failed, act.Reason ?? ClearReasons.ActFailed, act.Says),
        };
        result = result with { Facts = act.Facts, AuditSequence = own.Sequence };
        audit.Append(
        [
            new AuditRecord { Kind = AuditKind.Outcome, RunId = runId, Why = request.Why, FindingId = before.Id, Remedy = Undo, IntentSequence = own.Sequence, After = look.Now, Result = result, Act = act.Plan },
            new AuditRecord { Kind = AuditKind.RunEnded, RunId = runId, Why = $"1 {result.Outcome}" },
        ]);
        return Report(result, warnings);
    }

    /// <summary>The act's intent, and what it changed: as its outcome says, or where that is missing as it was planned.</summary>
    private (AuditRecord Intent, ActPlan Done) Find()
    {
        string directory = AuditVerifier.DirectoryOf(options);
        AuditVerification verified = AuditVerifier.Verify(directory, null, default);
        if (!verified.Ok)
        {
            throw new ZombieOpsException(ErrorIds.AuditBroken, ExitCode.NotPermitted, "the audit log does not verify, so nothing is undone by what it says", "see 'zombieops audit verify'");
        }

        AuditRecord? intent = null, outcome = null;
        var undone = new HashSet<long>();
        var undoing = new Dictionary<long, long>();
        List<AuditRecord> outcomes = [];
        foreach (AuditRecord record in AuditReader.Read(directory))
        {
            if (record.Sequence == request.Sequence && record.Kind is AuditKind.Intent or AuditKind.Outcome)
            {
                (intent, outcome) = record.Kind == AuditKind.Intent ? (record, outcome) : (intent, record);
            }

            if (record is { Kind: AuditKind.Intent, Undoes: { } first })
            {
                undoing[record.Sequence] = first;
            }

            if (record is { Kind: AuditKind.Outcome, IntentSequence: { } of })
            {
                outcome = of == intent?.Sequence ? record : outcome;
                if (record.Result?.Outcome == ClearOutcome.Undone && undoing.TryGetValue(of, out long which))
                {
                    undone.Add(which);
                }
            }
        }

        if (intent is null && outcome?.IntentSequence is { } sequence)
        {
            intent = AuditReader.Read(directory).FirstOrDefault(record => record.Sequence == sequence);
        }

        if (intent is not { Before: { } before, Remedy: not null })
        {
            throw Cannot($"record {request.Sequence} of the audit log is no act", "'zombieops audit show' lists the intents");
        }

        if (before.Source != source.Registration.Name)
        {
            throw Cannot($"record {request.Sequence} of the audit log is an act of the source '{before.Source}'", $"run 'zombieops undo {before.Source} {request.Sequence}'");
        }

        if (intent.Remedy == Undo)
        {
            throw Cannot($"record {request.Sequence} of the audit log is itself an undo", "clear the mark again, if it is a zombie");
        }

        return undone.Contains(intent.Sequence)
            ? throw Cannot($"the act of record {request.Sequence} was undone before", "nothing is left to do")
            : (outcome?.Act ?? intent.Act) is { } done
                ? (intent, done)
                : throw Cannot($"what the act of record {request.Sequence} changed is not in the audit log", "see what was done with 'zombieops audit show'");
    }

    private ClearReport Report(ClearResult result, IReadOnlyList<string> warnings) => new()
    {
        Host = options.Host,
        BootId = HostIdentity.BootId(options),
        RunId = runId,
        StartedAt = startedAt,
        EndedAt = options.Clock.GetUtcNow(),
        DryRun = request.DryRun,
        Complete = true,
        Warnings = warnings,
        Results = [result],
    };

    private ClearResult Result(Finding before, ClearOutcome outcome, string reason, string says) => ClearingResults.Make(before, Undo, outcome, reason, says, options.Clock);

    private static ZombieOpsException Cannot(string message, string next) => new(ErrorIds.CannotUndo, ExitCode.BadUsage, message, next);
}
