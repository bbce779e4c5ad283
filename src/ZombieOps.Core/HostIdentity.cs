using System.Globalization;
using System.Text;

namespace ZombieOps;

/// <summary>Which boot of which host this is, and whether a process of it still lives.</summary>
public static class HostIdentity
{
    /// <summary>The boot id (<c>/proc/sys/kernel/random/boot_id</c>, proc(5)); empty where it cannot be read.</summary>
    /// <param name="options">Where procfs is.</param>
    public static string BootId(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Text(Path.Combine(options.ProcRoot, "sys/kernel/random/boot_id"))?.Trim() ?? "";
    }

    /// <summary>Start of a process in clock ticks after boot (<c>stat</c> field 22); null where there is none or it cannot be read.</summary>
    /// <param name="options">Where procfs is.</param>
    /// <param name="pid">The process.</param>
    public static ulong? StartTime(EngineOptions options, int pid)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Identity(Path.Combine(options.ProcRoot, pid.ToString(CultureInfo.InvariantCulture), "stat"))?.Start;
    }

    /// <summary>This process as procfs numbers it, and its start; the start is 0 where there is no procfs to read it from.</summary>
    /// <param name="options">Where procfs is.</param>
    public static (int Pid, ulong Start) Self(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Identity(Path.Combine(options.ProcRoot, "self/stat")) ?? (Environment.ProcessId, 0);
    }

    /// <summary>Inode of this process's PID namespace (<c>ns/pid</c>, namespaces(7)); null where it cannot be read.</summary>
    /// <param name="options">Where procfs is.</param>
    public static ulong? PidNamespace(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            string? link = new FileInfo(Path.Combine(options.ProcRoot, "self/ns/pid")).LinkTarget;
            return link is not null && ulong.TryParse(link.AsSpan(link.IndexOf('[') + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode)
                ? inode
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // proc_pid_stat(5): pid is field 1, starttime field 22; the command in field 2 may hold spaces and brackets itself.
    private static (int Pid, ulong Start)? Identity(string file)
    {
        string stat = Text(file) ?? "";
        int close = stat.LastIndexOf(')');
        string[] fields = close > 0 ? stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        return fields.Length > 19
            && int.TryParse(stat.AsSpan(0, stat.IndexOf(' ')), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            && ulong.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start)
                ? (pid, start)
                : null;
    }

    private static string? Text(string file)
    {
        try
        {
            return File.ReadAllText(file, Encoding.Latin1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
