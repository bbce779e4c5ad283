using System.Globalization;
using System.Text;
using ZombieOps.Sources.Processes.Facts;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>How a read of procfs ended.</summary>
internal enum LookState
{
    /// <summary>It failed: nothing may be concluded.</summary>
    Failed = 0,

    /// <summary>It was read.</summary>
    Read,

    /// <summary>There is no such process any more (ENOENT or ESRCH, proc(5)).</summary>
    Gone,

    /// <summary>The permission is missing.</summary>
    Denied,
}

/// <summary>
/// Fresh reads of procfs for the moment of acting. It is kept apart from the scan on purpose: an act is decided on what the kernel
/// says now, not on what was found before.
/// </summary>
internal sealed class ProcLook(EngineOptions options)
{
    // An act asks for ids, never for names.
    private static readonly UserNames NoNames = new("/dev/null");

    /// <summary>Path below the root of procfs.</summary>
    internal string Path(int pid, string name) => $"{options.ProcRoot}/{pid.ToString(CultureInfo.InvariantCulture)}/{name}";

    /// <summary>Boot id of the host; null where it cannot be read.</summary>
    internal string? BootId()
    {
        using ProcDirectory? proc = ProcDirectory.Open(options.ProcRoot, out _);
        return proc is not null && SelfFacts.ReadBootId(proc) is { Length: > 0 } id ? id : null;
    }

    /// <summary>Whether procfs numbers processes as this process's own PID namespace does; false where that cannot be read.</summary>
    internal bool PidsAreOurs()
    {
        using ProcDirectory? proc = ProcDirectory.Open(options.ProcRoot, out _);
        return proc is not null && SelfFacts.Read(proc, options.ProcRoot).NamespaceDepth == 1;
    }

    /// <summary>Reads <c>stat</c>.</summary>
    internal LookState Stat(int pid, out StatFacts stat)
    {
        stat = default;
        using ProcDirectory? proc = ProcDirectory.Open(options.ProcRoot, out _);
        return proc is null ? LookState.Failed : Stat(proc, pid, out stat);
    }

    /// <summary>Reads all that the refusals ask of a parent, with the scan's own reader and nothing that it remembers.</summary>
    internal LookState Parent(int pid, out Parent? parent, out StatFacts stat)
    {
        parent = null;
        stat = default;
        using ProcDirectory? proc = ProcDirectory.Open(options.ProcRoot, out _);
        if (proc is null)
        {
            return LookState.Failed;
        }

        LookState state = Stat(proc, pid, out stat);
        if (state == LookState.Read)
        {
            state = ReadText(Path(pid, "status"), out _);
        }

        if (state == LookState.Read)
        {
            var reader = new ParentReader(proc, SelfFacts.Read(proc, options.ProcRoot), NoNames, new BootTime(proc), static _ => "");
            parent = reader.Find(pid);
            state = parent is null ? LookState.Gone : LookState.Read;
        }

        return state;
    }

    /// <summary>Who owns a process, as its cgroup tells; null where that cannot be read.</summary>
    internal CgroupOwners? Cgroup(int pid) =>
        ReadBytes(Path(pid, "cgroup"), out byte[] bytes) == LookState.Read && CgroupParser.TryParse(bytes, out CgroupOwners owners) ? owners : null;

    /// <summary>Whether the unified cgroup of a process is frozen (cgroup.freeze in cgroup-v2.rst); null where that cannot be read.</summary>
    internal bool? IsFrozen(int pid)
    {
        if (ReadText(Path(pid, "cgroup"), out string lines) != LookState.Read
            || lines.Split('\n').FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal)) is not { Length: > 4 } unified)
        {
            return null;
        }

        foreach (string root in new[] { options.CgroupRoot, options.CgroupRoot + "/unified" })
        {
            if (ReadText(root + unified["0::".Length..] + "/cgroup.events", out string text) == LookState.Read)
            {
                return text.Contains("frozen 1", StringComparison.Ordinal);
            }
        }

        return null;
    }

    /// <summary>Whether every thread of a process is dead; null where that cannot be told.</summary>
    internal bool? AllThreadsDead(int pid)
    {
        using ProcDirectory? process = ProcDirectory.Open($"{options.ProcRoot}/{pid.ToString(CultureInfo.InvariantCulture)}", out _);
        return process is null ? null : ThreadScan.Read(process).AllDead;
    }

    /// <summary>Children of a process: from <c>task/TID/children</c> (CONFIG_PROC_CHILDREN), else by one pass over the table. Null where neither can be read.</summary>
    internal IReadOnlyList<int>? Children(int pid)
    {
        try
        {
            var children = new List<int>();
            bool readable = false;
            foreach (string task in Directory.EnumerateDirectories(Path(pid, "task")))
            {
                if (ReadText(task + "/children", out string text) == LookState.Read)
                {
                    readable = true;
                    foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                    {
                        if (int.TryParse(word, CultureInfo.InvariantCulture, out int child))
                        {
                            children.Add(child);
                        }
                    }
                }
            }

            return readable ? children : ChildrenByTable(pid);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>How many children of a process are dead and how many live; null where it cannot be told.</summary>
    internal (int Dead, int Live)? CountChildren(int pid)
    {
        if (Children(pid) is not { } children)
        {
            return null;
        }

        int dead = 0;
        int live = 0;
        foreach (int child in children)
        {
            if (Stat(child, out StatFacts stat) == LookState.Read && stat.ParentPid == pid)
            {
                // A dead first thread with others alive is a live child.
                bool isDead = stat.State is 'Z' or 'X' && (stat.Threads <= 1 || AllThreadsDead(child) == true);
                dead += isDead ? 1 : 0;
                live += isDead ? 0 : 1;
            }
        }

        return (dead, live);
    }

    /// <summary>Whether a thread of the process sits in wait4 or waitid (x86-64 numbers); null where no thread can be read.</summary>
    internal bool? SitsInWait(int pid)
    {
        try
        {
            bool? answer = null;
            foreach (string task in Directory.EnumerateDirectories(Path(pid, "task")).Take(256))
            {
                if (ReadText(task + "/syscall", out string text) == LookState.Read)
                {
                    string number = First(text);
                    if (number is "61" or "247")
                    {
                        return true;
                    }

                    answer = false;
                }
            }

            return answer;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a process is one of ours: this one or one of those it descends from. Null where the chain cannot be read.</summary>
    internal bool? IsOurselvesOrAncestor(int pid)
    {
        int current = Libc.GetPid();
        for (int depth = 0; depth < 1024 && current > 0; depth++)
        {
            if (current == pid)
            {
                return true;
            }

            if (Stat(current, out StatFacts stat) != LookState.Read)
            {
                return null;
            }

            current = stat.ParentPid;
        }

        return false;
    }

    /// <summary>Exit status of a zombie, as wait(2) gives it; null without the right to read it (ptrace read access).</summary>
    internal int? ExitStatus(int pid)
    {
        // The kernel writes 0 where the right is missing. The link to the executable asks for the same right and tells the two apart:
        // ENOENT of a zombie, EACCES without the right.
        _ = Libc.ReadLink(Path(pid, "exe"), out int error);
        return error != Errno.Access && error != Errno.NotPermitted && Stat(pid, out StatFacts stat) == LookState.Read && stat.State == 'Z'
            ? stat.ExitCode
            : null;
    }

    /// <summary>Value of <c>kernel.yama.ptrace_scope</c>; null where the kernel has no Yama.</summary>
    internal int? YamaScope() =>
        ReadText(options.ProcRoot + "/sys/kernel/yama/ptrace_scope", out string text) == LookState.Read
        && int.TryParse(text.Trim(), CultureInfo.InvariantCulture, out int scope) ? scope : null;

    /// <summary>Reads a small file as Latin-1, so that no byte of a name is lost.</summary>
    internal static LookState ReadText(string path, out string text)
    {
        LookState state = ReadBytes(path, out byte[] bytes);
        text = Encoding.Latin1.GetString(bytes);
        return state;
    }

    private static LookState ReadBytes(string path, out byte[] bytes)
    {
        bytes = [];
        try
        {
            bytes = File.ReadAllBytes(path);
            return LookState.Read;
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            return LookState.Gone;
        }
        catch (UnauthorizedAccessException)
        {
            return LookState.Denied;
        }
        catch (IOException problem)
        {
            return problem.HResult == Errno.NoProcess ? LookState.Gone : LookState.Failed;
        }
    }

    private static LookState Stat(ProcDirectory proc, int pid, out StatFacts stat)
    {
        stat = default;
        Span<byte> buffer = stackalloc byte[2048];
        ReadOnlySpan<byte> text = proc.ReadTextOf(pid, "/stat"u8, buffer, out int errno);
        if (errno != 0)
        {
            return Errno.IsGone(errno) ? LookState.Gone : Errno.IsDenied(errno) ? LookState.Denied : LookState.Failed;
        }

        if (!StatParser.TryParse(text, out StatLine line) || line.Pid != pid)
        {
            return LookState.Failed;
        }

        stat = new StatFacts(line);
        return LookState.Read;
    }

    private List<int> ChildrenByTable(int pid)
    {
        var children = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories(options.ProcRoot))
        {
            if (int.TryParse(System.IO.Path.GetFileName(directory), CultureInfo.InvariantCulture, out int child)
                && Stat(child, out StatFacts stat) == LookState.Read && stat.ParentPid == pid)
            {
                children.Add(child);
            }
        }

        return children;
    }

    private static string First(string text)
    {
        int end = text.AsSpan().IndexOfAny(" \t\n");
        return end < 0 ? text : text[..end];
    }
}
