using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Sources;

/// <summary>What a request for a mark comes to.</summary>
/// <param name="Before">The mark as it is, or as it will be where it is not there yet.</param>
/// <param name="Plan">What would be changed.</param>
/// <param name="Does">What would be done, without a full stop.</param>
/// <param name="Nothing">Whether nothing is left to do.</param>
public sealed record MarkPlan(Finding Before, ActPlan Plan, string Does, bool Nothing = false);

/// <summary>An actuator that can set a mark with an owner and an end, and take it away again.</summary>
public interface IMarks
{
    /// <summary>Says what a request would change. It changes nothing.</summary>
    /// <param name="request">The request.</param>
    /// <param name="guard">How things are judged.</param>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">It may not be: <see cref="ErrorIds.MarkHeld"/>, <see cref="ErrorIds.CannotMark"/>, a bad argument, or something could not be read.</exception>
    ValueTask<MarkPlan> PlanMarkAsync(MarkRequest request, ScanRequest guard, CancellationToken cancel);

    /// <summary>Carries a request out. It looks at everything once more and may refuse as the plan does.</summary>
    /// <param name="request">The request.</param>
    /// <param name="guard">How things are judged.</param>
    /// <param name="cancel">Ends it before its first request; what has begun is finished.</param>
    ValueTask<ActReport> MarkAsync(MarkRequest request, ScanRequest guard, CancellationToken cancel);
}
