namespace ZombieOps.Audit;

/// <summary>Tells who this process is.</summary>
internal static class AuditActors
{
    /// <summary>The actor of this process.</summary>
    public static AuditActor Self(EngineOptions options, string? bootId)
    {
        (int pid, ulong start) = HostIdentity.Self(options);
        return new AuditActor
        {
            User = options.User,
            SudoUser = options.SudoUser,
            LoginUser = options.LoginUser,
            Host = options.Host,
            BootId = bootId ?? HostIdentity.BootId(options),
            Pid = pid,
            StartTime = start,
            PidNamespace = HostIdentity.PidNamespace(options),
        };
    }
}
