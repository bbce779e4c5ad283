using System.CommandLine;
using ZombieOps.Audit;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Reports;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops report</c>.</summary>
internal static class ReportCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("report", "Report a period for an auditor: what was found and done, who decided, how it ended, and when nothing was scanned").WithExamples(
            "zombieops report --from -7d -o weekly.html",
            "zombieops report --from 2026-10-01 --to 2026-10-31 --format csv -o october.csv",
            "zombieops report --from -30d --format json | jq .attention",
            "zombieops report --from -7d -o weekly.html --anchor \"$(cat /elsewhere/anchor)\"");
        var from = new Option<string?>("--from") { Description = $"Beginning, which belongs to the period ({ReportPeriod.Examples}; UTC without a zone); default -7d", HelpName = "TIME" };
        var to = new Option<string?>("--to") { Description = "End, which does not belong to it; a date alone counts that whole day in; default now", HelpName = "TIME" };
        string[] formats = [.. Enum.GetNames<ReportFormat>().Select(Names.ToKebab)];
        var format = new Option<string?>("--format")
        {
            Description = $"Format: {string.Join(", ", formats)}; default what the name of the file says, or html",
            HelpName = "FORMAT",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!formats.Contains(text, StringComparer.Ordinal))
                {
                    result.AddError($"'{text}' is no format for --format: use {string.Join(", ", formats)}");
                }

                return text;
            },
        };
        format.CompletionSources.Add(formats);
        var file = new Option<string>("--output", "-o") { Description = "File to write; - for standard output", HelpName = "FILE", DefaultValueFactory = _ => "-" };
        var anchor = new Option<string?>("--anchor") { Description = "A record that has to be in the audit log, as 'audit anchor' printed it", HelpName = "SEQUENCE:HASH" };
        Option<TimeSpan?> gap = Typed.Duration("--max-gap", "How long there may be no complete scan of a source; default 1h");
        Option<int?> acts = Typed.Count("--max-acts", "Acts shown one by one; the others are counted. CSV has all of them");
        foreach (Option option in (Option[])[from, to, format, file, anchor, gap, acts])
        {
            command.Options.Add(option);
        }

        var state = new StateFeature(command);
        command.SetAction(result =>
        {
            EngineOptions options = state.Read(result);
            string path = result.GetValue(file)!;
            ReportRequest request = ReportRequest.For(result.GetValue(from), result.GetValue(to), options.Clock.GetUtcNow());
            request = request with
            {
                Anchor = result.GetValue(anchor) is { } text ? AuditAnchor.Parse(text) : null,
                MaxGap = result.GetValue(gap) ?? request.MaxGap,
                MaxActs = result.GetValue(acts) ?? request.MaxActs,
            };
            ReportFormat how = result.GetValue(format) is { } named ? Enum.Parse<ReportFormat>(named, ignoreCase: true) : ReportFile.FormatOf(path);
            PeriodReport report;
            if (path == "-")
            {
                shell.Out.Flush();
                report = ReportFile.Write(options, request, how, shell.OutStream, shell.Cancel);
            }
            else
            {
                report = ReportFile.Write(options, request, how, Path.GetFullPath(path), shell.Cancel);
            }

            Tell(shell, report, path);
            return report.Exit;
        });
        return command;
    }

    /// <summary>What has to be known first is told here as well: a file that cron has written may be read by nobody.</summary>
    private static void Tell(Shell shell, PeriodReport report, string path)
    {
        foreach (ReportNote note in report.Attention)
        {
            string grade = note.Grade switch
            {
                ReportGrade.Incomplete => shell.ErrPalette.Bad("not known"),
                ReportGrade.Look => shell.ErrPalette.Careful("look at it"),
                _ => "note",
            };
            shell.Err.WriteLine($"{grade}: {Printable.Clean(note.Says)}");
        }

        string where = path == "-" ? "" : $"{Printable.Clean(path)}: ";
        shell.Err.WriteLine($"{where}{Count(report.Totals.Acts, "act")} in {Count(report.Totals.Incidents, "incident")}; exit {report.Exit} {report.ExitReason}");
    }

    private static string Count(long number, string noun) => $"{number} {noun}{(number == 1 ? "" : "s")}";
}
