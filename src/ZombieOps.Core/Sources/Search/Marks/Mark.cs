namespace ZombieOps.Sources.Search.Marks;

/// <summary>One mark as it was found, before it is judged.</summary>
internal sealed record Mark
{
    /// <summary>One of <see cref="SearchKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Scope, setting and raw value.</summary>
    public required MarkedSetting Setting { get; init; }

    /// <summary>The same as findings show it: a long value cut short, and one object for all entries of a list.</summary>
    public MarkedSetting Shown { get => field ?? Setting.Short(); init; }

    /// <summary>The entry that is meant.</summary>
    public required string Entry { get; init; }

    /// <summary>Attribute that an entry is compared with: <c>_ip</c>, <c>_name</c>, <c>zone</c>; empty where it is compared with none.</summary>
    public string Attribute { get; init; } = "";

    /// <summary>Live nodes that it means.</summary>
    public IReadOnlyList<NodeFacts> Nodes { get; init; } = [];

    /// <summary>Whether a transient setting of the same key hides it.</summary>
    public bool Shadowed { get; init; }

    /// <summary>Whether the cluster acts by it; null where that could not be told.</summary>
    public bool? InForce { get; init; }

    /// <summary>Marks that belong to the same operation.</summary>
    public IReadOnlyList<Mark> With { get; init; } = [];

    /// <summary>Names of the nodes whose file has it, for the scope <c>file</c>.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Shutdown record, for that kind.</summary>
    public ShutdownRecord? Shutdown { get; init; }

    /// <summary>What its owner has declared of it; for a record that stands alone, that one. Null where there is none.</summary>
    public FoundRecord? Record { get; init; }

    /// <summary>Pin, for that kind.</summary>
    public IndexPin? Pin { get; init; }
}
