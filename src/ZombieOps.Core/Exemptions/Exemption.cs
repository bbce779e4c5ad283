using System.Globalization;
using ZombieOps.Model;

namespace ZombieOps.Exemptions;

/// <summary>"Leave this alone": who says so, why, and until when.</summary>
public sealed record Exemption
{
    // ISO 8601-1:2019, 5.2.2.1 and 5.4.2.1; the blank of RFC 3339, 5.6, as well.
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Patterns by facet name (see <see cref="FindingFacets"/>): <c>{"unit": "legacy-*.service", "cause": "ParentNotWaiting"}</c>.</summary>
    public IReadOnlyDictionary<string, string> Match { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Who answers for it.</summary>
    public string? Owner { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Until when, ISO 8601 (<c>2027-01-31</c> or with a time). One that cannot be read counts as lapsed.</summary>
    public string? Expires { get; init; }

    /// <summary>Where it is written, file and line, for messages; null for a file of its own. It is not part of the JSON.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? DeclaredAt { get; init; }

    /// <summary>Reads a date as ISO 8601 has it: <c>2027-01-31</c> or with a time and a zone. Without a zone it is UTC. No other form is guessed at.</summary>
    /// <param name="text">The text.</param>
    /// <param name="until">The time.</param>
    public static bool TryReadExpiry(string? text, out DateTimeOffset until) => DateTimeOffset.TryParseExact(
        text?.Trim(), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out until);

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

        if (!TryReadExpiry(Expires, out DateTimeOffset until))
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
