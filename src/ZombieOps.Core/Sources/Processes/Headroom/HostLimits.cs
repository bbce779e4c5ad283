using System.Globalization;
using ZombieOps.Model;

namespace ZombieOps.Sources.Processes.Headroom;

/// <summary>
/// All threads of the host against <c>kernel.pid_max</c> and <c>kernel.threads-max</c> (proc(5)). The kernel counts a thread until it is
/// released, so zombies are in the last field of <c>/proc/loadavg</c>.
/// </summary>
internal static class HostLimits
{
    /// <summary>Reads both; what could not be read is said and left out.</summary>
    public static IReadOnlyList<HeadroomRow> Read(string root, string host, long dead, List<string> missing)
    {
        string loadavg = Path.Combine(root, "loadavg");
        string[] fields = (Text(loadavg) ?? "").Split(' ');
        if (fields.Length < 4 || fields[3].Split('/') is not [_, var total] || !long.TryParse(total, NumberStyles.None, CultureInfo.InvariantCulture, out long used))
        {
            missing.Add($"{loadavg} could not be read: the number of threads of this host is not known");
            return [];
        }

        var rows = new List<HeadroomRow>();
        foreach (string name in (string[])["pid_max", "threads-max"])
        {
            string file = Path.Combine(root, "sys/kernel", name);
            if (long.TryParse(Text(file)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long max))
            {
                rows.Add(new HeadroomRow { Scope = "Host", Name = host, Limit = name, Source = file, Used = used, Max = max, Dead = dead });
            }
            else
            {
                missing.Add($"{file} could not be read");
            }
        }

        return rows;
    }

    private static string? Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
