using System.Globalization;
using ZombieOps.Exemptions;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Text;
using ZombieOps.Yaml;

namespace ZombieOps.Policies;

/// <summary>Reads the exemptions of a policy, and says which of them lapse, contradict each other or leave too much alone.</summary>
internal sealed class PolicyExemptionReader(PolicyNodes nodes, string path, DateTimeOffset now)
{
    private const int Soon = 7;
    private const int FewestLetters = 3;

    // What says of what sort a finding is, and names no thing.
    private static readonly string[] Sorts = ["source", "kind", "cause", "reason", "verdict", "state"];

    public IReadOnlyList<PolicyExemption> Read(YamlNode node, IReadOnlyList<PolicySource> sources)
    {
        SourceRegistration[] registrations = [.. sources.Select(source => source.Source).Distinct()];
        var read = new List<(YamlNode At, PolicyExemption Exemption)>();
        foreach (YamlNode item in nodes.Items(node, "'exemptions'"))
        {
            // Where no source could be read, every name would be called unknown.
            if (One(item, registrations.Length > 0 ? registrations : SourceCatalog.All) is { } exemption)
            {
                read.Add((item, exemption));
            }
        }

        for (int i = 0; i < read.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Compare(read[i].At, read[i].Exemption, read[j].Exemption);
            }
        }

        return [.. read.Select(item => item.Exemption)];
    }

    private PolicyExemption? One(YamlNode item, IReadOnlyList<SourceRegistration> sources)
    {
        Dictionary<string, YamlEntry> keys = nodes.Keys(item, "an exemption", PolicyKeys.Exemption);
        string? Text(string name) => keys.TryGetValue(name, out YamlEntry? entry) ? nodes.Text(entry.Value, $"'{name}'") : null;
        (string? owner, string? reason) = (Text("owner"), Text("reason"));
        IReadOnlyDictionary<string, string> match = keys.TryGetValue("match", out YamlEntry? what) ? new PolicyFacets(nodes).Match(what.Value, sources) : System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;
        string? expires = keys.TryGetValue("expires", out YamlEntry? until) ? Expires(until.Value) : null;
        if (match.Count > 0 && !sources.Any(source => match.Keys.All(name => FindingFacets.Names(source).Contains(name, StringComparer.OrdinalIgnoreCase))))
        {
            nodes.Error(what!.Value, $"no finding has all of {string.Join(", ", match.Keys)}: they are of different sources", "make an exemption for each source");
        }
        else if (match.Count > 0 && match.All(facet => IsWide(facet.Key, facet.Value)))
        {
            nodes.Warn(what!.Value, "the exemption is too wide: it names no thing", "name a unit, a command, a container or a node");
        }

        return match.Count == 0 ? null : new PolicyExemption(item.Line, new Exemption
        {
            Match = match,
            Owner = owner,
            Reason = reason,
            Expires = expires,
            DeclaredAt = string.Create(CultureInfo.InvariantCulture, $"{path} line {item.Line}"),
        });
    }

    private static bool IsWide(string facet, string pattern) => Sorts.Contains(facet, StringComparer.OrdinalIgnoreCase)
        || (pattern.Count(c => c is not ('*' or '?')) < FewestLetters && pattern.AsSpan().ContainsAny('*', '?'));

    private string? Expires(YamlNode node)
    {
        string text = node is YamlScalar scalar ? scalar.Text : "";
        if (!Exemption.TryReadExpiry(text, out DateTimeOffset until))
        {
            // A run takes it as lapsed, which keeps nothing alive that somebody forgot.
            nodes.Error(node, $"the date {PolicyNodes.Quote(text)} cannot be read, so the exemption counts as lapsed", "write it like 2027-01-31 or 2027-01-31T18:00Z", stops: false);
        }
        else if (until <= now)
        {
            nodes.Warn(node, $"the exemption lapsed on {Date(until)}", "take it out, or have its owner renew it");
        }
        else if (until - now < TimeSpan.FromDays(Soon))
        {
            nodes.Warn(node, $"the exemption is about to lapse, on {Date(until)}", "have its owner renew it, or be ready for what it leaves alone to be cleared");
        }
        else if (until - now > TimeSpan.FromDays(366))
        {
            nodes.Warn(node, $"the exemption holds for longer than a year, until {Date(until)}", "choose a date at which somebody looks at it again");
        }

        return text;
    }

    private void Compare(YamlNode at, PolicyExemption later, PolicyExemption earlier)
    {
        if (Covers(later.Exemption, earlier.Exemption) && Covers(earlier.Exemption, later.Exemption))
        {
            nodes.Error(
                at,
                later.Exemption.Expires == earlier.Exemption.Expires
                    ? $"the exemption on line {earlier.Line} matches the same"
                    : $"the exemption on line {earlier.Line} matches the same until another date, and one of them cannot be meant",
                "keep one of them");
            return;
        }

        foreach ((PolicyExemption wide, PolicyExemption narrow) in ((PolicyExemption, PolicyExemption)[])[(earlier, later), (later, earlier)])
        {
            // One that covers another and outlives it decides in its place for all of its life.
            if (Covers(wide.Exemption, narrow.Exemption) && Lasts(wide.Exemption) >= Lasts(narrow.Exemption))
            {
                nodes.Error(at, $"the exemptions on lines {earlier.Line} and {later.Line} overlap: what line {narrow.Line} matches, line {wide.Line} matches as well and for as long", $"take out the one on line {narrow.Line}, or make the other one narrower");
                return;
            }
        }
    }

    /// <summary>Whether everything that the second matches is matched by the first, as far as patterns tell.</summary>
    private static bool Covers(Exemption wide, Exemption narrow) =>
        wide.Match.All(facet => narrow.Match.TryGetValue(facet.Key, out string? pattern)
            && (string.Equals(pattern, facet.Value, StringComparison.OrdinalIgnoreCase) || (!pattern.AsSpan().ContainsAny('*', '?') ? Glob.IsMatch(facet.Value, pattern) : CoversPattern(facet.Value, pattern))));

    // A pattern covers another for certain where its own stars swallow the other's, read as plain letters.
    private static bool CoversPattern(string wide, string narrow) => !wide.Contains('?', StringComparison.Ordinal) && Glob.IsMatch(wide, narrow);

    private static DateTimeOffset Lasts(Exemption exemption) => Exemption.TryReadExpiry(exemption.Expires, out DateTimeOffset until) ? until : DateTimeOffset.MinValue;

    private static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
