using System.Globalization;
using ZombieOps.Audit.Forwarding;
using ZombieOps.Exemptions;
using ZombieOps.Model;
using ZombieOps.Sweeping;
using ZombieOps.Text;

namespace ZombieOps.Policies;

/// <summary>What a run of a policy is asked for.</summary>
public sealed record PolicyRequest
{
    /// <summary>Whether nothing may change or be written.</summary>
    public bool DryRun { get; init; }

    /// <summary>The plan whose steps alone may be acted on, as far as the policy allows them; null where the policy alone decides.</summary>
    public Clearing.PlanDocument? Plan { get; init; }

    /// <summary>Whether the plan has to be approved, also where the policy does not say so.</summary>
    public bool RequireApproval { get; init; }

    /// <summary>Asked before each source on which something may be cleared; one that is refused is only scanned. Null where nobody is asked: the policy is the agreement.</summary>
    public Func<PolicySource, bool>? Agreed { get; init; }

    /// <summary>The one source that is meant, such as <c>process</c>; null for all of the policy's.</summary>
    public string? Source { get; init; }

    /// <summary>
    /// Why a state directory may not be used, asked before each source on which something may be cleared; null where it may. For those who run where directories do not
    /// outlive the job: without the ledger and audit log of earlier runs nothing may be cleared. By default every directory is right.
    /// </summary>
    public Func<string, string?> StateRefused { get; init; } = static _ => null;
}

/// <summary>Carries a policy out: one tick of a sweep for each of its sources, one report for all. What fails on one source keeps no other from its tick.</summary>
public sealed class PolicyRunner
{
    // A clock that is set by NTP may step back a little; what is more was set by hand, or is a restored machine.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(1);

    private readonly Policy policy;
    private readonly EngineOptions surroundings;
    private readonly Func<EngineOptions, PolicySource, ZombieEngine> open;
    private readonly HashSet<Exemption> matched = new(ReferenceEqualityComparer.Instance);

    /// <summary>One for a policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="surroundings">Surroundings; what the policy names goes before them.</param>
    public PolicyRunner(Policy policy, EngineOptions surroundings)
        : this(policy, surroundings, (options, source) => new ZombieEngine(options, source.Source.Name, source.Options))
    {
    }

    internal PolicyRunner(Policy policy, EngineOptions surroundings, Func<EngineOptions, PolicySource, ZombieEngine> open)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(surroundings);
        this.policy = policy;
        this.surroundings = surroundings;
        this.open = open;
    }

    /// <summary>The surroundings of one source under the policy.</summary>
    /// <param name="source">One of its sources.</param>
    public EngineOptions Options(PolicySource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return surroundings with
        {
            StateDirectory = source.State ?? policy.State ?? surroundings.StateDirectory,
            ExemptionsFile = policy.ExemptionsFile ?? surroundings.ExemptionsFile,
            SecondStopFile = policy.StopFile ?? surroundings.SecondStopFile,
            Exemptions = [.. surroundings.Exemptions, .. policy.Exemptions.Where(item => item.IsFor(source.Source)).Select(item => item.Exemption)],
            ExemptionMatched = exemption => matched.Add(exemption),
        };
    }

    /// <summary>Runs it once.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancel">Ends the run early; every source still has an entry in the report.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>: the policy has no such source.</exception>
    public async ValueTask<PolicyReport> RunAsync(PolicyRequest request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        matched.Clear();
        CheckPlan(request);
        DateTimeOffset startedAt = surroundings.Clock.GetUtcNow();
        var reports = new List<PolicySourceReport>();
        foreach (PolicySource source in Meant(request.Source))
        {
            reports.Add(await TickAsync(source, request, cancel).ConfigureAwait(false));
        }

        (List<SweepFailure> failures, List<string> notes) = request.DryRun ? ([], []) : Forward(cancel);
        return new PolicyReport
        {
            Host = surroundings.Host,
            Path = policy.Path,
            Sha256 = policy.Sha256,
            Name = policy.Name,
            StartedAt = startedAt,
            EndedAt = surroundings.Clock.GetUtcNow(),
            DryRun = request.DryRun,
            ClosedBecause = policy.Windows?.ClosedBecause(startedAt),
            Sources = reports,
            Warnings = [.. Lapsed(startedAt), .. notes],
            Failures = failures,
            Unused = [.. Unused(startedAt, source => reports.Any(report => report.Source == source) && reports.All(report => report.Source != source || report.Sweep?.Scan is { Complete: true }))],
        }.Judged();
    }

    /// <summary>Looks at every source, clears and writes nothing, and says what only a look can tell of the exemptions.</summary>
    /// <param name="cancel">Ends the look early.</param>
    public async ValueTask<IReadOnlyList<PolicyFault>> TryAsync(CancellationToken cancel = default)
    {
        const int FewestFindings = 4;
        var faults = new List<PolicyFault>();
        var unseen = new HashSet<string>(StringComparer.Ordinal);
        var findings = new List<(PolicySource Source, Finding Finding)>();
        foreach (PolicySource source in policy.Sources)
        {
            try
            {
                using ZombieEngine engine = open(Options(source) with { Exemptions = [] }, source);
                ScanReport scan = await engine.ScanAsync(source.Clear.Scan with { Filter = FindingFilter.All, Remember = false }, cancel).ConfigureAwait(false);
                findings.AddRange(scan.Findings.Select(finding => (source, finding)));
                if (!scan.Complete)
                {
                    unseen.Add(source.Source.Name);
                    faults.Add(new PolicyFault(FaultKind.Warning, source.Line, 1, $"'{source.Name}' could not be seen whole: {string.Join("; ", scan.IncompleteBecause.Take(3))}", "give what is missing, and check again"));
                }
            }
            catch (ZombieOpsException e)
            {
                unseen.Add(source.Source.Name);
                // What an option cannot take is an error of the file; a server that is down is not.
                faults.Add(new PolicyFault(e.ErrorId == ErrorIds.BadArgument ? FaultKind.Error : FaultKind.Warning, source.Line, 1, $"'{source.Name}': {e.Message}", e.NextStep));
            }
        }

        DateTimeOffset now = surroundings.Clock.GetUtcNow();
        foreach (PolicyExemption item in policy.Exemptions.Where(item => item.Exemption.LapsedBecause(now) is null))
        {
            int fits = findings.Count(finding => item.IsFor(finding.Source.Source) && item.Exemption.Fits(finding.Finding));
            if (fits == 0)
            {
                string but = policy.Sources.Any(source => item.IsFor(source.Source) && unseen.Contains(source.Source.Name)) ? " in what could be seen" : "";
                faults.Add(new PolicyFault(FaultKind.Warning, item.Line, 1, $"the exemption ({item.Exemption}) of {item.Exemption.Owner} matches nothing{but}", "take it out if what it was for is gone, or mend what it matches"));
            }
            else if (fits >= FewestFindings && fits * 2 > findings.Count)
            {
                faults.Add(new PolicyFault(FaultKind.Warning, item.Line, 1, string.Create(CultureInfo.InvariantCulture, $"the exemption ({item.Exemption}) is too wide: it matches {fits} of {findings.Count} findings"), "name what is meant more closely"));
            }
        }

        return faults;
    }

    /// <summary>What the policy would do with one thing that a user names in a source's own words. It clears and writes nothing.</summary>
    /// <param name="source">One of its sources.</param>
    /// <param name="what">The name: a pid, a token.</param>
    /// <param name="cancel">Ends the look early.</param>
    /// <exception cref="ZombieOpsException">There is no such thing, or it is no zombie.</exception>
    public async ValueTask<PolicyDecision> ExplainAsync(PolicySource source, string what, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        EngineOptions options = Options(source);
        using ZombieEngine engine = open(options with { Exemptions = [] }, source);
        Finding finding = await engine.ExplainAsync(what, source.Clear.Scan, cancel).ConfigureAwait(false);
        return new PolicyJudge(policy, source, options).Decide(finding);
    }

    private PolicySource[] Meant(string? name)
    {
        PolicySource[] meant = [.. policy.Sources.Where(source => name is null || string.Equals(source.Source.Name, name, StringComparison.OrdinalIgnoreCase))];
        return meant.Length > 0 ? meant : throw new ZombieOpsException(
            ErrorIds.BadArgument,
            ExitCode.BadUsage,
            $"the policy {policy.Path} has no source '{name}'",
            $"it has: {string.Join(", ", policy.Sources.Select(source => source.Source.Name).Distinct(StringComparer.Ordinal))}");
    }

    private async ValueTask<PolicySourceReport> TickAsync(PolicySource source, PolicyRequest request, CancellationToken cancel)
    {
        var report = new PolicySourceReport { Name = source.Name, Source = source.Source.Name, Line = source.Line };
        try
        {
            EngineOptions options = Options(source);
            if (source.Clear.Allowed.Count > 0 && !request.DryRun && request.StateRefused(options.RequireStateDirectory()) is { } refused)
            {
                throw new ZombieOpsException(ErrorIds.NoStateDirectory, ExitCode.NotPermitted, $"nothing was swept: {refused}", "name a directory that outlives the run as 'state' of the policy");
            }

            bool approval = policy.RequireApproval || request.RequireApproval;
            string? only = source.Clear.Allowed.Count > 0 ? OnlyScan(source, options, request) ?? OnlyByPlan(source, request, approval) : null;
            using ZombieEngine engine = open(options, source);
            SweepReport sweep = await engine.SweepAsync(
                new SweepRequest
                {
                    Clear = source.Clear with
                    {
                        DryRun = request.DryRun,
                        RequireApproval = approval,
                        Why = policy.Reason,
                        Allowed = only is null ? source.Clear.Allowed : System.Collections.Immutable.ImmutableHashSet<string>.Empty,
                        ClosedBecause = policy.Windows is { } windows ? windows.ClosedBecause : null,
                    },
                    Plan = only is null ? request.Plan : null,
                    Name = source.Name,
                    MetricsFile = source.MetricsFile,
                    Labels = source.Labels,
                },
                cancel).ConfigureAwait(false);
            return report with { Sweep = sweep, OnlyScannedBecause = only };
        }
        catch (ZombieOpsException e)
        {
            return report with { Failure = new SweepFailure(e.ErrorId, (int)e.ExitCode, e.Message, e.NextStep) };
        }
#pragma warning disable CA1031 // A fault on one source keeps no other from its tick; it is told, and the run fails.
        catch (Exception e) when (e is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            return report with { Failure = new SweepFailure(ErrorIds.Internal, (int)ExitCode.Incomplete, $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}", "this is a fault in zombieops: report it") };
        }
    }

    /// <summary>Why a source is only scanned now; null where it may be cleared.</summary>
    private string? OnlyScan(PolicySource source, EngineOptions options, PolicyRequest request)
    {
        DateTimeOffset now = options.Clock.GetUtcNow();
        if (policy.Windows is { } windows)
        {
            if (windows.ClosedBecause(now) is { } closed)
            {
                return closed;
            }

            // A clock that went back may show an hour that is over. The tick remembers the time that it has now, so the next one goes on.
            if (SweepPlace.LastSuccess(options, source.Source.Name) is { } last && last - now > ClockSlack)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"the clock went back by {Durations.Format(last - now)} since the last tick, so whether a window is open is not certain; the next tick goes by it");
            }
        }

        return request.Agreed?.Invoke(source) == false ? "it was not confirmed" : null;
    }

    /// <summary>Why a source is only scanned for want of a plan of it; null where it has one or needs none.</summary>
    private static string? OnlyByPlan(PolicySource source, PolicyRequest request, bool approval) => request.Plan is { } plan
        ? plan.SourceName() == source.Source.Name ? null : $"the plan is of the source '{plan.SourceName()}'"
        : approval
            ? "what it would clear needs a plan that somebody else approves: 'zombieops plan -o FILE', 'zombieops plan approve FILE', then 'zombieops run --plan FILE'"
            : null;

    /// <summary>A plan that fits no entry, or more than one, would be carried out nowhere, or on the wrong system.</summary>
    private void CheckPlan(PolicyRequest request)
    {
        if (request.Plan is not { } plan)
        {
            return;
        }

        string name = plan.SourceName();
        int fits = policy.Sources.Count(source => source.Source.Name == name);
        if (fits != 1)
        {
            throw new ZombieOpsException(
                ErrorIds.BadArgument,
                ExitCode.BadUsage,
                $"the plan {plan.Path} is of the source '{name}', and the policy has {(fits == 0 ? "no entry" : "several entries")} of it",
                fits == 0 ? "give a policy that has one" : $"give a policy that has one, or use 'zombieops clear {name} --plan'");
        }
    }

    /// <summary>Forwards the audit log of each state directory. What fails is a failure of the run; the records stay where they are.</summary>
    private (List<SweepFailure> Failures, List<string> Warnings) Forward(CancellationToken cancel)
    {
        var failures = new List<SweepFailure>();
        var warnings = new List<string>();
        foreach (EngineOptions options in policy.Forward.Count == 0 ? [] : policy.Sources.Select(Options).DistinctBy(options => options.StateDirectory).Where(options => options.StateDirectory is not null))
        {
            foreach (ForwardTarget target in policy.Forward)
            {
                try
                {
                    warnings.AddRange(AuditForwarder.Forward(options, target, cancel).Warnings.Where(_ => Directory.Exists(Audit.AuditVerifier.DirectoryOf(options))));
                }
                catch (ZombieOpsException e)
                {
                    failures.Add(new SweepFailure(e.ErrorId, (int)e.ExitCode, e.Message, e.NextStep));
                }
                catch (OperationCanceledException)
                {
                    // The run is told to be interrupted already; the next one forwards the rest.
                    return (failures, warnings);
                }
            }
        }

        return (failures, warnings);
    }

    private IEnumerable<string> Lapsed(DateTimeOffset now) => policy.Exemptions
        .Select(item => (item, why: item.Exemption.LapsedBecause(now)))
        .Where(pair => pair.why is not null)
        .Select(pair => string.Create(CultureInfo.InvariantCulture, $"exemption ({pair.item.Exemption}) on line {pair.item.Line} does not apply: {pair.why}"));

    private IEnumerable<string> Unused(DateTimeOffset now, Func<string, bool> seen) => policy.Exemptions
        .Where(item => item.Exemption.LapsedBecause(now) is null && !matched.Contains(item.Exemption)
            && policy.Sources.Where(source => item.IsFor(source.Source)).All(source => seen(source.Source.Name)))
        .Select(item => string.Create(CultureInfo.InvariantCulture, $"exemption ({item.Exemption}) of {item.Exemption.Owner} on line {item.Line} matches nothing"));
}
