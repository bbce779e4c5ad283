namespace ZombieOps.Model;

/// <summary>One observed fact. A look-up that failed is <see cref="EvidenceState.Unknown"/>, never left out.</summary>
public sealed record Evidence
{
    /// <summary>A stable name of what was looked at, PascalCase, such as <c>Threads</c> or <c>ParentState</c>.</summary>
    public required string Fact { get; init; }

    /// <summary>What it says of life.</summary>
    public required EvidenceState State { get; init; }

    /// <summary>What was read, in the scanned system's own words: <c>/proc/4711/status</c>, <c>GET _cluster/settings</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The observation, one sentence for a person.</summary>
    public required string Says { get; init; }

    /// <summary>When it was read (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>One line that is safe to print: <c>Dead Threads: its only thread is dead [/proc/4711/stat]</c>.</summary>
    public override string ToString() => Text.Printable.Clean($"{State} {Fact}: {Says} [{Source}]");
}
