using System.Globalization;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>What <c>/proc/PID/cgroup</c> says of the owner (cgroups(7)): the systemd unit, its manager, and whether it is a container's.</summary>
internal sealed record CgroupNow
{
    /// <summary>One that could not be read.</summary>
    internal static CgroupNow Unread { get; } = new();

    /// <summary>Whether it was read.</summary>
    internal bool WasRead { get; private init; }

    /// <summary>The service or scope; null where there is none.</summary>
    internal string? Unit { get; private init; }

    /// <summary>User id of the manager that the unit belongs to; null for the system's.</summary>
    internal uint? UserId { get; private init; }

    /// <summary>Path in the unified hierarchy; null where there is none.</summary>
    internal string? UnifiedPath { get; private init; }

    /// <summary>Whether the path is one that a container runtime, a kubelet or an ECS agent makes.</summary>
    internal bool IsContainer { get; private init; }

    /// <summary>Reads the lines of the file. The unit is read as the scan reads it, so that what was offered is what is acted on.</summary>
    internal static CgroupNow Parse(string text)
    {
        string? unified = null;
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
        }

        if (!CgroupParser.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out CgroupOwners owners))
        {
            return Unread;
        }

        uint? user = owners.UnitIsOfUser ? ManagersUser(owners) : null;
        return new CgroupNow
        {
            WasRead = true,
            // A user's unit whose manager has no number must not be taken for one of the system's.
            Unit = owners.UnitIsOfUser && user is null ? null : owners.Unit,
            UserId = user,
            UnifiedPath = unified,
            IsContainer = container || owners.IsContained,
        };
    }

    private static uint? ManagersUser(CgroupOwners owners)
    {
        string? manager = owners.Links.Select(link => link.Details.GetValueOrDefault("manager")).FirstOrDefault(name => name is not null);
        return manager is not null && uint.TryParse(manager.AsSpan(5, manager.Length - 5 - ".service".Length), CultureInfo.InvariantCulture, out uint id) ? id : null;
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
