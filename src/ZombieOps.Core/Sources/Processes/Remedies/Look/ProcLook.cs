using System.Globalization;
using System.Text;
using ZombieOps.Sources.Processes;

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

/// <summary>The fields of <c>/proc/PID/stat</c> that the remedies need (proc_pid_stat(5)).</summary>
internal readonly record struct StatNow(char State, string Command, int ParentPid, uint Flags, int Threads, ulong StartTime, int ExitStatus)
{
    /// <summary>PF_KTHREAD (include/linux/sched.h).</summary>
    internal bool IsKernelThread => (Flags & 0x00200000) != 0;
}

/// <summary>
/// Fresh reads of procfs for the moment of acting. It is kept apart from the scan on purpose: an act is decided on what the kernel
/// says now, not on what was found before.
/// </summary>
internal sealed class ProcLook(EngineOptions options)
{
    /// <summary>Path below the root of procfs.</summary>
    internal string Path(int pid, string name) => $"{options.ProcRoot}/{pid.ToString(CultureInfo.InvariantCulture)}/{name}";

    /// <summary>Boot id of the host; null where it cannot be read.</summary>
    internal string? BootId()
    {
        LookState state = ReadText(options.ProcRoot + "/sys/kernel/random/boot_id", out string text);
        return state == LookState.Read && text.Trim() is { Length: > 0 } id ? id : null;
    }

    /// <summary>Reads <c>stat</c>. Command names may hold blanks and parentheses, so fields count from the last <c>)</c>.</summary>
    internal LookState Stat(int pid, out StatNow stat) => StatAt(Path(pid, "stat"), out stat);

    private static LookState StatAt(string path, out StatNow stat)
    {
        stat = default;
        LookState state = ReadText(path, out string text);
        if (state != LookState.Read)
        {
            return state;
        }

        int open = text.IndexOf('(', StringComparison.Ordinal);
        int close = text.LastIndexOf(')');
        if (open < 0 || close < open)
        {
            return LookState.Failed;
        }

        string[] fields = text[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // The first of these is field 3 of the page.
        if (fields.Length < 20 || fields[0].Length != 1
            || !int.TryParse(fields[1], CultureInfo.InvariantCulture, out int parent)
            || !uint.TryParse(fields[6], CultureInfo.InvariantCulture, out uint flags)
            || !int.TryParse(fields[17], CultureInfo.InvariantCulture, out int threads)
            || !ulong.TryParse(fields[19], CultureInfo.InvariantCulture, out ulong start))
        {
            return LookState.Failed;
        }

        int exit = fields.Length > 49 && int.TryParse(fields[49], CultureInfo.InvariantCulture, out int code) ? code : 0;
        stat = new StatNow(fields[0][0], text[(open + 1)..close], parent, flags, threads, start, exit);
        return LookState.Read;
    }

    /// <summary>Reads all that the refusals ask of a parent.</summary>
    internal LookState Parent(int pid, out ParentFacts? facts, out StatNow stat, out CgroupNow cgroup)
    {
        facts = null;
        cgroup = CgroupNow.Unread;
        LookState state = Stat(pid, out stat);
        if (state != LookState.Read)
        {
            return state;
        }

        state = ReadText(Path(pid, "status"), out string status);
        if (state != LookState.Read)
        {
            return state;
        }

        int[] pids = Pids(status);
        int[] ours = ReadText(options.ProcRoot + "/self/status", out string own) == LookState.Read ? Pids(own) : [];
        // Both lists begin in the namespace of the procfs mount: one entry means "in that one and in none below".
        bool? same = pids.Length > 0 && ours.Length > 0 ? pids.Length == 1 && ours.Length == 1 : null;
        cgroup = Cgroup(pid);
        string? executable = Libc.ReadLink(Path(pid, "exe"), out _);
        facts = new ParentFacts
        {
            Pid = pid,
            StartTime = stat.StartTime,
            State = stat.State,
            Command = stat.Command,
            Executable = executable is null ? null : BaseName(executable),
            Threads = stat.Threads,
            UserId = uint.TryParse(First(Field(status, "Uid")), CultureInfo.InvariantCulture, out uint user) ? user : null,
            SignalsCaught = Mask(status, "SigCgt"),
            SignalsIgnored = Mask(status, "SigIgn"),
            TracerPid = Number(status, "TracerPid"),
            Seccomp = Number(status, "Seccomp"),
            NamespacePids = pids,
            InOurPidNamespace = same,
            Unit = cgroup.Unit,
            UnitIsOfUser = cgroup.UserId is not null,
        };
        return LookState.Read;
    }

    /// <summary>Where a process stands in the cgroup trees.</summary>
    internal CgroupNow Cgroup(int pid) =>
        ReadText(Path(pid, "cgroup"), out string text) == LookState.Read ? CgroupNow.Parse(text) : CgroupNow.Unread;

    /// <summary>Whether the unified cgroup of a process is frozen (cgroup.freeze in cgroup-v2.rst); null where that cannot be read.</summary>
    internal bool? IsFrozen(CgroupNow cgroup)
    {
        if (cgroup.UnifiedPath is not { Length: > 1 } path)
        {
            return null;
        }

        foreach (string root in new[] { options.CgroupRoot, options.CgroupRoot + "/unified" })
        {
            if (ReadText(root + path + "/cgroup.events", out string text) == LookState.Read)
            {
                return text.Contains("frozen 1", StringComparison.Ordinal);
            }
        }

        return null;
    }

    /// <summary>Whether every thread of a process is dead; null where that cannot be told.</summary>
    internal bool? AllThreadsDead(int pid)
    {
        try
        {
            bool any = false;
            foreach (string task in Directory.EnumerateDirectories(Path(pid, "task")))
            {
                LookState state = StatAt(task + "/stat", out StatNow stat);
                if (state == LookState.Gone)
                {
                    continue;
                }

                if (state != LookState.Read)
                {
                    return null;
                }

                if (stat.State is not ('Z' or 'X' or 'x'))
                {
                    return false;
                }

                any = true;
            }

            return any ? true : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
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
            if (Stat(child, out StatNow stat) == LookState.Read && stat.ParentPid == pid)
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

            if (Stat(current, out StatNow stat) != LookState.Read)
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
        return error != Errno.Access && error != Errno.NotPermitted && Stat(pid, out StatNow stat) == LookState.Read && stat.State == 'Z'
            ? stat.ExitStatus
            : null;
    }

    /// <summary>Value of <c>kernel.yama.ptrace_scope</c>; null where the kernel has no Yama.</summary>
    internal int? YamaScope() =>
        ReadText(options.ProcRoot + "/sys/kernel/yama/ptrace_scope", out string text) == LookState.Read
        && int.TryParse(text.Trim(), CultureInfo.InvariantCulture, out int scope) ? scope : null;

    /// <summary>Reads a small file as Latin-1, so that no byte of a name is lost.</summary>
    internal static LookState ReadText(string path, out string text)
    {
        text = "";
        try
        {
            text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
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

    private List<int> ChildrenByTable(int pid)
    {
        var children = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories(options.ProcRoot))
        {
            if (int.TryParse(BaseName(directory), CultureInfo.InvariantCulture, out int child)
                && Stat(child, out StatNow stat) == LookState.Read && stat.ParentPid == pid)
            {
                children.Add(child);
            }
        }

        return children;
    }

    private static string BaseName(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        const string Deleted = " (deleted)";
        return name.EndsWith(Deleted, StringComparison.Ordinal) ? name[..^Deleted.Length] : name;
    }

    private static string Field(string status, string name)
    {
        string mark = "\n" + name + ":";
        int at = status.IndexOf(mark, StringComparison.Ordinal);
        if (at < 0)
        {
            return "";
        }

        int from = at + mark.Length;
        int to = status.IndexOf('\n', from);
        return (to < 0 ? status[from..] : status[from..to]).Trim();
    }

    private static string First(string text)
    {
        int end = text.AsSpan().IndexOfAny(" \t\n");
        return end < 0 ? text : text[..end];
    }

    private static int? Number(string status, string name) =>
        int.TryParse(Field(status, name), CultureInfo.InvariantCulture, out int number) ? number : null;

    private static ulong? Mask(string status, string name) =>
        ulong.TryParse(Field(status, name), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong mask) ? mask : null;

    private static int[] Pids(string status)
    {
        string[] words = Field(status, "NSpid").Split('\t', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var pids = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (!int.TryParse(words[i], CultureInfo.InvariantCulture, out pids[i]))
            {
                return [];
            }
        }

        return pids;
    }
}
