namespace ZombieOps.Clearing;

/// <summary>Limits of one run. Crossing one clears nothing and is an error (exit code 4).</summary>
public sealed record ClearLimits
{
    /// <summary>Most findings that one run may act on.</summary>
    public int MaxCount { get; init; } = 50;

    /// <summary>Greatest share (0 to 1) of all that was scanned that one run may act on.</summary>
    public double MaxShare { get; init; } = 0.25;

    /// <summary>Most acts of one run that move data (<see cref="Model.RemedyOffer.MovesData"/>); what is over it is left for the next run. Null for no bound.</summary>
    public int? MaxMoves { get; init; }

    /// <summary>How long to wait after an act until the finding is gone, before it counts as still there.</summary>
    public TimeSpan VerifyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to watch after the last act for what comes back. Zero watches once.</summary>
    public TimeSpan Watch { get; init; } = TimeSpan.FromSeconds(2);
}
