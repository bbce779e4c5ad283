namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>SIGCONT to a stopped parent.</summary>
internal static class ContinueAct
{
    internal static ActReport Run(ActContext context)
    {
        if (Refusals.Continue(context.Parent) is { } reason)
        {
            return ActReports.Refused(reason);
        }

        int error = context.Control.Signal(context.Handle, Libc.SigCont);
        return error != 0
            ? ActReports.Failed(error, $"SIGCONT to {context.ParentName}")
            : ActReports.Done(
                $"SIGCONT to {context.ParentName}",
                new SortedDictionary<string, string>(StringComparer.Ordinal) { ["signalsSent"] = "1" });
    }
}
