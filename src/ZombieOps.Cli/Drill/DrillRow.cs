using ZombieOps.Model;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Cli.Drill;

/// <summary>One case as it is played.</summary>
internal sealed class DrillRow(DrillCase @case, Actor actor)
{
    public DrillCase Case { get; } = @case;

    public Actor Actor { get; } = actor;

    public string Role => Case.Role[0];

    public bool Skipped => Actor.SkippedBecause is not null;

    /// <summary>What the scan found of it.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>What the clearing run made of it.</summary>
    public List<ClearResult> Results { get; } = [];

    /// <summary>What was not as it has to be.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>
    /// The container that the drill itself runs in, where its processes show that they belong to one: then they are found and explained,
    /// and only the container's owner may clear them. Null on a host.
    /// </summary>
    public string? InContainer => Case.Verdict == Verdict.Zombie && Findings.Count > 0 && Findings.All(finding => finding.Reason == ProcessReasons.OwnedElsewhere)
        ? Findings[0].Owner.FirstOrDefault(link => link.Kind is "Container" or "Pod" or "EcsTask")?.Name
        : null;

    /// <summary>The verdict that has to be found here.</summary>
    public Verdict Expected => InContainer is null ? Case.Verdict : Verdict.ReportOnly;

    /// <summary>Holds what was found against what has to be found.</summary>
    public void CheckFindings()
    {
        foreach (int pid in Actor.ZombiePids)
        {
            string text = pid.ToString(System.Globalization.CultureInfo.InvariantCulture);
            Finding? finding = Findings.FirstOrDefault(item => FindingFacets.Values(item, "pid") is [var value, ..] && value == text);
            if (finding is null)
            {
                Problems.Add($"{pid} was not found");
            }
            else if (finding.Cause != Case.Cause || finding.Verdict != Expected)
            {
                Problems.Add($"{pid} was judged {finding.Cause}, {finding.Verdict}, {finding.Reason} and is {Case.Cause}, {Case.Verdict}");
            }
        }
    }

    /// <summary>Holds what was done against what has to be done, by the kernel's own word and not by the engine's.</summary>
    public void CheckCleared()
    {
        bool ours = Case.Remedies.Length > 0 && InContainer is null;
        foreach (ClearResult result in Results)
        {
            bool cleared = result.Outcome == ClearOutcome.Cleared && result.Remedy is { } remedy && Case.Remedies.Contains(remedy);
            // One nudge may have put brothers to rest that had a line of their own.
            bool went = result.Outcome == ClearOutcome.AlreadyGone && Results.Any(other => other.Outcome == ClearOutcome.Cleared);
            if (ours ? !(cleared || went) : result.Outcome != ClearOutcome.Skipped)
            {
                Problems.Add($"{result.Target}: {result.Remedy} ended as {result.Outcome}, {result.Reason}: {result.Says}");
            }
        }

        if (Results.Count < Actor.ZombiePids.Count)
        {
            Problems.Add($"{Actor.ZombiePids.Count - Results.Count} of its zombies have no result");
        }

        bool ended = Results.Any(result => result.Remedy is ProcessRemedies.EndParent or ProcessRemedies.KillParent);
        if (ours && !ended && ProcFs.State(Actor.Pid) is (null or 'Z'))
        {
            Problems.Add($"its parent {Actor.Pid} did not go on");
        }

        foreach (int pid in Actor.ZombiePids)
        {
            bool there = ProcFs.State(pid) is not null;
            if (there == ours)
            {
                Problems.Add(there ? $"{pid} is still in the process table" : $"{pid} is gone although nobody may touch it");
            }
        }
    }
}
