using System.Globalization;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>What <c>/proc/PID/cgroup</c> says of the owner (cgroups(7)): the systemd unit, its manager, and whether it is a container's.</summary>
internal sealed record CgroupNow
{
    /// <summary>One that could not be read.</summary>
    internal static CgroupNow Unread { get; } = new();

    /// <summary>Whether it was read.</summary>
    internal bool WasRead { get; private init; }

    /// <summary>Innermost service or scope; null where there is none.</summary>
    internal string? Unit { get; private init; }

    /// <summary>User id of the manager that the unit belongs to; null for the system's.</summary>
    internal uint? UserId { get; private init; }

    /// <summary>Path in the unified hierarchy; null where there is none.</summary>
    internal string? UnifiedPath { get; private init; }

    /// <summary>Whether the path is one that a container runtime, a kubelet or an ECS agent makes.</summary>
    internal bool IsContainer { get; private init; }

    /// <summary>Reads the lines of the file.</summary>
    internal static CgroupNow Parse(string text)
    {
        string? unified = null;
        string? named = null;
        bool container = false;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3)
            {
                continue;
            }

            container |= LooksLikeContainer(parts[2]);
            if (parts[0] == "0" && parts[1].Length == 0)
            {
                unified = parts[2];
            }
            else if (parts[1] == "name=systemd")
            {
                named = parts[2];
            }
        }

        // systemd keeps its units in its own hierarchy on v1 and hybrid, and in the unified one otherwise.
        string path = named ?? unified ?? "";
        string? unit = null;
        uint? user = null;
        foreach (string segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment.StartsWith("user@", StringComparison.Ordinal) && segment.EndsWith(".service", StringComparison.Ordinal)
                && uint.TryParse(segment.AsSpan(5, segment.Length - 13), CultureInfo.InvariantCulture, out uint id))
            {
                user = id;
                unit = segment;
            }
            else if (segment.EndsWith(".service", StringComparison.Ordinal) || segment.EndsWith(".scope", StringComparison.Ordinal))
            {
                unit = segment;
            }
        }

        // The user's manager itself is a unit of the system's manager.
        if (unit?.StartsWith("user@", StringComparison.Ordinal) == true)
        {
            user = null;
        }

        return new CgroupNow
        {
            WasRead = true,
            Unit = unit,
            UserId = user,
            UnifiedPath = unified,
            IsContainer = container,
        };
    }

    private static bool LooksLikeContainer(string path)
    {
        foreach (string segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment is "docker" or "ecs" or "kubepods" or "kubepods.slice" or "ecstasks.slice" or "machine.slice" or "lxc"
                || segment.StartsWith("ecstasks-", StringComparison.Ordinal)
                || segment.StartsWith("kubepods-", StringComparison.Ordinal)
                || segment.StartsWith("libpod", StringComparison.Ordinal)
                || segment.StartsWith("lxc.payload", StringComparison.Ordinal)
                || HasContainerId(segment))
            {
                return true;
            }
        }

        return false;
    }

    // A run of 64 hexadecimal digits: docker-<id>.scope, cri-containerd-<id>.scope, <id>.
    private static bool HasContainerId(string segment)
    {
        int run = 0;
        foreach (char c in segment)
        {
            run = char.IsAsciiHexDigitLower(c) ? run + 1 : 0;
            if (run == 64)
            {
                return true;
            }
        }

        return false;
    }
}
