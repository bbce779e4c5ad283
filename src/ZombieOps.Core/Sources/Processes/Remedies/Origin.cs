using System.Globalization;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Identity of a process as findings write it: <c>process:BOOTID:PID:START</c>.</summary>
internal readonly record struct Origin(string BootId, int Pid, ulong StartTime)
{
    /// <summary>Reads one; null where it is none.</summary>
    internal static Origin? Parse(string? text)
    {
        string[] parts = text?.Split(':') ?? [];
        return parts.Length == 4 && parts[0] == "process" && parts[1].Length > 0
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0
            && ulong.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start)
                ? new Origin(parts[1], pid, start)
                : null;
    }
}
