namespace ZombieOps.Model;

/// <summary>One link of the chain of owners, the nearest first: parent, unit, session, container, pod, task.</summary>
public sealed record OwnerLink
{
    /// <summary>What kind of owner, PascalCase: <c>Parent</c>, <c>Unit</c>, <c>Session</c>, <c>Container</c>, <c>Pod</c>, <c>EcsTask</c>, <c>PidNamespace</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The name a person knows it by: a command, <c>nginx.service</c>, a container id.</summary>
    public required string Name { get; init; }

    /// <summary>The identity in its own system, where that differs from the name.</summary>
    public string? Id { get; init; }

    /// <summary>More about it, by stable camelCase names (<c>command</c>, <c>user</c>, <c>startedAt</c>, <c>runtime</c>). Command lines are redacted.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>One line that is safe to print: <c>Parent nginx (812)</c>, <c>Unit nginx.service</c>.</summary>
    public override string ToString() => Text.Printable.Clean($"{Kind} {ShortName}");

    /// <summary>The name with what tells it from others of that name: its pid, where it has one.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string ShortName => Details.TryGetValue("pid", out string? pid) ? $"{Name} ({pid})" : Name;

    /// <summary>Whether both name the same owner: kind, name, identity and every detail.</summary>
    internal bool IsSameAs(OwnerLink other) =>
        (Kind, Name, Id) == (other.Kind, other.Name, other.Id)
        && Details.Count == other.Details.Count
        && Details.All(pair => other.Details.TryGetValue(pair.Key, out string? value) && value == pair.Value);
}
