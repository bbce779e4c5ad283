using ZombieOps.Audit;

namespace ZombieOps.Reports;

/// <summary>What a report is asked for.</summary>
public sealed record ReportRequest
{
    /// <summary>Beginning of the period; it belongs to it.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>End of the period; it does not belong to it.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>A record that has to be in the audit log; null for none.</summary>
    public AuditAnchor? Anchor { get; init; }

    /// <summary>How long there may be no complete scan of a source.</summary>
    public TimeSpan MaxGap { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Acts that the report holds at most; it says how many it leaves out. CSV has all of them.</summary>
    public int MaxActs { get; init; } = 1000;

    /// <summary>A request for a period that people have written.</summary>
    /// <param name="from">See <see cref="ReportPeriod.Read"/>.</param>
    /// <param name="to">See <see cref="ReportPeriod.Read"/>.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>.</exception>
    public static ReportRequest For(string? from, string? to, DateTimeOffset now)
    {
        (DateTimeOffset begin, DateTimeOffset end) = ReportPeriod.Read(from, to, now);
        return new ReportRequest { From = begin, To = end };
    }
}

/// <summary>The forms of a report.</summary>
public enum ReportFormat
{
    /// <summary>One page that needs nothing else.</summary>
    Html,

    /// <summary>One row an act.</summary>
    Csv,

    /// <summary>A <see cref="PeriodReport"/>.</summary>
    Json,
}
