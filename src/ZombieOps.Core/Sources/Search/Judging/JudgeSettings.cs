namespace ZombieOps.Sources.Search.Judging;

/// <summary>What a user has said of drains in this cluster.</summary>
internal sealed record JudgeSettings
{
    /// <summary>The owner whose longest drain is known without being said (es-operator's default: 1,000 waits of at most 30 s).</summary>
    public const string EsOperator = "es-operator";

    /// <summary>How the user's shell writes an option.</summary>
    public Func<string, string> OptionName { get; init; } = new EngineOptions().OptionName;

    /// <summary>Minimum age of a mark.</summary>
    public TimeSpan MinAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest time that a node is away in a restart.</summary>
    public TimeSpan RestartTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Who sets exclusions; null where that was not said.</summary>
    public string? DrainOwner { get; init; }

    /// <summary>Longest time that a drain takes.</summary>
    public TimeSpan MaxDrain { get; init; } = new(8, 20, 0);

    /// <summary>
    /// How long an owner has to be at rest before it counts: es-operator notices at its next poll, up to 30 s later, that a drain is no longer wanted, and at the end of any
    /// drain the address stays excluded for some seconds while everything else is at rest.
    /// </summary>
    public TimeSpan Resting => MinAge > Rest ? MinAge : Rest;

    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(2);

    /// <summary>How long a node has to be away, or a state has to last, before it counts.</summary>
    public TimeSpan Lasting => MinAge > RestartTime ? MinAge : RestartTime;

    /// <summary>
    /// Longest time between two looks at a node that is away which still makes them one. In a longer one it may have been back and been restarted again.
    /// </summary>
    public TimeSpan MaxAwayGap => TimeSpan.FromTicks(Math.Clamp(Math.Min(Lasting.Ticks, Watch.MaxGap.Ticks) * 2, MinAwayGap.Ticks, Watch.MaxGap.Ticks));

    // Two ticks of the usual ten minutes.
    private static readonly TimeSpan MinAwayGap = TimeSpan.FromMinutes(20);
}
