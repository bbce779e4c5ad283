using System.Text.Json;
using ZombieOps.Sources.Kubernetes.Client;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>Where objects of Kubernetes come from: an API server, or files that kubectl wrote.</summary>
internal interface IOwnerObjects : IDisposable
{
    /// <summary>What people know it by, for evidence.</summary>
    string Name { get; }

    /// <summary>Whether they are files.</summary>
    bool IsFiles { get; }

    /// <summary>Makes ready for one read.</summary>
    /// <returns>Why what it holds is too old to clear anything by; null where it is not.</returns>
    Task<string?> OpenAsync(DateTimeOffset now, CancellationToken cancel);

    /// <summary>Every object of a kind; null where the kind is not there.</summary>
    /// <exception cref="ZombieOpsException">It could not be read to its end.</exception>
    Task<KubeList<T>?> ListAsync<T>(KubeKind kind, string? labels, Func<JsonElement, T?> read, CancellationToken cancel)
        where T : class;
}

/// <summary>Objects of an API server.</summary>
internal sealed class ServerObjects(KubeClient client, string? space) : IOwnerObjects
{
    public string Name => $"Kubernetes ({(client.Name == InCluster.Name ? client.Name : $"context {client.Name}")}{(space is null ? "" : $", namespace {space}")})";

    public bool IsFiles => false;

    public Task<string?> OpenAsync(DateTimeOffset now, CancellationToken cancel) => Task.FromResult<string?>(null);

    public Task<KubeList<T>?> ListAsync<T>(KubeKind kind, string? labels, Func<JsonElement, T?> read, CancellationToken cancel)
        where T : class => client.ListAsync(kind, space, labels, read, cancel);

    public void Dispose() => client.Dispose();
}
