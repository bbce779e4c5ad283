using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace ZombieOps.Sources.Kubernetes.Client;

/// <summary>How to reach an API server. It holds secrets, so it is never written anywhere.</summary>
internal sealed class KubeConnection : IDisposable
{
    /// <summary>What people know it by: the name of the context, or <see cref="InCluster.Name"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Address; it ends with a slash.</summary>
    public required Uri Server { get; init; }

    /// <summary>Makes the header <c>Authorization</c> anew for each list: a service account's token is replaced while it is used.</summary>
    public Func<AuthenticationHeaderValue?> Authorization { get; init; } = static () => null;

    /// <summary>Authorities to trust instead of the system's; null for the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Client certificate with its key.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Name that the server's certificate has to hold, where it is not that of the address.</summary>
    public string? ServerName { get; init; }

    /// <summary>HTTP proxy; null for none, whatever the environment says.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Longest time for one request, reading the answer included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public void Dispose()
    {
        Certificate?.Dispose();
        foreach (X509Certificate2 authority in Authorities ?? [])
        {
            authority.Dispose();
        }
    }
}
