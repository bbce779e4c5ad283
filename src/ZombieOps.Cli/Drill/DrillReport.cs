using System.Text.Json.Serialization;

namespace ZombieOps.Cli.Drill;

/// <summary>What a drill saw, as JSON.</summary>
internal sealed record DrillReport
{
    /// <summary>Whether everything was as it has to be.</summary>
    public required bool Ok { get; init; }

    /// <summary>How long it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>One entry a cause.</summary>
    public required IReadOnlyList<DrillResult> Cases { get; init; }

    /// <summary>Records in the drill's audit log.</summary>
    public required long AuditRecords { get; init; }

    /// <summary>Whether that log verifies.</summary>
    public required bool AuditIntact { get; init; }
}

/// <summary>What became of one cause.</summary>
internal sealed record DrillResult
{
    /// <summary>The actor.</summary>
    public required string Role { get; init; }

    /// <summary>The zombies' process ids.</summary>
    public required IReadOnlyList<int> Pids { get; init; }

    /// <summary>The cause that was found.</summary>
    public string? Cause { get; init; }

    /// <summary>The verdict that was found.</summary>
    public string? Verdict { get; init; }

    /// <summary>The remedies that cleared them.</summary>
    public required IReadOnlyList<string> Remedies { get; init; }

    /// <summary>What this machine lacks; null where the case was played.</summary>
    public string? SkippedBecause { get; init; }

    /// <summary>What was not as it has to be.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
}

/// <summary>Source-generated metadata of the drill's records.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(DrillReport))]
internal sealed partial class DrillJsonContext : JsonSerializerContext;
