using System.Text.Json.Serialization;
using ZombieOps.Model;

namespace ZombieOps.Sweeping;

/// <summary>What the sweeps of one source remember from tick to tick. It is a file of its own, because the metrics may be written anywhere.</summary>
internal sealed record SweepMemory
{
    /// <summary>Name and version of this format. A file of another one is not guessed at.</summary>
    public const string CurrentSchema = "zombieops-sweep/1";

    /// <summary>How many beginnings of ticks are kept: enough for a median that a run by hand does not move.</summary>
    public const int MostStarts = 12;

    public string Schema { get; init; } = CurrentSchema;

    /// <summary>When the last scan that saw everything began (UTC).</summary>
    public DateTimeOffset? LastSuccessfulScanAt { get; init; }

    /// <summary>The exemptions that ticks went by, the one in force last first; null where there never was one.</summary>
    public IReadOnlyList<ExemptionMemory>? Exemptions { get; init; }

    /// <summary>The last tick that came to its end.</summary>
    public SweepTick? LastTick { get; init; }

    /// <summary>When the latest ticks began (UTC), the oldest first; null in a file of before they were kept.</summary>
    public IReadOnlyList<DateTimeOffset>? Starts { get; init; }

    /// <summary>The usual distance between ticks: the median of the latest, where there are enough of them.</summary>
    public TimeSpan? UsualDistance()
    {
        IReadOnlyList<DateTimeOffset> starts = Starts ?? [];
        TimeSpan[] distances = [.. starts.Zip(starts.Skip(1), (first, second) => second - first).Order()];
        return distances.Length < 2 ? null : distances[distances.Length / 2];
    }

    /// <summary>What is remembered of how a tick ended.</summary>
    /// <param name="tick">The tick.</param>
    public SweepMemory With(SweepTick tick) => this with
    {
        LastTick = tick,
        // What began later was dated by a clock that was wrong.
        Starts = [.. (Starts ?? []).Where(start => start < tick.StartedAt).Append(tick.StartedAt).TakeLast(MostStarts)],
    };

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
