using ZombieOps.Cli.Hosting;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>Writes all that is known of one finding, in the order in which a person asks.</summary>
internal static class ExplainWriter
{
    public static void Write(Shell shell, Finding finding, SourceRegistration source)
    {
        Palette palette = shell.Palette;
        void Line(string label, string text) => shell.Out.WriteLine($"{palette.Bold(label.PadRight(9))} {Printable.Clean(text)}");
        void More(string text) => shell.Out.WriteLine($"{new string(' ', 10)}{Printable.Clean(text)}");

        CodeInfo? cause = source.Causes.FirstOrDefault(info => info.Code == finding.Cause);
        Line("what", $"{finding.Target}, {Names.ToKebab(finding.Kind).Replace('-', ' ')}");
        Line("verdict", $"{Names.ToKebab(finding.Verdict.ToString())}, because {Names.ToKebab(finding.Reason).Replace('-', ' ')}");
        string named = FindingText.Cause(finding);
        Line("cause", named);
        if (cause is not null && named == Names.ToKebab(finding.Cause))
        {
            More(cause.Summary);
            if (cause.HelpAnchor is { } anchor)
            {
                More($"how to fix it in code: docs/causes.md#{anchor}");
            }
        }

        Line("age", $"{FindingText.Age(finding)}: {FindingText.AgeFrom(finding)}");
        shell.Out.WriteLine();
        shell.Out.WriteLine(palette.Bold("owner, nearest first"));
        if (finding.Owner.Count == 0)
        {
            shell.Out.WriteLine("  none could be seen");
        }

        foreach (OwnerLink link in finding.Owner)
        {
            shell.Out.WriteLine($"  {Names.ToKebab(link.Kind).PadRight(14)} {Printable.Clean(FindingText.Link(link))}");
            foreach ((string name, string value) in link.Details)
            {
                shell.Out.WriteLine($"  {new string(' ', 14)} {palette.Faint(Printable.Clean($"{name}: {value}"))}");
            }
        }

        shell.Out.WriteLine();
        shell.Out.WriteLine(palette.Bold("evidence"));
        foreach (Evidence evidence in finding.Evidence)
        {
            string state = evidence.State.ToString().ToLowerInvariant().PadRight(8);
            string painted = evidence.State switch { EvidenceState.Live => palette.Good(state), EvidenceState.Dead => palette.Bad(state), _ => palette.Careful(state) };
            shell.Out.WriteLine($"  {painted} {Printable.Clean(evidence.Says)}  {palette.Faint(Printable.Clean($"[{evidence.Source}]"))}");
        }

        shell.Out.WriteLine();
        shell.Out.WriteLine(palette.Bold("remedies, least harmful first"));
        if (finding.Remedies.Count == 0)
        {
            shell.Out.WriteLine("  none");
        }

        foreach (RemedyOffer offer in finding.Remedies)
        {
            string name = Names.ToKebab(offer.Name);
            shell.Out.WriteLine($"  {palette.Bold(name)}{(offer.MustBeNamed && offer.Actionable ? $"  (only with --allow {name})" : "")}{(offer.Actionable ? "" : offer.Command is null && name == "wait" ? "  (nothing is done)" : "  (for its owner to do)")}");
            shell.Out.WriteLine($"    does     {Printable.Clean(offer.Does)}");
            shell.Out.WriteLine($"    harm     {Printable.Clean(offer.Harm)}");
            if (offer.Command is { } command)
            {
                shell.Out.WriteLine($"    by hand  {Printable.Clean(command)}");
            }

            if (offer.RefusedBecause is { } refused)
            {
                shell.Out.WriteLine($"    {palette.Careful("refused")}  {Printable.Clean(refused)}");
            }
        }
    }
}
