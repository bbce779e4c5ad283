using System.Globalization;

namespace ZombieOps.Cli.Drill.Roles;

/// <summary>A parent that waits as it should, and was stopped before its child ended.</summary>
internal static class Stopped
{
    public static int Play(string[] args)
    {
        int child = Stage.StartRole(["end-when-stopped"]);
        Stage.Ready([child]);
        _ = Libc.kill(Libc.getpid(), Libc.SigStop);
        _ = Stage.Reap(child);
        return Stage.UntilTheEnd();
    }

    /// <summary>The child: ends as soon as its parent is stopped.</summary>
    public static int PlayChild(string[] args)
    {
        _ = ProcFs.Await(int.Parse(Environment.GetEnvironmentVariable(Stage.ParentVariable)!, CultureInfo.InvariantCulture), "T");
        Libc._exit(0);
        return 0;
    }
}
