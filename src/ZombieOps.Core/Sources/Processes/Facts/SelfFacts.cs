using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Table;

namespace ZombieOps.Sources.Processes.Facts;

/// <summary>What the scanner can see of itself and of the procfs it reads, and so how much of the system it sees.</summary>
internal sealed class SelfFacts
{
    /// <summary>Inode of the first PID namespace (include/linux/proc_ns.h, <c>PROC_PID_INIT_INO</c>).</summary>
    public const ulong InitialPidNamespace = 0xEFFFFFFC;

    /// <summary>Inode of the first user namespace (<c>PROC_USER_INIT_INO</c>).</summary>
    private const ulong InitialUserNamespace = 0xEFFFFFFD;

    private const int CapSysPtrace = 19;
    private const int StatusBytes = 16384;

    private readonly List<string> incomplete = [];

    private SelfFacts()
    {
    }

    /// <summary>Boot id; empty where it could not be read.</summary>
    public string BootId { get; private set; } = "";

    /// <summary>The scanner's PID namespace; null where it could not be read.</summary>
    public ulong? PidNamespace { get; private set; }

    /// <summary>How many PID namespaces lie between procfs' own and the scanner's, both counted; null where that could not be read.</summary>
    public int? NamespaceDepth { get; private set; }

    /// <summary>Whether this kernel has cgroups at all.</summary>
    public bool HasCgroups { get; private set; } = true;

    /// <summary>Whether the scanner may read everything of every process.</summary>
    public bool SeesAll { get; private set; }

    /// <summary>Whether a process that is there may look as if it were not: <c>hidepid</c> is set and applies to the scanner, or may be.</summary>
    public bool MayHide { get; private set; }

    /// <summary>What keeps it from seeing the whole system, one sentence each.</summary>
    public IReadOnlyList<string> IncompleteBecause => incomplete;

    /// <summary>Reads the boot id alone; empty where it could not be read or is none.</summary>
    public static string ReadBootId(ProcDirectory proc)
    {
        Span<byte> buffer = stackalloc byte[64];
        int count = proc.Read("sys/kernel/random/boot_id\0"u8, buffer);
        if (count <= 0)
        {
            return "";
        }

        // A UUID and a newline; anything else names no boot.
        ReadOnlySpan<byte> text = buffer[..count].TrimEnd((byte)'\n');
        return text.Length == 36 && Guid.TryParse(Ascii.Text(text), out Guid id) ? id.ToString("D") : "";
    }

    /// <summary>Looks.</summary>
    /// <param name="proc">Root of procfs.</param>
    /// <param name="root">Its path.</param>
    public static SelfFacts Read(ProcDirectory proc, string root)
    {
        var facts = new SelfFacts { BootId = ReadBootId(proc) };
        if (facts.BootId.Length == 0)
        {
            facts.incomplete.Add($"the boot id could not be read from {root}/sys/kernel/random/boot_id: no process can be told from one of another boot");
        }

        Span<byte> buffer = stackalloc byte[StatusBytes];
        if (!StatusParser.TryParse(proc.ReadText("self/status\0"u8, buffer, out _), out StatusFacts status))
        {
            facts.incomplete.Add($"{root}/self/status could not be read: the procfs may belong to another PID namespace");
        }

        facts.NamespaceDepth = status.NamespacePids?.Length;
        facts.PidNamespace = proc.ReadNamespace("self/ns/pid\0"u8, out _);
        ulong? userNamespace = proc.ReadNamespace("self/ns/user\0"u8, out _);
        facts.SeesAll = userNamespace == InitialUserNamespace && status.Capabilities is { } has && (has & (1UL << CapSysPtrace)) != 0;

        if (facts.PidNamespace is null)
        {
            facts.incomplete.Add($"{root}/self/ns/pid could not be read: it cannot be told which processes are hidden by a PID namespace");
        }
        else if (facts.PidNamespace != InitialPidNamespace)
        {
            facts.incomplete.Add("this runs in a PID namespace (a container): processes outside of it cannot be seen");
        }

        if (facts.NamespaceDepth > 1)
        {
            facts.incomplete.Add($"{root} belongs to another PID namespace than the one this runs in");
        }

        facts.Mount(proc, root, status);

        using (proc.OpenBelow("self/cgroup\0"u8, out int noCgroup))
        {
            // Only next to a readable status: without one, self is another process or none.
            facts.HasCgroups = noCgroup != Errno.NoEntry || facts.NamespaceDepth is null;
        }

        using ProcDirectory? init = proc.OpenPid(1, out int errno);
        if (init is null)
        {
            facts.incomplete.Add($"process 1 cannot be seen ({Errno.Name(errno)}): processes are hidden from this user");
        }

        return facts;
    }

    /// <summary>Whether a process is in the scanner's own PID namespace; null where that cannot be told.</summary>
    /// <param name="namespacePids">Its <c>NSpid</c>; empty or null where it could not be read.</param>
    /// <param name="link">Its namespace's inode; null where it could not be read.</param>
    /// <remarks>
    /// <c>NSpid</c> counts from procfs' own namespace inwards (fs/proc/array.c), so one entry means procfs' own. That is the scanner's if
    /// it has one entry as well. The inode says the same and takes the right to trace; where both can be read, both must agree.
    /// </remarks>
    public bool? IsOurNamespace(IReadOnlyList<int>? namespacePids, ulong? link)
    {
        if (NamespaceDepth > 1)
        {
            // A pid of this procfs is another process's here, so nothing in it is ours to act on.
            return false;
        }

        bool? byLink = link is { } theirs && PidNamespace is { } ours ? theirs == ours : null;
        bool? byDepth = namespacePids is not { Count: > 0 } || NamespaceDepth is not { } depth ? null
            : namespacePids.Count != depth ? false
            : depth == 1 ? true
            : null;
        return byLink == false || byDepth == false ? false : byLink ?? byDepth;
    }

    private void Mount(ProcDirectory proc, string root, in StatusFacts status)
    {
        byte[] mounts = proc.ReadAll("self/mountinfo\0"u8, 16 << 20, out int errno);
        string path = root.Length > 1 ? root.TrimEnd('/') : root;
        if (errno != 0 || !MountInfoParser.TryFind(mounts, System.Text.Encoding.UTF8.GetBytes(path), out ProcMount mount))
        {
            incomplete.Add($"the mount options of {root} could not be read from {root}/self/mountinfo: it cannot be told whether it hides processes");
            MayHide = true;
            return;
        }

        if (mount.PidOnly)
        {
            incomplete.Add($"{root} is mounted with subset=pid: nothing but processes can be seen in it");
        }

        if (mount.HidePid == 0 || SeesAll)
        {
            return;
        }

        uint group = mount.GroupId;
        bool member = mount.HidePid <= 2 && group != 0 && (status.FileGroupId == group || status.Groups?.Contains(group) == true);
        if (!member)
        {
            MayHide = mount.HidePid != 1;
            incomplete.Add(mount.HidePid == 1
                ? $"{root} is mounted with hidepid=1: other users' processes are listed and cannot be read"
                : $"{root} is mounted with hidepid={mount.HidePid}: other users' processes are hidden");
        }
    }
}
