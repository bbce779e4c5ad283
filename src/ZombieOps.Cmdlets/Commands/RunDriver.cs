using System.Management.Automation;
using ZombieOps.Clearing;
using ZombieOps.Cmdlets.Errors;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>Drives one run on the pipeline's own thread, one step at a time: whatever ends the pipeline ends the acting with it.</summary>
internal sealed class RunDriver(Cmdlet cmdlet, ClearingRun run, string source, bool passThru, CancellationToken stop)
{
    private readonly List<ClearResult> told = [];
    private ClearStep? open;
    private bool ended;

    /// <summary>Asks, acts and tells, to the end of the run.</summary>
    public void Drive()
    {
        while (Wait(run.NextAsync(stop)) is { } step)
        {
            if (step.Result is { } decided)
            {
                Tell(decided);
                continue;
            }

            open = step;
            bool yes = Ask(step);
            open = null;
            // A dry run cannot act; it says what would be done.
            Tell(yes || run.DryRun ? Wait(run.ActAsync(step, stop)) : run.Decline(step));
        }

        ended = true;
        Tell(Wait(run.EndAsync(stop)));
    }

    /// <summary>Ends a run that did not come to its end. It writes to no stream: the pipeline may be gone.</summary>
    public void Close()
    {
        if (ended)
        {
            return;
        }

        ended = true;
        if (open is { } step)
        {
            run.Decline(step);
        }

        Wait(run.EndAsync(new CancellationToken(canceled: true)));
    }

    private static T Wait<T>(ValueTask<T> step) => step.AsTask().GetAwaiter().GetResult();

    private bool Ask(ClearStep step)
    {
        string target = Printable.Clean($"{step.Finding.Target}, {step.Finding.Cause}");
        try
        {
            return cmdlet.ShouldProcess(target, Describe(step));
        }
        catch (Exception e) when (e is InvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException)
        {
            // -NonInteractive, a remote session or a job: PowerShell throws instead of asking.
            cmdlet.ThrowTerminatingError(ErrorFactory.CannotAsk(e, step.Finding));
            throw;
        }
    }

    private static string Describe(ClearStep step)
    {
        IEnumerable<string> remedies = step.Remedies.Select(remedy => $"{remedy.Name}: {remedy.Does} (harm: {remedy.Harm})");
        return Printable.Clean(string.Join("; if it is still there, ", remedies));
    }

    private void Tell(ClearResult result)
    {
        told.Add(result);
        if (passThru)
        {
            cmdlet.WriteObject(result);
        }

        switch (result.Outcome)
        {
            case ClearOutcome.Failed or ClearOutcome.NotPermitted or ClearOutcome.Reasserted:
                cmdlet.WriteError(result.ToRecord());
                break;
            case ClearOutcome.Skipped when result.Reason == ClearReasons.RunStopped:
                // Told once for all of them, at the end.
                break;
            case ClearOutcome.Skipped when run.DryRun || result.Reason is ClearReasons.NotAZombie or ClearReasons.NextRun:
                cmdlet.WriteWarning(Printable.Clean($"{result.Target} is left alone: {ErrorFactory.InPowerShell(result.Says)}"));
                break;
            case ClearOutcome.Skipped:
                cmdlet.WriteError(result.ToRecord());
                break;
            default:
                cmdlet.WriteVerbose(Printable.Clean($"{result.Target}: {result.Outcome}: {result.Says}"));
                break;
        }
    }

    private void Tell(ClearReport report)
    {
        foreach (string because in report.IncompleteBecause)
        {
            cmdlet.WriteError(ErrorFactory.NotSeen(because, source));
        }

        foreach (string warning in report.Warnings)
        {
            cmdlet.WriteWarning(Printable.Clean(ErrorFactory.InPowerShell(warning)));
        }

        // The last watch may have taken back what was told as cleared.
        foreach (ClearResult result in report.Results.Where(result => !told.Contains(result)).ToList())
        {
            Tell(result);
        }

        if (report.StoppedBecause is { } because2)
        {
            int notTried = report.Results.Count(result => result.Reason == ClearReasons.RunStopped);
            cmdlet.WriteError(ErrorFactory.Stopped(because2, notTried, report.RunId));
        }
    }
}
