using System.Globalization;
using ZombieOps.Model;

namespace ZombieOps.Exemptions;

/// <summary>"Leave this alone": who says so, why, and until when.</summary>
public sealed record Exemption
{
    /// <summary>Patterns by facet name (see <see cref="FindingFacets"/>): <c>{"unit": "legacy-*.service", "cause": "ParentNotWaiting"}</c>.</summary>
    public IReadOnlyDictionary<string, string> Match { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Who answers for it.</summary>
    public string? Owner { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Until when, ISO 8601 (<c>2027-01-31</c> or with a time). One that cannot be read counts as lapsed.</summary>
    public string? Expires { get; init; }

    /// <summary>Why it does not apply at a given time; null where it applies.</summary>
    /// <param name="now">The time.</param>
    public string? LapsedBecause(DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(Owner) || string.IsNullOrWhiteSpace(Reason))
        {
            return "it names no owner or no reason";
        }

        if (Match.Count == 0)
        {
            return "it matches everything: name what is exempt";
        }

        if (!DateTimeOffset.TryParse(Expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset until))
        {
            return $"its expiry date '{Expires}' cannot be read";
        }

        return until <= now ? $"it expired on {until:yyyy-MM-dd HH:mm}Z" : null;
    }

    /// <summary>Whether it speaks of a finding.</summary>
    /// <param name="finding">The finding.</param>
    public bool Fits(Finding finding) =>
        Match.Count > 0 && Match.All(facet => FindingFacets.Values(finding, facet.Key).Any(value => Text.Glob.IsMatch(facet.Value, value)));

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Match.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}={m.Value}"));
}
