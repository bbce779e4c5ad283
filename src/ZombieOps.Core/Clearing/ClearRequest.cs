using ZombieOps.Model;

namespace ZombieOps.Clearing;

/// <summary>What a user asks for when something is to be cleared.</summary>
public sealed record ClearRequest
{
    /// <summary>
    /// Codes of the remedies that the user named. Those that need no naming run without it. With a plan, its steps say which
    /// remedy runs and this is not looked at, except for escalations.
    /// </summary>
    public IReadOnlySet<string> Allowed { get; init; } = System.Collections.Immutable.ImmutableHashSet<string>.Empty;

    /// <summary>Limits of the run.</summary>
    public ClearLimits Limits { get; init; } = new();

    /// <summary>Whether nothing may change. No actuator is opened and nothing is written, not even to ledger and audit log.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// Whether only a plan may be acted on that another person than its author has approved (<see cref="PlanApprovals"/>). Whatever has no such plan is refused with
    /// <see cref="ErrorIds.NotApproved"/>.
    /// </summary>
    public bool RequireApproval { get; init; }

    /// <summary>Why, in the user's words, for the audit log.</summary>
    public string? Why { get; init; }

    /// <summary>Minimum age and settling pause, for the scan and for the guard.</summary>
    public ScanSettings Scan { get; init; } = new();

    /// <summary>
    /// Says why nothing may be cleared at a time, null where it may; asked before every act, so that a run ends where its window does
    /// (<see cref="ErrorIds.WindowClosed"/>). Null where every time is right.
    /// </summary>
    public Func<DateTimeOffset, string?>? ClosedBecause { get; init; }

    /// <summary>How long an owner gets to act on a request.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>What a scan is asked for by a user.</summary>
public sealed record ScanSettings
{
    /// <summary>See <see cref="Sources.ScanRequest.MinAge"/>.</summary>
    public TimeSpan MinAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>See <see cref="Sources.ScanRequest.Settle"/>.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Which findings are meant.</summary>
    public FindingFilter Filter { get; init; } = FindingFilter.All;

    /// <summary>Whether what was seen is remembered in the ledger.</summary>
    public bool Remember { get; init; } = true;
}
