namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Asks systemd to restart the unit that the parent belongs to.</summary>
internal static class RestartUnitAct
{
    internal static ActReport Run(ActContext context)
    {
        if (!context.Cgroup.WasRead)
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

        if (context.Cgroup.IsContainer)
        {
            return ActReports.Refused("the parent runs in a container: only its owner may restart it");
        }

        string unit = context.Cgroup.Unit!;
        // Restarting the unit that this tool runs in would end the tool in the middle of the act.
        CgroupNow own = context.Look.Cgroup(Libc.GetPid());
        if (!own.WasRead || (own.Unit == unit && own.UserId == context.Cgroup.UserId))
        {
            return ActReports.Refused(own.WasRead ? $"this tool itself runs in {unit}" : "the unit that this tool runs in could not be read");
        }

        if (context.Cgroup.UserId is { } user && user != Libc.GetEffectiveUserId() && Libc.GetEffectiveUserId() != 0)
        {
            return ActReports.NotPermitted($"{unit} belongs to the service manager of user {user}: run as that user or as root");
        }

        UnitRestartReply reply = context.Control.RestartUnit(new UnitToRestart(unit, context.Cgroup.UserId), context.Settings.Grace, context.Cancel);
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["unit"] = unit };
        if (context.Cgroup.UserId is { } manager)
        {
            facts["unitOfUser"] = manager.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (!reply.Started)
        {
            return ActReports.Refused(reply.Says, facts);
        }

        if (reply.TimedOut)
        {
            return ActReports.TimedOut($"{unit} was not restarted within {context.Settings.Grace.TotalSeconds:0} s; systemd goes on by itself", facts);
        }

        facts["systemctlExitCode"] = ActReports.Text(reply.ExitCode);
        if (reply.ExitCode == 0)
        {
            return ActReports.Done($"systemd has restarted {unit}", facts);
        }

        string says = $"systemd did not restart {unit}: {(reply.Says.Length > 0 ? reply.Says : "systemctl gave no reason")}";
        bool denied = reply.Says.Contains("Access denied", StringComparison.OrdinalIgnoreCase)
            || reply.Says.Contains("authentication required", StringComparison.OrdinalIgnoreCase)
            || reply.Says.Contains("Permission denied", StringComparison.OrdinalIgnoreCase);
        return denied ? ActReports.NotPermitted(says, facts) : ActReports.Refused(says, facts);
    }
}
