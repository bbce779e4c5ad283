using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Text;
using ZombieOps.Yaml;

namespace ZombieOps.Policies;

/// <summary>Reads patterns by facet, as filters and exemptions have them. A name that no finding has would fit nothing, so it is an error.</summary>
internal sealed class PolicyFacets(PolicyNodes nodes)
{
    /// <summary>The patterns of a map.</summary>
    /// <param name="node">The map.</param>
    /// <param name="sources">The sources whose findings may be meant.</param>
    /// <param name="lines">Where to put the lines.</param>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Patterns(YamlNode node, IReadOnlyList<SourceRegistration> sources, Dictionary<string, int> lines)
    {
        var patterns = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, YamlEntry entry) in Known(node, "'where'", sources))
        {
            string[] values = [.. nodes.Texts(entry.Value, $"'{name}'", numbers: true).Select(item => Code(item.At, name, item.Text, sources)).OfType<string>()];
            lines["where." + name] = entry.Key.Line;
            patterns[name] = values;
        }

        return patterns;
    }

    /// <summary>One pattern by facet.</summary>
    public IReadOnlyDictionary<string, string> Match(YamlNode node, IReadOnlyList<SourceRegistration> sources)
    {
        var match = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, YamlEntry entry) in Known(node, "'match'", sources))
        {
            if (nodes.Text(entry.Value, $"'{name}'", numbers: true) is { } text && Code(entry.Value, name, text, sources) is { } pattern)
            {
                match[name] = pattern;
            }
        }

        return match;
    }

    private Dictionary<string, YamlEntry> Known(YamlNode node, string where, IReadOnlyList<SourceRegistration> sources)
    {
        string[] names = [.. sources.SelectMany(FindingFacets.Names).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (node is YamlMap { Entries.Count: 0 })
        {
            nodes.Error(node, $"{where} is empty", "name what is meant, or take it out");
        }

        return nodes.Entries(node, where, names, anyCase: true);
    }

    /// <summary>Codes may be written as on the command line; a cause that no source has is an error.</summary>
    private string? Code(YamlNode at, string name, string text, IReadOnlyList<SourceRegistration> sources)
    {
        IEnumerable<string>? known = name.ToLowerInvariant() switch
        {
            "cause" => sources.SelectMany(source => source.Causes).Select(info => info.Code).Distinct(),
            "verdict" => Enum.GetNames<Verdict>(),
            "source" => sources.Select(source => source.Name),
            _ => null,
        };
        if (known is null)
        {
            return name.ToLowerInvariant() is "reason" or "kind" ? Names.ToPascal(text) : text;
        }

        bool source = string.Equals(name, "source", StringComparison.OrdinalIgnoreCase);
        string code = source ? text : Names.ToPascal(text);
        if (known.Any(candidate => Glob.IsMatch(code, candidate)))
        {
            return code;
        }

        nodes.Error(
            at,
            source ? $"the policy has no source {PolicyNodes.Quote(text)}" : $"there is no {name.ToLowerInvariant()} {PolicyNodes.Quote(text)} in {string.Join(" or ", sources.Select(candidate => candidate.Name))}",
            PolicyNodes.Guess(text, known.Select(Names.ToKebab)));
        return null;
    }
}
