using ZombieOps.Sources.Processes.Facts;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>
/// SIGCHLD to a parent that catches it. Signals of one number merge, and some handlers wait for one child a signal, so it is repeated
/// as long as it helps. Never more signals than there are zombies: a handler with a blocking wait() and a live child would be
/// caught in it by one signal too many.
/// </summary>
internal static class NudgeAct
{
    /// <summary>Most signals of one act.</summary>
    internal const int MostSignals = 4096;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);
    private static readonly int[] PausesMs = [1, 1, 2, 4, 8, 16, 32, 64, 128];

    internal static ActReport Run(ActContext context)
    {
        long began = context.Options.Clock.GetTimestamp();
        if (context.Look.CountChildren(context.Parent.Pid) is not { } first)
        {
            return ActReports.Refused("the children of the parent could not be counted");
        }

        bool? waitedBefore = context.Look.SitsInWait(context.Parent.Pid);
        int most = Math.Min(first.Dead, MostSignals);
        int before = first.Dead;
        int sent = 0;
        while (before > 0 && sent < most && !context.Cancel.IsCancellationRequested && context.Options.Clock.GetElapsedTime(began) < MostTime)
        {
            // It may have been stopped or have changed its handlers since the last one.
            if (context.Look.Parent(context.Parent.Pid, out Parent? now, out _) != LookState.Read || now is null
                || now.Facts.StartTime != context.Parent.StartTime)
            {
                break;
            }

            if (Refusals.Nudge(now.Facts) is { } reason)
            {
                return sent == 0 ? ActReports.Refused(reason) : Report(context, first.Dead, before, sent, waitedBefore);
            }

            int error = context.Control.Signal(context.Handle, Libc.SigChld);
            if (error != 0)
            {
                return sent == 0
                    ? ActReports.Failed(error, $"SIGCHLD to {context.ParentName}")
                    : Report(context, first.Dead, before, sent, waitedBefore);
            }

            sent++;
            int after = Fewer(context, before);
            if (after >= before)
            {
                break;
            }

            before = after;
        }

        return sent == 0
            ? ActReports.Changed($"{context.ParentName} has no zombie any more, or was out of reach before a signal was sent")
            : Report(context, first.Dead, before, sent, waitedBefore);
    }

    /// <summary>Waits for a moment until the number of zombies falls, and says how many there are.</summary>
    private static int Fewer(ActContext context, int before)
    {
        int count = before;
        foreach (int pause in PausesMs)
        {
            Thread.Sleep(pause);
            // A count that fails says nothing of success.
            count = context.Look.CountChildren(context.Parent.Pid)?.Dead ?? before;
            if (count < before)
            {
                break;
            }
        }

        return count;
    }

    private static ActReport Report(ActContext context, int first, int last, int sent, bool? waitedBefore)
    {
        bool? waits = context.Look.SitsInWait(context.Parent.Pid);
        bool live = context.Look.CountChildren(context.Parent.Pid) is { Live: > 0 };
        // One that sat in wait before does so by itself; one that does now and has live children was put there by the signal.
        bool blocked = waits == true && waitedBefore != true && live;
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["signalsSent"] = ActReports.Text(sent),
            ["zombiesBefore"] = ActReports.Text(first),
            ["zombiesAfter"] = ActReports.Text(last),
        };
        string says = $"{sent} SIGCHLD to {context.ParentName}: {first} zombies before, {last} after";
        if (blocked)
        {
            facts["parentBlockedInWait"] = "true";
            says += "; it now sits in wait with live children, in a handler that blocks: fix the handler to wait with WNOHANG";
        }

        return ActReports.Done(says, facts);
    }
}
