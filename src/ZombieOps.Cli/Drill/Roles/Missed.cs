using System.Globalization;
using System.Runtime.InteropServices;

namespace ZombieOps.Cli.Drill.Roles;

/// <summary>
/// A parent that catches SIGCHLD and did not wait when it came: <c>missed [COUNT]</c>. From then on it waits for one child a signal,
/// which is the usual wrong handler: signals merge, so it falls behind (signal(7)).
/// </summary>
internal static class Missed
{
    public static int Play(string[] args)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 2;
        }

        int count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1;
        int signals = 0;
        bool awake = false;
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, context =>
        {
            context.Cancel = true;
            if (Volatile.Read(ref awake))
            {
                _ = Stage.Reap(-1, Libc.WNoHang);
            }

            Interlocked.Increment(ref signals);
        });

        var zombies = new List<int>();
        for (int i = 1; i <= count; i++)
        {
            zombies.Add(Stage.MakeZombie());
            // One at a time: no two signals merge, and none is still under way when the handler wakes up.
            SpinWait.SpinUntil(() => Volatile.Read(ref signals) >= i, 10_000);
        }

        Volatile.Write(ref awake, true);
        Stage.Ready(zombies);
        return Stage.UntilTheEnd();
    }
}
