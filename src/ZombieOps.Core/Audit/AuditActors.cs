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

    /// <summary>A user in one line: <c>root (sudo by alice)</c>, and who logged in where that is another one.</summary>
    public static string Describe(string user, string? sudoUser, string? loginUser)
    {
        string login = loginUser is not null && loginUser != user && loginUser != sudoUser ? $"login {loginUser}" : "";
        string sudo = sudoUser is null ? "" : $"sudo by {sudoUser}";
        string behind = string.Join(", ", new[] { sudo, login }.Where(part => part.Length > 0));
        return behind.Length == 0 ? user : $"{user} ({behind})";
    }

    /// <summary>A record's writer in one line.</summary>
    public static string Describe(AuditActor? who) => who is null ? "nobody that is known" : Describe(who.User, who.SudoUser, who.LoginUser);
}
