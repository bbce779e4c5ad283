using ZombieOps.Model;

namespace ZombieOps.Sources;

/// <summary>A source that can say how near its limits the scanned system is.</summary>
public interface IReportsHeadroom
{
    /// <summary>Reads every limit once. Growth and rank are the engine's.</summary>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">Nothing at all could be seen.</exception>
    ValueTask<HeadroomReport> HeadroomAsync(CancellationToken cancel);
}
