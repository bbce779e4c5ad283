using System.Globalization;
using ZombieOps.Text;

namespace ZombieOps.Reports;

/// <summary>The charts of a report, as SVG in the page. Each says in words what it shows; the figures stand in a table as well.</summary>
internal sealed class HtmlCharts(Html html)
{
    private const int Width = 520;
    private const int Left = 34;
    private static readonly string[] Order = [.. ((IEnumerable<ReportOutcome>)[ReportOutcome.Cleared, ReportOutcome.AlreadyGone, ReportOutcome.Undone, ReportOutcome.Marked, ReportOutcome.Skipped, ReportOutcome.Reasserted, ReportOutcome.NotPermitted, ReportOutcome.Failed, ReportOutcome.Open]).Select(outcome => outcome.ToString())];

    /// <summary>An outcome's name with its colour.</summary>
    public void Outcome(string name) => html.Raw("<span class=\"o\">").Raw(Swatch(name)).Text(Words(name)).Raw("</span>");

    /// <summary>A code in words: <c>NotPermitted</c> as <c>not permitted</c>.</summary>
    public static string Words(string code) => Names.ToKebab(code).Replace('-', ' ');

    /// <summary>Acts by day and outcome.</summary>
    public void Days(PeriodReport report)
    {
        const int Height = 240, Top = 12, Bottom = 210;
        int length = report.Days.Count > 0 ? report.Days[0].Days : 1;
        var first = new DateTimeOffset(report.From.UtcDateTime.Date, TimeSpan.Zero);
        DateTimeOffset end = report.MadeAt < report.To ? report.MadeAt : report.To;
        int bars = Math.Clamp((int)Math.Ceiling((end - first).TotalDays / length), 1, 400);
        long most = Math.Max(1, report.Days.Count == 0 ? 0 : report.Days.Max(day => day.Outcomes.Values.Sum()));
        double step = (double)(Width - Left - 4) / bars;
        string unit = length == 1 ? "day" : $"{length} days";
        html.Raw("<figure class=\"tall\"><figcaption>Acts by ").Text(unit).Raw(" and outcome</figcaption>");
        Begin(Height, "days", $"Acts by {unit} and outcome", report.Days.Count == 0 ? "No acts." : $"{report.Totals.Acts} acts; at most {most} in {(length == 1 ? "a day" : unit)}. The table below has the figures.");
        for (int i = 0; i <= 2; i++)
        {
            double y = Bottom - ((Bottom - Top) * i / 2.0);
            html.Format($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - 4}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/>");
            if (i == 0 || most > 1 || i == 2)
            {
                html.Format($"<text x=\"{Left - 6}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{(i == 1 ? most / 2.0 : i == 0 ? 0 : most):0.#}</text>");
            }
        }

        foreach (ReportDays day in report.Days)
        {
            double x = Left + (step * Math.Floor((day.Begins - first).TotalDays / length)), y = Bottom;
            foreach (string outcome in Order.Where(day.Outcomes.ContainsKey))
            {
                double high = (double)day.Outcomes[outcome] / most * (Bottom - Top);
                y -= high;
                html.Format($"<rect class=\"{outcome}\" x=\"{x + (step * 0.1):0.##}\" y=\"{y:0.##}\" width=\"{Math.Min(step * 0.8, 60):0.##}\" height=\"{high:0.##}\"><title>{day.Begins:yyyy-MM-dd}: {day.Outcomes[outcome]} {Words(outcome)}</title></rect>");
            }
        }

        int every = Math.Max(1, (int)Math.Ceiling(bars / 7.0));
        for (int i = 0; i < bars; i += every)
        {
            html.Format($"<text class=\"dimtext\" x=\"{Left + (step * i) + (step * 0.1):0.##}\" y=\"{Bottom + 18}\">{first.AddDays(i * length).ToString(end - first > TimeSpan.FromDays(300) ? "yyyy-MM-dd" : "MM-dd", CultureInfo.InvariantCulture)}</text>");
        }

        html.Raw("</svg>");
        Legend(report.Days.SelectMany(day => day.Outcomes.Keys).ToHashSet(StringComparer.Ordinal));
        if (report.Days.Count > 0)
        {
            DayTable(report, unit);
        }

        html.Raw("</figure>");
    }

    /// <summary>Acts by the age of what was acted on.</summary>
    public void Ages(PeriodReport report)
    {
        const int Row = 24, Names = 92;
        long most = Math.Max(1, report.Ages.Max(age => age.Acts));
        html.Raw("<figure><figcaption>Age when it was acted on</figcaption>");
        Begin((report.Ages.Count * Row) + 8, "ages", "Age when it was acted on", string.Join(", ", report.Ages.Select(age => $"{Age(age)}: {age.Acts}")));
        for (int i = 0; i < report.Ages.Count; i++)
        {
            ReportAge age = report.Ages[i];
            double wide = (double)age.Acts / most * (Width - Names - 60);
            int y = (i * Row) + 6;
            html.Format($"<text x=\"{Names - 8}\" y=\"{y + 13}\" text-anchor=\"end\">{Age(age)}</text><rect class=\"bar\" x=\"{Names}\" y=\"{y}\" width=\"{wide:0.##}\" height=\"{Row - 8}\"/><text x=\"{Names + wide + 6:0.##}\" y=\"{y + 13}\">{age.Acts}</text>");
        }

        html.Raw("</svg></figure>");
    }

    /// <summary>When there was no complete scan.</summary>
    public void Gaps(PeriodReport report)
    {
        const int Row = 44, Most = 30;
        ReportScanning[] sources = [.. report.Scanning.Take(Most)];
        if (sources.Length == 0)
        {
            return;
        }

        DateTimeOffset end = report.MadeAt < report.To ? report.MadeAt : report.To;
        double span = Math.Max(1, (end - report.From).TotalSeconds);
        double X(DateTimeOffset at) => Math.Clamp((at - report.From).TotalSeconds / span, 0, 1) * (Width - 8);
        html.Raw("<figure><figcaption>Complete scans</figcaption>");
        Begin((sources.Length * Row) + 22, "gaps", "Complete scans", string.Join(" ", sources.Select(source => $"{Title(source)}: {ReportText.Count(source.Complete, "complete scan")}, {ReportText.Count(source.GapCount, "gap")}.")));
        for (int i = 0; i < sources.Length; i++)
        {
            int y = (i * Row) + 14;
            html.Format($"<text x=\"4\" y=\"{y}\">").Text(Title(sources[i])).Format($"</text><rect class=\"{(sources[i].Unknown is { } all && all.To >= end ? "unknown" : "seen")}\" x=\"4\" y=\"{y + 6}\" width=\"{Width - 8}\" height=\"14\"/>");
            foreach ((ReportSpan gap, string name) in sources[i].Gaps.Select(gap => (gap, "gap")).Concat(sources[i].Unknown is { } unknown ? [(unknown, "unknown")] : []))
            {
                html.Format($"<rect class=\"{name}\" x=\"{4 + X(gap.From):0.##}\" y=\"{y + 4}\" width=\"{Math.Max(1.5, X(gap.To) - X(gap.From)):0.##}\" height=\"18\"><title>{(name == "gap" ? "no complete scan" : "not known")}: {ReportPeriod.Utc(gap.From)} to {ReportPeriod.Utc(gap.To)}</title></rect>");
            }
        }

        int foot = (sources.Length * Row) + 14;
        html.Format($"<text class=\"dimtext\" x=\"4\" y=\"{foot}\">{report.From.UtcDateTime:yyyy-MM-dd HH:mm}Z</text><text class=\"dimtext\" x=\"{Width - 4}\" y=\"{foot}\" text-anchor=\"end\">{end.UtcDateTime:yyyy-MM-dd HH:mm}Z</text></svg>");
        html.Raw("<ul class=\"legend\">").Format($"<li>{Swatch("seen")}scanned</li><li>{Swatch("gap")}no complete scan for more than {Durations.Format(sources[0].MaxGap)}</li><li>{Swatch("unknown")}not known</li></ul></figure>");
    }

    /// <summary>What a source is called.</summary>
    public static string Title(ReportScanning source) => ReportText.Visible(source.Name is null || source.Name == source.Source ? source.Source : $"{source.Source} ({source.Name})");

    private static string Age(ReportAge age) => age.To is { } to ? age.From == TimeSpan.Zero ? $"under {Durations.Format(to)}" : $"{Durations.Format(age.From)} to {Durations.Format(to)}" : $"{Durations.Format(age.From)} and more";

    private static string Swatch(string name) => $"<svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{name}\" width=\"10\" height=\"10\"/></svg>";

    private void Begin(int height, string id, string title, string says) =>
        html.Format($"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">").Text(title).Format($"</title><desc id=\"{id}-d\">").Text(says).Raw("</desc>");

    private void Legend(HashSet<string> used)
    {
        html.Raw("<ul class=\"legend\">");
        foreach (string outcome in Order.Where(used.Contains))
        {
            html.Raw("<li>").Raw(Swatch(outcome)).Text(Words(outcome)).Raw("</li>");
        }

        html.Raw("</ul>");
    }

    private void DayTable(PeriodReport report, string unit)
    {
        string[] used = [.. Order.Where(outcome => report.Days.Any(day => day.Outcomes.ContainsKey(outcome)))];
        html.Raw("<details><summary>The figures</summary>").Table($"Acts by {unit} and outcome", ["from (UTC)", .. used.Select(Words)]);
        html.Raw("<tbody>");
        foreach (ReportDays day in report.Days)
        {
            html.Raw("<tr>").Cell("from (UTC)").Format($"{day.Begins:yyyy-MM-dd}</td>");
            foreach (string outcome in used)
            {
                html.Cell(Words(outcome)).Format($"{day.Outcomes.GetValueOrDefault(outcome)}</td>");
            }

            html.Raw("</tr>");
        }

        html.Raw("</tbody></table></details>");
    }
}
