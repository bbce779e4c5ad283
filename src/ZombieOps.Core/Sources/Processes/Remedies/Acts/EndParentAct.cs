namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>SIGTERM to the parent, a grace period, and SIGKILL only where that was named as well.</summary>
internal static class EndParentAct
{
    // A killed process goes as soon as it leaves the kernel; one that has not by then is in uninterruptible sleep.
    private static readonly TimeSpan AfterKill = TimeSpan.FromSeconds(2);

    internal static ActReport Run(ActContext context)
    {
        if (Refusals.EndParent(context.Parent, context.Finding.Owner, context.Names) is { } reason)
        {
            return ActReports.Refused(reason);
        }

        if (Refusals.NameUnseen(context.Parent) is { } unseen)
        {
            return ActReports.NotPermitted(unseen);
        }

        if (context.Cgroup is not { } cgroup)
        {
            return ActReports.Refused("the cgroup of the parent could not be read, and so not whether it is a container's");
        }

        if (cgroup.IsContained)
        {
            return ActReports.Refused("the parent runs in a container: only its owner may end it");
        }

        bool? ours = context.Look.IsOurselvesOrAncestor(context.Parent.Pid);
        if (ours != false)
        {
            return ActReports.Refused(ours == true
                ? "the parent is this tool or one of the processes that it was started from"
                : "it could not be told whether the parent is one of the processes that this tool was started from");
        }

        int error = context.Control.Signal(context.Handle, Libc.SigTerm);
        if (error != 0)
        {
            return ActReports.Failed(error, $"SIGTERM to {context.ParentName}");
        }

        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["signalsSent"] = "SIGTERM" };
        if (context.Control.WaitForEnd(context.Handle, context.Settings.Grace, context.Cancel))
        {
            facts["parentEnded"] = "true";
            return ActReports.Done($"{context.ParentName} ended on SIGTERM", facts) with { Restarts = context.ServiceLink() };
        }

        facts["parentEnded"] = "false";
        if (context.Cancel.IsCancellationRequested)
        {
            return ActReports.TimedOut($"SIGTERM was sent to {context.ParentName}; the wait for its end was interrupted", facts);
        }

        string outlived = $"{context.ParentName} has not ended within {context.Settings.Grace.TotalSeconds:0} s of SIGTERM";
        if (!context.Settings.Allowed.Contains(ProcessRemedies.KillParent))
        {
            return ActReports.TimedOut($"{outlived}; SIGKILL was not allowed (KillParent)", facts);
        }

        error = context.Control.Signal(context.Handle, Libc.SigKill);
        if (error is not (0 or Errno.NoProcess))
        {
            return ActReports.Failed(error, $"SIGKILL to {context.ParentName}", facts);
        }

        facts["signalsSent"] = "SIGTERM,SIGKILL";
        if (!context.Control.WaitForEnd(context.Handle, AfterKill, CancellationToken.None))
        {
            return ActReports.TimedOut($"{context.ParentName} has not ended {AfterKill.TotalSeconds:0} s after SIGKILL: it is in uninterruptible sleep", facts);
        }

        facts["parentEnded"] = "true";
        return ActReports.Done($"{outlived} and was killed", facts) with { Restarts = context.ServiceLink() };
    }
}
