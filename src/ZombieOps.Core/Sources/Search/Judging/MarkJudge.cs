using ZombieOps.Model;
using ZombieOps.Sources.Search.Marks;
using ZombieOps.Sources.Search.Owners;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>Judges a mark from facts alone: no reads, no clock. Age gates and never proves; what was not seen never makes a zombie.</summary>
internal static class MarkJudge
{
    // A node's clock and this host's never agree to the second.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    // The ledger forgets a node that a mark has named after this long: later it cannot tell that node from a new one.
    private static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    /// <summary>Judges.</summary>
    public static MarkJudgement Judge(MarkCase look, JudgeSettings settings)
    {
        MarkJudgement first = look.Mark.Kind switch
        {
            _ when FileMarkWords.Is(look.Mark) => FileMarkWords.Judge(look),
            SearchKinds.Exclusion => Exclusion(look, settings),
            SearchKinds.Switch => Switch(look, settings),
            SearchKinds.Shutdown => Shutdown(look, settings),
            SearchKinds.Voting => Voting(look, settings),
            SearchKinds.Decommission => look.Facts.Decommission switch
            {
                { InProgress: true } => Live(SearchReasons.LiveDrain, SearchCauses.ZoneOut),
                { Status: "failed" } => Report(SearchReasons.StalledDrain, SearchCauses.ZoneOut),
                _ => Report(SearchReasons.Foreign, SearchCauses.ZoneOut),
            },
            SearchKinds.DrainRecord => Alone(look, settings),
            SearchKinds.Weights => Report(SearchReasons.Foreign, SearchCauses.ZoneOut),
            SearchKinds.IndexPin => Report(SearchReasons.Foreign, SearchCauses.IndexPinned),
            SearchKinds.Block => look.Mark.Shadowed ? Report(SearchReasons.Shadowed, SearchCauses.NotInForce) : Report(SearchReasons.Foreign, SearchCauses.Blocked),
            SearchKinds.Filter => look.Mark.Shadowed ? Report(SearchReasons.Shadowed, SearchCauses.NotInForce) : Report(SearchReasons.Foreign, SearchCauses.Filtered),
            _ => Unseen(),
        };

        // Whatever could not be read might have been what speaks for a live operation.
        bool unseen = look.Facts.Unread.Count > 0 || look.Kubernetes is { Unread.Count: > 0 } or { Old: not null };
        return first.Verdict == Verdict.Zombie && unseen ? first with { Verdict = Verdict.Unknown, Reason = SearchReasons.NotSeen } : first;
    }

    /// <summary>Whether the node that it named when it was first seen was another one than it names now.</summary>
    internal static bool IsReplaced(MarkCase look) =>
        look is { Sighting.From: AgeSource.Ledger, Named.From: AgeSource.Ledger, On: { } on, Node.StartedAt: { } started }
        && look.Named.FirstSeen - look.Sighting.FirstSeen < ClockTolerance
        && on.FirstSeen - look.Sighting.FirstSeen is var later && later > ClockTolerance && later < Memory
        && started - look.Sighting.FirstSeen > ClockTolerance;

    private static MarkJudgement Exclusion(MarkCase look, JudgeSettings settings)
    {
        Mark mark = look.Mark;
        LeaseState lease = Lease.Of(look).State;
        if (lease == LeaseState.Running)
        {
            return Live(SearchReasons.Leased, Doing(look));
        }

        if (mark.Shadowed)
        {
            return Report(SearchReasons.Shadowed, SearchCauses.NotInForce);
        }

        if (!look.Facts.NodesSeen)
        {
            return Unseen();
        }

        if (mark.Entry == MarkReader.Sentinel && mark.Nodes.Count == 0)
        {
            return Report(SearchReasons.Sentinel, SearchCauses.Placeholder);
        }

        if (!NodeMatcher.IsBuiltIn(mark.Attribute) || NodeMatcher.IsPattern(mark.Attribute, mark.Entry) || mark.Nodes.Count > 1)
        {
            return Report(SearchReasons.Pattern, SearchCauses.Group);
        }

        if (look.Node is not { } node)
        {
            return Gone(look, settings, lease == LeaseState.Expired);
        }

        return look.Facts.ShardsSeen && node.Shards is not null ? OnNode(look, node, node.Shards, settings, lease == LeaseState.Expired) : Unseen();
    }

    /// <summary>What a declared mark does there.</summary>
    private static string Doing(MarkCase look) => look switch
    {
        { Facts.NodesSeen: false } => SearchCauses.Unknown,
        { Mark.Nodes.Count: 0 } => SearchCauses.NodeGone,
        { Node: null } => SearchCauses.Group,
        { Node.Shards.Leaving: > 0 } => SearchCauses.Draining,
        { Mark.InForce: false } => SearchCauses.NotInForce,
        { Node.Shards.Count: > 0 } => SearchCauses.DrainStuck,
        { Node.Shards: not null } => SearchCauses.NodeIdle,
        _ => SearchCauses.Unknown,
    };

    /// <summary>Who set it has said that it is over. The life that it was given is its proof; the minimum age gates it as everything.</summary>
    private static MarkJudgement Over(MarkCase look, JudgeSettings settings) => look.Sighting.Age < settings.MinAge
        ? Report(SearchReasons.TooYoung, Doing(look))
        : new MarkJudgement(Verdict.Zombie, SearchReasons.Expired, Doing(look));

    /// <summary>A declaration whose exclusion is gone. One that no entry can have is somebody else's.</summary>
    private static MarkJudgement Alone(MarkCase look, JudgeSettings settings) =>
        look.Mark.Attribute.Length == 0 ? Report(SearchReasons.Foreign, SearchCauses.RecordLeft)
        : look.Sighting.Age < settings.MinAge ? Report(SearchReasons.TooYoung, SearchCauses.RecordLeft)
        : new MarkJudgement(Verdict.Zombie, SearchReasons.RecordOnly, SearchCauses.RecordLeft);

    private static MarkJudgement Gone(MarkCase look, JudgeSettings settings, bool expired = false) => look.Owner?.State switch
    {
        OwnerState.Joining => Live(SearchReasons.Joining, SearchCauses.NodeStarting),
        OwnerState.LiveDrain => Live(SearchReasons.LiveDrain, SearchCauses.Draining),
        OwnerState.Unknown => Unseen(SearchCauses.NodeGone),
        _ when expired => Over(look, settings),
        _ => GoneFor(look, settings),
    };

    private static MarkJudgement GoneFor(MarkCase look, JudgeSettings settings) =>
        look.Sighting.Age >= settings.MinAge && look.Absent is { } absent && absent.Age >= settings.Lasting
            ? new MarkJudgement(Verdict.Zombie, SearchReasons.Gone, SearchCauses.NodeGone)
            : Report(SearchReasons.TooYoung, SearchCauses.NodeGone);

    private static MarkJudgement OnNode(MarkCase look, NodeFacts node, NodeShards shards, JudgeSettings settings, bool expired)
    {
        // First everything that speaks for a live operation.
        if (look.Facts.Shutdowns.Any(record => record.NodeId == node.Id) || look.Facts.Explain?.ShuttingDown.Contains(node.Id) == true)
        {
            return Live(SearchReasons.Terminating, SearchCauses.Draining);
        }

        if (look.Facts.Decommission is { InProgress: true } zone && node.Attributes.TryGetValue(zone.Attribute, out string? own) && own == zone.Value)
        {
            return Live(SearchReasons.LiveDrain, SearchCauses.Draining);
        }

        // An empty node whose mark is over has nothing that could still be leaving.
        if (shards.Leaving > 0 || (look.Trend?.Falling == true && !(expired && shards.Count == 0)))
        {
            return Live(SearchReasons.LiveDrain, SearchCauses.Draining);
        }

        // That Kubernetes knows nothing of it says nothing against what its owner has said of it.
        if (look.Owner is { } owner && !(expired && owner.State == OwnerState.Unclaimed) && Owned(owner) is { } said)
        {
            return said;
        }

        if (node.StartedAt is not { } started || look.Facts.ReadAt - started < settings.Lasting)
        {
            return node.StartedAt is null ? Unseen() : Live(SearchReasons.Joining, SearchCauses.NodeStarting);
        }

        if (expired)
        {
            return Over(look, settings);
        }

        if (look.Mark.InForce == false)
        {
            return Report(SearchReasons.Dormant, SearchCauses.NotInForce);
        }

        if (look.AllExcluded)
        {
            return Report(SearchReasons.AllExcluded, SearchCauses.EveryNode);
        }

        if (look.Owner?.State == OwnerState.Idle)
        {
            return CutOff(look, settings);
        }

        if (shards.Count > 0)
        {
            // A drain that has only just been asked for has not begun to move anything yet.
            return look.Sighting.Age < settings.MinAge ? Report(SearchReasons.TooYoung, SearchCauses.DrainStuck) : Report(SearchReasons.StalledDrain, SearchCauses.DrainStuck);
        }

        return Idle(look, node, settings);
    }

    /// <summary>What the owner's claim decides by itself; null where it decides nothing, or only once it has lasted.</summary>
    private static MarkJudgement? Owned(OwnerClaim owner) => owner.State switch
    {
        OwnerState.LiveDrain => Live(SearchReasons.LiveDrain, SearchCauses.Draining),
        OwnerState.Resumable => Live(SearchReasons.Resumable, SearchCauses.Draining),
        OwnerState.Terminating => Live(SearchReasons.Terminating, SearchCauses.Draining),
        OwnerState.Joining => Live(SearchReasons.Joining, SearchCauses.NodeStarting),
        OwnerState.Orphaned => Report(SearchReasons.Orphaned, SearchCauses.DrainCutOff),
        OwnerState.StalledDrain => Report(SearchReasons.StalledDrain, SearchCauses.DrainStuck),
        OwnerState.Unclaimed => Report(SearchReasons.Foreign, SearchCauses.Unknown),
        OwnerState.Unsettled => Report(SearchReasons.TooYoung, SearchCauses.DrainCutOff),
        OwnerState.Unknown => Unseen(),
        _ => null,
    };

    /// <summary>The owner is at rest. Shards on the node decide nothing: a drain that cannot end is what gets cut off.</summary>
    private static MarkJudgement CutOff(MarkCase look, JudgeSettings settings)
    {
        // Without the mark's own age in the ledger a pod's start says nothing of what came first.
        bool olderThanPod = look is { Mark.Attribute: "_ip", Sighting.From: AgeSource.Ledger, Owner.PodStartedAt: { } started } && started - look.Sighting.FirstSeen > ClockTolerance;
        string cause = olderThanPod ? SearchCauses.NodeReplaced : SearchCauses.DrainCutOff;
        return look.Sighting.Age < settings.MinAge || look.Rest is not { } rest || rest.Age < settings.Resting ? Report(SearchReasons.TooYoung, cause)
            : look.Mark.InForce == true ? new MarkJudgement(Verdict.Zombie, olderThanPod ? SearchReasons.Reincarnated : SearchReasons.Abandoned, cause)
            : Unseen(cause);
    }

    private static MarkJudgement Idle(MarkCase look, NodeFacts node, JudgeSettings settings)
    {
        bool replaced = IsReplaced(look);
        string cause = replaced ? SearchCauses.NodeReplaced : SearchCauses.NodeIdle;
        if (look.Sighting.Age < settings.MinAge)
        {
            return Report(SearchReasons.TooYoung, cause);
        }

        // In a cluster without a shard an empty node says nothing, and a node that may hold none is empty with or without a mark.
        bool emptyForLong = look.Empty is { } empty && empty.Age >= settings.Lasting && look.Facts.HasShards && node.HoldsData == true;
        bool bound = settings.DrainOwner is not null && look.Sighting.Age >= settings.MaxDrain && look.On?.Age >= settings.MaxDrain;
        string? zombie = replaced && emptyForLong ? SearchReasons.Reincarnated : bound && emptyForLong ? SearchReasons.Abandoned : null;
        if (zombie is null)
        {
            return Report(SearchReasons.Foreign, cause);
        }

        return look.Mark.InForce == true ? new MarkJudgement(Verdict.Zombie, zombie, cause) : Unseen(cause);
    }

    private static MarkJudgement Switch(MarkCase look, JudgeSettings settings)
    {
        if (look.Mark.Shadowed)
        {
            return Report(SearchReasons.Shadowed, SearchCauses.NotInForce);
        }

        if (!look.Facts.NodesSeen || !look.Facts.ShardsSeen)
        {
            return Unseen(SearchCauses.SwitchedOff);
        }

        if (look.AnyDrain)
        {
            return Live(SearchReasons.LiveDrain, SearchCauses.SwitchedOff);
        }

        if (look.Mark.Setting is { Setting: SettingNames.RebalanceEnable, Scope: "persistent", Value: "none" } && look.LeftByDrain && look.Sighting.Age >= settings.MinAge)
        {
            return new MarkJudgement(Verdict.Zombie, SearchReasons.Abandoned, SearchCauses.DrainCutOff);
        }

        // Rolling restarts switch allocation off and on again for each node.
        return look.Facts.Nodes.Values.Any(node => node.StartedAt is not { } started || look.Facts.ReadAt - started < settings.Lasting)
            ? Live(SearchReasons.Joining, SearchCauses.SwitchedOff)
            : Report(SearchReasons.Foreign, SearchCauses.SwitchedOff);
    }

    private static MarkJudgement Shutdown(MarkCase look, JudgeSettings settings)
    {
        if (!look.Facts.NodesSeen)
        {
            return Unseen();
        }

        if (look.Node is null)
        {
            return Gone(look, settings);
        }

        return look.Mark.Shutdown?.Status switch
        {
            "STALLED" => Report(SearchReasons.StalledDrain, SearchCauses.DrainStuck),
            "COMPLETE" when look.Sighting.Age >= settings.MaxDrain => Report(SearchReasons.Foreign, SearchCauses.NodeIdle),
            _ => Live(SearchReasons.Terminating, SearchCauses.Draining),
        };
    }

    private static MarkJudgement Voting(MarkCase look, JudgeSettings settings)
    {
        if (!look.Facts.NodesSeen)
        {
            return Unseen();
        }

        // The server takes votes away by itself while it decommissions a zone.
        if (look.Facts.Decommission is { InProgress: true })
        {
            return Live(SearchReasons.LiveDrain, SearchCauses.VoteTaken);
        }

        if (look.Mark.Nodes.Count == 0)
        {
            // They can be deleted only all at once, so one that is in use keeps the others.
            MarkJudgement gone = Gone(look, settings);
            return gone.Verdict == Verdict.Zombie && !look.AllVotersGone ? Report(SearchReasons.Foreign, SearchCauses.NodeGone) : gone;
        }

        if (look.Mark.Nodes.Any(node => look.Facts.Shutdowns.Any(record => record.NodeId == node.Id)))
        {
            return Live(SearchReasons.Terminating, SearchCauses.VoteTaken);
        }

        return look.Mark.Nodes.Any(node => node.StartedAt is not { } started || look.Facts.ReadAt - started < settings.Lasting)
            ? Live(SearchReasons.Joining, SearchCauses.VoteTaken)
            : Report(SearchReasons.Foreign, SearchCauses.VoteTaken);
    }

    private static MarkJudgement Live(string reason, string cause) => new(Verdict.Protected, reason, cause);

    private static MarkJudgement Report(string reason, string cause) => new(Verdict.ReportOnly, reason, cause);

    private static MarkJudgement Unseen(string cause = SearchCauses.Unknown) => new(Verdict.Unknown, SearchReasons.NotSeen, cause);
}
