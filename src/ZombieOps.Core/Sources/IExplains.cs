using ZombieOps.Model;

namespace ZombieOps.Sources;

/// <summary>A source that can judge one thing by the name that a user gives it.</summary>
public interface IExplains
{
    /// <summary>Judges one thing.</summary>
    /// <param name="what">Its name in the source's own words: a pid, a token.</param>
    /// <param name="request">As for a scan.</param>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">There is no such thing, or it is no zombie.</exception>
    ValueTask<Finding> ExplainAsync(string what, ScanRequest request, CancellationToken cancel);
}
