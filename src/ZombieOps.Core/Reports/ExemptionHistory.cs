using ZombieOps.Exemptions;
using ZombieOps.Sweeping;

namespace ZombieOps.Reports;

/// <summary>
/// The exemptions of a period: those that ticks went by, from their memory, and those of today's file. One that was in a file between two ticks, or on a host that does
/// not sweep, has left no trace.
/// </summary>
internal static class ExemptionHistory
{
    /// <summary>Reads them.</summary>
    /// <param name="options">State directory and exemption file.</param>
    /// <param name="sources">Sources that may have a memory.</param>
    /// <param name="matches">Ticks of the period in which one matched, by its id.</param>
    /// <param name="request">The period.</param>
    /// <param name="problems">Gets what could not be read.</param>
    public static IReadOnlyList<ReportExemption> Read(EngineOptions options, IEnumerable<string> sources, IReadOnlyDictionary<string, long> matches, ReportRequest request, List<string> problems)
    {
        var all = new List<ReportExemption>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (string source in sources)
        {
            (SweepMemory memory, string? problem, _) = SweepPlace.Look(options.RequireStateDirectory(), source);
            if (problem is not null)
            {
                problems.Add(problem);
            }

            foreach (ExemptionMemory one in memory.Exemptions ?? [])
            {
                known.Add(one.Id);
                if (one.Last >= request.From && one.First < request.To)
                {
                    all.Add(new ReportExemption
                    {
                        Source = source,
                        What = one.What,
                        Owner = one.Owner,
                        Reason = one.Reason,
                        Expires = one.Expires,
                        DeclaredAt = one.DeclaredAt,
                        FirstSeen = one.First,
                        LastSeen = one.Last,
                        Matched = matches.GetValueOrDefault(one.Id),
                    });
                }
            }
        }

        try
        {
            all.AddRange(ExemptionList.Load(options).All
                .Where(exemption => !known.Contains(ExemptionMemory.IdOf(exemption)) && exemption.LapsedBecause(request.From) is null)
                .Select(exemption => new ReportExemption
                {
                    What = ReportText.Cut(exemption.ToString())!,
                    Owner = ReportText.Cut(exemption.Owner),
                    Reason = ReportText.Cut(exemption.Reason),
                    Expires = ReportText.Cut(exemption.Expires),
                    DeclaredAt = ReportText.Cut(exemption.DeclaredAt ?? options.ExemptionsFile ?? Path.Combine(options.ConfigDirectory, "exemptions.json")),
                    Matched = 0,
                }));
        }
        catch (ZombieOpsException e)
        {
            problems.Add(e.Message);
        }

        return [.. all.OrderByDescending(one => one.Matched).ThenBy(one => one.Source, StringComparer.Ordinal).ThenBy(one => one.What, StringComparer.Ordinal)];
    }
}
