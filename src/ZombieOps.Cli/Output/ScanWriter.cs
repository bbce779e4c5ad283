using System.Globalization;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>Writes what a scan saw.</summary>
internal static class ScanWriter
{
    /// <summary>Writes findings to standard output and everything about the scan itself to standard error.</summary>
    public static void Write(Shell shell, ScanReport report, OutputFormat format)
    {
        switch (format)
        {
            case OutputFormat.Json:
                shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
                break;
            case OutputFormat.Ndjson:
                foreach (Finding finding in report.Findings)
                {
                    shell.Out.WriteLine(ZombieJson.Write(finding));
                }

                // The counts stay those of the whole scan: this line is its summary.
                shell.Out.WriteLine(ZombieJson.Write(report with { Findings = [] }));
                break;
            default:
                if (report.Findings.Count > 0)
                {
                    Table(shell, report, format == OutputFormat.Wide);
                }

                break;
        }

        Messages(shell, report.Warnings, report.Complete, report.IncompleteBecause);
        if (format is OutputFormat.Table or OutputFormat.Wide)
        {
            shell.Out.Flush();
            shell.Err.WriteLine(Summary(report));
        }
    }

    /// <summary>Writes warnings and what could not be seen.</summary>
    public static void Messages(Shell shell, IReadOnlyList<string> warnings, bool complete, IReadOnlyList<string> incompleteBecause)
    {
        shell.Out.Flush();
        foreach (string warning in warnings)
        {
            shell.Err.WriteLine($"{shell.ErrPalette.Careful("warning")}: {Printable.Clean(warning)}");
        }

        if (!complete)
        {
            foreach (string reason in incompleteBecause.DefaultIfEmpty("not all of the system was seen"))
            {
                shell.Err.WriteLine($"{shell.ErrPalette.Bad("incomplete")}: {Printable.Clean(reason)}");
            }
        }
    }

    /// <summary>The counts of a scan in one line.</summary>
    public static string Summary(ScanReport report)
    {
        ScanCounts counts = report.Counts;
        string found = string.Join(", ", new[]
        {
            counts.Zombies == 1 ? "1 zombie" : $"{counts.Zombies} zombies",
            counts.Protected > 0 ? $"{counts.Protected} protected" : "",
            counts.ReportOnly > 0 ? $"{counts.ReportOnly} to report only" : "",
            counts.Unknown > 0 ? $"{counts.Unknown} unknown" : "",
            counts.Transient > 0 ? $"{counts.Transient} gone by themselves" : "",
        }.Where(part => part.Length > 0));
        return string.Create(CultureInfo.InvariantCulture, $"{found}; {counts.Scanned} scanned{(report.Complete ? "" : ", INCOMPLETE")}");
    }

    private static void Table(Shell shell, ScanReport report, bool wide)
    {
        // A source of things that have no pid shows its targets' own short names.
        bool processes = report.Findings.All(finding => FindingFacets.Values(finding, "pid").Count > 0);
        List<string> headers = processes ? ["PID", "STATE", "AGE", "CAUSE", "VERDICT"] : ["TARGET", "AGE", "CAUSE", "VERDICT"];
        if (wide)
        {
            headers.AddRange(processes ? ["REASON", "COMMAND", "USER", "REMEDY"] : ["REASON", "REMEDY"]);
        }

        // Only a process has a parent.
        headers.AddRange(processes ? ["PARENT", "OWNER"] : ["OWNER"]);
        if (wide)
        {
            headers.Add("ID");
        }

        var table = new TextTable([.. headers]);
        foreach (Finding finding in report.Findings)
        {
            List<TextTable.Cell> cells = processes
                ? [FindingText.Fact(finding, "pid"), FindingText.Fact(finding, "state")]
                : [finding.Target.ToString()];
            cells.AddRange([FindingText.Age(finding), FindingText.Cause(finding), FindingText.Verdict(shell.Palette, finding.Verdict)]);
            if (wide)
            {
                cells.Add(Names.ToKebab(finding.Reason));
                if (processes)
                {
                    cells.AddRange([FindingText.Fact(finding, "command"), FindingText.Fact(finding, "user")]);
                }

                cells.Add(FindingText.Remedy(finding));
            }

            cells.AddRange(processes ? [FindingText.Parent(finding), FindingText.Owner(finding)] : [FindingText.Owner(finding)]);
            if (wide)
            {
                cells.Add(finding.Id);
            }

            table.Add([.. cells]);
        }

        table.Write(shell);
    }
}
