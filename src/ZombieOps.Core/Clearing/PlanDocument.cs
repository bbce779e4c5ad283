using ZombieOps.Model;

namespace ZombieOps.Clearing;

/// <summary>A plan together with the very bytes it was read from: what was approved is held against these and against no later look at the file.</summary>
/// <param name="Path">Full path of the file; empty where it was none.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Sha256">SHA-256 of the bytes, lower-case hexadecimal.</param>
public sealed record PlanDocument(string Path, Plan Plan, string Sha256)
{
    /// <summary>The source whose findings it holds; the first of the catalog where it holds none.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.PlanUnreadable"/>: it holds findings of several.</exception>
    public string SourceName()
    {
        string[] sources = [.. Plan.Scan.Findings.Select(finding => finding.Source).Distinct(StringComparer.Ordinal)];
        return sources.Length switch
        {
            0 => Sources.SourceCatalog.All[0].Name,
            1 => sources[0],
            _ => throw new ZombieOpsException(
                ErrorIds.PlanUnreadable, ExitCode.BadUsage, $"the plan holds findings of several sources: {string.Join(", ", sources)}", "make one plan for each source"),
        };
    }
}

/// <summary>Which plan a run acts on, and by whose leave.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Hash">SHA-256 of its bytes; null where it was no file.</param>
/// <param name="Approval">The approval that the run needs; null where it needs none.</param>
internal sealed record PlanUse(string Id, string? Hash, Audit.AuditRecord? Approval)
{
    /// <summary>Why the approval does not hold any more; null where it does, or none is needed.</summary>
    public string? LapsedBecause(DateTimeOffset now) => Approval is { Expires: { } end } && now >= end
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the approval (record {Approval.Sequence}) held until {end.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z")
        : null;
}
