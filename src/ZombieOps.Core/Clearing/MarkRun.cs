using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Clearing;

/// <summary>Sets a mark with an owner and an end, renews it, or takes it away.</summary>
internal sealed class MarkRun(EngineOptions options, ISource source, MarkRequest request)
{
    /// <summary>Name of the act that sets or renews a mark.</summary>
    public const string Mark = "Mark";

    /// <summary>Name of the act that takes it away.</summary>
    public const string Unmark = "Unmark";

    public async ValueTask<ClearReport> RunAsync(CancellationToken cancel)
    {
        if (!request.DryRun)
        {
            StopFile.Check(options);
        }

        using IActuator actuator = source.OpenActuator();
        if (actuator is not IMarks marks)
        {
            throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"the source '{source.Registration.Name}' has no marks that can be set", "name another source");
        }

        var guard = new ScanRequest { Sightings = SightingLedger.Load(options, source.Registration.Name, HostIdentity.BootId(options)) };
        string name = request.TakeAway ? Unmark : Mark;
        MarkPlan plan = await marks.PlanMarkAsync(request, guard, cancel).ConfigureAwait(false);
        var run = new SingleActRun(options, source, guard);
        return plan.Nothing ? run.Nothing(plan.Before, name, plan.Does, request.DryRun) : await run.RunAsync(
            new SingleAct
            {
                Name = name,
                Before = plan.Before,
                Plan = plan.Plan,
                WouldDo = $"would {plan.Does}: {string.Join("; ", plan.Plan.Requests)}",
                Why = request.Why,
                DryRun = request.DryRun,
                Act = ends => marks.MarkAsync(request, guard, ends),
                Judge = request.TakeAway ? Gone : Set,
            },
            cancel).ConfigureAwait(false);
    }

    private static (ClearOutcome Outcome, string Reason, string Says) Set(ActReport act, Recheck look) => look.State == RecheckState.Present
        ? (ClearOutcome.Marked, ClearReasons.VerifiedSet, act.Says)
        : (ClearOutcome.Failed, ClearReasons.NotVerified, $"{act.Says}; it is not there when looked at again: {look.Says}");

    private static (ClearOutcome Outcome, string Reason, string Says) Gone(ActReport act, Recheck look) => look.State switch
    {
        RecheckState.Gone => (ClearOutcome.Cleared, ClearReasons.VerifiedGone, act.Says),
        RecheckState.Present => (ClearOutcome.Failed, ClearReasons.StillThere, $"{act.Says}; it is set again when looked at again"),
        _ => (ClearOutcome.Failed, ClearReasons.NotVerified, $"{act.Says}; whether it is gone cannot be seen: {look.Says}"),
    };
}
