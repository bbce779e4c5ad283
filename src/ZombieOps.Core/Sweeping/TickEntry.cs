using System.Text.Json.Serialization;

namespace ZombieOps.Sweeping;

/// <summary>What is kept of one tick for later: when it was, whether it saw everything, and how much of what.</summary>
internal sealed record TickEntry
{
    /// <summary>When the tick began (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What a policy calls the source; null where there is no policy.</summary>
    public string? Name { get; init; }

    /// <summary>Whether its scan saw everything.</summary>
    public required bool Complete { get; init; }

    /// <summary>Things looked at; 0 where nothing could be seen.</summary>
    public int Scanned { get; init; }

    /// <summary>Findings that may be cleared, before anything was cleared.</summary>
    public int Zombies { get; init; }

    /// <summary>Findings of all other verdicts.</summary>
    public int Others { get; init; }

    /// <summary>Findings that an exemption protects.</summary>
    public int Exempt { get; init; }

    /// <summary>Findings that were acted on.</summary>
    public int Acts { get; init; }

    /// <summary>The tick's exit code.</summary>
    public int Exit { get; init; }

    /// <summary>Ids of the exemptions that spoke of a finding; null for none.</summary>
    public IReadOnlyList<string>? Matched { get; init; }

    /// <summary>Whether this one tells nothing that the one before it has not told.</summary>
    public bool Repeats(TickEntry before) =>
        (Name, Complete, Scanned > 0, Zombies, Others, Exempt, Acts, Exit) == (before.Name, before.Complete, before.Scanned > 0, before.Zombies, before.Others, before.Exempt, 0, before.Exit)
        && Acts == 0 && (Matched ?? []).SequenceEqual(before.Matched ?? []);
}

/// <summary>Source-generated metadata of a line of the journal.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TickEntry))]
internal sealed partial class TickJsonContext : JsonSerializerContext;
