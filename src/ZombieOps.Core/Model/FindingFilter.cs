using ZombieOps.Text;

namespace ZombieOps.Model;

/// <summary>Which findings are meant. Every facet that is named has to fit by one of its patterns.</summary>
/// <param name="Facets">Patterns by facet name (see <see cref="FindingFacets"/>); an empty filter fits everything.</param>
public sealed record FindingFilter(IReadOnlyDictionary<string, IReadOnlyList<string>> Facets)
{
    /// <summary>The filter that fits everything.</summary>
    public static FindingFilter All { get; } = new(System.Collections.Immutable.ImmutableSortedDictionary<string, IReadOnlyList<string>>.Empty);

    /// <summary>Whether a finding is meant.</summary>
    /// <param name="finding">The finding.</param>
    public bool Fits(Finding finding) =>
        Facets.All(facet => FindingFacets.Values(finding, facet.Key) is { Count: > 0 } values
            && facet.Value.Any(pattern => values.Any(value => Glob.IsMatch(pattern, value))));
}
