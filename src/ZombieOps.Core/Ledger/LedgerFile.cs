using System.Text.Json.Serialization;

namespace ZombieOps.Ledger;

/// <summary>What the file of a ledger holds.</summary>
internal sealed record LedgerFile
{
    /// <summary>Name and version of this format. A file of another one is not guessed at.</summary>
    public const string CurrentSchema = "zombieops-ledger/1";

    public string Schema { get; init; } = CurrentSchema;

    /// <summary>When each thing was seen, by the identity of its finding.</summary>
    public Dictionary<string, LedgerEntry> Seen { get; init; } = [];

    /// <summary>Samples of each series, oldest first.</summary>
    public Dictionary<string, List<LedgerSample>> Series { get; init; } = [];
}

/// <summary>When one thing was seen.</summary>
/// <param name="FirstSeen">First sight (UTC).</param>
/// <param name="FirstSeconds">First sight in seconds of the monotonic clock, which only means anything within <paramref name="BootId"/>.</param>
/// <param name="BootId">The boot in which it was first seen.</param>
/// <param name="LastSeen">Last sight (UTC).</param>
internal sealed record LedgerEntry(DateTimeOffset FirstSeen, double FirstSeconds, string BootId, DateTimeOffset LastSeen);

/// <summary>One sample of a series as it is kept.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Seconds">When, in seconds of the monotonic clock.</param>
/// <param name="BootId">The boot of that clock.</param>
/// <param name="Value">What was measured.</param>
internal sealed record LedgerSample(DateTimeOffset At, double Seconds, string BootId, long Value);

/// <summary>Source-generated metadata of the ledger's file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LedgerFile))]
internal sealed partial class LedgerJsonContext : JsonSerializerContext;
