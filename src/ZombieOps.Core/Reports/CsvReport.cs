using System.Globalization;
using System.Text;
using ZombieOps.Audit;

namespace ZombieOps.Reports;

/// <summary>
/// Writes acts as CSV (RFC 4180), a row as soon as it is known, so all of a period whatever its size. A value that a spreadsheet would take for a formula begins with an
/// apostrophe, and hidden characters are written by their numbers, so a row is a line.
/// </summary>
internal sealed class CsvReport : IDisposable
{
    private static readonly string[] Heads =
    [
        "sequence", "at", "outcome_sequence", "ended_at", "outcome", "reason", "says", "verified", "source", "finding_id", "kind", "target", "cause", "owner", "first_seen", "age_seconds", "evidence", "remedy", "requests",
        "incident", "began_before", "undoes", "undone_by", "run_id", "user", "sudo_user", "login_user", "host", "plan_id", "plan_hash", "approval", "approved_by", "policy", "policy_sha256", "why", "chain",
    ];

    private readonly StreamWriter writer;
    private string chain = "";

    /// <summary>Writes to a stream, which stays open.</summary>
    public CsvReport(Stream to) => writer = new StreamWriter(to, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 32 << 10, leaveOpen: true);

    /// <summary>Writes the header row. Every row says whether the log verifies, because nothing else in the file can.</summary>
    public void Begin(AuditVerification verified)
    {
        chain = verified.Ok ? "verified" : "does not verify";
        Row(Heads);
    }

    /// <summary>Writes one act.</summary>
    public void Add(ReportAct act) => Row(
    [
        Number(act.Sequence), Time(act.At), Number(act.OutcomeSequence), Time(act.EndedAt), act.Outcome.ToString(), act.Reason, act.Says, act.Verified, act.Source, act.FindingId, act.Kind, act.Target, act.Cause,
        string.Join(", ", act.Owner), Time(act.FirstSeen), act.Age?.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture), string.Join(" | ", act.Evidence.Select(fact => $"{fact.State} {fact.Fact}: {fact.Says} [{fact.Source}]")),
        act.Remedy, string.Join(" | ", act.Requests), Number(act.Incident), act.BeganBefore ? "true" : "false", Number(act.Undoes), Number(act.UndoneBy), act.RunId, act.User, act.SudoUser, act.LoginUser, act.Host, act.PlanId, act.PlanHash, Number(act.Approval), act.ApprovedBy, act.Policy, act.PolicySha256, act.Why, chain,
    ]);

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    /// <summary>One value between quotation marks.</summary>
    internal static string Field(string? text)
    {
        string visible = ReportText.Visible(text ?? "").Replace("\"", "\"\"", StringComparison.Ordinal);
        return visible.Length > 0 && IsFormula(text![0]) ? $"\"'{visible}\"" : $"\"{visible}\"";
    }

    // What spreadsheets take for the beginning of a formula, in both widths; OWASP, "CSV Injection".
    private static bool IsFormula(char first) => first is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠';

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private void Row(string?[] fields)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            writer.Write(i == 0 ? "" : ",");
            writer.Write(Field(fields[i]));
        }

        writer.Write("\r\n");
    }
}
