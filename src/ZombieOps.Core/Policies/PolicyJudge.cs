using System.Globalization;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Policies;

/// <summary>Says what a policy would do with a finding, in the order in which a run decides.</summary>
internal sealed class PolicyJudge(Policy policy, PolicySource source, EngineOptions options)
{
    /// <summary>Decides.</summary>
    /// <param name="finding">The finding, without the policy's exemptions.</param>
    public PolicyDecision Decide(Finding finding)
    {
        DateTimeOffset now = options.Clock.GetUtcNow();
        List<string> notes = [.. policy.Exemptions.Where(item => item.Exemption.Fits(finding) && item.Exemption.LapsedBecause(now) is not null)
            .Select(item => Line(item.Line, $"the exemption of {item.Exemption.Owner} would match and does not apply: {item.Exemption.LapsedBecause(now)}"))];
        var decision = new PolicyDecision { Path = policy.Path, Source = source.Name, Answer = PolicyAnswer.LeaveAlone, Because = "", Finding = finding, Notes = notes };
        if (finding.Verdict is Verdict.Zombie or Verdict.ReportOnly && policy.Exemptions.FirstOrDefault(item => item.Exemption.LapsedBecause(now) is null && item.Exemption.Fits(finding)) is { } exempt)
        {
            return decision with { Line = exempt.Line, Because = $"it is exempt for {exempt.Exemption.Owner} until {exempt.Exemption.Expires}: {exempt.Exemption.Reason}" };
        }

        if (finding.Verdict != Verdict.Zombie)
        {
            bool young = finding.Reason == "TooYoung";
            return decision with
            {
                Answer = finding.Verdict == Verdict.ReportOnly ? PolicyAnswer.OnlyReport : PolicyAnswer.LeaveAlone,
                Line = young ? LineOf("limits.min-age") : null,
                Because = young
                    ? $"it is {Durations.Format(finding.Age)} old and the minimum is {Durations.Format(source.Clear.Scan.MinAge)}{Usual("limits.min-age")}"
                    : $"its verdict is {Names.ToKebab(finding.Verdict.ToString())}, because {Names.ToKebab(finding.Reason)}: {Last(finding)}",
            };
        }

        foreach ((string name, IReadOnlyList<string> patterns) in source.Clear.Scan.Filter.Facets)
        {
            if (!new FindingFilter(new Dictionary<string, IReadOnlyList<string>> { [name] = patterns }).Fits(finding))
            {
                string values = string.Join(", ", FindingFacets.Values(finding, name));
                return decision with { Line = LineOf("where." + name), Because = $"it is not meant: its {name} is {(values.Length > 0 ? $"'{values}'" : "not there")}, and the policy means {string.Join(" or ", patterns)}" };
            }
        }

        if (source.Clear.Allowed.Count == 0)
        {
            return decision with
            {
                Answer = PolicyAnswer.OnlyReport,
                Line = LineOf("allow") ?? source.Line,
                Because = "the policy allows no remedy on this source",
            };
        }

        IReadOnlyList<RemedyOffer> remedies = RemedyChoice.Choose(finding, source.Clear.Allowed);
        if (remedies.Count == 0)
        {
            return decision with { Answer = PolicyAnswer.OnlyReport, Line = LineOf("allow"), Because = RemedyChoice.Explain(finding, source.Clear.Allowed) };
        }

        notes.Add(Line(LineOf("limits.max-count"), $"a run that would act on more than {source.Clear.Limits.MaxCount} findings acts on none{Usual("limits.max-count")}"));
        notes.Add(Line(LineOf("limits.max-share"), string.Create(CultureInfo.InvariantCulture, $"nor one that would act on more than {source.Clear.Limits.MaxShare * 100:0.##}% of all that was scanned{Usual("limits.max-share")}")));
        decision = decision with { Remedies = [.. remedies.Select(offer => offer.Name)], Answer = PolicyAnswer.ClearLater };
        if (StopFile.Blocks(options) is { } stop)
        {
            return decision with { Because = $"not as long as {stop}" };
        }

        if (source.Clear.Limits.MaxCount == 0)
        {
            return decision with { Line = LineOf("limits.max-count"), Because = "a run may act on no finding at all" };
        }

        if (policy.Windows?.ClosedBecause(now) is { } closed)
        {
            return decision with { Line = policy.Windows.Line, Because = closed };
        }

        if (policy.RequireApproval)
        {
            return decision with { Because = "the policy requires a plan that somebody else than its author has approved: 'zombieops plan', 'zombieops plan approve', 'zombieops run --plan FILE'" };
        }

        if (policy.Windows?.Open(now) is { } window)
        {
            notes.Add(Line(window.Line, "its window is open"));
        }

        return decision with { Answer = PolicyAnswer.Clear, Line = LineOf("allow"), Because = remedies[0].Does };
    }

    private int? LineOf(string key) => source.Lines.TryGetValue(key, out int line) ? line : null;

    private string Usual(string key) => LineOf(key) is null ? " (the usual, the policy does not say)" : "";

    private static string Line(int? line, string text) => line is { } number ? string.Create(CultureInfo.InvariantCulture, $"line {number}: {text}") : text;

    private static string Last(Finding finding) => finding.Evidence.LastOrDefault(evidence => evidence.State != EvidenceState.Neutral)?.Says ?? "see 'zombieops explain'";
}
