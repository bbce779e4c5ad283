namespace ZombieOps.Cli.Drill.Roles;

/// <summary>A program whose first thread has ended, whose other threads run, and that has a child nobody waited for.</summary>
internal static class ParentDead
{
    public static int Play(string[] args)
    {
        string counter = Path.Combine(Stage.Directory, $"counter-{Libc.getpid()}");
        int zombie = Stage.MakeZombie();
        Stage.Ready([zombie], $"counter={counter}");
        LeaderExited.LeaveTo(counter);
        return 0;
    }
}
