using System.Globalization;
using ZombieOps.Audit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources.Processes.Facts;
using ZombieOps.Sources.Processes.Headroom;
using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Remedies;
using ZombieOps.Sources.Processes.Table;
using ZombieOps.Text;

namespace ZombieOps.Sources.Processes;

/// <summary>The process table of a Linux host, kernel 4.18 or later.</summary>
public sealed class ProcessSource : ISource, IExplains, IReportsHeadroom
{
    private readonly EngineOptions options;
    private readonly int workers;
    private readonly UserNames users;
    private readonly Lazy<(ProtectedNames Names, string? Problem)> names;

    /// <summary>One on made-up surroundings.</summary>
    /// <param name="options">Roots and clock.</param>
    /// <param name="passwd">The system's user list, passwd(5).</param>
    /// <param name="workers">Threads to scan with; null for one a processor.</param>
    internal ProcessSource(EngineOptions options, string passwd = "/etc/passwd", int? workers = null)
    {
        this.options = options;
        this.workers = workers ?? Environment.ProcessorCount;
        users = new UserNames(passwd);
        names = new(() => RemedyAdvisor.Names(options));
    }

    /// <summary>Its line in <see cref="SourceCatalog"/>.</summary>
    public static SourceRegistration Register { get; } = new()
    {
        Name = "process",
        Summary = "Defunct processes of this host",
        Causes = ProcessCatalog.Causes,
        Remedies = RemedyCatalog.All,
        OwnerKinds = ["Parent", "Unit", "Session", "Container", "Pod", "EcsTask", "PidNamespace"],
        TargetJson = ("process", ProcessJsonContext.Default.ProcessTarget),
        Open = (options, _) => new ProcessSource(options),
    };

    /// <inheritdoc/>
    public SourceRegistration Registration => Register;

    /// <inheritdoc/>
    public ValueTask<ScanReport> ScanAsync(ScanRequest request, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new ValueTask<ScanReport>(ScanCoreAsync(request, cancel));
    }

    /// <inheritdoc/>
    public ValueTask<Recheck> RecheckAsync(Finding finding, ScanRequest request, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(request);
        cancel.ThrowIfCancellationRequested();
        return new ValueTask<Recheck>(Recheck(finding, request));
    }

    /// <inheritdoc/>
    public ValueTask<Finding> ExplainAsync(string what, ScanRequest request, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(what);
        ArgumentNullException.ThrowIfNull(request);
        cancel.ThrowIfCancellationRequested();
        return new ValueTask<Finding>(Explain(what, request));
    }

    /// <inheritdoc/>
    public ValueTask<HeadroomReport> HeadroomAsync(CancellationToken cancel)
    {
        using ProcDirectory proc = OpenProc();
        return ValueTask.FromResult(ProcessHeadroom.Read(options, proc, users, workers, cancel));
    }

    /// <inheritdoc/>
    public IActuator OpenActuator() => new ProcessActuator(options, new LinuxProcessControl());

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static ZombieOpsException NoProcfs(string root, string why) => new(
        ErrorIds.NoProcfs,
        ExitCode.Incomplete,
        $"there is no procfs at {root}: {why}",
        "mount it (mount -t proc proc /proc) or run this on the host");

    private Finding Find(ZombieFacts facts, ScanRequest request)
    {
        Judgement judgement = CauseJudge.Judge(facts, request);
        return new Finding
        {
            Id = ProcessIdentity.Format(facts.BootId, facts.Target.Pid, facts.Target.StartTime),
            Source = Register.Name,
            Kind = judgement.Kind,
            Verdict = judgement.Verdict,
            Reason = judgement.Reason,
            Cause = judgement.Cause,
            Target = facts.Target,
            Owner = facts.Owner,
            Origin = facts.Parent is { StartTime: { } start } parent && facts.BootId.Length > 0
                ? ProcessIdentity.Format(facts.BootId, parent.Pid, start)
                : null,
            FirstSeen = facts.Sighting.FirstSeen,
            Age = facts.Sighting.Age,
            AgeFrom = facts.Sighting.From,
            Evidence = judgement.Evidence,
            Remedies = RemedyAdvisor.Offer(facts, judgement.Cause, judgement.Verdict, judgement.Reason, options, names.Value.Names, names.Value.Problem),
        };
    }

    private ProcDirectory OpenProc()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new ZombieOpsException(
                ErrorIds.NotLinux,
                ExitCode.Incomplete,
                "this system has no Linux process table",
                "run it on the Linux host whose processes are meant");
        }

        return ProcDirectory.Open(options.ProcRoot, out int errno) ?? throw NoProcfs(options.ProcRoot, $"it could not be opened ({Errno.Name(errno)})");
    }

    private FactReader Reader(ProcDirectory proc, SelfFacts self) =>
        new(proc, self, users, new ParentReader(proc, self, users, new BootTime(proc), Redactor.Redact), options.Clock);

    private async Task<ScanReport> ScanCoreAsync(ScanRequest request, CancellationToken cancel)
    {
        DateTimeOffset began = options.Clock.GetUtcNow();
        using ProcDirectory proc = OpenProc();
        SelfFacts self = SelfFacts.Read(proc, options.ProcRoot);
        TableResult table = ProcessTable.Scan(proc.Descriptor, workers, cancel);
        if (table.Processes + table.Vanished == 0 && self.NamespaceDepth is null)
        {
            throw NoProcfs(options.ProcRoot, table.ListError == 0 ? "no process is in it" : $"it could not be listed ({Errno.Name(table.ListError)})");
        }

        // One after the other: a ledger need not be safe for several threads.
        var sightings = new Sighting[table.Candidates.Count];
        bool first = false;
        for (int i = 0; i < sightings.Length; i++)
        {
            StatFacts stat = table.Candidates[i];
            sightings[i] = request.Sightings.Of(ProcessIdentity.Format(self.BootId, stat.Pid, stat.StartTime));
            first |= sightings[i].From == AgeSource.FirstSight;
        }

        if (first && request.Settle > TimeSpan.Zero)
        {
            await Task.Delay(request.Settle, options.Clock, cancel).ConfigureAwait(false);
        }

        (Finding?[] found, int unread) = Look(proc, self, table.Candidates, sightings, request, cancel);
        var findings = new List<Finding>(found.Length);
        int unseen = 0;
        foreach (Finding? finding in found)
        {
            if (finding is not null)
            {
                findings.Add(finding);
                unseen += finding.Verdict == Verdict.Unknown ? 1 : 0;
            }
        }

        List<string> incomplete = Incomplete(self, table, unread, unseen);
        return new ScanReport
        {
            Host = options.Host,
            BootId = self.BootId,
            ScannedAt = began,
            Complete = incomplete.Count == 0,
            IncompleteBecause = incomplete,
            Counts = new ScanCounts { Scanned = table.Processes, Transient = found.Length - findings.Count },
            Findings = [],
        }.WithFindings(findings);
    }

    /// <summary>Looks at every candidate again; a null is one that was gone by then.</summary>
    private (Finding?[] Found, int Unread) Look(
        ProcDirectory proc, SelfFacts self, IReadOnlyList<StatFacts> candidates, Sighting[] sightings, ScanRequest request, CancellationToken cancel)
    {
        const int Batch = 32;
        FactReader reader = Reader(proc, self);
        var found = new Finding?[candidates.Count];
        int next = 0;
        int unread = 0;
        Workers.Run(candidates.Count > 2 * Batch ? workers : 1, () =>
        {
            int begin;
            while ((begin = Interlocked.Add(ref next, Batch) - Batch) < candidates.Count && !cancel.IsCancellationRequested)
            {
                int end = Math.Min(begin + Batch, candidates.Count);
                for (int i = begin; i < end; i++)
                {
                    StatFacts stat = candidates[i];
                    Sighting sighting = sightings[i];
                    Look look = reader.Read(stat, _ => sighting, prove: false);
                    if (look.Kind == LookKind.Unreadable)
                    {
                        Interlocked.Increment(ref unread);
                        found[i] = Find(reader.Unread(stat, sighting, look.Says), request);
                    }
                    else if (look.Facts is { } facts)
                    {
                        found[i] = Find(facts, request);
                    }
                }
            }
        });
        cancel.ThrowIfCancellationRequested();
        return (found, unread);
    }

    private List<string> Incomplete(SelfFacts self, TableResult table, int unread, int unseen)
    {
        List<string> because = [.. self.IncompleteBecause];
        string root = options.ProcRoot;
        if (table.ListError != 0)
        {
            because.Add($"the list of processes in {root} broke off ({Errno.Name(table.ListError)})");
        }

        int hidden = table.Unreadable + table.Torn;
        if (hidden > 0 && table.FirstUnreadable is { } first)
        {
            string why = first.Errno == 0 ? "torn or not understood" : Errno.Name(first.Errno);
            because.Add(string.Create(CultureInfo.InvariantCulture, $"{hidden} of {table.Processes} processes could not be read, the first {root}/{first.Pid}/stat ({why})"));
        }

        if (unread > 0)
        {
            because.Add($"{unread} zombie candidates could not be read when they were looked at again");
        }

        if (unseen > unread)
        {
            because.Add($"{unseen - unread} findings could not be judged; their evidence says what could not be read");
        }

        return because;
    }

    private Recheck Recheck(Finding finding, ScanRequest request)
    {
        if (finding.Target is not ProcessTarget target
            || !ProcessIdentity.TryParse(finding.Id, out string bootId, out int pid, out ulong startTime)
            || pid != target.Pid
            || startTime != target.StartTime)
        {
            return new Recheck(RecheckState.Unknown, null, "the finding names no process that can be looked at");
        }

        using ProcDirectory? proc = ProcDirectory.Open(options.ProcRoot, out int errno);
        if (proc is null)
        {
            return new Recheck(RecheckState.Unknown, null, $"{options.ProcRoot} could not be opened ({Errno.Name(errno)})");
        }

        SelfFacts self = SelfFacts.Read(proc, options.ProcRoot);
        if (self.BootId.Length == 0)
        {
            return new Recheck(RecheckState.Unknown, null, "the boot id could not be read");
        }

        if (self.BootId != bootId)
        {
            return new Recheck(RecheckState.Gone, null, "the host has booted since: nothing of then is left");
        }

        if (target.PidNamespace is { } then && self.PidNamespace != then)
        {
            return new Recheck(RecheckState.Unknown, null, "the finding was made in another PID namespace: its pid means another process here");
        }

        Look look = Reader(proc, self).Read(pid, startTime, request.Sightings.Of);
        switch (look.Kind)
        {
            // A process that is hidden gives the same error as one that is gone.
            case LookKind.Gone when look.Stat is null && (self.MayHide || self.NamespaceDepth is null):
                return new Recheck(RecheckState.Unknown, null, $"{look.Says}, or it is hidden from this user");
            case LookKind.Gone:
                return new Recheck(RecheckState.Gone, null, look.Says);
            case LookKind.Dead when look.Facts is { } facts:
                return new Recheck(RecheckState.Present, Find(facts, request), look.Says);
            case LookKind.Alive:
                // Cannot be with the same start time; if it is, nothing that was concluded holds.
                return new Recheck(RecheckState.Present, finding with { Verdict = Verdict.Unknown, Reason = ProcessReasons.NotSeen, Cause = ProcessCauses.Unknown, Remedies = [] }, look.Says);
            default:
                return new Recheck(RecheckState.Unknown, null, look.Says);
        }
    }

    private Finding Explain(string what, ScanRequest request)
    {
        if (!int.TryParse(what, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || pid <= 0)
        {
            throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"'{Printable.Clean(what)}' is no process id", "give a number such as 4711; zombieops scan lists them");
        }

        using ProcDirectory proc = OpenProc();
        SelfFacts self = SelfFacts.Read(proc, options.ProcRoot);
        Look look = Reader(proc, self).Read(pid, null, request.Sightings.Of);
        return look.Kind switch
        {
            LookKind.Dead when look.Facts is { } facts => Find(facts, request),
            // Where not even this process is, a process that is missing says nothing.
            LookKind.Gone when self.NamespaceDepth is null && self.PidNamespace is null => throw NoProcfs(options.ProcRoot, "not even this process is in it"),
            LookKind.Gone => throw new ZombieOpsException(
                ErrorIds.NoSuchProcess,
                ExitCode.BadUsage,
                self.MayHide ? $"there is no process {pid}, or it is hidden from this user" : $"there is no process {pid}",
                "zombieops scan lists the zombies there are"),
            LookKind.Alive => throw new ZombieOpsException(
                ErrorIds.NotAZombie,
                ExitCode.BadUsage,
                $"process {pid} ({Printable.Clean(look.Stat?.Command ?? "")}) is no zombie: its state is {look.Stat?.State}",
                "zombieops scan lists the zombies there are"),
            _ => throw new ZombieOpsException(ErrorIds.NotPermitted, ExitCode.NotPermitted, look.Says, "run it as the process's user or as root"),
        };
    }
}
