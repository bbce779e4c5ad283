using ZombieOps.Ledger;

namespace ZombieOps.Reports;

/// <summary>Reads what the ledgers of a state directory still know.</summary>
internal static class LedgerState
{
    /// <summary>Reads them; nothing is moved aside or written.</summary>
    /// <param name="options">State directory.</param>
    /// <param name="request">The period.</param>
    /// <param name="problems">Gets what could not be read.</param>
    public static IReadOnlyList<ReportLedger> Read(EngineOptions options, ReportRequest request, List<string> problems)
    {
        string directory = Path.Combine(options.RequireStateDirectory(), "ledger");
        var all = new List<ReportLedger>();
        try
        {
            string[] files = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.json") : [];
            foreach (string source in files.Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal))
            {
                (LedgerFile file, string? problem) = SightingLedger.Look(options, source);
                if (problem is not null)
                {
                    problems.Add(problem);
                    continue;
                }

                LedgerEntry[] seen = [.. file.Seen.Values.Where(entry => entry is not null)];
                all.Add(new ReportLedger
                {
                    Source = source,
                    Known = seen.Length,
                    FirstSeenInPeriod = seen.Count(entry => entry.FirstSeen >= request.From && entry.FirstSeen < request.To),
                    Oldest = seen.Length == 0 ? null : seen.Min(entry => entry.FirstSeen),
                    LastSeen = seen.Length == 0 ? null : seen.Max(entry => entry.LastSeen),
                });
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"the ledgers in {directory} cannot be read: {e.Message}");
        }

        return all;
    }
}
