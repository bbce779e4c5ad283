using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>Entries to take out of one list and to add to it. Everything else in it stays letter for letter.</summary>
/// <param name="Scope"><c>persistent</c> or <c>transient</c>.</param>
/// <param name="Key">Full name of the setting.</param>
/// <param name="Remove">Entries to take out.</param>
/// <param name="Add">Entries to add at the end, where they are not there.</param>
internal sealed record EntryEdit(string Scope, string Key, IReadOnlyList<string> Remove, IReadOnlyList<string> Add);

/// <summary>A whole value to write, if the setting still has the value that was seen.</summary>
/// <param name="Scope"><c>persistent</c> or <c>transient</c>.</param>
/// <param name="Key">Full name of the setting.</param>
/// <param name="Expected">The raw value that was seen; null for none.</param>
/// <param name="Value">The new value; null for the default.</param>
internal sealed record ValueEdit(string Scope, string Key, string? Expected, string? Value);

/// <summary>A change of cluster settings that keeps what others write.</summary>
internal sealed record SettingsChange
{
    /// <summary>The cluster as it was read and judged last: its UUID, product and nodes.</summary>
    public required ClusterFacts Facts { get; init; }

    /// <summary>Lists to change, each key once.</summary>
    public IReadOnlyList<EntryEdit> Lists { get; init; } = [];

    /// <summary>Other settings that go in the same request.</summary>
    public IReadOnlyList<ValueEdit> Values { get; init; } = [];

    /// <summary>Whether an exclusion that may or may not be in force may be put out of force, because nobody uses it. By scope, key and entry.</summary>
    public Func<string, string, string, bool> Expendable { get; init; } = static (_, _, _) => false;

    /// <summary>For an act that was interrupted: keys by their raw values before it, which may carry the spelling of its first request.</summary>
    public IReadOnlyDictionary<(string Scope, string Key), string> Interrupted { get; init; } = System.Collections.Immutable.ImmutableDictionary<(string, string), string>.Empty;
}

/// <summary>How a change ended.</summary>
internal sealed record ChangeResult
{
    /// <summary>Whether the change was seen in place.</summary>
    public required bool Done { get; init; }

    /// <summary>Reason code where it was not.</summary>
    public string? Reason { get; init; }

    /// <summary>What happened, one sentence without a full stop.</summary>
    public required string Says { get; init; }

    /// <summary>Whether a request was sent, or may have been, and the change was not seen through to its end.</summary>
    public bool Unfinished { get; init; }

    /// <summary>Whether another writer put back at once what was taken out.</summary>
    public bool CameBack { get; init; }

    /// <summary>The requests that were sent, in order.</summary>
    public IReadOnlyList<string> Requests { get; init; } = [];

    /// <summary>Raw values right before the first request, by scope and key.</summary>
    public IReadOnlyDictionary<(string Scope, string Key), string> Before { get; init; } = System.Collections.Immutable.ImmutableDictionary<(string, string), string>.Empty;

    /// <summary>Facts for the audit log.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>Steps of a change, for tests that interfere at each of them.</summary>
internal enum WriteStep
{
    /// <summary>The final read is there and nothing was sent.</summary>
    FinalRead,

    /// <summary>A request was answered, or its answer is lost.</summary>
    Answered,

    /// <summary>Its effect was read back.</summary>
    ReadBack,
}
