using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>Writes what one tick of a sweep did: a few lines that are fit for a mail from cron.</summary>
internal static class SweepWriter
{
    private const int MostLines = 20;

    /// <summary>Whether somebody should read of this tick: something was done, is left to do, or is wrong.</summary>
    public static bool IsWorthAMail(SweepReport report) =>
        report.Exit != (int)ExitCode.Clean
        || report.Failures.Count > 0
        || report.Recovered.Count > 0
        || report.Warnings.Count > 0
        || (report.Clear?.Results.Any(result => result.Outcome != ClearOutcome.Skipped) ?? false);

    /// <summary>Writes the tick to standard output, and what is wrong to standard error.</summary>
    /// <param name="shell">Where to.</param>
    /// <param name="report">The tick.</param>
    /// <param name="format">How.</param>
    /// <param name="name">What it is called; null for its source.</param>
    /// <param name="withJson">Whether the JSON is written here, and not as a part of a greater one.</param>
    public static void Write(Shell shell, SweepReport report, OutputFormat format, string? name = null, bool withJson = true)
    {
        if (format == OutputFormat.Table)
        {
            Lines(shell, report, name ?? report.Source);
        }
        else if (withJson)
        {
            shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
        }

        // The scan may be incomplete or missing; its reasons are told once.
        ScanWriter.Messages(shell, report.Warnings, report.Scan is null or { Complete: true }, report.Scan?.IncompleteBecause ?? []);
        foreach (SweepFailure failure in report.Failures)
        {
            Failure(shell, failure, name);
        }
    }

    /// <summary>Writes a failure as every error is written.</summary>
    public static void Failure(Shell shell, SweepFailure failure, string? name)
    {
        shell.Err.WriteLine($"zombieops: {shell.ErrPalette.Bad("error")} {failure.ErrorId}: {(name is null ? "" : Line(name) + ": ")}{Line(failure.Says)}");
        shell.Err.WriteLine($"  next: {Line(failure.NextStep)}");
    }

    private static void Lines(Shell shell, SweepReport report, string name)
    {
        foreach (string sentence in report.Recovered)
        {
            shell.Out.WriteLine($"{shell.Palette.Careful("reconciled".PadRight(13))} {Line(sentence)}");
        }

        // What was skipped for not being a zombie, or for want of a remedy, is told below with what is left.
        foreach (ClearResult result in (report.Clear?.Results ?? []).Where(result => result.Outcome != ClearOutcome.Skipped))
        {
            ClearWriter.Line(shell, result);
        }

        Dictionary<string, ClearResult> results = (report.Clear?.Results ?? []).GroupBy(result => result.FindingId).ToDictionary(group => group.Key, group => group.Last(), StringComparer.Ordinal);
        Finding[] left = [.. report.ZombiesLeft().Where(finding => results.GetValueOrDefault(finding.Id) is null or { Outcome: ClearOutcome.Skipped })];
        foreach (Finding finding in left.Take(MostLines))
        {
            string why = results.TryGetValue(finding.Id, out ClearResult? skipped) ? skipped.Says
                : report.Clear is null && report.Failures.Count > 0 ? "not tried, see the error"
                : "nothing was allowed that could clear it";
            shell.Out.WriteLine($"{shell.Palette.Careful("left".PadRight(13))} {Line($"{finding.Target}, {Names.ToKebab(finding.Cause)}, age {FindingText.Age(finding)}: {why}")}");
        }

        if (left.Length > MostLines)
        {
            shell.Out.WriteLine($"{"",-13} and {left.Length - MostLines} more: see 'zombieops scan {report.Source}'");
        }

        string scanned = report.Scan is { } scan ? ScanWriter.Summary(scan) : "nothing could be seen";
        string end = report.DryRun ? "dry run, nothing was written" : $"exit {report.Exit} {report.ExitReason}";
        shell.Out.WriteLine($"{Line(name)}: {scanned}; {end}");
        shell.Out.Flush();
    }

    private static string Line(string text) => Printable.Clean(text.ReplaceLineEndings(" "));
}
