namespace ZombieOps.Cli.Drill.Roles;

/// <summary>A live program whose first thread has ended: it shows <c>Z</c> while another thread counts in a file.</summary>
internal static class LeaderExited
{
    public static int Play(string[] args)
    {
        string counter = Path.Combine(Stage.Directory, $"counter-{Libc.getpid()}");
        Stage.Ready([Libc.getpid()], $"counter={counter}");
        LeaveTo(counter);
        return 0;
    }

    /// <summary>Hands the program over to a second thread and ends the first.</summary>
    public static void LeaveTo(string counter)
    {
        new Thread(() =>
        {
            // The setting belongs to a thread (prctl(2)), and the first one is about to go.
            Stage.DieWithParent();
            Stage.CountIn(counter);
        }).Start();
        while (!File.Exists(counter))
        {
            Thread.Sleep(1);
        }

        Stage.EndThisThread();
    }
}
