using System.Globalization;

namespace ZombieOps.Sources.Processes;

/// <summary>Identity of a process: boot id, pid and start time. A pid alone is used again (pidfd_open(2)).</summary>
internal static class ProcessIdentity
{
    /// <summary>The identity as findings carry it.</summary>
    public static string Format(string bootId, int pid, ulong startTime) =>
        string.Create(CultureInfo.InvariantCulture, $"process:{bootId}:{pid}:{startTime}");

    /// <summary>Takes an identity apart; false for anything that <see cref="Format"/> would not write.</summary>
    public static bool TryParse(string? id, out string bootId, out int pid, out ulong startTime)
    {
        bootId = "";
        pid = 0;
        startTime = 0;
        string[] parts = id?.Split(':') ?? [];
        if (parts.Length != 4
            || parts[0] != "process"
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out pid)
            || pid <= 0
            || !ulong.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out startTime))
        {
            return false;
        }

        bootId = parts[1];
        return bootId.Length > 0 && id == Format(bootId, pid, startTime);
    }
}
