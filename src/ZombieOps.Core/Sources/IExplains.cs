using ZombieOps.Model;

namespace ZombieOps.Sources;

/// <summary>A source that can explain one thing that a user names, without a scan of the whole system.</summary>
public interface IExplains
{
    /// <summary>Looks at one thing and judges it.</summary>
    /// <param name="what">What the user named, as it was typed: for a process its pid.</param>
    /// <param name="request">As for a scan.</param>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">
    /// <see cref="ErrorIds.BadArgument"/>, <see cref="ErrorIds.NoSuchProcess"/> or <see cref="ErrorIds.NotAZombie"/> (exit code 2);
    /// <see cref="ErrorIds.NotPermitted"/> where it could not be read.
    /// </exception>
    ValueTask<Finding> ExplainAsync(string what, ScanRequest request, CancellationToken cancel);
}
