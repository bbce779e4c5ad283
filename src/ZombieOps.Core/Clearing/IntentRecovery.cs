using ZombieOps.Audit;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Clearing;

/// <summary>Finds the intents that interrupted runs left open, looks at what became of each, and closes them.</summary>
internal sealed class IntentRecovery(EngineOptions options, ISource source, ScanRequest guard, IAuditLog audit)
{
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(30);
    private string? last;

    /// <summary>Closes what can be closed and tells of each, one sentence.</summary>
    /// <param name="runId">The run that closes them.</param>
    public IReadOnlyList<string> Run(string runId)
    {
        var said = new List<string>();
        var outcomes = new List<AuditRecord>();
        foreach (AuditRecord intent in audit.OpenIntents())
        {
            if (intent.Before is not { } before || before.Source != source.Registration.Name)
            {
                said.Add($"intent {intent.Sequence} in the audit log is open and belongs to the source '{intent.Before?.Source}': a run on that source closes it");
                continue;
            }

            bool away = IsAway(intent);
            if (away && !source.Registration.BoundToHost)
            {
                if (!Ended(intent))
                {
                    said.Add($"intent {intent.Sequence} in the audit log is open and was written on the host '{intent.Who!.Host}', whose run may not be over: a later run closes it");
                    continue;
                }
            }
            else if (intent.Who is { } who && who.Host != options.Host)
            {
                said.Add($"intent {intent.Sequence} in the audit log is open and belongs to the host '{who.Host}': a run there closes it");
                continue;
            }
            else if (intent.Who is { } writer && writer.BootId == HostIdentity.BootId(options) && writer.PidNamespace != HostIdentity.PidNamespace(options))
            {
                said.Add($"intent {intent.Sequence} in the audit log is open and was written in another PID namespace of this host: a run there closes it");
                continue;
            }

            if (!away && StillRuns(intent))
            {
                continue;
            }

            Recheck look = source.RecheckAsync(before, guard, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            if (look.State == RecheckState.Unknown)
            {
                said.Add($"intent {intent.Sequence} in the audit log stays open: {look.Says}");
                continue;
            }

            string? finished;
            try
            {
                if (Finish(intent, before) is { Done: false } unfinished)
                {
                    said.Add($"intent {intent.Sequence} in the audit log stays open: an interrupted run left it half done, and it could not be finished: {unfinished.Says}");
                    continue;
                }

                finished = last;
            }
            catch (ZombieOpsException e)
            {
                said.Add($"intent {intent.Sequence} in the audit log stays open: {e.Message}");
                continue;
            }

            bool gone = look.State == RecheckState.Gone;

            // A mark that is there is what was meant, whether it was set or an act was undone.
            bool sets = intent.Undoes is not null || intent.Remedy == MarkRun.Mark;
            bool right = gone != sets;
            string text = gone
                ? $"an interrupted run meant to '{Text.Names.ToKebab(intent.Remedy ?? "")}' {before.Target}; it is {(sets ? "not there" : "gone")}"
                : $"an interrupted run meant to '{Text.Names.ToKebab(intent.Remedy ?? "")}' {before.Target}; it is {(sets ? "" : "still ")}there";
            text = finished is null ? text : $"{text}; {finished}";
            said.Add($"intent {intent.Sequence} is closed: {text}");
            outcomes.Add(new AuditRecord
            {
                Kind = AuditKind.Outcome,
                RunId = runId,
                FindingId = before.Id,
                Remedy = intent.Remedy,
                IntentSequence = intent.Sequence,
                After = look.Now,
                Why = "recovered by a later run",
                Result = ClearingResults.Make(
                    before,
                    intent.Remedy,
                    !right ? ClearOutcome.Failed : intent.Undoes is not null ? ClearOutcome.Undone : sets ? ClearOutcome.Marked : ClearOutcome.AlreadyGone,
                    gone ? ClearReasons.RecoveredGone : ClearReasons.RecoveredStillThere,
                    text,
                    options.Clock) with
                { AuditSequence = intent.Sequence },
            });
        }

        if (outcomes.Count > 0)
        {
            audit.Append(outcomes);
        }

        return said;
    }

    /// <summary>Has the source finish what the act left half done. The actuator is opened only where a plan is there, and so never for a dry run.</summary>
    private ActReport? Finish(AuditRecord intent, Finding before)
    {
        last = null;
        if (intent.Act is not { } plan || intent.Remedy is not { } remedy)
        {
            return null;
        }

        using IActuator actuator = source.OpenActuator();
        if (actuator is IRecovers && StopFile.Blocks(options) is { } stop)
        {
            throw new ZombieOpsException(ErrorIds.StopFilePresent, ExitCode.LimitCrossed, $"it may be half done, and {stop}", "remove it when clearing may go on");
        }

        ActReport? report = actuator is IRecovers recovers ? recovers.RecoverAsync(before, remedy, plan, CancellationToken.None).AsTask().GetAwaiter().GetResult() : null;
        last = report?.Says;
        return report;
    }

    /// <summary>Whether an intent was written where its process cannot be looked for from here.</summary>
    private bool IsAway(AuditRecord intent) => intent.Who is { } who
        && (who.Host != options.Host || (who.BootId == HostIdentity.BootId(options) && who.PidNamespace != HostIdentity.PidNamespace(options)));

    /// <summary>Whether the run of an intent from elsewhere is over: no run holds the lock, and it is older than a file system without shared locks could hide.</summary>
    private bool Ended(AuditRecord intent) => options.Clock.GetUtcNow() - intent.At >= Settled && RunLock.NobodyRuns(options);

    /// <summary>Whether the run that wrote an intent still lives, on this boot.</summary>
    private bool StillRuns(AuditRecord intent)
    {
        if (intent.Who is not { } who || who.BootId != HostIdentity.BootId(options))
        {
            return false;
        }

        return who.Pid == Environment.ProcessId
            ? ClearingRun.IsActive(intent.RunId)
            : HostIdentity.StartTime(options, who.Pid) == who.StartTime;
    }
}
