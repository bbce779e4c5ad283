using ZombieOps.Ledger;
using ZombieOps.Model;

namespace ZombieOps.Sources;

/// <summary>What a scan is asked for.</summary>
public sealed record ScanRequest
{
    /// <summary>
    /// A zombie younger than this is reported and not cleared. One minute, as Solaris' <c>preap(1)</c> refuses younger ones
    /// without <c>-F</c>: short zombies are normal.
    /// </summary>
    public TimeSpan MinAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A candidate that is seen for the first time is looked at again after this pause; what is gone by then was ordinary.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>When things were seen before.</summary>
    public ISightings Sightings { get; init; } = NoSightings.Instance;
}

/// <summary>What a second, fresh look at a finding saw.</summary>
public enum RecheckState
{
    /// <summary>The look failed: nothing may be concluded. The default, on purpose.</summary>
    Unknown = 0,

    /// <summary>It is there, the same one by identity; <see cref="Recheck.Now"/> is its fresh judgement.</summary>
    Present,

    /// <summary>It is gone, or something else has taken its place (another identity).</summary>
    Gone,
}

/// <summary>The answer of <see cref="ISource.RecheckAsync"/>.</summary>
/// <param name="State">Whether it is still there.</param>
/// <param name="Now">The fresh finding where it is; null otherwise.</param>
/// <param name="Says">What was seen, one sentence.</param>
public sealed record Recheck(RecheckState State, Finding? Now, string Says);

/// <summary>A system that is scanned. It reads; it changes nothing but through <see cref="OpenActuator"/>.</summary>
public interface ISource : IDisposable
{
    /// <summary>What it is and offers.</summary>
    SourceRegistration Registration { get; }

    /// <summary>Looks at the whole system once.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancel">Ends the scan early.</param>
    /// <returns>What was seen. What could not be seen makes it incomplete; it is never left out.</returns>
    /// <exception cref="ZombieOpsException">Nothing at all could be seen.</exception>
    ValueTask<ScanReport> ScanAsync(ScanRequest request, CancellationToken cancel);

    /// <summary>Looks at one finding again, from fresh reads, with identity compared: the guard before an act and the proof after it.</summary>
    /// <param name="finding">The finding as it was.</param>
    /// <param name="request">As for the scan that found it.</param>
    /// <param name="cancel">Ends the look early.</param>
    ValueTask<Recheck> RecheckAsync(Finding finding, ScanRequest request, CancellationToken cancel);

    /// <summary>Opens the only door through which this source changes anything. A dry run never calls it.</summary>
    IActuator OpenActuator();
}

/// <summary>What one act did. "Done" means that it was carried out, never that it helped: that is verified by looking again.</summary>
public sealed record ActReport
{
    /// <summary>Whether the act was carried out.</summary>
    public required bool Done { get; init; }

    /// <summary>Stable reason code where it was not: <c>NotPermitted</c>, <c>IdentityChanged</c>, <c>Refused</c>, <c>TimedOut</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>What was done or why not, one sentence.</summary>
    public required string Says { get; init; }

    /// <summary>
    /// Link of the finding's owner chain that starts a new origin in place of the one that the act ended: a unit that was restarted. A new
    /// finding with the same link is then as good as one of the same <see cref="Finding.Origin"/>. Null where the origin goes on, or nobody starts it again.
    /// </summary>
    public OwnerLink? Restarts { get; init; }

    /// <summary>Whether the act has itself seen the thing gone. What a look finds after that has come back.</summary>
    public bool SeenGone { get; init; }

    /// <summary>
    /// Whether something was sent and the act did not see it through to its end: part of it may have happened, or happen yet. The intent then stays open, so
    /// that the next run looks at what became of it and finishes what is half done.
    /// </summary>
    public bool Unfinished { get; init; }

    /// <summary>What was changed, for the audit log and for an undo; null where that is not known.</summary>
    public ActPlan? Plan { get; init; }

    /// <summary>Facts for the audit log, by stable camelCase names.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>Carries out remedies of one source.</summary>
public interface IActuator : IDisposable
{
    /// <summary>Carries out one remedy on one finding. Checks identity once more by itself, as close to the act as the system allows.</summary>
    /// <param name="fresh">The finding as the guard has just seen it.</param>
    /// <param name="remedy">Code of a remedy that <paramref name="fresh"/> offers.</param>
    /// <param name="settings">What else the user has allowed.</param>
    /// <param name="cancel">Ends waiting early; an act that has begun is finished or undone, never left in the middle.</param>
    ValueTask<ActReport> ActAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel);
}

/// <summary>What a user allows beyond the remedy itself.</summary>
public sealed record ActSettings
{
    /// <summary>Codes of everything that the user named.</summary>
    public IReadOnlySet<string> Allowed { get; init; } = System.Collections.Immutable.ImmutableHashSet<string>.Empty;

    /// <summary>How the finding was judged, for an actuator that judges it once more.</summary>
    public ScanRequest Guard { get; init; } = new();

    /// <summary>A finding as the exemptions leave it, for an actuator whose act reaches further than its own finding.</summary>
    public Func<Finding, Finding> Exempted { get; init; } = static finding => finding;

    /// <summary>How long an owner gets to act on a request before it counts as not done.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}
