namespace ZombieOps.Cli.Drill.Roles;

/// <summary>A parent that sets SIGCHLD to be ignored when its child is dead already: that frees later children and not this one (wait(2)).</summary>
internal static class IgnoredLate
{
    public static int Play(string[] args)
    {
        int zombie = Stage.MakeZombie();
        _ = Libc.signal(Libc.SigChld, Libc.SigIgn);
        Stage.ReadyAs("ignored-late", "cat", null, [zombie]);
        return Stage.UntilTheEnd();
    }
}
