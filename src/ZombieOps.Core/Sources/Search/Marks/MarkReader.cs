using System.Globalization;

namespace ZombieOps.Sources.Search.Marks;

/// <summary>Finds every mark in what was read.</summary>
internal static class MarkReader
{
    /// <summary>What Elastic's operator writes where it excludes nothing.</summary>
    public const string Sentinel = "none_excluded";

    private const string Persistent = "persistent";
    private const string Transient = "transient";
    private const string Cluster = "cluster";

    private static readonly string[] Scopes = [Persistent, Transient];
    private static readonly string[] FilterPrefixes = [SettingNames.Require, SettingNames.Include];

    /// <summary>The marks, in a stable order; those of one operation are one.</summary>
    public static IReadOnlyList<Mark> Read(ClusterFacts facts)
    {
        var matcher = new NodeMatcher(facts.Nodes);
        var marks = new List<Mark>();
        marks.AddRange(Exclusions(facts, matcher));
        marks.AddRange(Filters(facts, matcher));
        Switches(facts, marks);
        marks.AddRange(Blocks(facts));
        marks.AddRange(Records(facts));
        marks.AddRange(facts.Shutdowns.Select(record => Shutdown(facts, record)));
        marks.AddRange(facts.Voting.Select(exclusion => Voter(facts, exclusion)));
        marks.AddRange(facts.Pins.Select(pin => Pinned(pin, matcher)));
        if (facts.Decommission is { } zone)
        {
            marks.Add(new Mark
            {
                Kind = SearchKinds.Decommission,
                Setting = new MarkedSetting(Cluster, $"decommission.awareness.{zone.Attribute}", $"{zone.Value} ({zone.Status})"),
                Entry = zone.Value,
                InForce = true,
            });
        }

        marks.AddRange(facts.Weights.Where(weight => weight.Weight == 0).Select(weight => new Mark
        {
            Kind = SearchKinds.Weights,
            Setting = new MarkedSetting(Cluster, $"weights.awareness.{weight.Attribute}", weight.Weight.ToString(CultureInfo.InvariantCulture)),
            Entry = weight.Zone,
            InForce = true,
        }));
        marks.AddRange(FileMarks.Read(facts, matcher));
        return marks;
    }

    /// <summary>How many marks there are, those that share a finding counted each.</summary>
    public static int Count(IReadOnlyList<Mark> marks) => marks.Sum(mark => 1 + mark.With.Count);

    /// <summary>The exclusions alone.</summary>
    public static IEnumerable<Mark> Exclusions(ClusterFacts facts, NodeMatcher matcher)
    {
        foreach ((string scope, string key, SettingValue value) in Of(facts, SettingNames.Exclude))
        {
            bool shadowed = scope == Persistent && facts.Transient.ContainsKey(key);
            string attribute = key[SettingNames.Exclude.Length..];
            var setting = new MarkedSetting(scope, key, value.Raw);
            bool declared = facts.Settings(scope).Keys.Any(name => name.StartsWith(DrainRecord.Prefix, StringComparison.Ordinal));
            MarkedSetting shown = setting.Short();
            foreach (string entry in value.Entries)
            {
                IReadOnlyList<NodeFacts> nodes = matcher.Match(attribute, entry);
                yield return new Mark
                {
                    Kind = SearchKinds.Exclusion,
                    Setting = setting,
                    Shown = shown,
                    Entry = entry,
                    Attribute = attribute,
                    Nodes = nodes,
                    Shadowed = shadowed,
                    InForce = InForce(facts, shadowed, attribute, entry, nodes),
                    Record = declared ? FoundRecord.Of(facts.Settings(scope), attribute, entry) : null,
                };
            }
        }
    }

    /// <summary>Records whose exclusion is not there: somebody has taken the entry away and not the record.</summary>
    private static IEnumerable<Mark> Records(ClusterFacts facts)
    {
        var listed = new Dictionary<(string Scope, string Key), HashSet<string>>();
        foreach ((string scope, string key, SettingValue value) in Of(facts, DrainRecord.Prefix))
        {
            bool known = DrainRecord.TryReadKey(key, out string attribute, out string entry);
            (string, string) list = (scope, SettingNames.Exclude + attribute);
            if (known && !listed.ContainsKey(list))
            {
                listed[list] = [.. facts.Settings(scope).GetValueOrDefault(list.Item2)?.Entries ?? []];
            }

            if (!known || !listed[list].Contains(entry))
            {
                yield return new Mark
                {
                    Kind = SearchKinds.DrainRecord,
                    Setting = new MarkedSetting(scope, key, value.Raw),
                    Entry = known ? entry : key[DrainRecord.Prefix.Length..],
                    Attribute = known ? attribute : "",
                    Record = FoundRecord.Read(key, value.Raw),
                };
            }
        }
    }

    private static IEnumerable<(string Scope, string Key, SettingValue Value)> Of(ClusterFacts facts, string prefix) => Scopes.SelectMany(scope =>
        facts.Settings(scope).Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (scope, pair.Key, pair.Value)));

    /// <summary>
    /// On OpenSearch every exclusion that no transient one of its key hides is in force. On Elasticsearch a change of any other <c>exclude.*</c> key puts it
    /// out of force until it is written again or a restarted node is elected master, so only the server can say.
    /// </summary>
    internal static bool? InForce(ClusterFacts facts, bool shadowed, string attribute, string entry, IReadOnlyList<NodeFacts> nodes)
    {
        if (shadowed)
        {
            return false;
        }

        if (facts.Product == SearchProduct.OpenSearch)
        {
            return true;
        }

        if (facts.Explain is not { } explain)
        {
            return null;
        }

        if (explain.InForce is { } filters)
        {
            return filters.TryGetValue(attribute, out IReadOnlySet<string>? entries) && entries.Contains(entry);
        }

        // Nothing is printed where no node fits any exclusion in force, so one that means a live node is not.
        return nodes.Count > 0 && nodes.All(node => explain.Passing.Contains(node.Id)) ? false : null;
    }

    private static IEnumerable<Mark> Filters(ClusterFacts facts, NodeMatcher matcher) => FilterPrefixes.SelectMany(prefix =>
        Of(facts, prefix).Where(item => item.Value.Entries.Count > 0).Select(item => new Mark
        {
            Kind = SearchKinds.Filter,
            Setting = new MarkedSetting(item.Scope, item.Key, item.Value.Raw),
            Entry = item.Value.Raw,
            Attribute = item.Key[prefix.Length..],
            Nodes = [.. item.Value.Entries.SelectMany(entry => matcher.Match(item.Key[prefix.Length..], entry)).Distinct()],
            Shadowed = item.Scope == Persistent && facts.Transient.ContainsKey(item.Key),
        }));

    /// <summary>
    /// Adds the switches. A drain switches rebalancing off as it begins: where there is exactly one exclusion that such a drain can have set, both are marks of
    /// one operation, and clearing one alone leaves the node as useless as it was.
    /// </summary>
    private static void Switches(ClusterFacts facts, List<Mark> marks)
    {
        foreach (string key in (ReadOnlySpan<string>)[SettingNames.RebalanceEnable, SettingNames.AllocationEnable])
        {
            foreach (string scope in Scopes)
            {
                // "all" is the default; es-operator writes it in every idle round.
                if (!facts.Settings(scope).TryGetValue(key, out SettingValue? value) || value.Raw.Trim() is "" or "all")
                {
                    continue;
                }

                bool shadowed = scope == Persistent && facts.Transient.ContainsKey(key);
                var mark = new Mark
                {
                    Kind = SearchKinds.Switch,
                    Setting = new MarkedSetting(scope, key, value.Raw),
                    Entry = value.Raw.Trim(),
                    Shadowed = shadowed,
                    InForce = !shadowed,
                };
                int[] drains = [.. Enumerable.Range(0, marks.Count).Where(i => IsDrain(marks[i]))];
                if (key == SettingNames.RebalanceEnable && !shadowed && drains is [var one])
                {
                    marks[one] = marks[one] with { With = [.. marks[one].With, mark] };
                }
                else
                {
                    marks.Add(mark);
                }
            }
        }
    }

    // Who declares an exclusion has said nothing of a switch.
    private static bool IsDrain(Mark mark) => mark is { Kind: SearchKinds.Exclusion, Shadowed: false, Nodes.Count: < 2 } && mark.Record?.Declared is null && mark.Entry != Sentinel
        && NodeMatcher.IsBuiltIn(mark.Attribute) && !NodeMatcher.IsPattern(mark.Attribute, mark.Entry);

    private static IEnumerable<Mark> Blocks(ClusterFacts facts) =>
        Of(facts, SettingNames.Blocks).Where(item => item.Key is (SettingNames.Blocks + "read_only") or (SettingNames.Blocks + "read_only_allow_delete") or (SettingNames.Blocks + "create_index")
            && string.Equals(item.Value.Raw.Trim(), "true", StringComparison.OrdinalIgnoreCase)).Select(item => new Mark
            {
                Kind = SearchKinds.Block,
                Setting = new MarkedSetting(item.Scope, item.Key, item.Value.Raw),
                Entry = item.Value.Raw.Trim(),
                Shadowed = item.Scope == Persistent && facts.Transient.ContainsKey(item.Key),
            });

    private static Mark Shutdown(ClusterFacts facts, ShutdownRecord record) => new()
    {
        Kind = SearchKinds.Shutdown,
        Setting = new MarkedSetting(Cluster, "node_shutdown", $"{record.Kind} {record.Why}".TrimEnd()),
        Entry = record.NodeId,
        Attribute = "_id",
        Nodes = facts.Nodes.TryGetValue(record.NodeId, out NodeFacts? node) ? [node] : [],
        InForce = true,
        Shutdown = record,
    };

    private static Mark Voter(ClusterFacts facts, VotingExclusion exclusion)
    {
        NodeFacts[] nodes = exclusion.NodeId == VotingExclusion.AbsentMarker
            // Asked for by a name that no node had; one that came since has it.
            ? [.. facts.Nodes.Values.Where(node => node.Name == exclusion.NodeName)]
            : facts.Nodes.TryGetValue(exclusion.NodeId, out NodeFacts? node) ? [node] : [];
        return new Mark
        {
            Kind = SearchKinds.Voting,
            Setting = new MarkedSetting(Cluster, "voting_config_exclusions", $"{exclusion.NodeName} ({exclusion.NodeId})"),
            Entry = exclusion.NodeName == VotingExclusion.AbsentMarker ? exclusion.NodeId : exclusion.NodeName,
            Nodes = nodes,
            InForce = true,
        };
    }

    private static Mark Pinned(IndexPin pin, NodeMatcher matcher)
    {
        string attribute = pin.Setting[(pin.Setting.LastIndexOf('.') + 1)..];
        return new Mark
        {
            Kind = SearchKinds.IndexPin,
            Setting = new MarkedSetting("index", pin.Setting, pin.Value),
            Entry = pin.Index,
            Attribute = attribute,
            Nodes = [.. SettingsEntries(pin.Value).SelectMany(entry => matcher.Match(attribute, entry)).Distinct()],
            InForce = true,
            Pin = pin,
            With = pin.WriteBlocked
                ? [new Mark { Kind = SearchKinds.IndexPin, Setting = new MarkedSetting("index", SettingNames.IndexWriteBlock, "true"), Entry = pin.Index, InForce = true }]
                : [],
        };
    }

    private static IReadOnlyList<string> SettingsEntries(string raw) => Client.SettingsAnswer.Entries(raw);
}
