namespace ZombieOps.Model;

/// <summary>One limit, how much of it is used, and by how many that are dead.</summary>
public sealed record HeadroomRow
{
    /// <summary>What is limited, PascalCase: <c>Cgroup</c>, <c>User</c>, <c>Host</c>.</summary>
    public required string Scope { get; init; }

    /// <summary>Which one: a cgroup's path, a user's name, the host's name.</summary>
    public required string Name { get; init; }

    /// <summary>The limit in the system's own words: <c>pids.max</c>, <c>RLIMIT_NPROC</c>, <c>pid_max</c>, <c>threads-max</c>.</summary>
    public required string Limit { get; init; }

    /// <summary>Where it was read.</summary>
    public required string Source { get; init; }

    /// <summary>Processes and threads that count against it now.</summary>
    public required long Used { get; init; }

    /// <summary>The most there may be.</summary>
    public required long Max { get; init; }

    /// <summary>How many of those in use are dead and not waited for; null where it could not be told.</summary>
    public long? Dead { get; init; }

    /// <summary>Share in use, 0 to 1 (more where the limit was lowered under what runs).</summary>
    public double Share => Max > 0 ? (double)Used / Max : 1;

    /// <summary>Growth in processes an hour, from earlier looks that the ledger holds; null without them.</summary>
    public double? PerHour { get; init; }

    /// <summary>Seconds until it is full at that rate; null where it does not grow or the rate is not known.</summary>
    public TimeSpan? FullIn { get; init; }
}

/// <summary>Who runs out of processes first.</summary>
public sealed record HeadroomReport
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>The host that was looked at.</summary>
    public required string Host { get; init; }

    /// <summary>That host's boot id.</summary>
    public required string BootId { get; init; }

    /// <summary>When (UTC).</summary>
    public required DateTimeOffset ScannedAt { get; init; }

    /// <summary>Whether every limit was seen.</summary>
    public required bool Complete { get; init; }

    /// <summary>What could not be seen, one sentence each.</summary>
    public IReadOnlyList<string> IncompleteBecause { get; init; } = [];

    /// <summary>What else should be known, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The limits: first those that will be full soonest, then by the share in use.</summary>
    public required IReadOnlyList<HeadroomRow> Rows { get; init; }
}
