using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;

namespace ZombieOps.Sources.Kubernetes.Objects;

/// <summary>What every object carries (<c>metadata</c>), as far as it is needed.</summary>
internal sealed record ObjectMeta
{
    /// <summary>Namespace; empty for what has none.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>UID: names are used again, this is not.</summary>
    public required string Uid { get; init; }

    /// <summary>Counts the changes of <c>spec</c>.</summary>
    public long Generation { get; init; }

    /// <summary>Whether its deletion was asked for.</summary>
    public bool Deleting { get; init; }

    /// <summary>Namespace and name, as people write them.</summary>
    public string FullName => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";

    /// <summary>Reads it.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadAnswer"/>: an object without a name.</exception>
    public static ObjectMeta Read(JsonElement item)
    {
        JsonElement meta = KubeJson.At(item, "metadata");
        return new ObjectMeta
        {
            Namespace = KubeJson.Text(meta, "namespace") ?? "",
            Name = KubeJson.Text(meta, "name") ?? throw KubeErrors.Wrong("a list", "an object has no name"),
            Uid = KubeJson.Text(meta, "uid") ?? "",
            Generation = KubeJson.Number(meta, "generation") ?? 0,
            Deleting = KubeJson.Text(meta, "deletionTimestamp") is not null,
        };
    }

    /// <summary>A label's value; null where it has none.</summary>
    public static string? Label(JsonElement item, string name) => KubeJson.Text(KubeJson.At(item, "metadata", "labels"), name);

    /// <summary>An annotation's value; null where it has none.</summary>
    public static string? Annotation(JsonElement item, string name) => KubeJson.Text(KubeJson.At(item, "metadata", "annotations"), name);
}
