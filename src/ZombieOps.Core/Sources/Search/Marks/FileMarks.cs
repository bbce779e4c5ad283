namespace ZombieOps.Sources.Search.Marks;

/// <summary>
/// Marks that stand in the file of a node (<c>elasticsearch.yml</c>, <c>opensearch.yml</c>). The elected master acts by its own file wherever neither a persistent nor a
/// transient setting of the same key is there, so only nodes that may be elected count. No request takes them away.
/// </summary>
internal static class FileMarks
{
    /// <summary>Their scope.</summary>
    public const string Scope = "file";

    /// <summary>The nodes whose file would count, if they were elected.</summary>
    public static IEnumerable<NodeFacts> Masters(IEnumerable<NodeFacts> nodes) => nodes.Where(node => node.MayBeMaster != false).OrderBy(node => node.Name, StringComparer.Ordinal);

    /// <summary>What their files set, by key.</summary>
    public static IReadOnlyDictionary<string, (SettingValue Value, IReadOnlyList<string> Nodes)> ByKey(IEnumerable<NodeFacts> nodes) => Masters(nodes)
        .SelectMany(node => node.InFile.Where(pair => pair.Value.Entries.Count > 0).Select(pair => (node.Name, pair.Key, pair.Value)))
        .GroupBy(item => item.Key, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => (group.First().Value, (IReadOnlyList<string>)[.. group.Select(item => item.Name)]), StringComparer.Ordinal);

    /// <summary>The marks, each once, with the nodes that have it, in a stable order.</summary>
    public static IEnumerable<Mark> Read(ClusterFacts facts, NodeMatcher matcher)
    {
        var found = new SortedDictionary<(string Key, string Entry), (SettingValue Value, List<NodeFacts> Nodes)>();
        int masters = 0;
        foreach (NodeFacts node in Masters(facts.Nodes.Values))
        {
            masters++;
            foreach ((string key, SettingValue value) in node.InFile)
            {
                foreach (string entry in Entries(key, value))
                {
                    if (!found.TryGetValue((key, entry), out (SettingValue Value, List<NodeFacts> Nodes) there))
                    {
                        found[(key, entry)] = there = (value, []);
                    }

                    there.Nodes.Add(node);
                }
            }
        }

        return found.Select(pair => Make(facts, matcher, pair.Key.Key, pair.Key.Entry, pair.Value.Value, pair.Value.Nodes, masters));
    }

    private static IReadOnlyList<string> Entries(string key, SettingValue value) =>
        key.StartsWith(SettingNames.Exclude, StringComparison.Ordinal) ? value.Entries
        : IsFilter(key) && value.Entries.Count > 0 ? [value.Raw]
        : key is SettingNames.RebalanceEnable or SettingNames.AllocationEnable && value.Raw.Trim() is not ("" or "all") ? [value.Raw.Trim()]
        : [];

    private static bool IsFilter(string key) => key.StartsWith(SettingNames.Require, StringComparison.Ordinal) || key.StartsWith(SettingNames.Include, StringComparison.Ordinal);

    private static Mark Make(ClusterFacts facts, NodeMatcher matcher, string key, string entry, SettingValue value, List<NodeFacts> holders, int masters)
    {
        bool exclusion = key.StartsWith(SettingNames.Exclude, StringComparison.Ordinal);
        bool shadowed = facts.Persistent.ContainsKey(key) || facts.Transient.ContainsKey(key);
        string attribute = exclusion || IsFilter(key) ? key[(key.IndexOf('.', SettingNames.Allocation.Length) + 1)..] : "";
        NodeFacts[] nodes = attribute.Length == 0 ? [] : [.. (exclusion ? [entry] : value.Entries).SelectMany(one => matcher.Match(attribute, one)).Distinct()];
        // Where the files differ it depends on which node is the elected master; Elasticsearch says what is in force.
        bool told = holders.Count == masters || facts.Product == SearchProduct.Elasticsearch;
        return new Mark
        {
            Kind = exclusion ? SearchKinds.Exclusion : attribute.Length > 0 ? SearchKinds.Filter : SearchKinds.Switch,
            Setting = new MarkedSetting(Scope, key, value.Raw),
            Entry = entry,
            Attribute = attribute,
            Nodes = nodes,
            Shadowed = shadowed,
            InForce = shadowed ? false : exclusion && told ? MarkReader.InForce(facts, shadowed, attribute, entry, nodes) : holders.Count == masters && !exclusion ? true : null,
            Files = [.. holders.Select(node => node.Name)],
        };
    }
}
