using ZombieOps.Text;

namespace ZombieOps.Audit;

/// <summary>A record in one line, for people: the log itself, the journal and syslog all say the same.</summary>
public static class AuditText
{
    /// <summary>What a record tells, without line ends and control characters.</summary>
    /// <param name="record">The record.</param>
    public static string What(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        string text = record.Kind switch
        {
            AuditKind.Intent => $"{Remedy(record)} {record.Before?.Target}",
            // A note of what came back, or of an act that was not seen to its end, holds a result as well.
            AuditKind.Outcome or AuditKind.Note when record.Kind == AuditKind.Outcome || record.Result is not null => $"{Names.ToKebab((record.Result?.Outcome ?? default).ToString())}: {Remedy(record)} {record.Result?.Target}; {record.Result?.Says}",
            AuditKind.Planned => $"plan {record.PlanId}, {record.Why}, sha256 {record.PlanHash}",
            AuditKind.Approved => string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"plan {record.PlanId}, sha256 {record.PlanHash}, until {record.Expires?.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z: {record.Why}"),
            _ => record.Why ?? "",
        };
        string under = record is { Approval: { } approval, Kind: AuditKind.RunStarted } ? $" (approved by record {approval})" : "";
        return Printable.Clean((text + under).ReplaceLineEndings(" "));
    }

    /// <summary>Who wrote a record: user, who is behind sudo, who logged in.</summary>
    /// <param name="record">The record.</param>
    public static string Who(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Printable.Clean(AuditActors.Describe(record.Who).ReplaceLineEndings(" "));
    }

    private static string Remedy(AuditRecord record) => record.Remedy is { } code ? Names.ToKebab(code) : "-";
}
