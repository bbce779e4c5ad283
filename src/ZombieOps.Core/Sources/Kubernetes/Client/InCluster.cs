using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ZombieOps.Sources.Kubernetes.Client;

/// <summary>
/// The service account of the pod that this runs in ("Accessing the API from within a Pod", kubernetes.io): its token, its authority, and the address in
/// two environment variables.
/// </summary>
internal static class InCluster
{
    /// <summary>The context that means it.</summary>
    public const string Name = "in-cluster";

    /// <summary>Reads it.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.KubeconfigUnusable"/>: this is no pod, or its account is not mounted.</exception>
    public static KubeConnection Read(EngineOptions options, TimeSpan timeout)
    {
        if (options.Variable("KUBERNETES_SERVICE_HOST") is not { Length: > 0 } host || options.Variable("KUBERNETES_SERVICE_PORT") is not { Length: > 0 } port
            || !Uri.TryCreate($"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}/", UriKind.Absolute, out Uri? server))
        {
            throw KubeErrors.Unusable($"'{Name}' is the service account of a pod, and this runs in none: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set", "name a context of a kubeconfig");
        }

        string token = Path.Combine(options.ServiceAccountDirectory, "token");
        string authority = Path.Combine(options.ServiceAccountDirectory, "ca.crt");
        Credentials.FromTokenFile(token);
        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPemFile(authority);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw KubeErrors.Unusable($"the file {authority} cannot be used: {e.Message}", "mount the service account into this pod", e);
        }

        return new KubeConnection { Name = Name, Server = server, Authorization = () => Credentials.FromTokenFile(token), Authorities = trusted, Timeout = timeout };
    }
}
