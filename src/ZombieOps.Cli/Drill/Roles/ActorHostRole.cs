using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ZombieOps.Cli.Drill.Roles;

/// <summary>
/// The process above all actors. It starts them, adopts what they leave behind (prctl(2), PR_SET_CHILD_SUBREAPER) and waits for it at once, as
/// the first process of a host should. When its standard input ends, whatever ended the other side, it ends everything below itself.
/// </summary>
internal static class ActorHostRole
{
    public const string Name = "host";

    private static readonly Lock Output = new();

    public static int Play(string[] args)
    {
        // A session of its own: Ctrl-C reaches the drill alone, and the end of the drill reaches the host through the pipe.
        _ = Libc.setsid();
        _ = Libc.signal(Libc.SigChld, Libc.SigDfl);
        _ = Libc.prctl(Libc.PrSetChildSubreaper, 1, 0, 0, 0);
        new Thread(ReapForEver) { IsBackground = true }.Start();

        while (Stage.ReadLine(0) is { } line)
        {
            string[] words = line.Split('\t');
            switch (words[0])
            {
                case "start":
                    StartActor(words[1], words[2..]);
                    break;
                case "end":
                    int pid = int.Parse(words[1], CultureInfo.InvariantCulture);
                    _ = Libc.kill(pid, Libc.SigKill);
                    _ = ProcFs.AwaitGone(pid);
                    Answer(words[1], "ended");
                    break;
            }
        }

        EndAll();
        try
        {
            Directory.Delete(Stage.Directory, recursive: true);
        }
        catch (IOException)
        {
        }

        Libc._exit(0);
        return 0;
    }

    /// <summary>On the first thread, and on no other: a death signal follows the thread that made the process.</summary>
    private static void StartActor(string id, string[] role)
    {
        int says;
        int pid;
        try
        {
            (int input, _) = Spawn.Pipe();
            (says, int output) = Spawn.Pipe();
            pid = Stage.StartRole(role, input, output);
            _ = Libc.close(output);
            _ = Libc.close(input);
        }
        catch (Win32Exception problem)
        {
            Answer(id, "failed " + problem.Message);
            return;
        }

        new Thread(() => Answer(id, $"{Stage.ReadLine(says) ?? "failed the actor has ended"} actor={pid.ToString(CultureInfo.InvariantCulture)}"))
        {
            IsBackground = true,
        }.Start();
    }

    private static void Answer(string id, string text)
    {
        lock (Output)
        {
            Stage.Say(id + "\t" + text);
        }
    }

    private static unsafe void ReapForEver()
    {
        while (true)
        {
            if (Libc.waitpid(-1, null, 0) < 0 && Marshal.GetLastPInvokeError() == Libc.EChild)
            {
                Thread.Sleep(5);
            }
        }
    }

    /// <summary>Ends children until there are none: the end of one hands its own to this process.</summary>
    private static void EndAll()
    {
        long end = Environment.TickCount64 + 5_000;
        int self = Libc.getpid();
        while (ProcFs.ChildrenOf(self) is { Count: > 0 } children && Environment.TickCount64 < end)
        {
            foreach (int child in children)
            {
                _ = Libc.kill(child, Libc.SigKill);
            }

            Thread.Sleep(2);
        }
    }
}
