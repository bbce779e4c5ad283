using System.Globalization;
using System.Text;
using ZombieOps.Text;

namespace ZombieOps.Reports;

/// <summary>Writes a report as one page that needs no network, no script and no other file, for screen and paper.</summary>
internal sealed class HtmlReport
{
    // A table of more rows may break over sheets.
    private const int FewRows = 12;
    private readonly PeriodReport report;
    private readonly Html html;
    private readonly HtmlCharts charts;

    private HtmlReport(PeriodReport report, TextWriter to)
    {
        this.report = report;
        html = new Html(to);
        charts = new HtmlCharts(html);
    }

    /// <summary>Writes it, in UTF-8.</summary>
    public static void Write(PeriodReport report, Stream to)
    {
        using var writer = new StreamWriter(to, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 32 << 10, leaveOpen: true) { NewLine = "\n" };
        new HtmlReport(report, writer).Page();
    }

    private void Page()
    {
        html.Raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"").Raw(HtmlStyle.Policy)
            .Raw("\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"light dark\"><title>ZombieOps report, ")
            .Text(string.Create(CultureInfo.InvariantCulture, $"{report.Host}, {report.From.UtcDateTime:yyyy-MM-dd} to {report.To.UtcDateTime:yyyy-MM-dd}")).Raw("</title><style>").Raw(HtmlStyle.Css).Raw("</style></head>\n<body><main>");
        Head();
        Attention();
        Figures();
        html.Raw("<section><h2>At a glance</h2><div class=\"charts\">");
        charts.Days(report);
        charts.Ages(report);
        charts.Gaps(report);
        html.Raw("</div></section>\n");
        Incidents();
        Acts();
        Policies();
        Approvals();
        Exemptions();
        Scanning();
        Chain();
        Foot();
        html.Raw("</main></body></html>\n");
    }

    private void Head() => html.Raw("<header><h1>Zombies found and acted on</h1><p>").Time(report.From).Raw(" up to, and not with, ").Time(report.To).Raw(" · host ").Name(report.Host).Raw("</p><p class=\"dim\">Made ").Time(report.MadeAt).Raw(" by ")
        .Name(report.MadeBy).Raw(" with zombieops ").Text(report.Version).Raw(" from ").Name(report.StateDirectory).Raw(". All times are UTC.</p></header>\n");

    private void Attention()
    {
        ReportGrade grade = report.Attention.Count > 0 ? report.Attention[0].Grade : ReportGrade.Note;
        string says = grade switch
        {
            ReportGrade.Incomplete => "This report may not be all that happened.",
            ReportGrade.Look => "Somebody should look at something.",
            _ => "Nothing in this period needs a look.",
        };
        html.Raw("<section class=\"verdict ").Raw(grade.ToString()).Raw("\" aria-label=\"What to know first\"><strong>").Text(says).Format($"</strong> <span class=\"dim\">Exit code {report.Exit}, ").Text(report.ExitReason).Raw("</span>");
        if (report.Attention.Count > 0)
        {
            html.Raw("<ul class=\"notes\">");
            foreach (ReportNote note in report.Attention)
            {
                html.Raw("<li><span class=\"grade ").Raw(note.Grade.ToString()).Raw("\">").Text(note.Grade switch { ReportGrade.Incomplete => "not known", ReportGrade.Look => "look at it", _ => "note" }).Raw("</span>").Text(note.Says).Raw("</li>");
            }

            html.Raw("</ul>");
        }

        html.Raw("</section>\n");
    }

    private void Figures()
    {
        html.Raw("<ul class=\"tiles\" aria-label=\"Figures\">");
        Tile(report.Totals.Incidents, "incidents");
        Tile(report.Totals.Acts, "acts");
        foreach (KeyValuePair<string, long> outcome in report.Totals.Outcomes)
        {
            Tile(outcome.Value, HtmlCharts.Words(outcome.Key));
        }

        Tile(report.Scanning.Sum(source => source.Complete), "complete scans");
        Tile(report.Scanning.Sum(source => source.GapCount), "gaps in scanning");
        Tile(report.Totals.Records, "audit records");
        html.Raw("</ul>\n");
    }

    private void Tile(long number, string name) => html.Format($"<li><b>{number}</b>").Text(name).Raw("</li>");

    private void Incidents()
    {
        html.Raw(report.Incidents.Count > FewRows ? "<section class=\"long\">" : "<section>").Raw("<h2>Incidents</h2>");
        if (report.Incidents.Count == 0)
        {
            html.Raw("<p>The audit log has no act in this period.</p></section>\n");
            return;
        }

        html.Table("Acts on things of one origin and one cause; what needs a look comes first", "No", "What", "Cause", "Owner", "First to last", "Findings", "Acts", "Oldest", "Outcomes").Raw("<tbody>");
        foreach (ReportIncident incident in report.Incidents)
        {
            html.Raw("<tr>").Cell("No").Format($"{incident.Number}</td>");
            html.Cell("What").Name(incident.What).Raw(" <span class=\"dim\">").Text(incident.Source).Raw("</span></td>");
            html.Cell("Cause").Raw("<span class=\"code\">").Text(incident.Cause).Raw("</span></td>");
            html.Cell("Owner").Name(incident.Owner ?? "–").Raw("</td>");
            html.Cell("First to last").Time(incident.First);
            if (incident.Last != incident.First)
            {
                html.Raw(" to ").Time(incident.Last);
            }

            html.Raw("</td>").Cell("Findings").Format($"{incident.Findings}</td>").Cell("Acts").Format($"{incident.Acts}</td>").Cell("Oldest").Text(Durations.Format(incident.Oldest)).Raw("</td>").Cell("Outcomes");
            foreach (KeyValuePair<string, long> outcome in incident.Outcomes)
            {
                html.Format($"<div>{outcome.Value} ");
                charts.Outcome(outcome.Key);
                html.Raw("</div>");
            }

            html.Raw("</td></tr>");
        }

        html.Raw("</tbody></table>");
        LeftOut(report.Totals.IncidentsLeftOut, "incident");
        html.Raw("</section>\n");
    }

    private void Acts()
    {
        if (report.Acts.Count == 0)
        {
            return;
        }

        html.Raw("<section class=\"long\"><h2>Acts</h2><p class=\"dim\">Each act with the evidence as the guard saw it right before, who decided, what was done and how that was verified. Numbers are those of the audit log.</p>");
        LeftOut(report.Totals.ActsLeftOut, "act");
        html.Table("Acts in the order of the audit log", "Record", "When", "What", "Remedy", "Outcome", "Incident");
        foreach (ReportAct act in report.Acts)
        {
            html.Raw("<tbody class=\"act\"><tr>").Cell("Record").Format($"{act.Sequence}</td>");
            html.Cell("When").Time(act.At).Raw("</td>");
            html.Cell("What").Name(act.Target ?? act.FindingId).Raw("</td>");
            html.Cell("Remedy").Text(act.Remedy).Raw("</td>").Cell("Outcome");
            charts.Outcome(act.Outcome.ToString());
            html.Raw("</td>").Cell("Incident").Format($"{act.Incident}</td></tr><tr class=\"more\"><td colspan=\"6\"><dl>");
            Found(act);
            Decided(act);
            Done(act);
            html.Raw("</dl></td></tr></tbody>\n");
        }

        html.Raw("</table></section>\n");
    }

    private void Found(ReportAct act)
    {
        Item("Found").Text(act.Kind).Raw(", cause ").Text(act.Cause).Raw(", ");
        html.Text(act.Age is { } age ? $"{Durations.Format(age)} old at least" : "age not known");
        if (act.FirstSeen is { } seen)
        {
            html.Raw(", first seen ").Time(seen);
        }

        html.Raw("</dd>");
        if (act.Owner.Count > 0)
        {
            Item("Owned by").Name(string.Join(", ", act.Owner)).Raw("</dd>");
        }

        Item("Evidence");
        if (act.Evidence.Count == 0)
        {
            html.Raw("none in the audit log");
        }
        else
        {
            html.Raw("<ul>");
            foreach (Model.Evidence fact in act.Evidence)
            {
                html.Raw("<li><b>").Text($"{fact.State} {fact.Fact}").Raw("</b>: ").Name(fact.Says).Raw(" <span class=\"dim\">").Name(fact.Source).Raw("</span></li>");
            }

            html.Raw("</ul>");
        }

        html.Raw("</dd>");
    }

    private void Decided(ReportAct act)
    {
        Item("Decided by").Name(act.User ?? "not in the audit log");
        if (act.SudoUser is { } before)
        {
            html.Raw(", by sudo from ").Name(before);
        }

        if (act.LoginUser is { } login)
        {
            html.Raw(", logged in as ").Name(login);
        }

        if (act.Host is { } host)
        {
            html.Raw(" on ").Name(host);
        }

        if (act.PlanId is { } plan)
        {
            html.Raw(", plan ").Name(plan);
        }

        if (act.Approval is { } approval)
        {
            html.Format($", approved in record {approval} by ").Name(act.ApprovedBy ?? "somebody that the audit log does not have");
        }

        html.Raw(", run ").Name(act.RunId).Raw("</dd>");
        if (act.Policy is { } policy)
        {
            Item("Policy").Name(policy).Raw(", SHA-256 ").Name(act.PolicySha256).Raw("</dd>");
        }

        if (Rest(act) is { Length: > 0 } why)
        {
            Item("Reason given").Name(why).Raw("</dd>");
        }
    }

    /// <summary>The reason without the policy that it names, which is told by itself.</summary>
    private static string? Rest(ReportAct act)
    {
        int at = act is { Why: { } why, PolicySha256: { } sha256 } ? why.IndexOf(sha256, StringComparison.Ordinal) : -1;
        return at < 0 ? act.Why : act.Why![(at + act.PolicySha256!.Length)..].TrimStart(')', ':', ' ');
    }

    private void Done(ReportAct act)
    {
        Item("Done").Text(act.Remedy).Raw(act.BeganBefore ? ", announced before this period" : "");
        if (act.Undoes is { } first)
        {
            html.Format($", undoing record {first}");
        }

        if (act.Requests.Count > 0)
        {
            html.Raw("<pre>").Text(string.Join(" · ", act.Requests)).Raw("</pre>");
        }

        html.Raw("</dd>");
        Item("Verified").Text(act.Verified).Raw("</dd>");
        Item("Ended");
        charts.Outcome(act.Outcome.ToString());
        if (act.OutcomeSequence is { } outcome)
        {
            html.Format($", record {outcome}, ").Time(act.EndedAt).Raw(", ").Text(act.Reason).Raw(": ").Name(act.Says);
        }

        if (act.UndoneBy is { } undo)
        {
            html.Format($"; undone later by record {undo}");
        }

        html.Raw("</dd>");
    }

    private void Policies()
    {
        html.Raw("<section><h2>Policies</h2>");
        if (report.Policies.Count == 0)
        {
            html.Raw("<p>No act of this period names a policy.</p></section>\n");
            return;
        }

        html.Table("Policies that the reasons of acts name", "Name", "File", "SHA-256", "Acts", "First to last", "The file now").Raw("<tbody>");
        foreach (ReportPolicy policy in report.Policies)
        {
            html.Raw("<tr>").Cell("Name").Name(policy.Name ?? "–").Raw("</td>").Cell("File").Name(policy.Path).Raw("</td>").Cell("SHA-256").Name(policy.Sha256).Raw("</td>").Cell("Acts").Format($"{policy.Acts}</td>")
                .Cell("First to last").Time(policy.First).Raw(" to ").Time(policy.Last).Raw("</td>").Cell("The file now").Text(HtmlCharts.Words(policy.Now.ToString())).Raw("</td></tr>");
        }

        html.Raw("</tbody></table></section>\n");
    }

    private void Approvals()
    {
        if (report.Approvals.Count == 0)
        {
            return;
        }

        html.Raw("<section><h2>Approvals</h2>").Table("Plans that somebody approved", "Record", "When", "Approved by", "Plan", "Planned by", "Reason", "Held until", "Acts").Raw("<tbody>");
        foreach (ReportApproval one in report.Approvals)
        {
            html.Raw("<tr>").Cell("Record").Format($"{one.Sequence}</td>").Cell("When").Time(one.At).Raw("</td>").Cell("Approved by").Name(one.By).Raw("</td>").Cell("Plan").Name(one.PlanId).Raw(" SHA-256 ").Name(one.PlanHash ?? "–")
                .Raw("</td>").Cell("Planned by").Name(one.PlannedBy ?? "not in the audit log").Raw("</td>").Cell("Reason").Name(one.Why).Raw("</td>").Cell("Held until").Time(one.Expires).Raw("</td>").Cell("Acts").Format($"{one.Acts}</td></tr>");
        }

        html.Raw("</tbody></table></section>\n");
    }

    private void Exemptions()
    {
        html.Raw("<section><h2>Exemptions in force</h2><p class=\"dim\">Those that ticks of a sweep or a policy went by, and those that stand in the file now. One that was written and taken out between two ticks has left no trace.</p>");
        if (report.Exemptions.Count == 0)
        {
            html.Raw("<p>None is known.</p></section>\n");
            return;
        }

        html.Table("Exemptions", "Matches", "Owner", "Reason", "Until", "Seen in force", "Matched in ticks", "Written in").Raw("<tbody>");
        foreach (ReportExemption one in report.Exemptions)
        {
            html.Raw("<tr>").Cell("Matches").Name(one.What).Raw("</td>").Cell("Owner").Name(one.Owner).Raw("</td>").Cell("Reason").Name(one.Reason).Raw("</td>").Cell("Until").Name(one.Expires).Raw("</td>").Cell("Seen in force");
            if (one.FirstSeen is { } first)
            {
                html.Time(first).Raw(" to ").Time(one.LastSeen).Raw(" by ").Text(one.Source);
            }
            else
            {
                html.Raw("by no tick");
            }

            html.Raw("</td>").Cell("Matched in ticks").Format($"{one.Matched}</td>").Cell("Written in").Name(one.DeclaredAt ?? "the exemption file").Raw("</td></tr>");
        }

        html.Raw("</tbody></table></section>\n");
    }

    private void Scanning()
    {
        html.Raw("<section><h2>Scanning</h2><p class=\"dim\">From the record that sweeps and runs of a policy keep. It is not part of the hash chain. Scans by hand are not in it.</p>");
        if (report.Scanning.Count == 0)
        {
            html.Raw("<p>Nothing is known: no tick has left a record in this state directory.</p></section>\n");
            return;
        }

        html.Table("Scans by source", "Source", "Ticks", "Complete", "First and last complete", "Gaps", "In all", "Not known", "Most zombies").Raw("<tbody>");
        foreach (ReportScanning source in report.Scanning)
        {
            html.Raw("<tr>").Cell("Source").Name(HtmlCharts.Title(source)).Raw("</td>").Cell("Ticks").Format($"{source.Ticks}</td>").Cell("Complete").Format($"{source.Complete}</td>").Cell("First and last complete").Time(source.First).Raw(" to ").Time(source.Last)
                .Raw("</td>").Cell("Gaps").Format($"{source.GapCount} longer than ").Text(Durations.Format(source.MaxGap)).Raw("</td>").Cell("In all").Text(Durations.Format(source.GapTotal)).Raw("</td>").Cell("Not known");
            html.Text(source.Unknown is { } span ? $"{ReportPeriod.Utc(span.From)} to {ReportPeriod.Utc(span.To)}" : "–").Raw("</td>").Cell("Most zombies").Format($"{source.MostZombies}</td></tr>");
        }

        html.Raw("</tbody></table>");
        GapTable();
        Ledger();
        html.Raw("</section>\n");
    }

    private void GapTable()
    {
        if (!report.Scanning.Any(source => source.Gaps.Count > 0))
        {
            return;
        }

        html.Table("Times without a complete scan", "Source", "From", "To", "Length").Raw("<tbody>");
        foreach ((ReportScanning source, ReportSpan gap) in report.Scanning.SelectMany(source => source.Gaps.Select(gap => (source, gap))))
        {
            html.Raw("<tr>").Cell("Source").Name(HtmlCharts.Title(source)).Raw("</td>").Cell("From").Time(gap.From).Raw("</td>").Cell("To").Time(gap.To).Raw("</td>").Cell("Length").Text(Durations.Format(gap.To - gap.From)).Raw("</td></tr>");
        }

        html.Raw("</tbody></table>");
        LeftOut(report.Scanning.Sum(source => source.GapCount - source.Gaps.Count), "gap");
    }

    private void Ledger()
    {
        if (report.Ledger.Count == 0)
        {
            return;
        }

        html.Table("What the ledger still knows, as of now: seen, and not found gone since", "Source", "Things", "First seen in the period", "The oldest", "Last sight").Raw("<tbody>");
        foreach (ReportLedger ledger in report.Ledger)
        {
            html.Raw("<tr>").Cell("Source").Text(ledger.Source).Raw("</td>").Cell("Things").Format($"{ledger.Known}</td>").Cell("First seen in the period").Format($"{ledger.FirstSeenInPeriod}</td>").Cell("The oldest").Time(ledger.Oldest).Raw("</td>")
                .Cell("Last sight").Time(ledger.LastSeen).Raw("</td></tr>");
        }

        html.Raw("</tbody></table>");
    }

    private void Chain()
    {
        html.Raw("<section><h2>The audit log</h2><dl>");
        Item("Verifies").Text(report.Chain.Ok ? report.Chain.Records == 0 ? "there is nothing to verify" : "yes, all of it" : "NO").Raw("</dd>");
        Item("Records").Format($"{report.Chain.Records} in {ReportText.Count(report.Chain.Segments, "file")}, from {report.Chain.FirstSequence} to {report.Chain.LastSequence}; {report.Totals.Records} in this period</dd>");
        Item("Head").Name(report.Chain.Head?.ToString() ?? "–").Raw("</dd>");
        Item("Anchor").Name(report.Anchor ?? "none was given").Raw(report.Anchor is not null && report.Chain.Ok ? " <span class=\"dim\">is there, unchanged</span>" : "").Raw("</dd></dl>");
        if (report.Chain.Faults.Count > 0 || report.Chain.Notes.Count > 0)
        {
            html.Raw("<ul>");
            foreach (Audit.AuditFault fault in report.Chain.Faults)
            {
                html.Raw("<li><b>").Text(fault.Kind.ToString()).Raw("</b> ").Name(fault.ToString()).Raw("</li>");
            }

            foreach (string note in report.Chain.Notes)
            {
                html.Raw("<li>").Text(note).Raw("</li>");
            }

            html.Raw("</ul>");
            LeftOut(report.Chain.FaultCount - report.Chain.Faults.Count, "fault");
        }

        html.Raw("<p class=\"dim\">Keep the head where who can write the log cannot: the next report proves with <span class=\"name\">--anchor</span> that nothing before it was changed.</p></section>\n");
    }

    private void Foot() => html.Raw("<footer>An act is in every period in which it began or ended, or to whose end it was open. Its record number leads to all of it: <span class=\"name\">zombieops audit show --output json</span>. What is boxed like <span class=\"hid\">U+202E</span> is a character that would not be seen.</footer>");

    private Html Item(string name) => html.Raw("<dt>").Text(name).Raw("</dt><dd>");

    private void LeftOut(long number, string noun)
    {
        if (number > 0)
        {
            html.Raw("<p><b>").Text(string.Create(CultureInfo.InvariantCulture, $"{number} more {noun}{(number == 1 ? "" : "s")}")).Raw("</b> not shown here.</p>");
        }
    }
}
