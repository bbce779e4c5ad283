using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Facts;

/// <summary>How a look at one process ended.</summary>
internal enum LookKind
{
    /// <summary>It could not be read: nothing may be concluded. The default, on purpose.</summary>
    Unreadable = 0,

    /// <summary>Its first thread is dead; <see cref="Look.Facts"/> says the rest.</summary>
    Dead,

    /// <summary>It is gone, or another process has its pid.</summary>
    Gone,

    /// <summary>It is there and its first thread lives.</summary>
    Alive,
}

/// <summary>A look at one process.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Facts">What was read; only for <see cref="LookKind.Dead"/>.</param>
/// <param name="Stat">Its <c>stat</c>, where it could be read.</param>
/// <param name="Says">What was seen, one sentence.</param>
internal readonly record struct Look(LookKind Kind, ZombieFacts? Facts, StatFacts? Stat, string Says);

/// <summary>Reads all that is judged of one zombie candidate, through one open directory, so that a reused pid cannot mix two processes.</summary>
internal sealed class FactReader(ProcDirectory proc, SelfFacts self, UserNames users, ParentReader parents, TimeProvider clock)
{
    private const int StatBytes = 2048;
    private const int StatusBytes = 8192;

    /// <summary>Looks at a process.</summary>
    /// <param name="pid">Its pid.</param>
    /// <param name="startTime">Its start time; null takes whichever process has the pid.</param>
    /// <param name="sighting">When it was first seen, by its identity.</param>
    /// <param name="confirmParent">Whether to make sure, at the price of one more read, that the parent is still the parent at the end.</param>
    public Look Read(int pid, ulong? startTime, Func<string, Sighting> sighting, bool confirmParent)
    {
        using ProcDirectory? directory = proc.OpenPid(pid, out int errno);
        if (directory is null)
        {
            return Failed(pid, errno, "");
        }

        if (ReadStat(directory, pid, out errno) is not { } stat)
        {
            return Failed(pid, errno, "/stat");
        }

        if (startTime is { } expected && stat.StartTime != expected)
        {
            return new Look(LookKind.Gone, null, stat, $"another process has pid {pid} now (it started {stat.StartTime} ticks after boot, not {expected})");
        }

        if (stat.State is 'X' or 'x')
        {
            return new Look(LookKind.Gone, null, stat, $"process {pid} is being removed (state {stat.State})");
        }

        if (stat.State != 'Z')
        {
            return new Look(LookKind.Alive, null, stat, $"process {pid} is alive (state {stat.State})");
        }

        ZombieFacts facts = ReadFacts(directory, stat, sighting);
        if (!confirmParent)
        {
            return new Look(LookKind.Dead, facts, stat, $"process {pid} is still there");
        }

        if (ReadStat(directory, pid, out errno) is not { } after)
        {
            return Failed(pid, errno, "/stat");
        }

        if (after.ParentPid != stat.ParentPid)
        {
            // It was handed to another parent while it was read: what was read of the first one may be another process by now.
            facts = facts with { Parent = null, Observed = [.. facts.Observed, Changed(pid, stat.ParentPid, after.ParentPid)] };
        }

        return new Look(LookKind.Dead, facts, stat, $"process {pid} is still there");
    }

    /// <summary>The facts of a candidate that could not be looked at again: what the pass saw of it, and nothing concluded.</summary>
    public ZombieFacts Unread(StatFacts stat, Sighting sighting, string says) => new()
    {
        Target = Target(stat, default, stat.ExitCode is 0 ? null : stat.ExitCode),
        BootId = self.BootId,
        AllThreadsDead = null,
        ScannerOnHost = OnHost,
        Sighting = sighting,
        ReadAt = clock.GetUtcNow(),
        Observed = [new Evidence { Fact = "Threads", State = EvidenceState.Unknown, Source = $"/proc/{stat.Pid}", Says = says, At = clock.GetUtcNow() }],
    };

    private bool OnHost => self.PidNamespace is null or SelfFacts.InitialPidNamespace;

    private static StatFacts? ReadStat(ProcDirectory directory, int pid, out int errno)
    {
        Span<byte> buffer = stackalloc byte[StatBytes];
        return StatParser.TryParse(directory.ReadText("stat\0"u8, buffer, out errno), out StatLine line) && line.Pid == pid ? new StatFacts(line) : null;
    }

    private static Look Failed(int pid, int errno, string file) => Table.ProcNative.IsGone(errno)
        ? new Look(LookKind.Gone, null, null, $"there is no process {pid}")
        : new Look(LookKind.Unreadable, null, null, $"/proc/{pid}{file} could not be read ({(errno == 0 ? "torn" : Errno.Name(errno))})");

    private ZombieFacts ReadFacts(ProcDirectory directory, StatFacts stat, Func<string, Sighting> sighting)
    {
        DateTimeOffset now = clock.GetUtcNow();
        var observed = new List<Evidence>(4);
        ThreadScan threads = stat.Threads == 1 ? new ThreadScan(true, "its only thread is dead (num_threads 1)") : ThreadScan.Read(directory);
        observed.Add(new Evidence
        {
            Fact = "Threads",
            State = threads.AllDead switch { true => EvidenceState.Dead, false => EvidenceState.Live, null => EvidenceState.Unknown },
            Source = stat.Threads == 1 ? $"/proc/{stat.Pid}/stat" : $"/proc/{stat.Pid}/task",
            Says = threads.Says,
            At = now,
        });

        Span<byte> buffer = stackalloc byte[StatusBytes];
        bool statusRead = StatusParser.TryParse(directory.ReadText("status\0"u8, buffer, out int statusError), out StatusFacts status);
        ulong? link = directory.ReadNamespace("ns/pid\0"u8, out _);
        bool cgroupRead = CgroupParser.TryParse(directory.ReadText("cgroup\0"u8, buffer, out int cgroupError), out CgroupOwners cgroup) || !self.HasCgroups;
        Parent? parent = parents.Find(stat.ParentPid);
        if (parent?.Facts.StartTime > stat.StartTime)
        {
            // A parent is never younger than its child: another process has the pid.
            observed.Add(new Evidence
            {
                Fact = "ParentIdentity",
                State = EvidenceState.Unknown,
                Source = $"/proc/{stat.ParentPid}/stat",
                Says = $"process {stat.ParentPid} started after its child: it is not the parent that was named",
                At = now,
            });
            parent = null;
        }

        if (!statusRead)
        {
            observed.Add(Unreadable("Status", stat.Pid, "status", statusError, now));
        }

        bool? ours = self.IsOurNamespace(status.NamespacePids, link);
        observed.Add(Namespace(stat.Pid, status, ours, now));
        observed.Add(cgroupRead || parent?.Cgroup is not null
            ? Cgroup(stat.Pid, cgroupRead ? cgroup : null, parent, now)
            : Unreadable("Owner", stat.Pid, "cgroup", cgroupError, now));

        (int tracer, string? tracerCommand) = status.TracerPid is { } id ? parents.Tracer(id) : default;
        return new ZombieFacts
        {
            // 0 may mean that the exit code may not be read; the link takes the same right (fs/proc/array.c, PTRACE_MODE_READ_FSCREDS).
            Target = Target(stat, status, stat.ExitCode is 0 && link is null ? null : stat.ExitCode),
            BootId = self.BootId,
            AllThreadsDead = threads.AllDead,
            Parent = parent?.Facts,
            TracerPid = status.TracerPid is null ? null : tracer,
            TracerCommand = tracerCommand,
            InOurPidNamespace = ours,
            ScannerOnHost = OnHost,
            OwnerSeen = cgroupRead && (parent is null || parent.Cgroup is not null),
            Owner = Chain(parent, cgroup, ours == false, link, status.NamespacePids),
            Sighting = sighting(ProcessIdentity.Format(self.BootId, stat.Pid, stat.StartTime)),
            ReadAt = now,
            Observed = observed,
        };
    }

    private ProcessTarget Target(StatFacts stat, in StatusFacts status, int? exitStatus) => new()
    {
        Pid = stat.Pid,
        StartTime = stat.StartTime,
        Command = stat.Command,
        State = stat.State.ToString(),
        ParentPid = stat.ParentPid,
        UserId = status.UserId,
        User = users.Find(status.UserId),
        Threads = stat.Threads,
        NamespacePids = status.NamespacePids ?? [],
        PidNamespace = self.PidNamespace,
        ExitStatus = exitStatus,
    };

    /// <summary>Parent, then who owns the zombie and its parent, then the PID namespace.</summary>
    private static List<OwnerLink> Chain(Parent? parent, CgroupOwners own, bool elsewhere, ulong? link, int[]? pids)
    {
        var chain = new List<OwnerLink>(4);
        if (parent is not null)
        {
            chain.Add(parent.Link);
        }

        // On cgroup v1 a zombie's own lines are all "/", so its owners are its parent's. Otherwise both count: acting on the zombie
        // means acting on the parent.
        chain.AddRange(own.Links);
        foreach (OwnerLink other in parent?.Cgroup?.Links ?? [])
        {
            bool contained = other.Kind is "Container" or "Pod" or "EcsTask";
            if (!chain.Exists(link => link.Kind == other.Kind && (!contained || link.Id == other.Id)))
            {
                chain.Add(other);
            }
        }

        if (elsewhere)
        {
            var details = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;
            chain.Add(new OwnerLink
            {
                Kind = "PidNamespace",
                Name = link is { } inode ? $"pid:[{inode}]" : "another PID namespace",
                Details = pids is { Length: > 1 }
                    ? details.Add("innerPid", pids[^1].ToString(System.Globalization.CultureInfo.InvariantCulture))
                    : details,
            });
        }

        return chain;
    }

    private static Evidence Namespace(int pid, in StatusFacts status, bool? ours, DateTimeOffset now) => new()
    {
        Fact = "Namespace",
        // Another namespace has an owner of its own; our own says nothing either way.
        State = ours == false ? EvidenceState.Live : EvidenceState.Unknown,
        Source = $"/proc/{pid}/status",
        Says = ours switch
        {
            true => "it is in this PID namespace",
            false when status.NamespacePids is { Length: > 1 } pids => $"it is in another PID namespace, where its pid is {pids[^1]}",
            false => "it is in another PID namespace",
            null => "its PID namespace could not be read",
        },
        At = now,
    };

    private static Evidence Cgroup(int pid, CgroupOwners? own, Parent? parent, DateTimeOffset now)
    {
        bool fromParent = own is null or { AllRoot: true } && parent?.Cgroup is not null;
        CgroupOwners owners = fromParent ? parent!.Cgroup! : own ?? CgroupOwners.None;
        bool contained = owners.IsContained || parent?.Cgroup?.IsContained == true;
        OwnerLink? nearest = owners.Links.FirstOrDefault(static link => link.Kind is "Container" or "Pod" or "EcsTask") ?? owners.Links.FirstOrDefault();
        string name = nearest is null ? "no unit, container or pod" : $"{nearest.Kind} {Text.Printable.Clean(nearest.Name)}";
        return new Evidence
        {
            Fact = "Owner",
            State = contained ? EvidenceState.Live : EvidenceState.Unknown,
            Source = $"/proc/{(fromParent ? parent!.Facts.Pid : pid)}/cgroup",
            Says = fromParent ? $"its own cgroup names none, its parent's names {name}" : $"its cgroup names {name}",
            At = now,
        };
    }

    private static Evidence Unreadable(string fact, int pid, string file, int errno, DateTimeOffset now) => new()
    {
        Fact = fact,
        State = EvidenceState.Unknown,
        Source = $"/proc/{pid}/{file}",
        Says = $"it could not be read ({(errno == 0 ? "torn" : Errno.Name(errno))})",
        At = now,
    };

    private Evidence Changed(int pid, int before, int after) => new()
    {
        Fact = "ParentIdentity",
        State = EvidenceState.Unknown,
        Source = $"/proc/{pid}/stat",
        Says = $"it was handed from parent {before} to parent {after} while it was read",
        At = clock.GetUtcNow(),
    };
}
