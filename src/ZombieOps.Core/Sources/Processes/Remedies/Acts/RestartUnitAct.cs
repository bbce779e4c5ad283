using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Asks systemd to restart the unit that the parent belongs to.</summary>
internal static class RestartUnitAct
{
    internal static ActReport Run(ActContext context)
    {
        if (context.Cgroup is not { } cgroup)
        {
            return ActReports.Refused("the cgroup of the parent could not be read");
        }

        if (Refusals.RestartUnit(context.Parent, context.Finding.Owner, context.Names) is { } reason)
        {
            return ActReports.Refused(reason);
        }

        if (Refusals.NameUnseen(context.Parent) is { } unseen)
        {
            return ActReports.NotPermitted(unseen);
        }

        if (cgroup.IsContained)
        {
            return ActReports.Refused("the parent runs in a container: only its owner may restart it");
        }

        string unit = cgroup.Unit!;
        // Restarting the unit that this tool runs in would end the tool in the middle of the act.
        CgroupOwners? own = context.Look.Cgroup(Libc.GetPid());
        if (own is null || (own.Unit == unit && own.UnitUserId == cgroup.UnitUserId))
        {
            return ActReports.Refused(own is not null ? $"this tool itself runs in {unit}" : "the unit that this tool runs in could not be read");
        }

        if (cgroup.UnitUserId is { } user && user != Libc.GetEffectiveUserId() && Libc.GetEffectiveUserId() != 0)
        {
            return ActReports.NotPermitted($"{unit} belongs to the service manager of user {user}: run as that user or as root");
        }

        UnitRestartReply reply = context.Control.RestartUnit(new UnitToRestart(unit, cgroup.UnitUserId), context.Settings.Grace, context.Cancel);
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["unit"] = unit };
        if (cgroup.UnitUserId is { } manager)
        {
            facts["unitOfUser"] = manager.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (!reply.Started)
        {
            return ActReports.Refused(reply.Says, facts);
        }

        if (reply.TimedOut)
        {
            return ActReports.TimedOut($"{unit} was not restarted within {context.Settings.Grace.TotalSeconds:0} s; systemd goes on by itself", facts) with { Restarts = context.ServiceLink() };
        }

        facts["systemctlExitCode"] = ActReports.Text(reply.ExitCode);
        if (reply.ExitCode == 0)
        {
            return ActReports.Done($"systemd has restarted {unit}", facts) with { Restarts = context.ServiceLink() };
        }

        string says = $"systemd did not restart {unit}: {(reply.Says.Length > 0 ? reply.Says : "systemctl gave no reason")}";
        bool denied = reply.Says.Contains("Access denied", StringComparison.OrdinalIgnoreCase)
            || reply.Says.Contains("authentication required", StringComparison.OrdinalIgnoreCase)
            || reply.Says.Contains("Permission denied", StringComparison.OrdinalIgnoreCase);
        return denied ? ActReports.NotPermitted(says, facts) : ActReports.Refused(says, facts);
    }
}
