using System.Globalization;

namespace ZombieOps.Cli.Drill.Roles;

/// <summary>
/// A parent in state D. <c>posix_spawn</c> keeps its caller in uninterruptible (killable) sleep until the child has run its program, and the
/// child first opens a FIFO that has no writer (vfork(2), fifo(7)).
/// </summary>
internal static class Uninterruptible
{
    public static int Play(string[] args)
    {
        int zombie = Stage.MakeZombie();
        string fifo = Path.Combine(Stage.Directory, $"fifo-{Libc.getpid()}");
        if (Libc.mkfifo(fifo, 0x180) != 0)
        {
            Stage.Skip("no FIFO can be made in " + Stage.Directory);
            return Stage.UntilTheEnd();
        }

        (int guardSays, int guardOutput) = Spawn.Pipe();
        _ = Stage.StartRole(["fifo-guard", Libc.getpid().ToString(CultureInfo.InvariantCulture), fifo], output: guardOutput);
        _ = Libc.close(guardOutput);
        if (Stage.ReadLine(guardSays) is not "watching")
        {
            Stage.Skip("this kernel has no pidfd_open (Linux 5.3), so nothing would end the blocked child");
            return Stage.UntilTheEnd();
        }

        Stage.Ready([zombie], $"fifo={fifo}");
        int blocked = Spawn.Start(["/bin/true"], blockOn: fifo);
        // Whatever it hung on has answered: now it waits as it should.
        _ = Stage.Reap(zombie);
        _ = Stage.Reap(blocked);
        return Stage.UntilTheEnd();
    }

    /// <summary>
    /// Outlives the parent by a moment: the blocked child can be given no death signal, so when the parent is gone the guard gives the FIFO a
    /// writer, and the child goes on and ends.
    /// </summary>
    public static unsafe int PlayGuard(string[] args)
    {
        int parent = int.Parse(args[0], CultureInfo.InvariantCulture);
        _ = Libc.prctl(Libc.PrSetPdeathsig, 0, 0, 0, 0);
        nint pidfd = Libc.syscall(Libc.SysPidfdOpen, parent, 0, 0);
        if (pidfd < 0)
        {
            return 1;
        }

        Stage.Say("watching");
        Libc.PollFd wait = new() { Fd = (int)pidfd, Events = 1 };
        while (Libc.poll(&wait, 1, -1) != 1)
        {
        }

        int fd = Libc.open(args[1], Libc.ORdWr | Libc.ONonBlock | Libc.OCloExec, 0);
        File.Delete(args[1]);
        Thread.Sleep(50);
        _ = Libc.close(fd);
        Libc._exit(0);
        return 0;
    }
}
