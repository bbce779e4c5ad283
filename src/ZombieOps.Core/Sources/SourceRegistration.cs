using System.Text.Json.Serialization.Metadata;

namespace ZombieOps.Sources;

/// <summary>A code with the sentence that explains it and the docs page that says more.</summary>
/// <param name="Code">Stable code, PascalCase.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="HelpAnchor">Anchor of its paragraph in <c>docs/causes.md</c>, without <c>#</c>; null where there is none.</param>
public sealed record CodeInfo(string Code, string Summary, string? HelpAnchor = null);

/// <summary>A remedy that a source has.</summary>
/// <param name="Code">Stable code, PascalCase.</param>
/// <param name="Summary">What it does, one sentence.</param>
/// <param name="MustBeNamed">Whether a user has to name it before it may run.</param>
/// <param name="Escalates">Code of the remedy that this one makes harsher when it is named as well; it never runs alone. Null for all others.</param>
public sealed record RemedyInfo(string Code, string Summary, bool MustBeNamed, string? Escalates = null);

/// <summary>An option that a source takes; the command line makes a flag of it and the cmdlets a parameter.</summary>
/// <param name="Name">Kebab-case name, without dashes.</param>
/// <param name="Summary">One sentence for <c>--help</c>.</param>
/// <param name="IsPath">Whether it names a file or directory.</param>
public sealed record SourceOption(string Name, string Summary, bool IsPath = false);

/// <summary>One line of <see cref="SourceCatalog"/>: all that the engine and its shells need to know of a source.</summary>
public sealed record SourceRegistration
{
    /// <summary>Kebab-case name: <c>process</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for <c>--help</c>.</summary>
    public required string Summary { get; init; }

    /// <summary>The options it takes beyond those that every source has.</summary>
    public IReadOnlyList<SourceOption> Options { get; init; } = [];

    /// <summary>The causes it can name, most provable first.</summary>
    public required IReadOnlyList<CodeInfo> Causes { get; init; }

    /// <summary>The remedies it has, least harmful first.</summary>
    public required IReadOnlyList<RemedyInfo> Remedies { get; init; }

    /// <summary>The kinds of owners that its findings can have, PascalCase (<see cref="Model.OwnerLink.Kind"/>).</summary>
    public IReadOnlyList<string> OwnerKinds { get; init; } = [];

    /// <summary>The <see cref="Model.Target.Type"/> it writes, and how to read it back.</summary>
    public required (string Type, JsonTypeInfo Info) TargetJson { get; init; }

    /// <summary>Whether its actuator is an <see cref="IMarks"/>: it can set marks with an owner and an end.</summary>
    public bool TakesMarks { get; init; }

    /// <summary>Limits of one run where the user names none.</summary>
    public Clearing.ClearLimits Limits { get; init; } = new();

    /// <summary>Makes the source. The second argument holds the options by name.</summary>
    public required Func<EngineOptions, IReadOnlyDictionary<string, string>, ISource> Open { get; init; }
}
