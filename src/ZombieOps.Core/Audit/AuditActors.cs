using System.Globalization;
using System.Text;

namespace ZombieOps.Audit;

/// <summary>Tells who this process is.</summary>
internal static class AuditActors
{
    /// <summary>The actor of this process.</summary>
    public static AuditActor Self(EngineOptions options, string? bootId)
    {
        (int pid, ulong start) = Identity(options.ProcRoot);
        return new AuditActor
        {
            User = options.User,
            SudoUser = options.SudoUser,
            Host = options.Host,
            BootId = bootId ?? ReadBootId(options.ProcRoot),
            Pid = pid,
            StartTime = start,
        };
    }

    private static string ReadBootId(string procRoot)
    {
        try
        {
            return File.ReadAllText(Path.Combine(procRoot, "sys/kernel/random/boot_id"), Encoding.ASCII).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    // proc_pid_stat(5): pid is field 1, starttime field 22; the command in field 2 may hold spaces and brackets itself.
    private static (int Pid, ulong Start) Identity(string procRoot)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(procRoot, "self/stat"), Encoding.Latin1);
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            if (int.TryParse(stat.AsSpan(0, stat.IndexOf(' ')), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ulong.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start))
            {
                return (pid, start);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or IndexOutOfRangeException)
        {
            // Without a procfs there is nothing that a later run could compare a start time with either.
        }

        return (Environment.ProcessId, 0);
    }
}
