using ZombieOps.Model;

namespace ZombieOps.Sources;

/// <summary>An actuator that can say before an act what it will change. What it says goes into the audit log before the act begins.</summary>
public interface IPlansActs
{
    /// <summary>Says what the act will change. It changes nothing.</summary>
    /// <param name="fresh">The finding as the guard has just seen it.</param>
    /// <param name="remedy">Code of a remedy that <paramref name="fresh"/> offers.</param>
    /// <param name="settings">What else the user has allowed.</param>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">It cannot be told, so the act may not begin.</exception>
    ValueTask<ActPlan> PlanAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel);
}

/// <summary>An actuator whose acts take several steps and that can finish one that was interrupted between them.</summary>
public interface IRecovers
{
    /// <summary>Finishes what an interrupted act left half done. It never does the act itself.</summary>
    /// <param name="before">The finding as it was before the act.</param>
    /// <param name="remedy">Code of the remedy.</param>
    /// <param name="plan">What the act was about to change, from the audit log.</param>
    /// <param name="cancel">Ends waiting early.</param>
    /// <returns>Done where nothing is left half done; what it says is told to the user. Null where there was nothing to finish.</returns>
    ValueTask<ActReport?> RecoverAsync(Finding before, string remedy, ActPlan plan, CancellationToken cancel);
}

/// <summary>An actuator that can undo an act of its own from what the audit log holds of it.</summary>
public interface IUndoes
{
    /// <summary>Says what undoing will change. It changes nothing.</summary>
    /// <param name="before">The finding as it was before the act.</param>
    /// <param name="remedy">Code of the remedy that was run.</param>
    /// <param name="done">What the act changed.</param>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">It cannot be undone, or may not be as things are now; the message says why.</exception>
    ValueTask<ActPlan> PlanUndoAsync(Finding before, string remedy, ActPlan done, CancellationToken cancel);

    /// <summary>Undoes an act under the same guards as the act itself.</summary>
    /// <param name="before">The finding as it was before the act.</param>
    /// <param name="remedy">Code of the remedy that was run.</param>
    /// <param name="done">What the act changed.</param>
    /// <param name="settings">What else the user has allowed.</param>
    /// <param name="cancel">Ends waiting early; an act that has begun is finished.</param>
    ValueTask<ActReport> UndoAsync(Finding before, string remedy, ActPlan done, ActSettings settings, CancellationToken cancel);
}
