namespace ZombieOps.Sources.Search.Marks;

/// <summary>Which nodes an entry of a filter means, as <c>DiscoveryNodeFilters</c> matches them: as texts, with <c>*</c>, and with letter case.</summary>
internal sealed class NodeMatcher
{
    private readonly IReadOnlyCollection<NodeFacts> nodes;
    private readonly Dictionary<(string Attribute, string Value), List<NodeFacts>> exact = [];

    public NodeMatcher(IReadOnlyDictionary<string, NodeFacts> nodes)
    {
        this.nodes = [.. nodes.Values];
        foreach (NodeFacts node in this.nodes)
        {
            foreach ((string attribute, string value) in BuiltIn.SelectMany(attribute => Values(node, attribute).Distinct().Select(value => (attribute, value))))
            {
                if (!exact.TryGetValue((attribute, value), out List<NodeFacts>? list))
                {
                    exact[(attribute, value)] = list = [];
                }

                list.Add(node);
            }
        }
    }

    private static readonly string[] BuiltIn = ["_name", "name", "_ip", "_host_ip", "_publish_ip", "_host", "_id"];

    /// <summary>Whether an attribute names single nodes; others are node attributes, which name groups.</summary>
    public static bool IsBuiltIn(string attribute) => Array.IndexOf(BuiltIn, attribute) >= 0;

    /// <summary>Whether an entry is a pattern. An id is compared as it is.</summary>
    public static bool IsPattern(string attribute, string entry) => attribute != "_id" && entry.Contains('*', StringComparison.Ordinal);

    /// <summary>The nodes that an entry means.</summary>
    /// <param name="attribute">Last part of the setting's name.</param>
    /// <param name="entry">One entry of its value.</param>
    public IReadOnlyList<NodeFacts> Match(string attribute, string entry)
    {
        if (IsBuiltIn(attribute) && !IsPattern(attribute, entry))
        {
            return exact.TryGetValue((attribute, entry), out List<NodeFacts>? list) ? list : [];
        }

        return [.. nodes.Where(node => Values(node, attribute).Any(value => IsMatch(entry, value)))];
    }

    private static IEnumerable<string> Values(NodeFacts node, string attribute) => attribute switch
    {
        "_name" or "name" => [node.Name],
        "_id" => [node.Id],
        "_ip" => Given(node.HostIp, node.PublishIp),
        "_host_ip" => Given(node.HostIp),
        "_publish_ip" => Given(node.PublishIp),
        "_host" => Given(node.Host, node.HostIp),
        _ => node.Attributes.TryGetValue(attribute, out string? value) ? [value] : [],
    };

    private static IEnumerable<string> Given(params string?[] values) => values.OfType<string>();

    /// <summary>The servers' own simple match: <c>*</c> is any text, everything else is itself.</summary>
    private static bool IsMatch(string pattern, string text)
    {
        string[] parts = pattern.Split('*');
        if (parts.Length == 1)
        {
            return pattern == text;
        }

        if (!text.StartsWith(parts[0], StringComparison.Ordinal) || text.Length < parts[0].Length + parts[^1].Length || !text.EndsWith(parts[^1], StringComparison.Ordinal))
        {
            return false;
        }

        int at = parts[0].Length;
        int end = text.Length - parts[^1].Length;
        foreach (string part in parts[1..^1])
        {
            int found = text.IndexOf(part, at, end - at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return true;
    }
}
