using ZombieOps.Cli.Hosting;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>Writes what a clearing run did.</summary>
internal static class ClearWriter
{
    /// <summary>One result, as soon as it is there.</summary>
    public static void Line(Shell shell, ClearResult result)
    {
        string outcome = Names.ToKebab(result.Outcome.ToString()).PadRight(13);
        string painted = result.Outcome switch
        {
            ClearOutcome.Cleared or ClearOutcome.AlreadyGone or ClearOutcome.Undone or ClearOutcome.Marked => shell.Palette.Good(outcome),
            ClearOutcome.Skipped or ClearOutcome.WouldClear => shell.Palette.Careful(outcome),
            _ => shell.Palette.Bad(outcome),
        };
        string undo = result is { Outcome: ClearOutcome.Cleared, AuditSequence: not null } && result.Facts.ContainsKey("undo")
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"; to undo it: zombieops undo {result.Source} {result.AuditSequence}")
            : "";
        string remedy = result.Remedy is { } code ? $"{Names.ToKebab(code)}: " : "";
        shell.Out.WriteLine($"{painted} {Printable.Clean($"{result.Target}  {remedy}{result.Says}{undo}")}");
        shell.Out.Flush();
    }

    /// <summary>The end of a run for a person.</summary>
    /// <param name="shell">Where to.</param>
    /// <param name="report">The report.</param>
    /// <param name="byCause">Whether findings were chosen by their cause.</param>
    public static void Summary(Shell shell, ClearReport report, bool byCause = false)
    {
        ScanWriter.Messages(shell, report.Warnings, report.Complete, report.IncompleteBecause);
        string counts = string.Join(", ", report.Results.GroupBy(result => result.Outcome).OrderBy(group => group.Key)
            .Select(group => $"{group.Count()} {Names.ToKebab(group.Key.ToString())}"));
        shell.Err.WriteLine($"{(counts.Length > 0 ? counts : byCause ? "nothing to clear (the cause of a zombie younger than --min-age is too-young)" : "nothing to clear")}{(report.DryRun ? "; dry run, nothing was changed" : $"; run {report.RunId}")}");
        if (report.StoppedBecause is { } why)
        {
            shell.Err.WriteLine($"{shell.ErrPalette.Bad("stopped")}: {why}");
        }
    }
}
