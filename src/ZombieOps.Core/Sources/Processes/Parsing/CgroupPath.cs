using System.Collections.Immutable;
using ZombieOps.Model;

namespace ZombieOps.Sources.Processes.Parsing;

/// <summary>
/// Collects owners from cgroup paths. The shapes are those of systemd (systemd.slice(5), pam_systemd(8)), Docker, containerd, CRI-O,
/// Podman, the kubelet's two cgroup drivers and the Amazon ECS agent (<c>BuildCgroupRoot</c>).
/// </summary>
internal sealed class CgroupPath
{
    private readonly List<OwnerLink> containers = [];
    private readonly List<OwnerLink> pods = [];
    private readonly List<OwnerLink> tasks = [];
    private OwnerLink? unitLink;
    private OwnerLink? sessionLink;
    private string? unit;
    private uint? unitUserId;

    /// <summary>Takes one path in.</summary>
    public void Add(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var newContainers = new List<OwnerLink>();
        var newPods = new List<OwnerLink>();
        var newTasks = new List<OwnerLink>();
        string? manager = null;
        string? service = null;
        string? scopeSession = null;
        string? userSlice = null;
        string? unitContainer = null;
        bool ofUser = false;
        string container = "";

        for (int i = 0; i < parts.Length; i++)
        {
            // systemd puts an underscore before names that the kernel or itself might take (cg_escape).
            string part = parts[i].StartsWith('_') ? parts[i][1..] : parts[i];
            string before = i > 0 ? parts[i - 1] : "";

            if (PodOf(part, parts, i) is { } uid)
            {
                newPods.Add(new OwnerLink { Kind = "Pod", Name = uid, Id = uid });
            }

            if (TaskOf(part, before) is { } task)
            {
                newTasks.Add(new OwnerLink { Kind = "EcsTask", Name = task, Id = task });
            }

            if (ContainerShapes.Match(part, before, parts, i) is { } match)
            {
                container = match.Id;
                newContainers.Add(match.ToLink());
                continue;
            }

            if (part.StartsWith("user-", StringComparison.Ordinal) && part.EndsWith(".slice", StringComparison.Ordinal))
            {
                userSlice = part["user-".Length..^".slice".Length];
            }

            if (part.EndsWith(".service", StringComparison.Ordinal) || part.EndsWith(".scope", StringComparison.Ordinal))
            {
                if (container.Length == 0 && part.StartsWith("session-", StringComparison.Ordinal) && part.EndsWith(".scope", StringComparison.Ordinal))
                {
                    scopeSession = part["session-".Length..^".scope".Length];
                }

                // The first one is systemd's unit (cg_path_get_unit); below it the names are whatever the service chose for its own
                // cgroups. Only a user's manager and a container have units of their own below.
                if (service is not null && service != manager && unitContainer == container)
                {
                    continue;
                }

                ofUser = manager is not null;
                service = part;
                unitContainer = container;
                if (part.StartsWith("user@", StringComparison.Ordinal) && part.EndsWith(".service", StringComparison.Ordinal))
                {
                    manager = part;
                }
            }
        }

        // The innermost container is the nearest owner.
        newContainers.Reverse();
        Merge(containers, newContainers);
        Merge(pods, newPods);
        Merge(tasks, newTasks);

        if (scopeSession is not null)
        {
            sessionLink ??= new OwnerLink { Kind = "Session", Name = scopeSession, Details = Details(("userId", userSlice)) };
            unit ??= $"session-{scopeSession}.scope";
        }
        else if (service is not null && unitLink is null)
        {
            bool onHost = string.IsNullOrEmpty(unitContainer);
            unitLink = new OwnerLink
            {
                Kind = "Unit",
                Name = service,
                Details = Details(("manager", ofUser && onHost ? manager : null), ("container", onHost ? null : unitContainer)),
            };
            if (onHost && unit is null)
            {
                unit = service;
                unitUserId = ofUser ? UserOf(manager) : null;
            }
        }
    }

    /// <summary>What was collected.</summary>
    public CgroupOwners Owners()
    {
        var links = ImmutableArray.CreateBuilder<OwnerLink>();
        if (unitLink is not null)
        {
            links.Add(unitLink);
        }

        if (sessionLink is not null)
        {
            links.Add(sessionLink);
        }

        links.AddRange(containers);
        links.AddRange(pods);
        links.AddRange(tasks);
        return new CgroupOwners { Links = links.ToImmutable(), Unit = unit, UnitUserId = unitUserId, AllRoot = false };
    }

    /// <summary>The user of <c>user@UID.service</c>. One that cannot be read belongs to nobody who may be asked.</summary>
    private static uint? UserOf(string? manager) =>
        uint.TryParse(manager?["user@".Length..^".service".Length], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out uint id)
            ? id
            : uint.MaxValue;

    private static void Merge(List<OwnerLink> into, List<OwnerLink> links)
    {
        foreach (OwnerLink link in links)
        {
            if (!into.Exists(other => other.Id == link.Id))
            {
                into.Add(link);
            }
        }
    }

    /// <summary><c>kubepods-burstable-pod1_2.slice</c> (systemd driver) or <c>pod1-2</c> below <c>kubepods</c> (cgroupfs driver).</summary>
    private static string? PodOf(string part, string[] parts, int index)
    {
        // Without its own cgroup parent containerd writes "SLICE:PREFIX:ID" as one name.
        int colon = part.IndexOf(':', StringComparison.Ordinal);
        string name = colon >= 0 ? part[..colon] : part;
        if (name.EndsWith(".slice", StringComparison.Ordinal) && name.Contains("kubepods", StringComparison.Ordinal))
        {
            int at = name.LastIndexOf("-pod", StringComparison.Ordinal);
            return at >= 0 ? Uid(name[(at + 4)..^".slice".Length].Replace('_', '-')) : null;
        }

        return name.StartsWith("pod", StringComparison.Ordinal)
            && Array.FindIndex(parts, 0, index, other => other.Contains("kubepods", StringComparison.Ordinal)) >= 0
                ? Uid(name[3..])
                : null;
    }

    private static string? Uid(string text) =>
        text.Length >= 8 && text.All(static c => char.IsAsciiHexDigit(c) || c == '-') ? text : null;

    /// <summary><c>/ecs/TASK/…</c> or <c>ecstasks-TASK.slice</c>.</summary>
    private static string? TaskOf(string part, string before)
    {
        if (part.StartsWith("ecstasks-", StringComparison.Ordinal) && part.EndsWith(".slice", StringComparison.Ordinal))
        {
            return Uid(part["ecstasks-".Length..^".slice".Length]);
        }

        return before is "ecs" ? Uid(part) : null;
    }

    private static ImmutableSortedDictionary<string, string> Details(params ReadOnlySpan<(string Key, string? Value)> pairs)
    {
        ImmutableSortedDictionary<string, string> details = ImmutableSortedDictionary<string, string>.Empty;
        foreach ((string key, string? value) in pairs)
        {
            if (value is not null)
            {
                details = details.Add(key, value);
            }
        }

        return details;
    }
}
