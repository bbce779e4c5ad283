using System.Globalization;
using ZombieOps.Model;

namespace ZombieOps.Sources.Processes.Headroom;

/// <summary>
/// <c>pids.current</c> against <c>pids.max</c> of every cgroup that has a limit. A zombie is charged until it is waited for and is listed in
/// no <c>cgroup.threads</c> (cgroup-v2), so what is charged and not listed is dead: a count that costs no look at any process.
/// </summary>
internal sealed class CgroupLimits(string root)
{
    private readonly List<HeadroomRow> rows = [];
    private int unreadable;

    /// <summary>What could not be read; null where all could.</summary>
    public string? Missing => unreadable == 0 ? null : $"{unreadable} cgroups under {root} could not be read";

    /// <summary>Reads the hierarchies that have the pids controller: v2 at the root or under <c>unified</c>, v1 under <c>pids</c>.</summary>
    public IReadOnlyList<HeadroomRow> Read(CancellationToken cancel)
    {
        foreach (string mount in (string[])[root, Path.Combine(root, "unified")])
        {
            if (File.Exists(Path.Combine(mount, "cgroup.controllers")))
            {
                Walk(mount, "", "cgroup.threads", cancel);
            }
        }

        string v1 = Path.Combine(root, "pids");
        if (Directory.Exists(v1))
        {
            Walk(v1, "", "tasks", cancel);
        }

        return rows;
    }

    /// <summary>Threads listed in a cgroup and below it; null where one of them could not be read.</summary>
    private long? Walk(string mount, string path, string list, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        string directory = path.Length == 0 ? mount : Path.Combine(mount, path[1..]);
        long? before = Number(Path.Combine(directory, "pids.current"));
        long? listed = Lines(Path.Combine(directory, list));
        try
        {
            foreach (string child in Directory.EnumerateDirectories(directory))
            {
                listed += Walk(mount, $"{path}/{Path.GetFileName(child)}", list, cancel);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cgroup that was removed meanwhile takes its limit along.
            if (e is not DirectoryNotFoundException)
            {
                unreadable++;
            }

            return null;
        }

        string limit = Path.Combine(directory, "pids.max");
        if (Number(limit) is { } max && Number(Path.Combine(directory, "pids.current")) is { } after && before is { } first)
        {
            rows.Add(new HeadroomRow
            {
                Scope = "Cgroup",
                Name = path.Length == 0 ? "/" : path,
                Limit = "pids.max",
                Source = limit,
                Used = after,
                Max = max,
                // Whatever started or ended between the two reads must not look dead.
                Dead = listed is { } alive ? Math.Max(0, Math.Min(first, after) - alive) : null,
            });
        }

        return listed;
    }

    /// <summary>A number in a file; null for "max", for none and for an unreadable one.</summary>
    private long? Number(string file) =>
        Text(file) is { } text && long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private long? Lines(string file) => Text(file) is { } text ? text.AsSpan().Count('\n') : null;

    private string? Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // ENODEV is how a cgroup that is being removed answers; a threaded one answers EOPNOTSUPP. Neither is a missing right.
            if (e is UnauthorizedAccessException)
            {
                unreadable++;
            }

            return null;
        }
    }
}
