using ZombieOps.Model;

namespace ZombieOps;

/// <summary>What a report exits with: the same from the command line, a runbook and a cmdlet.</summary>
public static class ReportExit
{
    /// <summary>Exit code of a scan. An incomplete one is never clean.</summary>
    /// <param name="report">The scan, as it was shown.</param>
    public static ExitCode Of(ScanReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (!report.Complete || report.Findings.Any(finding => finding.Verdict == Verdict.Unknown))
        {
            return ExitCode.Incomplete;
        }

        return report.Findings.Any(finding => finding.Verdict != Verdict.Protected) ? ExitCode.FindingsLeft : ExitCode.Clean;
    }

    /// <summary>Exit code of a clearing run: the gravest of what happened.</summary>
    /// <param name="report">The run.</param>
    public static ExitCode Of(ClearReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.StoppedBecause is ErrorIds.StopFilePresent or ErrorIds.LimitCrossed)
        {
            return ExitCode.LimitCrossed;
        }

        if (report.StoppedBecause is ErrorIds.AuditUnwritable or ErrorIds.AuditBroken or ErrorIds.AuditBusy
            || report.Results.Any(result => result.Outcome == ClearOutcome.NotPermitted))
        {
            return ExitCode.NotPermitted;
        }

        if (!report.Complete || report.StoppedBecause == ErrorIds.Interrupted)
        {
            return ExitCode.Incomplete;
        }

        return report.StoppedBecause is null && report.Results.All(result => result.Outcome is ClearOutcome.Cleared or ClearOutcome.AlreadyGone or ClearOutcome.Undone or ClearOutcome.Marked)
            ? ExitCode.Clean
            : ExitCode.FindingsLeft;
    }

    /// <summary>
    /// Exit code of one tick of a sweep. A tick that saw everything and left no zombie is clean: what is only reported or protected is in the metrics and
    /// wakes nobody.
    /// </summary>
    /// <param name="report">The tick.</param>
    public static ExitCode Of(SweepReport report) => Because(report).Exit;

    /// <summary>Exit codes, the gravest first.</summary>
    internal static readonly ExitCode[] ByGravity = [ExitCode.LimitCrossed, ExitCode.NotPermitted, ExitCode.BadUsage, ExitCode.Incomplete, ExitCode.FindingsLeft, ExitCode.Clean];

    /// <summary>Exit code of a run of a policy: the gravest of its sources, in the order 4, 5, 2, 3, 1, 0.</summary>
    /// <param name="report">The run.</param>
    public static ExitCode Of(PolicyReport report) => Because(report).Exit;

    internal static (ExitCode Exit, string Reason) Because(PolicyReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Sources
            .Select(source => source.Failure is { } failure ? ((ExitCode)failure.Exit, failure.ErrorId) : ((ExitCode)(source.Sweep?.Exit ?? (int)ExitCode.Incomplete), source.Sweep?.ExitReason ?? nameof(ExitCode.Incomplete)))
            .Concat(report.Failures.Select(failure => ((ExitCode)failure.Exit, failure.ErrorId)))
            .OrderBy(item => Array.IndexOf(ByGravity, item.Item1))
            .FirstOrDefault((ExitCode.Clean, nameof(ExitCode.Clean)));
    }

    /// <summary>Exit code of a report of a period: 3 where it may not be all that happened, 1 where somebody should look at something, 0 otherwise.</summary>
    /// <param name="report">The report.</param>
    public static ExitCode Of(Reports.PeriodReport report) => Because(report).Exit;

    internal static (ExitCode Exit, string Reason) Because(Reports.PeriodReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Attention.Any(note => note.Grade == Reports.ReportGrade.Incomplete)
            ? (ExitCode.Incomplete, report.Chain.Ok ? nameof(ExitCode.Incomplete) : ErrorIds.AuditBroken)
            : report.Attention.Any(note => note.Grade == Reports.ReportGrade.Look) ? (ExitCode.FindingsLeft, nameof(ExitCode.FindingsLeft)) : (ExitCode.Clean, nameof(ExitCode.Clean));
    }

    internal static (ExitCode Exit, string Reason) Because(SweepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        ExitCode cleared = report.Clear is { } clear ? Of(clear) : ExitCode.Clean;
        foreach (ExitCode grave in ByGravity[..4])
        {
            if (report.Failures.FirstOrDefault(failure => failure.Exit == (int)grave) is { } failure)
            {
                return (grave, failure.ErrorId);
            }

            if (cleared == grave)
            {
                return (grave, report.Clear!.StoppedBecause ?? grave.ToString());
            }
        }

        if (report.Scan is null || Of(report.Scan) == ExitCode.Incomplete)
        {
            return (ExitCode.Incomplete, nameof(ExitCode.Incomplete));
        }

        // A run that stopped left something even where all that it met is gone: what came back.
        return report.Clear?.StoppedBecause is { } stopped ? (ExitCode.FindingsLeft, stopped)
            : report.ZombiesLeft().Count > 0 ? (ExitCode.FindingsLeft, nameof(ExitCode.FindingsLeft))
            : (ExitCode.Clean, nameof(ExitCode.Clean));
    }
}
