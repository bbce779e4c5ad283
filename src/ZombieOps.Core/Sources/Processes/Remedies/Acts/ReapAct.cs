using System.Globalization;
using System.Runtime.InteropServices;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Makes the parent wait for exactly this child, by ptrace. What it does and when it refuses: docs/reap.md.</summary>
internal static class ReapAct
{
    internal static ActReport Run(ActContext context)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return ActReports.Refused(
                $"Reap is there for x86-64 only, and this is {RuntimeInformation.ProcessArchitecture}: restart the unit or end the parent instead");
        }

        if (Refusals.Reap(context.Parent, context.Finding.Age, context.Options) is { } reason)
        {
            return ActReports.Refused(reason);
        }

        if (context.Parent.Pid == Libc.GetPid())
        {
            return ActReports.Refused("the parent is this tool itself");
        }

        if (context.Look.YamaScope() == 3)
        {
            return ActReports.NotPermitted("kernel.yama.ptrace_scope is 3: nobody may trace until the next boot");
        }

        // A frozen parent would take the call only when it is thawed, with the window open until then.
        if (context.Look.IsFrozen(context.Parent.Pid) == true)
        {
            return ActReports.Refused("the cgroup of the parent is frozen");
        }

        SyscallFinder.Found found = SyscallFinder.In(context.Look, context.Parent.Pid);
        if (found.Denied)
        {
            return ActReports.NotPermitted($"the memory of {context.ParentName} may not be read: run as root or with CAP_SYS_PTRACE");
        }

        if (found.HasManagedRuntime)
        {
            return ActReports.Refused("the parent runs .NET, which ends itself when another waits for a child that it has started (dotnet/runtime#33297)");
        }

        if (found.Is32Bit)
        {
            return ActReports.Refused("the parent is a 32-bit program");
        }

        if (found.Address == 0)
        {
            return ActReports.Refused("no syscall instruction was found in the parent");
        }

        using PidHandle? zombie = context.Control.Open(context.Zombie.Pid, out int error);
        if (zombie is null)
        {
            return ActReports.Failed(error, $"holding the zombie {context.Zombie.Pid} by a pidfd");
        }

        // Held now, so what is compared is what the parent will wait for.
        if (context.ZombieIsThere() != true)
        {
            return ActReports.Changed($"the zombie {context.Zombie.Pid} is gone");
        }

        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        AddExitStatus(facts, context.Look.ExitStatus(context.Zombie.Pid));
        long began = context.Options.Clock.GetTimestamp();
        ReapReply reply = context.Control.Reap(
            new ReapRequest { Parent = context.Handle, Zombie = zombie, SyscallAddress = found.Address }, context.Cancel);
        facts["reapMicroseconds"] = ((long)context.Options.Clock.GetElapsedTime(began).TotalMicroseconds).ToString(CultureInfo.InvariantCulture);
        facts["reapOutcome"] = reply.Outcome.ToString();
        facts["reapStep"] = ActReports.Text(reply.Step);
        return Report(context, reply, facts);
    }

    private static ActReport Report(ActContext context, ReapReply reply, SortedDictionary<string, string> facts)
    {
        bool gone = context.ZombieIsThere() == false;
        string status = facts.TryGetValue("exitCode", out string? code) ? $"exit code {code}"
            : facts.TryGetValue("termSignal", out string? signal) ? $"ended by signal {signal}"
            : "exit status not readable";
        string name = context.ParentName;
        return reply.Outcome switch
        {
            ReapOutcome.Done when gone => ActReports.Done($"{name} was made to wait for {context.Zombie.Pid} ({status}) and goes on", facts),
            ReapOutcome.Done => ActReports.Refused($"{name} made the call and did not get {context.Zombie.Pid}: the kernel does not give it to this parent", facts),
            ReapOutcome.SeizeFailed or ReapOutcome.PtraceFailed when reply.Errno != 0 =>
                ActReports.Failed(reply.Errno, $"tracing {name}", facts),
            ReapOutcome.SeizeFailed or ReapOutcome.PtraceFailed => ActReports.Refused($"{name} stopped in a way that is not known here and was let go", facts),
            ReapOutcome.ParentChanged or ReapOutcome.ParentEnded => ActReports.Changed($"{name} has ended", facts),
            ReapOutcome.ZombieGone => ActReports.Changed($"{name} has waited for {context.Zombie.Pid} by itself", facts),
            ReapOutcome.GroupStopped => ActReports.Refused("the parent is stopped: continue it first", facts),
            ReapOutcome.NoStop => ActReports.Refused($"{name} has not stopped in time and was let go: it is in uninterruptible sleep, or the host is too busy", facts),
            ReapOutcome.Not64Bit => ActReports.Refused("the parent runs 32-bit code", facts),
            ReapOutcome.NoInstruction => ActReports.Refused("the parent has changed its memory: the syscall instruction is not there any more", facts),
            ReapOutcome.InSequence => ActReports.Refused("the parent was in a restartable sequence (rseq(2)) each time that it was stopped; try again", facts),
            ReapOutcome.SequenceUnknown => ActReports.Refused(
                "the parent computes, and this kernel (before 5.13) cannot say whether it is in a restartable sequence (rseq(2))", facts),
            ReapOutcome.UserDispatch => ActReports.Refused("the parent redirects its own system calls (PR_SET_SYSCALL_USER_DISPATCH)", facts),
            ReapOutcome.Signals => ActReports.Refused("signals came in between each time; try again", facts),
            ReapOutcome.Cancelled => ActReports.Refused("it was interrupted before anything was changed", facts),
            ReapOutcome.NoHelper when reply.Errno is Errno.Again or Errno.NoMemory => ActReports.Refused(
                $"no helper process could be made ({Errno.Name(reply.Errno)}): the pids limit or the memory of this tool's own cgroup is used up", facts),
            ReapOutcome.NoHelper => ActReports.NotPermitted(
                $"no helper process could be made ({Errno.Name(reply.Errno)}): the system may forbid this tool to map code (SELinux execmem)", facts),
            ReapOutcome.LeftInWindow => ActReports.TimedOut(
                $"{name} has not come back from the call yet (frozen?); a helper process waits for it and will put its registers back: do not end that one", facts),
            _ => ActReports.Refused(
                $"the helper process died at step {reply.Step}; {(reply.Step is >= 6 and <= 8 ? "the parent may be damaged: look at it" : "the parent goes on unchanged")}",
                facts),
        };
    }

    /// <summary>Writes an exit status down as wait(2) gives it, and what it means.</summary>
    internal static void AddExitStatus(IDictionary<string, string> facts, int? status)
    {
        if (status is not { } value)
        {
            return;
        }

        facts["exitStatus"] = ActReports.Text(value);
        int signal = value & 0x7f;
        if (signal == 0)
        {
            facts["exitCode"] = ActReports.Text((value >> 8) & 0xff);
        }
        else
        {
            facts["termSignal"] = ActReports.Text(signal);
        }
    }
}
