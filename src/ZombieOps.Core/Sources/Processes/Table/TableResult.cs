using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Sources.Processes.Table;

/// <summary>What one pass over the process table saw.</summary>
internal sealed record TableResult
{
    /// <summary>Processes whose <c>stat</c> was read, and those that could not be.</summary>
    public required int Processes { get; init; }

    /// <summary>Threads of the processes that could be read.</summary>
    public required long Threads { get; init; }

    /// <summary>Processes that ended between listing and reading. Ordinary.</summary>
    public required int Vanished { get; init; }

    /// <summary>Processes whose <c>stat</c> could not be opened or read.</summary>
    public required int Unreadable { get; init; }

    /// <summary>Processes whose <c>stat</c> was torn or made no sense.</summary>
    public required int Torn { get; init; }

    /// <summary>The lowest pid that is counted in <see cref="Unreadable"/> or <see cref="Torn"/>, and its errno (0 for torn).</summary>
    public (int Pid, int Errno)? FirstUnreadable { get; init; }

    /// <summary>Errno that ended the listing early; 0 where it came to its end.</summary>
    public required int ListError { get; init; }

    /// <summary>Processes in state <c>Z</c>, by pid.</summary>
    public required IReadOnlyList<StatFacts> Candidates { get; init; }
}
