using System.Text.Json;

namespace ZombieOps.Model;

/// <summary>What a finding is about. Each source has a record of its own that says which fields name one.</summary>
public abstract record Target
{
    /// <summary>The source's name for this type of target, kebab-case; it chooses the record when JSON is read back.</summary>
    public abstract string Type { get; }

    /// <summary>A short name for a table and for a confirmation prompt: <c>worker (4711)</c>.</summary>
    public abstract override string ToString();
}

/// <summary>A target written by a source that this version does not have. It is kept as it was read and never acted on.</summary>
/// <param name="TypeName">The type that the JSON names.</param>
/// <param name="Raw">The whole object as it was read.</param>
public sealed record UnknownTarget(string TypeName, JsonElement Raw) : Target
{
    /// <inheritdoc/>
    public override string Type => TypeName;

    /// <inheritdoc/>
    public override string ToString() => TypeName;
}
