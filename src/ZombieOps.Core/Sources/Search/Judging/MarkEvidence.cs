using System.Globalization;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Marks;
using ZombieOps.Sources.Search.Owners;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>Puts what was read of a mark into words.</summary>
internal static class MarkEvidence
{
    private const string Settings = SettingsAnswer.What;
    private const string Ledger = "ledger";

    /// <summary>The whole list, in the order in which it is judged.</summary>
    public static IReadOnlyList<Evidence> List(MarkCase look, MarkJudgement judgement, JudgeSettings settings)
    {
        var list = new List<Evidence>(8);
        void Add(string fact, EvidenceState state, string source, string says) =>
            list.Add(new Evidence { Fact = fact, State = state, Source = source, Says = says, At = look.Facts.ReadAt });

        foreach (Mark mark in (IEnumerable<Mark>)[look.Mark, .. look.Mark.With])
        {
            Add("Mark", EvidenceState.Unknown, Origin(mark), $"{mark.Setting.Scope} {mark.Setting.Setting} is '{mark.Shown.Value}'");
        }

        foreach (string unread in look.Facts.Unread)
        {
            Add("Read", EvidenceState.Unknown, "cluster", unread);
        }

        if (FileMarkWords.Is(look.Mark))
        {
            FileMarkWords.Evidence(look, Add);
        }

        if (look.Mark.Shadowed && !FileMarkWords.Is(look.Mark))
        {
            Add("Shadowed", EvidenceState.Dead, Settings, "a transient setting of the same key hides it; should that go, this one comes into force");
        }
        else if (look.Mark.Kind == SearchKinds.Exclusion && !FileMarkWords.Is(look.Mark))
        {
            InForce(look, Add);
        }

        switch (look.Mark.Kind)
        {
            case SearchKinds.Exclusion or SearchKinds.Shutdown or SearchKinds.Voting:
                Nodes(look, settings, Add);
                break;
            case SearchKinds.Filter:
                Add("Nodes", EvidenceState.Unknown, NodesAnswer.What, $"it fits {Count(look.Mark.Nodes.Count, "node")} of {look.Facts.Nodes.Count}");
                break;
            case SearchKinds.Switch:
                Add("Drains", look.AnyDrain ? EvidenceState.Live : EvidenceState.Unknown, RoutingAnswer.What, look.AnyDrain ? "a drain is under way, and drains switch it off" : "no drain is seen that would have switched it off");
                break;
            case SearchKinds.IndexPin:
                Add("Nodes", EvidenceState.Unknown, NodesAnswer.What, look.Mark.Nodes.Count == 0
                    ? "no node of the cluster fits it: none of its shards can be placed"
                    : $"it fits {string.Join(", ", look.Mark.Nodes.Select(node => node.Name))}");
                Add("Policy", EvidenceState.Unknown, $"GET /{look.Mark.Entry}/_ilm/explain", "a lifecycle policy may be shrinking it right now; its step was not read");
                break;
        }

        Declared(look, Add);
        Owner(look, settings, Add);
        Records(look, Add);
        Ages(look, settings, Add);
        if (judgement.Verdict == Verdict.ReportOnly && judgement.Reason is SearchReasons.Foreign or SearchReasons.StalledDrain)
        {
            Missing(look, settings, Add);
        }

        return list;
    }

    private static string Origin(Mark mark) => mark.Kind switch
    {
        _ when FileMarkWords.Is(mark) => NodesAnswer.What,
        SearchKinds.IndexPin => IndexAnswer.What,
        SearchKinds.Shutdown or SearchKinds.Voting or SearchKinds.Decommission or SearchKinds.Weights => StateAnswer.What,
        _ => Settings,
    };

    private static void InForce(MarkCase look, Action<string, EvidenceState, string, string> add)
    {
        bool openSearch = look.Facts.Product == SearchProduct.OpenSearch;
        (EvidenceState state, string says) = look.Mark.InForce switch
        {
            true when openSearch => (EvidenceState.Unknown, "it is in force: on OpenSearch every exclusion is that no transient one hides"),
            true => (EvidenceState.Unknown, "the server lists it among the filters in force"),
            false => (EvidenceState.Dead, "it is listed and not in force: Elasticsearch drops it when another exclude key changes; a restarted master would enforce it again"),
            null when look.Facts.Explain is null => (EvidenceState.Unknown, "whether it is in force was not told: Elasticsearch says so only for a shard, and none could be asked about"),
            null => (EvidenceState.Unknown, "whether it is in force cannot be told: no live node fits any exclusion in force"),
        };
        add("InForce", state, openSearch ? Settings : ExplainAnswer.What, says);
    }

    private static void Nodes(MarkCase look, JudgeSettings settings, Action<string, EvidenceState, string, string> add)
    {
        if (!look.Facts.NodesSeen)
        {
            add("Node", EvidenceState.Unknown, NodesAnswer.What, "not every node could be seen");
            return;
        }

        if (look.Mark.Nodes.Count == 0)
        {
            string since = look.Absent is { From: AgeSource.Ledger } absent ? $", since {Time(absent.FirstSeen)} at least" : " as it is seen for the first time";
            bool lasting = look.Absent is { } seen && seen.Age >= settings.Lasting;
            add("Node", lasting ? EvidenceState.Dead : EvidenceState.Unknown, NodesAnswer.What, $"it names none of the {look.Facts.Nodes.Count} nodes{since}; a restart may take {Durations.Format(settings.Lasting)}, and looks more than {Durations.Format(settings.MaxAwayGap)} apart do not count as one");
            return;
        }

        if (look.Node is not { } node)
        {
            add("Nodes", EvidenceState.Unknown, NodesAnswer.What, $"it means {look.Mark.Nodes.Count} of {look.Facts.Nodes.Count} nodes: {string.Join(", ", look.Mark.Nodes.Take(5).Select(one => one.Name))}{(look.Mark.Nodes.Count > 5 ? ", …" : "")}");
            return;
        }

        string started = node.StartedAt is { } at ? $", started {Time(at)}" : "";
        bool young = node.StartedAt is { } start && look.Facts.ReadAt - start < settings.Lasting;
        add("Node", young ? EvidenceState.Live : EvidenceState.Unknown, NodesAnswer.What, $"it names the live node {node.Name} ({node.Id}){started}");
        if (MarkJudge.IsReplaced(look))
        {
            add("NodeIdentity", EvidenceState.Dead, Ledger, $"another node had this name or address when the mark was first seen ({Time(look.Sighting.FirstSeen)}); this one is seen under it since {Time(look.On!.FirstSeen)}");
        }

        if (look.Mark.Kind != SearchKinds.Voting)
        {
            Shards(look, node, add);
        }
    }

    private static void Shards(MarkCase look, NodeFacts node, Action<string, EvidenceState, string, string> add)
    {
        if (node.Shards is not { } shards)
        {
            add("Shards", EvidenceState.Unknown, RoutingAnswer.What, "its shards could not be counted");
            return;
        }

        if (node.HoldsData == false)
        {
            add("Roles", EvidenceState.Unknown, NodesAnswer.What, "its roles let it hold no shards, so an exclusion changes nothing for it");
        }

        (EvidenceState state, string says) = shards switch
        {
            { Leaving: > 0 } => (EvidenceState.Live, $"{shards.Leaving} of its {Count(shards.Count, "shard")} are on their way to other nodes"),
            { Count: > 0 } => (EvidenceState.Unknown, $"it holds {Count(shards.Count, "shard")} and none of them moves"),
            _ => (EvidenceState.Unknown, look.Facts.HasShards ? "it holds no shard, and none is on its way to or from it" : "the cluster has no shard at all, so an empty node says nothing"),
        };
        add("Shards", state, RoutingAnswer.What, says);
        if (look.Trend?.Says() is { } trend)
        {
            add("Trend", trend.State, Ledger, trend.Says);
        }

        if (look.AllExcluded)
        {
            add("AllExcluded", EvidenceState.Unknown, Settings, "the exclusions leave no node that may hold data, so nothing can move");
        }

        if (look.Facts.Explain is { } explain && explain.CurrentNode == node.Id && explain.Forbids.Count > 0 && shards.Leaving == 0)
        {
            foreach (string forbids in explain.Forbids)
            {
                add("Decider", EvidenceState.Unknown, ExplainAnswer.What, $"[{explain.Shard.Index}][{explain.Shard.Number}] cannot go to {forbids}");
            }
        }
    }

    private static void Declared(MarkCase look, Action<string, EvidenceState, string, string> add)
    {
        if (look.Mark.Kind == SearchKinds.DrainRecord)
        {
            string who = look.Mark.Record!.Declared is { } alone ? $", that {Printable.Clean(alone.Owner)} has declared until {Time(alone.Expires)}" : $"; what it says cannot be read: {look.Mark.Record.Problem}";
            add("Declared", look.Mark.Attribute.Length > 0 ? EvidenceState.Dead : EvidenceState.Unknown, Settings, look.Mark.Attribute.Length > 0
                ? $"{Printable.Clean(look.Mark.Entry)} is not in {look.Mark.Setting.Scope} {SettingNames.Exclude}{look.Mark.Attribute}{who}; a later exclusion of the same entry would inherit it"
                : "its name stands for no entry that an exclusion can have");
            return;
        }

        Lease lease = Lease.Of(look);
        if (lease.State != LeaseState.None)
        {
            add("Declared", lease.State switch { LeaseState.Running => EvidenceState.Live, LeaseState.Expired => EvidenceState.Dead, _ => EvidenceState.Unknown }, Settings, lease.Says);
        }
    }

    private static void Records(MarkCase look, Action<string, EvidenceState, string, string> add)
    {
        foreach (ShutdownRecord record in look.Facts.Shutdowns.Where(record => record.NodeId == look.Node?.Id || record == look.Mark.Shutdown))
        {
            string status = record.Status is null ? "its status was not asked for" : $"its status is {record.Status}";
            string at = record.StartedAt is { } started ? $" at {Time(started)}" : "";
            add("Shutdown", look.Node is null ? EvidenceState.Unknown : EvidenceState.Live, StateAnswer.What, $"a shutdown of type {record.Kind} was asked for{at} ('{record.Why}'); {status}{(record.Explanation is { } why ? $": {why}" : "")}");
        }

        if (look.Node is { } live && look.Facts.Explain?.ShuttingDown.Contains(live.Id) == true)
        {
            add("Shutdown", EvidenceState.Live, ExplainAnswer.What, "the server says that this node is being shut down");
        }

        if (look.Facts.Decommission is { } zone && look.Mark.Kind is SearchKinds.Decommission or SearchKinds.Voting or SearchKinds.Exclusion)
        {
            add("Decommission", zone.InProgress ? EvidenceState.Live : EvidenceState.Unknown, StateAnswer.What, $"the decommission of {zone.Attribute}={zone.Value} is {zone.Status}");
        }

        if (look.Mark.Kind == SearchKinds.Voting)
        {
            add("Others", look.AllVotersGone ? EvidenceState.Dead : EvidenceState.Unknown, StateAnswer.What, look.AllVotersGone
                ? "every voting exclusion names a node that is gone"
                : "not every voting exclusion names a node that is gone for long, and they can be deleted only all at once");
        }
    }

    private static void Ages(MarkCase look, JudgeSettings settings, Action<string, EvidenceState, string, string> add)
    {
        bool young = look.Sighting.Age < settings.MinAge;
        add(
            "Age",
            young ? EvidenceState.Live : EvidenceState.Unknown,
            look.Sighting.From == AgeSource.System ? StateAnswer.What : Ledger,
            $"first seen {Time(look.Sighting.FirstSeen)}, {Durations.Format(look.Sighting.Age)} ago, {(young ? "less than" : "at least")} the minimum of {Durations.Format(settings.MinAge)}; looks more than {Durations.Format(Watch.MaxGap)} apart do not count as one");
        if (look.Empty is { From: AgeSource.Ledger } empty)
        {
            add("Empty", empty.Age >= settings.Lasting ? EvidenceState.Dead : EvidenceState.Unknown, Ledger, $"the node was seen without a shard since {Time(empty.FirstSeen)}, for {Durations.Format(empty.Age)}");
        }

        if (settings.DrainOwner is { } owner && look.Mark.Kind == SearchKinds.Exclusion && look.Node is not null)
        {
            bool over = look.Sighting.Age >= settings.MaxDrain && look.On?.Age >= settings.MaxDrain;
            add("Bound", over ? EvidenceState.Dead : EvidenceState.Unknown, settings.OptionName("drain-owner"), $"{Printable.Clean(owner)} is said to set exclusions here and to drain for {Durations.Format(settings.MaxDrain)} at most; this mark was {(over ? "watched for longer" : "not yet watched for that long")}");
        }
    }

    private static void Owner(MarkCase look, JudgeSettings settings, Action<string, EvidenceState, string, string> add)
    {
        if (look is not { Owner: { } owner, Kubernetes: { } kubernetes })
        {
            if (look.Kubernetes is { } other)
            {
                foreach (string unread in (IEnumerable<string>)[.. other.Unread, .. other.Old is { } old ? (string[])[old] : []])
                {
                    add("KubernetesRead", EvidenceState.Unknown, other.From, unread);
                }
            }

            return;
        }

        foreach (OwnerSays says in owner.Says)
        {
            add(says.Fact, says.State, kubernetes.From, Printable.Clean(says.Says));
        }

        if (look.Rest is { } rest)
        {
            bool lasts = rest.Age >= settings.Resting;
            add("Rest", lasts ? EvidenceState.Dead : EvidenceState.Unknown, Ledger, rest.From == AgeSource.Ledger
                ? $"its owner is at rest, unchanged, since {Time(rest.FirstSeen)}, for {Durations.Format(rest.Age)}, {(lasts ? "at least" : "less than")} the {Durations.Format(settings.Resting)} after which it counts"
                : $"its owner is seen at rest for the first time; it counts after {Durations.Format(settings.Resting)}");
        }

        if (owner is { PodStartedAt: { } started } && look.Sighting.From == AgeSource.Ledger && started > look.Sighting.FirstSeen)
        {
            add("PodIdentity", EvidenceState.Dead, kubernetes.From, $"the pod was started {Time(started)}, after the mark was first seen ({Time(look.Sighting.FirstSeen)}): it has an address that another one had");
        }
    }

    private static void Missing(MarkCase look, JudgeSettings settings, Action<string, EvidenceState, string, string> add)
    {
        string how = look.Mark.Kind == SearchKinds.Exclusion && settings.DrainOwner is null
            ? $"; {settings.OptionName("drain-owner")} NAME with {settings.OptionName("max-drain")} TIME says who sets exclusions here and how long a drain takes, and regular scans with a ledger show what lasts"
            : "";
        if (look.Kubernetes is not null)
        {
            add("Owner", EvidenceState.Unknown, "cluster", $"who set it and why is not known: the cluster stores neither owner nor time, and Kubernetes does not tell either{how}");
            return;
        }

        add("Owner", EvidenceState.Unknown, "cluster", $"who set it and why is not known: the cluster stores neither owner nor time, and no evidence of Kubernetes is read; {settings.OptionName(OwnerOptions.Context)} NAME or {settings.OptionName(OwnerOptions.Files)} FILES show whether an operator there still drains the node{how}");
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
