using ZombieOps.Audit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Clearing;

/// <summary>Undoes one act: finds it in a log that verifies, guards, intent, act, look again, outcome. It is a run of its own.</summary>
internal sealed class UndoRun(EngineOptions options, ISource source, UndoRequest request)
{
    private const string Undo = "Undo";

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
        var guard = new ScanRequest { Sightings = new NoSightings(options.Clock) };
        return await new SingleActRun(options, source, guard).RunAsync(
            new SingleAct
            {
                Name = Undo,
                Before = before,
                Plan = plan,
                WouldDo = $"would undo {Text.Names.ToKebab(intent.Remedy!)}: {string.Join("; ", plan.Requests)}",
                Why = request.Why,
                DryRun = request.DryRun,
                Agree = request.Agree,
                Undoes = intent.Sequence,
                Act = ends => undoes.UndoAsync(before, intent.Remedy!, done, new ActSettings { Guard = guard }, ends),
                Judge = static (act, look) => look.State == RecheckState.Present
                    ? (ClearOutcome.Undone, ClearReasons.VerifiedBack, act.Says)
                    : (ClearOutcome.Failed, ClearReasons.NotVerified, $"{act.Says}; it is not there when looked at again: {look.Says}"),
            },
            cancel).ConfigureAwait(false);
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

    private static ZombieOpsException Cannot(string message, string next) => new(ErrorIds.CannotUndo, ExitCode.BadUsage, message, next);
}
