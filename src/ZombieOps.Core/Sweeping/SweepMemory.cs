using System.Text.Json.Serialization;

namespace ZombieOps.Sweeping;

/// <summary>What the sweeps of one source remember from tick to tick. It is a file of its own, because the metrics may be written anywhere.</summary>
internal sealed record SweepMemory
{
    /// <summary>Name and version of this format. A file of another one is not guessed at.</summary>
    public const string CurrentSchema = "zombieops-sweep/1";

    public string Schema { get; init; } = CurrentSchema;

    /// <summary>When the last scan that saw everything began (UTC).</summary>
    public DateTimeOffset? LastSuccessfulScanAt { get; init; }

    /// <summary>The exemptions that ticks went by, the one in force last first; null where there never was one.</summary>
    public IReadOnlyList<ExemptionMemory>? Exemptions { get; init; }

    /// <summary>What is remembered after a tick.</summary>
    /// <param name="startedAt">When the tick began.</param>
    /// <param name="complete">Whether its scan saw everything.</param>
    public SweepMemory After(DateTimeOffset startedAt, bool complete) => complete
        ? this with { LastSuccessfulScanAt = startedAt }
        // A success that is still to come is a clock that was wrong: kept, it would silence the alert for as long.
        : this with { LastSuccessfulScanAt = LastSuccessfulScanAt > startedAt ? startedAt : LastSuccessfulScanAt };
}

/// <summary>Source-generated metadata of the memory's file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SweepMemory))]
internal sealed partial class SweepJsonContext : JsonSerializerContext;
