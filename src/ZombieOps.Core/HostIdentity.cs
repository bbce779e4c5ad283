using System.Globalization;

namespace ZombieOps;

/// <summary>Which boot of which host this is, and whether a process of it still lives.</summary>
public static class HostIdentity
{
    /// <summary>The boot id (<c>/proc/sys/kernel/random/boot_id</c>, proc(5)); empty where it cannot be read.</summary>
    /// <param name="options">Where procfs is.</param>
    public static string BootId(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return File.ReadAllText(Path.Combine(options.ProcRoot, "sys/kernel/random/boot_id")).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Start of a process in clock ticks after boot (<c>stat</c> field 22); null where there is none or it cannot be read.</summary>
    /// <param name="options">Where procfs is.</param>
    /// <param name="pid">The process.</param>
    public static ulong? StartTime(EngineOptions options, int pid)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            string stat = File.ReadAllText(Path.Combine(options.ProcRoot, pid.ToString(CultureInfo.InvariantCulture), "stat"));
            // The name may hold spaces and brackets, so the fields are counted from the last one.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return ulong.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or OverflowException
            or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
