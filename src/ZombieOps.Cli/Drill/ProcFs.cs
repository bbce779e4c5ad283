using System.Globalization;

namespace ZombieOps.Cli.Drill;

/// <summary>The little that the drill reads of procfs by itself: it checks the engine, so it may not ask the engine.</summary>
internal static class ProcFs
{
    /// <summary>State letter of a process; null where there is no such process (proc_pid_stat(5)).</summary>
    public static char? State(int pid) => Fields(pid) is { } fields ? fields[0][0] : null;

    /// <summary>Command line of a process, its words separated by NUL; empty where it has none or is gone.</summary>
    public static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Process ids whose parent is that process.</summary>
    public static List<int> ChildrenOf(int parent)
    {
        var children = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && Fields(pid) is { } fields
                && fields[1] == parent.ToString(CultureInfo.InvariantCulture))
            {
                children.Add(pid);
            }
        }

        return children;
    }

    /// <summary>Waits until a process shows one of those states.</summary>
    /// <returns>False where it did not in time or is gone.</returns>
    public static bool Await(int pid, string states, int milliseconds = 10_000)
    {
        long end = Environment.TickCount64 + milliseconds;
        while (true)
        {
            if (State(pid) is not { } state)
            {
                return false;
            }

            if (states.Contains(state, StringComparison.Ordinal))
            {
                return true;
            }

            if (Environment.TickCount64 > end)
            {
                return false;
            }

            Thread.Sleep(2);
        }
    }

    /// <summary>Waits until a process is gone from the process table.</summary>
    public static bool AwaitGone(int pid, int milliseconds = 10_000)
    {
        long end = Environment.TickCount64 + milliseconds;
        while (State(pid) is not null)
        {
            if (Environment.TickCount64 > end)
            {
                return false;
            }

            Thread.Sleep(2);
        }

        return true;
    }

    private static string[]? Fields(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null; // ENOENT or ESRCH: it has just gone.
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
