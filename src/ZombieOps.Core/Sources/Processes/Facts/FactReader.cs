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

/// <summary>
/// Reads all that is judged of one zombie candidate. Between two reads of <c>stat</c> with the same pid and start time everything else
/// that is read by that pid belongs to that process, and a parent that is the same at both ends was the parent all the time.
/// </summary>
internal sealed class FactReader(ProcDirectory proc, SelfFacts self, UserNames users, ParentReader parents, TimeProvider clock)
{
    private const int StatBytes = 2048;
    private const int StatusBytes = 8192;

    private CgroupMemory? lastCgroup;

    private bool OnHost => self.PidNamespace is null or SelfFacts.InitialPidNamespace;

    /// <summary>Looks at the process that has a pid.</summary>
    /// <param name="pid">Its pid.</param>
    /// <param name="startTime">Its start time; null takes whichever process has the pid.</param>
    /// <param name="sighting">When it was first seen, by its identity.</param>
    public Look Read(int pid, ulong? startTime, Func<string, Sighting> sighting) =>
        ReadStat(pid, out int errno) is not { } stat ? Failed(pid, errno)
            : Other(stat, startTime) ?? Read(stat, sighting, prove: true);

    /// <summary>Looks again at a process whose <c>stat</c> was read before.</summary>
    /// <param name="before">That <c>stat</c>, of a process whose first thread was dead.</param>
    /// <param name="sighting">When it was first seen, by its identity.</param>
    /// <param name="prove">
    /// Whether to read <c>stat</c> once more at the end. A scan of thousands leaves that out where <c>status</c> shows the same dead child of
    /// the same parent: it acts on nothing, and what acts looks again with proof.
    /// </param>
    public Look Read(StatFacts before, Func<string, Sighting> sighting, bool prove)
    {
        int pid = before.Pid;
        int parentPid = before.ParentPid;
        for (int attempt = 0; ; attempt++)
        {
            Reading reading = ReadAll(pid, before, parentPid);
            ThreadScan threads = new(true, "its only thread is dead (num_threads 1)");
            // A parent that could not be read may have ended meanwhile: then the child has another one by now.
            if (!prove && reading.Parent is not null && IsSame(reading.Status, before))
            {
                return new Look(LookKind.Dead, Facts(before, threads, reading, sighting), before, $"process {pid} is still there");
            }

            if (ReadStat(pid, out int errno) is not { } stat)
            {
                return Failed(pid, errno);
            }

            if (Other(stat, before.StartTime) is { } other)
            {
                return other;
            }

            if (stat.Threads != 1)
            {
                // Through one open directory: it stays bound to this process.
                using ProcDirectory? directory = proc.OpenPid(pid, out errno);
                if (directory is null)
                {
                    return Failed(pid, errno);
                }

                if (ReadStat(directory, pid, out errno) is not { } again)
                {
                    return Failed(pid, errno);
                }

                if (Other(again, before.StartTime) is { } changed)
                {
                    return changed;
                }

                stat = again;
                threads = ThreadScan.Read(directory);
            }

            if (stat.ParentPid != parentPid)
            {
                // It was handed to another parent while it was read: what was read of the first one may be another process by now.
                if (attempt == 0)
                {
                    parentPid = stat.ParentPid;
                    continue;
                }

                reading.Parent = null;
                reading.Observed.Add(ParentIdentity(pid, $"it was handed from parent {parentPid} to parent {stat.ParentPid} while it was read"));
            }

            return new Look(LookKind.Dead, Facts(stat, threads, reading, sighting), stat, $"process {pid} is still there");
        }
    }

    /// <summary>The facts of a candidate that could not be looked at again: what the pass saw of it, and nothing concluded.</summary>
    public ZombieFacts Unread(StatFacts stat, Sighting sighting, string says) => new()
    {
        Target = Target(stat, default, stat.ExitCode is 0 ? null : stat.ExitCode),
        BootId = self.BootId,
        AllThreadsDead = null,
        ExitSignal = stat.ExitSignal,
        ScannerOnHost = OnHost,
        Sighting = sighting,
        ReadAt = clock.GetUtcNow(),
        Observed = [new Evidence { Fact = "Threads", State = EvidenceState.Unknown, Source = $"/proc/{stat.Pid}", Says = says, At = clock.GetUtcNow() }],
    };

    private static StatFacts? ReadStat(ProcDirectory directory, int pid, out int errno)
    {
        Span<byte> buffer = stackalloc byte[StatBytes];
        return StatParser.TryParse(directory.ReadText("stat\0"u8, buffer, out errno), out StatLine line) && line.Pid == pid ? new StatFacts(line) : null;
    }

    private StatFacts? ReadStat(int pid, out int errno)
    {
        Span<byte> buffer = stackalloc byte[StatBytes];
        return StatParser.TryParse(proc.ReadTextOf(pid, "/stat"u8, buffer, out errno), out StatLine line) && line.Pid == pid ? new StatFacts(line) : null;
    }

    private static Look Failed(int pid, int errno) => Errno.IsGone(errno)
        ? new Look(LookKind.Gone, null, null, $"there is no process {pid}")
        : new Look(LookKind.Unreadable, null, null, $"/proc/{pid}/stat could not be read ({(errno == 0 ? "torn" : Errno.Name(errno))})");

    /// <summary>What a process is if it is not the dead one that is looked for; null if it is that one.</summary>
    private static Look? Other(StatFacts stat, ulong? startTime) => stat.StartTime != (startTime ?? stat.StartTime)
            ? new Look(LookKind.Gone, null, stat, $"another process has pid {stat.Pid} now (it started {stat.StartTime} ticks after boot, not {startTime})")
        : stat.State is 'X' or 'x' ? new Look(LookKind.Gone, null, stat, $"process {stat.Pid} is being removed (state {stat.State})")
        : stat.State != 'Z' ? new Look(LookKind.Alive, null, stat, $"process {stat.Pid} is alive (state {stat.State})")
        : null;

    private static bool IsSame(in StatusFacts status, StatFacts before) => before.Threads == 1
        && status.State == (byte)'Z'
        && status.Threads == 1
        && status.ThreadGroup == before.Pid
        && status.ParentPid == before.ParentPid;

    private Reading ReadAll(int pid, StatFacts before, int parentPid)
    {
        var reading = new Reading { At = clock.GetUtcNow() };
        Span<byte> buffer = stackalloc byte[StatusBytes];
        if (StatusParser.TryParse(proc.ReadTextOf(pid, "/status"u8, buffer, out int errno), out reading.Status))
        {
            reading.Ours = self.IsOurNamespace(reading.Status.NamespacePids, null);
        }
        else
        {
            reading.Observed.Add(Unreadable("Status", pid, "status", errno, reading.At));
        }

        // The link is needed where NSpid alone does not tell, and where an exit code of 0 may stand for "not permitted": reading
        // either takes the same right (fs/proc/array.c and namespaces.c, PTRACE_MODE_READ_FSCREDS).
        reading.MayReadExit = self.SeesAll || before.ExitCode is not 0;
        if (reading.Ours != true || !reading.MayReadExit)
        {
            reading.Namespace = proc.ReadNamespaceOf(pid, out _);
            reading.MayReadExit |= reading.Namespace is not null;
            reading.Ours = self.IsOurNamespace(reading.Status.NamespacePids, reading.Namespace);
        }

        reading.Cgroup = Cgroup(proc.ReadTextOf(pid, "/cgroup"u8, buffer, out reading.CgroupError));
        reading.Parent = parents.Find(parentPid);
        if (reading.Parent?.Facts.StartTime > before.StartTime)
        {
            // A parent is never younger than its child.
            reading.Observed.Add(ParentIdentity(pid, $"process {parentPid} started after its child: it is not the parent that was named"));
            reading.Parent = null;
        }

        return reading;
    }

    /// <summary>The owners that a file names; null where it could not be read.</summary>
    private CgroupOwners? Cgroup(ReadOnlySpan<byte> text)
    {
        if (!self.HasCgroups)
        {
            return CgroupOwners.None;
        }

        // Zombies come in thousands from one cgroup.
        if (Volatile.Read(ref lastCgroup) is { } last && text.SequenceEqual(last.Text))
        {
            return last.Owners;
        }

        if (!CgroupParser.TryParse(text, out CgroupOwners owners))
        {
            return null;
        }

        Volatile.Write(ref lastCgroup, new CgroupMemory(text.ToArray(), owners));
        return owners;
    }

    private ZombieFacts Facts(StatFacts stat, ThreadScan threads, Reading reading, Func<string, Sighting> sighting)
    {
        Parent? parent = reading.Parent;
        bool ownerSeen = reading.Cgroup is not null && (parent is null || parent.Cgroup is not null);
        var observed = new List<Evidence>(reading.Observed.Count + 3)
        {
            new()
            {
                Fact = "Threads",
                State = threads.AllDead switch { true => EvidenceState.Dead, false => EvidenceState.Live, null => EvidenceState.Unknown },
                Source = stat.Threads == 1 ? $"/proc/{stat.Pid}/stat" : $"/proc/{stat.Pid}/task",
                Says = threads.Says,
                At = reading.At,
            },
            Namespace(stat.Pid, reading),
            ownerSeen ? Owner(stat.Pid, reading)
                : reading.Cgroup is null ? Unreadable("Owner", stat.Pid, "cgroup", reading.CgroupError, reading.At)
                : Unreadable("Owner", stat.ParentPid, "cgroup", 0, reading.At),
        };
        observed.AddRange(reading.Observed);

        (int tracer, string? tracerCommand) = reading.Status.TracerPid is { } id ? parents.Tracer(id) : default;
        return new ZombieFacts
        {
            Target = Target(stat, reading.Status, stat.ExitCode is 0 && !reading.MayReadExit ? null : stat.ExitCode),
            BootId = self.BootId,
            AllThreadsDead = threads.AllDead,
            ExitSignal = stat.ExitSignal,
            Parent = parent?.Facts,
            TracerPid = reading.Status.TracerPid is null ? null : tracer,
            TracerCommand = tracerCommand,
            InOurPidNamespace = reading.Ours,
            ScannerOnHost = OnHost,
            OwnerSeen = ownerSeen,
            Owner = Chain(reading),
            Sighting = sighting(ProcessIdentity.Format(self.BootId, stat.Pid, stat.StartTime)),
            ReadAt = reading.At,
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
    private static List<OwnerLink> Chain(Reading reading)
    {
        var chain = new List<OwnerLink>(4);
        if (reading.Parent is not null)
        {
            chain.Add(reading.Parent.Link);
        }

        // On cgroup v1 a zombie's own lines are all "/", so its owners are its parent's. Otherwise both count: acting on the zombie
        // means acting on the parent.
        chain.AddRange(reading.Cgroup?.Links ?? []);
        foreach (OwnerLink other in reading.Parent?.Cgroup?.Links ?? [])
        {
            if (!chain.Exists(link => link.Kind == other.Kind && (!CgroupOwners.IsContainment(link) || link.Id == other.Id)))
            {
                chain.Add(other);
            }
        }

        if (reading.Ours == false)
        {
            var details = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;
            chain.Add(new OwnerLink
            {
                Kind = "PidNamespace",
                Name = reading.Namespace is { } inode ? $"pid:[{inode}]" : "another PID namespace",
                Details = reading.Status.NamespacePids is { Length: > 1 } pids
                    ? details.Add("innerPid", pids[^1].ToString(System.Globalization.CultureInfo.InvariantCulture))
                    : details,
            });
        }

        return chain;
    }

    private static Evidence Namespace(int pid, Reading reading) => new()
    {
        Fact = "Namespace",
        // Another namespace has an owner of its own; our own says nothing either way.
        State = reading.Ours switch { true => EvidenceState.Neutral, false => EvidenceState.Live, null => EvidenceState.Unknown },
        Source = $"/proc/{pid}/status",
        Says = reading.Ours switch
        {
            true => "it is in this PID namespace",
            false when reading.Status.NamespacePids is { Length: > 1 } pids => $"it is in another PID namespace, where its pid is {pids[^1]}",
            false => "it is in another PID namespace",
            null => "its PID namespace could not be read",
        },
        At = reading.At,
    };

    private static Evidence Owner(int pid, Reading reading)
    {
        bool fromParent = reading.Cgroup is null or { AllRoot: true } && reading.Parent?.Cgroup is not null;
        CgroupOwners owners = (fromParent ? reading.Parent!.Cgroup : reading.Cgroup) ?? CgroupOwners.None;
        OwnerLink? nearest = owners.Links.FirstOrDefault(CgroupOwners.IsContainment) ?? owners.Links.FirstOrDefault();
        string name = nearest is null ? "no unit, container or pod" : $"{nearest.Kind} {Text.Printable.Clean(nearest.Name)}";
        return new Evidence
        {
            Fact = "Owner",
            State = owners.IsContained || reading.Parent?.Cgroup?.IsContained == true ? EvidenceState.Live : EvidenceState.Neutral,
            Source = $"/proc/{(fromParent ? reading.Parent!.Facts.Pid : pid)}/cgroup",
            Says = fromParent ? $"its own cgroup names none, its parent's names {name}" : $"its cgroup names {name}",
            At = reading.At,
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

    private Evidence ParentIdentity(int pid, string says) => new()
    {
        Fact = "ParentIdentity",
        State = EvidenceState.Unknown,
        Source = $"/proc/{pid}/stat",
        Says = says,
        At = clock.GetUtcNow(),
    };

    /// <summary>What was read between the two reads of <c>stat</c>.</summary>
    private sealed class Reading
    {
        public StatusFacts Status;
        public int CgroupError;

        public DateTimeOffset At { get; init; }

        public List<Evidence> Observed { get; } = [];

        public bool? Ours { get; set; }

        public ulong? Namespace { get; set; }

        public bool MayReadExit { get; set; }

        public CgroupOwners? Cgroup { get; set; }

        public Parent? Parent { get; set; }
    }

    /// <summary>The file that was parsed last, and what it said.</summary>
    private sealed record CgroupMemory(byte[] Text, CgroupOwners Owners);
}
