using System.Collections.Immutable;
using ZombieOps.Model;

namespace ZombieOps.Sources.Processes.Parsing;

/// <summary>A container that a cgroup name tells of.</summary>
/// <param name="Id">Its id or, where its manager has none, its name.</param>
/// <param name="Runtime">The runtime's name; <c>unknown</c> where the name tells none.</param>
/// <param name="IsMonitor">Whether the process is the runtime's watcher beside the container (conmon) and not in it.</param>
internal readonly record struct ContainerMatch(string Id, string Runtime, bool IsMonitor = false)
{
    /// <summary>As a link of the owner chain.</summary>
    public OwnerLink ToLink()
    {
        ImmutableSortedDictionary<string, string> details = ImmutableSortedDictionary<string, string>.Empty.Add("runtime", Runtime);
        return new OwnerLink
        {
            Kind = "Container",
            // Twelve digits are what the runtimes' own tables show.
            Name = Id.Length == 64 && Id.All(char.IsAsciiHexDigit) ? Id[..12] : Id,
            Id = Id,
            Details = IsMonitor ? details.Add("role", "monitor") : details,
        };
    }
}

/// <summary>The names that container runtimes give to cgroups.</summary>
internal static class ContainerShapes
{
    private const int ShortestId = 12;

    // The longer prefix comes first where one begins with the other.
    private static readonly (string Prefix, string Runtime, bool IsMonitor)[] Prefixes =
    [
        ("docker-", "docker", false),
        ("libpod-conmon-", "podman", true),
        ("libpod-payload-", "podman", false),
        ("libpod-", "podman", false),
        ("cri-containerd-", "containerd", false),
        ("crio-conmon-", "cri-o", true),
        ("crio-", "cri-o", false),
        ("nerdctl-", "containerd", false),
        ("buildah-", "buildah", false),
    ];

    /// <summary>The container that a part of a path names; null where it names none.</summary>
    /// <param name="part">The part.</param>
    /// <param name="before">The part before it, or nothing.</param>
    /// <param name="parts">All parts.</param>
    /// <param name="index">Where the part is.</param>
    public static ContainerMatch? Match(string part, string before, string[] parts, int index)
    {
        // containerd on the systemd path with the cgroupfs driver: SLICE:PREFIX:ID.
        string[] fields = part.Split(':');
        if (fields.Length == 3 && IsId(fields[2]))
        {
            return new ContainerMatch(fields[2], Runtime(fields[1] + "-"));
        }

        string name = part.EndsWith(".scope", StringComparison.Ordinal) ? part[..^".scope".Length] : part;
        foreach ((string prefix, string runtime, bool isMonitor) in Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && IsId(name[prefix.Length..]))
            {
                return new ContainerMatch(name[prefix.Length..], runtime, isMonitor);
            }
        }

        if (name.StartsWith("lxc.payload.", StringComparison.Ordinal))
        {
            return new ContainerMatch(name["lxc.payload.".Length..], "lxc");
        }

        if (name.StartsWith("systemd-nspawn@", StringComparison.Ordinal) && name.EndsWith(".service", StringComparison.Ordinal))
        {
            return new ContainerMatch(name["systemd-nspawn@".Length..^".service".Length], "systemd-nspawn");
        }

        if (before is "machine.slice" && name.StartsWith("machine-", StringComparison.Ordinal) && name.Length > "machine-".Length)
        {
            return new ContainerMatch(name["machine-".Length..], "systemd-machined");
        }

        if (before is "lxc")
        {
            return new ContainerMatch(name, "lxc");
        }

        // /ecs/TASK/TASK-RUNTIMEID is what Fargate and awsvpc tasks show.
        bool inTask = index > 1 && parts[index - 2] is "ecs";
        if (inTask && part.Length > ShortestId)
        {
            return new ContainerMatch(part, "docker");
        }

        // An id of 64 digits is a container whoever made it; the part before it may tell who.
        if (LongId(name) is { } id)
        {
            return new ContainerMatch(id, before is "docker" or "buildkit" ? "docker"
                : before is "libpod_parent" ? "podman"
                : before.StartsWith("pod", StringComparison.Ordinal) ? "cri"
                : "unknown");
        }

        return null;
    }

    private static string Runtime(string prefix)
    {
        foreach ((string known, string runtime, _) in Prefixes)
        {
            if (known == prefix)
            {
                return runtime;
            }
        }

        return "unknown";
    }

    private static string? LongId(string name)
    {
        int run = 0;
        for (int i = 0; i < name.Length; i++)
        {
            run = char.IsAsciiHexDigit(name[i]) ? run + 1 : 0;
            if (run == 64)
            {
                return name[(i - 63)..(i + 1)];
            }
        }

        return null;
    }

    private static bool IsId(string text) => text.Length >= ShortestId && text.All(char.IsAsciiHexDigit);
}
