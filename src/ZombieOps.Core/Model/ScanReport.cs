namespace ZombieOps.Model;

/// <summary>How many of what a scan saw.</summary>
public sealed record ScanCounts
{
    /// <summary>Things looked at: processes, marks. What <see cref="Clearing.ClearLimits.MaxShare"/> is a share of.</summary>
    public required int Scanned { get; init; }

    /// <summary>Findings with verdict <see cref="Verdict.Zombie"/>.</summary>
    public int Zombies { get; init; }

    /// <summary>Findings with verdict <see cref="Verdict.Protected"/>.</summary>
    public int Protected { get; init; }

    /// <summary>Findings with verdict <see cref="Verdict.ReportOnly"/>.</summary>
    public int ReportOnly { get; init; }

    /// <summary>Findings with verdict <see cref="Verdict.Unknown"/>.</summary>
    public int Unknown { get; init; }

    /// <summary>Candidates that were gone when they were looked at again: ordinary short-lived ones, no findings.</summary>
    public int Transient { get; init; }
}

/// <summary>What one scan of one source saw. The same JSON from the command line, in plan files and in the audit log.</summary>
public sealed record ScanReport
{
    /// <summary>Name and version of the JSON schema that this build writes. A reader refuses another major version.</summary>
    public const string CurrentSchema = "zombieops/1";

    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = CurrentSchema;

    /// <summary>The host that scanned.</summary>
    public required string Host { get; init; }

    /// <summary>That host's boot id (<c>/proc/sys/kernel/random/boot_id</c>); empty where it could not be read.</summary>
    public required string BootId { get; init; }

    /// <summary>When the scan began (UTC).</summary>
    public required DateTimeOffset ScannedAt { get; init; }

    /// <summary>Whether all of the system was seen. False is never to be read as "no zombies".</summary>
    public required bool Complete { get; init; }

    /// <summary>What could not be seen, one sentence each; empty where the scan is complete.</summary>
    public IReadOnlyList<string> IncompleteBecause { get; init; } = [];

    /// <summary>What does not make the scan incomplete and still should be known, one sentence each: a lost ledger, a lapsed exemption.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What the ledger is to remember of this scan beyond its findings; null for nothing. It is not part of the JSON.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public ScanMemory? Memory { get; init; }

    /// <summary>How many of what.</summary>
    public required ScanCounts Counts { get; init; }

    /// <summary>The findings, in a stable order.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>The report with other findings and the counts that follow from them.</summary>
    /// <param name="findings">The findings to hold from now on.</param>
    public ScanReport WithFindings(IReadOnlyList<Finding> findings) => this with
    {
        Findings = findings,
        Counts = Counts with
        {
            Zombies = findings.Count(f => f.Verdict == Verdict.Zombie),
            Protected = findings.Count(f => f.Verdict == Verdict.Protected),
            ReportOnly = findings.Count(f => f.Verdict == Verdict.ReportOnly),
            Unknown = findings.Count(f => f.Verdict == Verdict.Unknown),
        },
    };
}
