using System.Globalization;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Exemptions;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Text;

namespace ZombieOps.Sweeping;

/// <summary>What a look at the sweeps is asked for.</summary>
public sealed record StatusRequest
{
    /// <summary>The policy whose sources are meant; null for every source of which there is something in the state directory.</summary>
    public Policy? Policy { get; init; }

    /// <summary>Age of the last complete scan from which on a tick is taken to be missing; null for twice the usual distance between ticks.</summary>
    public TimeSpan? MaxAge { get; init; }
}

/// <summary>Tells how the sweeps of this host are getting on, from what they left behind. It writes nothing, scans nothing, and keeps no tick from its work.</summary>
public static class SweepStatus
{
    /// <summary>The greatest age of a complete scan where too few ticks have been made to know their distance.</summary>
    public static readonly TimeSpan FirstMaxAge = TimeSpan.FromHours(1);

    /// <summary>The least age at which a tick is missing unless another is named: cron is no finer than a minute.</summary>
    public static readonly TimeSpan LeastMaxAge = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);

    // As for windows: what NTP sets back is less.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(1);

    /// <summary>Looks.</summary>
    /// <param name="surroundings">Where state and configuration are.</param>
    /// <param name="request">What is asked for.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.NoStateDirectory"/>.</exception>
    public static StatusReport Read(EngineOptions surroundings, StatusRequest request)
    {
        ArgumentNullException.ThrowIfNull(surroundings);
        ArgumentNullException.ThrowIfNull(request);
        DateTimeOffset now = surroundings.Clock.GetUtcNow();
        var warnings = new List<string>();
        Policy? policy = request.Policy;
        var runner = policy is null ? null : new PolicyRunner(policy, surroundings);
        (string Name, string Source, EngineOptions Options)[] meant = policy is null
            ? [.. Found(surroundings, warnings).Select(source => (source, source, surroundings))]
            : [.. policy.Sources.Select(source => (source.Name, source.Source.Name, runner!.Options(source)))];
        StatusEntry[] entries = [.. meant.Select(item => Entry(item.Name, item.Source, item.Options, request.MaxAge, now, warnings))];
        bool missing = entries.Length == 0 || entries.Any(entry => entry.OverdueBecause is not null);
        if (entries.Length == 0)
        {
            warnings.Add($"no tick has ever been made in {surroundings.RequireStateDirectory()}");
        }

        EngineOptions stopped = surroundings with { SecondStopFile = policy?.StopFile ?? surroundings.SecondStopFile };
        string? closed = policy?.Windows?.ClosedBecause(now);
        return new StatusReport
        {
            Host = surroundings.Host,
            At = now,
            Path = policy?.Path,
            Name = policy?.Name,
            Entries = entries,
            StopFiles = [.. new[] { stopped.StopFilePath, stopped.SecondStopFile }.OfType<string>().Distinct().Select(StopFile.Blocks).OfType<string>()],
            ClosedBecause = closed,
            NextWindowAt = closed is null ? null : policy!.Windows!.OpensNext(now)?.ToUniversalTime(),
            Exemptions = [.. Lapsing(surroundings with { Exemptions = [.. surroundings.Exemptions, .. (policy?.Exemptions ?? []).Select(item => item.Exemption)], ExemptionsFile = policy?.ExemptionsFile ?? surroundings.ExemptionsFile }, now, warnings)],
            Warnings = [.. warnings.Distinct()],
            Exit = (int)(missing ? ExitCode.Incomplete : ExitCode.Clean),
            ExitReason = missing ? StatusReport.Overdue : nameof(ExitCode.Clean),
        };
    }

    private static IReadOnlyList<string> Found(EngineOptions options, List<string> warnings)
    {
        string state = options.RequireStateDirectory();
        try
        {
            return SweepPlace.SourcesIn(state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warnings.Add($"which sources were swept in {state} cannot be seen: {e.Message.ReplaceLineEndings(" ")}");
            return [];
        }
    }

    private static StatusEntry Entry(string name, string source, EngineOptions options, TimeSpan? named, DateTimeOffset now, List<string> warnings)
    {
        string state = options.RequireStateDirectory();
        (SweepMemory memory, string? problem, bool? running) = SweepPlace.Look(state, source);
        if (problem is not null)
        {
            warnings.Add(problem);
        }

        TimeSpan? usual = memory.UsualDistance();
        TimeSpan max = named ?? (usual is { } distance ? (distance * 2 > LeastMaxAge ? distance * 2 : LeastMaxAge) : FirstMaxAge);
        (StatusAudit audit, int? open) = Audit(options, source);
        TimeSpan? age = now - memory.LastSuccessfulScanAt;
        return new StatusEntry
        {
            Name = name,
            Source = source,
            StateDirectory = state,
            LastTick = memory.LastTick,
            LastSuccessfulScanAt = memory.LastSuccessfulScanAt,
            Age = age < TimeSpan.Zero ? TimeSpan.Zero : age,
            MaxAge = max,
            UsualDistance = usual,
            OverdueBecause = Overdue(age, max, named is null && usual is not null),
            Running = running,
            OpenIntents = open,
            Audit = audit,
        };
    }

    private static string? Overdue(TimeSpan? age, TimeSpan max, bool byDistance) => age switch
    {
        null => "no complete scan is known",
        // A success that is still to come would keep the watch quiet for as long.
        { } future when future < -ClockSlack => $"the last complete scan is dated {Durations.Format(-future)} ahead of the clock: one of the two is wrong",
        { } old when old > max => $"the last complete scan is {Durations.Format(old)} old, and {Durations.Format(max)} is the most{(byDistance ? ", twice the usual distance between ticks" : "")}",
        _ => null,
    };

    private static (StatusAudit Audit, int? Open) Audit(EngineOptions options, string source)
    {
        using var log = new AuditLog(options);
        try
        {
            int open = log.OpenIntents().Count(intent => intent.Before is not { } before || before.Source == source);
            return (new StatusAudit { Directory = log.Directory, Head = AuditHead.TryRead(log.Directory, out AuditHead head) && head.Sequence > 0 ? new AuditAnchor(head.Sequence, head.Hash) : null }, open);
        }
        catch (ZombieOpsException e)
        {
            return (new StatusAudit { Directory = log.Directory, Problem = $"{e.ErrorId}: {e.Message}" }, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (new StatusAudit { Directory = log.Directory, Problem = $"{ErrorIds.AuditUnwritable}: {e.Message.ReplaceLineEndings(" ")}" }, null);
        }
    }

    private static List<string> Lapsing(EngineOptions options, DateTimeOffset now, List<string> warnings)
    {
        var said = new List<string>();
        try
        {
            foreach (Exemption exemption in ExemptionList.Load(options).All)
            {
                string where = exemption.DeclaredAt is { } at ? $" ({at})" : "";
                if (exemption.LapsedBecause(now) is { } why)
                {
                    said.Add($"exemption ({exemption}){where} does not apply: {why}");
                }
                else if (Exemption.TryReadExpiry(exemption.Expires, out DateTimeOffset until) && until - now < Soon)
                {
                    said.Add(string.Create(CultureInfo.InvariantCulture, $"exemption ({exemption}) of {exemption.Owner}{where} lapses in {Durations.Format(until - now)}, on {until:yyyy-MM-dd HH:mm}Z"));
                }
            }
        }
        catch (ZombieOpsException e)
        {
            warnings.Add($"{e.ErrorId}: {e.Message}");
        }

        return said;
    }
}
