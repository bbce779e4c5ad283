using System.Collections.Immutable;
using ZombieOps.Model;

namespace ZombieOps.Sources.Processes.Parsing;

/// <summary>Who owns a process, as its cgroup paths tell.</summary>
internal sealed record CgroupOwners
{
    /// <summary>Nobody that a path names.</summary>
    public static CgroupOwners None { get; } = new();

    /// <summary>Links of kind <c>Unit</c>, <c>Session</c>, <c>Container</c>, <c>Pod</c> and <c>EcsTask</c>, the nearest first.</summary>
    public ImmutableArray<OwnerLink> Links { get; init; } = [];

    /// <summary>The systemd unit of the host (service or scope); null where there is none or it belongs to a container.</summary>
    public string? Unit { get; init; }

    /// <summary>User id of the service manager that <see cref="Unit"/> belongs to (<c>user@UID.service</c>); null for the system's.</summary>
    public uint? UnitUserId { get; init; }

    /// <summary>Whether every path is the root: on cgroup v1 that is all that is left of a zombie's (<c>proc_cgroup_show</c>).</summary>
    public bool AllRoot { get; init; } = true;

    /// <summary>Whether a container, a pod or an ECS task owns it.</summary>
    public bool IsContained => Links.Any(IsContainment);

    /// <summary>Whether a link of the chain is a container, a pod or an ECS task.</summary>
    public static bool IsContainment(OwnerLink link) => link.Kind is "Container" or "Pod" or "EcsTask";
}

/// <summary>
/// Reads <c>/proc/PID/cgroup</c> (cgroups(7)): lines <c>HIERARCHY:CONTROLLERS:PATH</c> of cgroup v1, v2 and both at once. Never throws.
/// </summary>
internal static class CgroupParser
{
    private const int MostLines = 256;

    /// <summary>Reads the owners. False where a line makes no sense or the last one is torn.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out CgroupOwners owners)
    {
        owners = CgroupOwners.None;
        if (text.IsEmpty || text[^1] != (byte)'\n')
        {
            return false;
        }

        // The unified hierarchy and systemd's own are the ones in which units live; the rest mostly repeat them.
        var paths = new List<(int Rank, string Path)>();
        bool allRoot = true;
        for (int lines = 0; !text.IsEmpty; lines++)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = text[..end];
            text = text[(end + 1)..];
            if (!TryLine(line, out int rank, out ReadOnlySpan<byte> path) || lines >= MostLines)
            {
                return false;
            }

            if (path.SequenceEqual("/"u8))
            {
                continue;
            }

            allRoot = false;
            string name = Ascii.Text(path);
            if (!paths.Exists(other => other.Path == name))
            {
                paths.Add((rank, name));
            }
        }

        if (allRoot)
        {
            return true;
        }

        paths.Sort(static (a, b) => a.Rank.CompareTo(b.Rank));
        var found = new CgroupPath();
        foreach ((_, string path) in paths)
        {
            found.Add(path);
        }

        owners = found.Owners();
        return true;
    }

    private static bool TryLine(ReadOnlySpan<byte> line, out int rank, out ReadOnlySpan<byte> path)
    {
        rank = 0;
        path = default;
        int first = line.IndexOf((byte)':');
        if (first < 0 || !Ascii.TryDecimal(line[..first], out ulong hierarchy))
        {
            return false;
        }

        line = line[(first + 1)..];
        int second = line.IndexOf((byte)':');
        if (second < 0 || second + 1 >= line.Length || line[second + 1] != (byte)'/')
        {
            return false;
        }

        ReadOnlySpan<byte> controllers = line[..second];
        rank = hierarchy == 0 && controllers.IsEmpty ? 0
            : controllers.SequenceEqual("name=systemd"u8) ? 1
            : controllers.SequenceEqual("pids"u8) ? 2
            : 3;

        path = line[(second + 1)..];
        // The cgroup was removed and the zombie is still in it (cgroup-v2.rst, "/proc/PID/cgroup").
        ReadOnlySpan<byte> deleted = " (deleted)"u8;
        if (path.EndsWith(deleted) && path.Length > deleted.Length)
        {
            path = path[..^deleted.Length];
        }

        return true;
    }
}
