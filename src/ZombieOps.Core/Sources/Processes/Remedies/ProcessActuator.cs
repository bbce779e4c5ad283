using ZombieOps.Model;
using ZombieOps.Sources.Processes.Facts;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>
/// Carries out the remedies for zombie processes. Everything that decides is read again from the kernel; the finding only says which
/// process is meant. The parent is held by a pidfd before it is looked at, so what is judged is what is acted on.
/// </summary>
internal sealed class ProcessActuator : IActuator
{
    private readonly EngineOptions options;
    private readonly IProcessControl control;
    private readonly ProcLook look;
    private readonly ProtectedNames names;

    /// <summary>Makes one.</summary>
    /// <param name="options">Where procfs and the list of protected names are.</param>
    /// <param name="control">The lowest layer.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.ProtectedNamesUnreadable"/>.</exception>
    internal ProcessActuator(EngineOptions options, IProcessControl control)
    {
        this.options = options;
        this.control = control;
        look = new ProcLook(options);
        names = ProtectedNames.Load(options);
    }

    /// <inheritdoc/>
    public async ValueTask<ActReport> ActAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(fresh);
        ArgumentNullException.ThrowIfNull(settings);
        // The acts wait in system calls; the caller's thread may be one that a user interrupts.
        return await Task.Run(() => Act(fresh, remedy, settings, cancel), CancellationToken.None).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private ActReport Act(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel)
    {
        Func<ActContext, ActReport>? act = remedy switch
        {
            ProcessRemedies.Nudge => NudgeAct.Run,
            ProcessRemedies.Continue => ContinueAct.Run,
            ProcessRemedies.Reap => ReapAct.Run,
            ProcessRemedies.RestartUnit => RestartUnitAct.Run,
            ProcessRemedies.EndParent => EndParentAct.Run,
            _ => null,
        };
        if (act is null)
        {
            return ActReports.Refused(remedy switch
            {
                ProcessRemedies.Wait => "waiting is nothing that could be carried out",
                ProcessRemedies.AskOwner => "this is for the owner to do",
                ProcessRemedies.KillParent => "SIGKILL comes only after the grace period of EndParent: name that one, and KillParent with it",
                _ => $"the process source has no remedy '{remedy}'",
            });
        }

        if (fresh.Verdict != Verdict.Zombie || fresh.Kind != ProcessKinds.Zombie || fresh.Target is not ProcessTarget zombie)
        {
            return ActReports.Refused($"the verdict is {fresh.Verdict}: only a zombie process is acted on");
        }

        if (!fresh.Remedies.Any(offer => offer.Name == remedy && offer.Actionable && offer.RefusedBecause is null))
        {
            return ActReports.Refused($"the finding does not offer {remedy}");
        }

        if (!ProcessIdentity.TryParse(fresh.Origin, out string originBoot, out int parentPid, out ulong parentStart) || parentPid != zombie.ParentPid)
        {
            return ActReports.Refused("the finding does not say which process is the parent");
        }

        if (look.BootId() is not { } boot)
        {
            return ActReports.Refused("the boot id could not be read, and so no identity is certain");
        }

        if (boot != originBoot)
        {
            return ActReports.Changed("the finding is from before the last boot");
        }

        if (!look.PidsAreOurs())
        {
            return ActReports.Refused($"{options.ProcRoot} does not belong to the PID namespace that this runs in: its process ids are others here");
        }

        using PidHandle? handle = control.Open(parentPid, out int error);
        return handle is null
            ? ActReports.Failed(error, $"holding process {parentPid} by a pidfd")
            : Held(handle, parentPid, parentStart, fresh, zombie, act, settings, cancel);
    }

    private ActReport Held(
        PidHandle handle, int parentPid, ulong parentStart, Finding fresh, ProcessTarget zombie, Func<ActContext, ActReport> act, ActSettings settings, CancellationToken cancel)
    {
        LookState state = look.Parent(parentPid, out Parent? parent, out StatFacts stat);
        if (state == LookState.Gone)
        {
            return ActReports.Changed($"the parent {parentPid} has ended");
        }

        if (state != LookState.Read || parent is null)
        {
            return state == LookState.Denied
                ? ActReports.NotPermitted($"the parent {parentPid} may not be read")
                : ActReports.Refused($"the parent {parentPid} could not be read");
        }

        if (stat.StartTime != parentStart || parent.Facts.StartTime != parentStart)
        {
            return ActReports.Changed($"process {parentPid} is another one now");
        }

        if (stat.IsKernelThread)
        {
            return ActReports.Refused("the parent is a kernel thread");
        }

        var context = new ActContext
        {
            Options = options,
            Control = control,
            Look = look,
            Names = names,
            Finding = fresh,
            Zombie = zombie,
            Parent = parent.Facts,
            Cgroup = parent.Cgroup,
            Handle = handle,
            Settings = settings,
            Cancel = cancel,
        };
        switch (context.ZombieIsThere())
        {
            case null:
                return ActReports.Refused($"the zombie {zombie.Pid} could not be read");
            case false:
                return ActReports.Changed($"the zombie {zombie.Pid} is gone, or is not this parent's any more");
        }

        // A dead first thread with live ones behind it is a live program, whatever the finding says.
        return look.AllThreadsDead(zombie.Pid) != true
            ? ActReports.Refused($"not every thread of {zombie.Pid} is known to be dead")
            : act(context);
    }
}
