using ZombieOps.Clearing;
using ZombieOps.Exemptions;
using ZombieOps.Model;

namespace ZombieOps.Policies;

/// <summary>What a team has agreed on: what is scanned, what may be cleared, how far, when, and what is left alone.</summary>
public sealed record Policy
{
    /// <summary>Name and version of the format. A file of another one is not guessed at.</summary>
    public const string CurrentSchema = "zombieops-policy/1";

    /// <summary>Full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of the file's bytes, lower-case hexadecimal: what the audit log holds of it.</summary>
    public required string Sha256 { get; init; }

    /// <summary>What people call it; null where the file gives no name.</summary>
    public string? Name { get; init; }

    /// <summary>Why, for the audit log.</summary>
    public string? Why { get; init; }

    /// <summary>Directory of ledger and audit log; null for the usual one.</summary>
    public string? State { get; init; }

    /// <summary>A stop file besides the host's own; null for none.</summary>
    public string? StopFile { get; init; }

    /// <summary>File of exemptions instead of the configured one; null where the policy names none.</summary>
    public string? ExemptionsFile { get; init; }

    /// <summary>The policy's own exemptions.</summary>
    public IReadOnlyList<PolicyExemption> Exemptions { get; init; } = [];

    /// <summary>When clearing is allowed; null where every time is right.</summary>
    public PolicyWindows? Windows { get; init; }

    /// <summary>Whether only a plan is acted on that another person than its author has approved.</summary>
    public bool RequireApproval { get; init; }

    /// <summary>Where the audit records go at the end of each run, besides the audit log.</summary>
    public IReadOnlyList<Audit.Forwarding.ForwardTarget> Forward { get; init; } = [];

    /// <summary>Who is told; null for nobody.</summary>
    public PolicyNotify? Notify { get; init; }

    /// <summary>What is scanned, in this order.</summary>
    public required IReadOnlyList<PolicySource> Sources { get; init; }

    /// <summary>What the audit log says of a run: the policy by name, path and content, and its reason.</summary>
    public string Reason => $"policy {(Name is null ? "" : Name + " ")}({Path}, sha256 {Sha256}){(Why is null ? "" : ": " + Why)}";
}

/// <summary>One system that a policy speaks of.</summary>
public sealed record PolicySource
{
    /// <summary>Line on which it begins.</summary>
    public required int Line { get; init; }

    /// <summary>What the policy calls it: its <c>name</c>, or else the source.</summary>
    public required string Name { get; init; }

    /// <summary>The source, one of <see cref="Sources.SourceCatalog"/>.</summary>
    public required Sources.SourceRegistration Source { get; init; }

    /// <summary>Options of the source by name.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Directory of ledger and audit log; null for the policy's.</summary>
    public string? State { get; init; }

    /// <summary>Where the metrics go; null for the usual file in the state directory.</summary>
    public string? MetricsFile { get; init; }

    /// <summary>Labels of the metrics.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What may be cleared and how far; without an allowed remedy it is only scanned.</summary>
    public required ClearRequest Clear { get; init; }

    /// <summary>Lines by key (<c>allow</c>, <c>limits.max-count</c>, <c>where.cause</c>) of what the file says.</summary>
    public IReadOnlyDictionary<string, int> Lines { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, int>.Empty;
}

/// <summary>An exemption of a policy.</summary>
/// <param name="Line">Line on which it begins.</param>
/// <param name="Exemption">The exemption.</param>
public sealed record PolicyExemption(int Line, Exemption Exemption)
{
    /// <summary>Whether it could speak of findings of a source: it names nothing that they never have.</summary>
    /// <param name="source">The source.</param>
    public bool IsFor(Sources.SourceRegistration source)
    {
        ArgumentNullException.ThrowIfNull(source);
        IReadOnlyList<string> names = FindingFacets.Names(source);
        return Exemption.Match.All(facet => names.Contains(facet.Key, StringComparer.OrdinalIgnoreCase)
            && (!string.Equals(facet.Key, "source", StringComparison.OrdinalIgnoreCase) || Text.Glob.IsMatch(facet.Value, source.Name)));
    }
}

/// <summary>When a policy's command is told.</summary>
public enum NotifyWhen
{
    /// <summary>Something was done, is left to do or is wrong.</summary>
    WorthTelling,

    /// <summary>After every run.</summary>
    Always,
}

/// <summary>A command that is told of a run: it gets the report as JSON on standard input. Only the command line runs it.</summary>
/// <param name="Line">Line on which it begins.</param>
/// <param name="Command">Program, by its full path, and arguments; no shell is in between.</param>
/// <param name="Timeout">After this it is ended, which counts as failed.</param>
/// <param name="When">When it is run.</param>
public sealed record PolicyNotify(int Line, IReadOnlyList<string> Command, TimeSpan Timeout, NotifyWhen When);
