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

        return report.StoppedBecause is null && report.Results.All(result => result.Outcome is ClearOutcome.Cleared or ClearOutcome.AlreadyGone or ClearOutcome.Undone)
            ? ExitCode.Clean
            : ExitCode.FindingsLeft;
    }
}
