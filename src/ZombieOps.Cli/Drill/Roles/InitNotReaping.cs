using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ZombieOps.Cli.Drill.Roles;

/// <summary>The first process of a PID namespace, as in a container without an init, which never waits for what it adopts.</summary>
internal static class InitNotReaping
{
    private const string UnshareTool = "/usr/bin/unshare";

    public static int Play(string[] args)
    {
        (int input, int letGo) = Spawn.Pipe();
        (int says, int output) = Spawn.Pipe();
        int init;
        if (Environment.IsPrivilegedProcess)
        {
            // Root without the capability, as in most containers, gets EPERM here.
            if (Libc.unshare(Libc.CloneNewPid) != 0)
            {
                return SkipAll(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
            }

            init = Start(["namespace-init"]);
        }
        else if (File.Exists(UnshareTool))
        {
            // A user namespace can only be made by a process of one thread (unshare(2)), which this is not.
            init = Spawn.Start(
                [UnshareTool, "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--", .. Executable.Self, ActorProgram.Command, "namespace-init"],
                input,
                output,
                environment: [(Stage.ParentVariable, "")]);
        }
        else
        {
            return SkipAll("not root, and there is no " + UnshareTool);
        }

        _ = Libc.close(output);
        _ = Libc.close(input);
        if (init < 0 || Stage.ReadLine(says) is not "made")
        {
            return SkipAll("user namespaces are not allowed here");
        }

        // Inside it is process 1; its pid out here is the one that has the zombie.
        int parent = ProcFs.ChildrenOf(init) is [var forked, ..] && ProcFs.State(forked) != 'Z' ? forked : init;
        List<int> zombies = ProcFs.ChildrenOf(parent);
        Stage.Ready(zombies, $"parent={parent}");
        GC.KeepAlive(letGo);
        return Stage.UntilTheEnd();

        int Start(string[] role)
        {
            try
            {
                return Stage.StartRole(role, input, output, checksParent: false);
            }
            catch (Win32Exception)
            {
                return -1;
            }
        }

        static int SkipAll(string because)
        {
            Stage.Skip("a PID namespace cannot be made: " + because);
            return Stage.UntilTheEnd();
        }
    }

    /// <summary>Process 1 of the namespace. Standard input ends with the actor outside, whatever ended that.</summary>
    public static int PlayInit(string[] args)
    {
        _ = Stage.MakeZombie();
        Stage.Say("made");
        return Stage.UntilTheEnd();
    }
}
