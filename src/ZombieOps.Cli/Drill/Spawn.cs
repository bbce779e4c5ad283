using System.Collections;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace ZombieOps.Cli.Drill;

/// <summary>
/// Starts processes with <c>posix_spawn</c>. <see cref="System.Diagnostics.Process"/> would install a SIGCHLD handler and wait
/// for its children, and so undo what an actor is there to show.
/// </summary>
internal static unsafe class Spawn
{
    /// <summary>Both structures are below 400 bytes in glibc and musl.</summary>
    private const int StructureSize = 1024;

    /// <summary>Starts a program.</summary>
    /// <param name="argv">Absolute path, then the arguments.</param>
    /// <param name="input">File descriptor that becomes its standard input; -1 for /dev/null.</param>
    /// <param name="output">File descriptor that becomes its standard output; -1 for /dev/null.</param>
    /// <param name="blockOn">Path that is opened for reading before the program runs; the caller is in state D until that open returns.</param>
    /// <param name="environment">Variables to set on top of this process's own.</param>
    /// <returns>Its process id.</returns>
    /// <exception cref="Win32Exception">It could not be started.</exception>
    public static int Start(
        IReadOnlyList<string> argv, int input = -1, int output = -1, string? blockOn = null, params (string Name, string Value)[] environment)
    {
        byte* actions = stackalloc byte[StructureSize];
        Check(Libc.posix_spawn_file_actions_init(actions), argv[0]);
        Check(input < 0
            ? Libc.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", 0, 0)
            : Libc.posix_spawn_file_actions_adddup2(actions, input, 0), argv[0]);
        Check(output < 0
            ? Libc.posix_spawn_file_actions_addopen(actions, 1, "/dev/null", Libc.OWrOnly, 0)
            : Libc.posix_spawn_file_actions_adddup2(actions, output, 1), argv[0]);
        if (blockOn is not null)
        {
            Check(Libc.posix_spawn_file_actions_addopen(actions, 0, blockOn, 0, 0), blockOn);
        }

        byte** arguments = Vector(argv);
        byte** variables = Vector(Environment(environment));
        int pid;
        int error = Libc.posix_spawn(&pid, argv[0], actions, null, arguments, variables);
        Free(arguments);
        Free(variables);
        _ = Libc.posix_spawn_file_actions_destroy(actions);
        Check(error, argv[0]);
        return pid;
    }

    /// <summary>Puts another program into this process; it keeps its pid, its children, ignored signals and its death signal (execve(2)).</summary>
    /// <param name="path">The program.</param>
    /// <param name="argv">Its name and its arguments.</param>
    /// <returns>Only where that failed.</returns>
    public static void Become(string path, IReadOnlyList<string> argv)
    {
        byte** arguments = Vector(argv);
        byte** variables = Vector(Environment([]));
        _ = Libc.execve(path, arguments, variables);
        Free(arguments);
        Free(variables);
    }

    /// <summary>A pipe that no child inherits unless it is handed over.</summary>
    public static (int Read, int Write) Pipe()
    {
        int* ends = stackalloc int[2];
        return Libc.pipe2(ends, Libc.OCloExec) == 0 ? (ends[0], ends[1]) : throw new Win32Exception(Marshal.GetLastPInvokeError(), "pipe2");
    }

    private static List<string> Environment((string Name, string Value)[] more)
    {
        var result = new List<string>();
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            if (!more.Any(variable => variable.Name == (string)entry.Key))
            {
                result.Add($"{entry.Key}={entry.Value}");
            }
        }

        result.AddRange(more.Select(variable => $"{variable.Name}={variable.Value}"));
        return result;
    }

    private static byte** Vector(IReadOnlyList<string> texts)
    {
        byte** vector = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(texts[i]);
            vector[i] = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
            bytes.CopyTo(new Span<byte>(vector[i], bytes.Length));
        }

        return vector;
    }

    private static void Free(byte** vector)
    {
        for (byte** text = vector; *text != null; text++)
        {
            NativeMemory.Free(*text);
        }

        NativeMemory.Free(vector);
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
        {
            throw new Win32Exception(error, $"cannot start {what}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }
}
