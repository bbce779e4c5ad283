namespace ZombieOps.Model;

/// <summary>A remedy that fits a finding's cause: what it would do and what it could harm.</summary>
public sealed record RemedyOffer
{
    /// <summary>The remedy's code, PascalCase: <c>Wait</c>, <c>Nudge</c>, <c>Continue</c>, <c>Reap</c>, <c>RestartUnit</c>, <c>EndParent</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it would do to exactly this finding, one sentence.</summary>
    public required string Does { get; init; }

    /// <summary>What it could harm, one sentence.</summary>
    public required string Harm { get; init; }

    /// <summary>Whether this tool can carry it out. Otherwise it is advice for a person and <see cref="Command"/> says what to run.</summary>
    public required bool Actionable { get; init; }

    /// <summary>Whether a user has to name it (<c>--allow</c>, <c>-Remedy</c>) before it may run.</summary>
    public required bool MustBeNamed { get; init; }

    /// <summary>Whether it makes the system move data, so that one run does it a few times at most.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault)]
    public bool MovesData { get; init; }

    /// <summary>The exact command a person could run instead, where there is one.</summary>
    public string? Command { get; init; }

    /// <summary>Why it is refused for this finding although the cause fits; null where it is not refused.</summary>
    public string? RefusedBecause { get; init; }

    /// <summary>One line that is safe to print.</summary>
    public override string ToString() =>
        Text.Printable.Clean(RefusedBecause is null ? $"{Name}: {Does}" : $"{Name}, refused: {RefusedBecause}");
}
