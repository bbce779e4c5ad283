using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ZombieOps.Exemptions;

namespace ZombieOps.Sweeping;

/// <summary>What the ticks of one source remember of an exemption: files hold only those of today, and a report asks who had what exempted then.</summary>
internal sealed record ExemptionMemory
{
    /// <summary>How many are remembered; beyond it those that were in force last longest ago are forgotten.</summary>
    public const int Max = 500;

    private const int MaxText = 500;

    public required string Id { get; init; }

    public required string What { get; init; }

    public string? Owner { get; init; }

    public string? Reason { get; init; }

    public string? Expires { get; init; }

    public string? DeclaredAt { get; init; }

    /// <summary>The first tick at which it was in force (UTC).</summary>
    public required DateTimeOffset First { get; init; }

    /// <summary>The last tick at which it was in force (UTC).</summary>
    public required DateTimeOffset Last { get; init; }

    /// <summary>The last tick at which it spoke of a finding (UTC); null where it never did.</summary>
    public DateTimeOffset? LastMatched { get; init; }

    /// <summary>A short name for an exemption with just these words, the same in every tick.</summary>
    public static string IdOf(Exemption exemption) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\0', (string[])[exemption.ToString(), exemption.Owner ?? "", exemption.Reason ?? "", exemption.Expires ?? ""]))))[..12].ToLowerInvariant();

    /// <summary>What is remembered after a tick.</summary>
    /// <param name="known">What was before.</param>
    /// <param name="inForce">The exemptions that the tick went by.</param>
    /// <param name="matched">Ids of those that spoke of a finding.</param>
    /// <param name="at">When the tick began.</param>
    public static IReadOnlyList<ExemptionMemory>? After(IReadOnlyList<ExemptionMemory>? known, IReadOnlyList<Exemption> inForce, IReadOnlySet<string> matched, DateTimeOffset at)
    {
        var all = (known ?? []).Where(one => one is not null).DistinctBy(one => one.Id).ToDictionary(one => one.Id, StringComparer.Ordinal);
        foreach (Exemption exemption in inForce)
        {
            string id = IdOf(exemption);
            ExemptionMemory before = all.GetValueOrDefault(id) ?? new ExemptionMemory
            {
                Id = id,
                What = Cut(exemption.ToString()) ?? "",
                Owner = Cut(exemption.Owner),
                Reason = Cut(exemption.Reason),
                Expires = Cut(exemption.Expires),
                First = at,
                Last = at,
            };
            all[id] = before with { DeclaredAt = Cut(exemption.DeclaredAt), Last = at, LastMatched = matched.Contains(id) ? at : before.LastMatched };
        }

        return all.Count == 0 ? known : [.. all.Values.OrderByDescending(one => one.Last).ThenBy(one => one.Id, StringComparer.Ordinal).Take(Max)];
    }

    private static string? Cut(string? text) => text is { Length: > MaxText } ? string.Create(CultureInfo.InvariantCulture, $"{text[..MaxText]}…") : text;
}
