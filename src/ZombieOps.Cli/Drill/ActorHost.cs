using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ZombieOps.Cli.Drill;

/// <summary>Starts actors below one host process, and ends them all with it. Neither starting nor ending touches SIGCHLD in this process.</summary>
internal sealed unsafe class ActorHost : IDisposable
{
    private const int Deadline = 60_000;

    private readonly Dictionary<string, string> answers = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private int input;
    private int says;
    private int next;

    private ActorHost(int pid, int input, int says, string directory)
    {
        Pid = pid;
        this.input = input;
        this.says = says;
        Directory = directory;
    }

    /// <summary>Process id of the host.</summary>
    public int Pid { get; }

    /// <summary>Its private directory, gone when it ends.</summary>
    public string Directory { get; }

    /// <summary>Starts a host.</summary>
    public static ActorHost Open()
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("zombieops-drill-").FullName;
        (int hostInput, int input) = Spawn.Pipe();
        (int says, int hostOutput) = Spawn.Pipe();
        int pid = Spawn.Start(
            [.. Executable.Self, ActorProgram.Command, Roles.ActorHostRole.Name],
            hostInput,
            hostOutput,
            blockOn: null,
            (Stage.DirectoryVariable, directory),
            // Without it every killed .NET process leaves its diagnostics socket in the temporary directory.
            ("DOTNET_EnableDiagnostics", "0"));
        _ = Libc.close(hostInput);
        _ = Libc.close(hostOutput);
        return new ActorHost(pid, input, says, directory);
    }

    /// <summary>Starts one actor and waits until its zombie is there.</summary>
    /// <param name="role">The role.</param>
    /// <param name="arguments">What the role takes.</param>
    public Actor Start(string role, params string[] arguments) => Start([[role, .. arguments]])[0];

    /// <summary>Starts actors side by side and waits until the zombie of each is there.</summary>
    /// <param name="roles">A role and its arguments for each.</param>
    public IReadOnlyList<Actor> Start(IReadOnlyList<string[]> roles)
    {
        lock (gate)
        {
            var ids = new List<string>();
            foreach (string[] role in roles)
            {
                ids.Add((++next).ToString(CultureInfo.InvariantCulture));
                Send($"start\t{ids[^1]}\t{string.Join('\t', role)}");
            }

            return [.. ids.Select((id, i) => Actor.FromAnswer(this, roles[i][0], Answer(id)))];
        }
    }

    /// <summary>Ends one process below the host at once, and waits until it is gone.</summary>
    internal void End(int pid)
    {
        lock (gate)
        {
            if (input >= 0)
            {
                string id = pid.ToString(CultureInfo.InvariantCulture);
                Send($"end\t{id}");
                _ = Answer(id);
            }
        }
    }

    /// <summary>Ends every actor and the host, and waits for that.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (input < 0)
            {
                return;
            }

            _ = Libc.close(input);
            input = -1;
            var end = new Libc.PollFd { Fd = says, Events = 1 };
            long deadline = Environment.TickCount64 + 10_000;
            byte* rest = stackalloc byte[512];
            while (Environment.TickCount64 < deadline)
            {
                if (Libc.poll(&end, 1, 1_000) == 1 && Libc.read(says, rest, 512) == 0)
                {
                    break;
                }
            }

            _ = Libc.close(says);
            says = -1;
            _ = Libc.kill(Pid, Libc.SigKill);
            _ = Stage.Reap(Pid);
            try
            {
                // The host does this itself; one that was killed could not.
                System.IO.Directory.Delete(Directory, recursive: true);
            }
            catch (IOException)
            {
            }
        }
    }

    private void Send(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        fixed (byte* text = bytes)
        {
            if (Libc.write(input, text, (nuint)bytes.Length) != bytes.Length)
            {
                throw new InvalidOperationException($"the drill's host process ({Pid}) has ended");
            }
        }
    }

    private string Answer(string id)
    {
        long deadline = Environment.TickCount64 + Deadline;
        string? found;
        while (!answers.Remove(id, out found))
        {
            var ready = new Libc.PollFd { Fd = says, Events = 1 };
            if (Libc.poll(&ready, 1, 1_000) != 1)
            {
                if (Environment.TickCount64 > deadline)
                {
                    throw new TimeoutException($"the drill's host process ({Pid}) does not answer");
                }

                continue;
            }

            string line = Stage.ReadLine(says) ?? throw new InvalidOperationException($"the drill's host process ({Pid}) has ended");
            string[] parts = line.Split('\t', 2);
            answers[parts[0]] = parts[1];
        }

        return found;
    }
}
