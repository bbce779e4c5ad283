using System.Net.Http.Headers;

namespace ZombieOps.Sources.Search.Client;

/// <summary>How to reach a cluster. It holds secrets, so it is never written anywhere.</summary>
internal sealed class SearchConnection
{
    /// <summary>Addresses, tried in turn; each ends with a slash.</summary>
    public required IReadOnlyList<Uri> Urls { get; init; }

    /// <summary>Value of the header <c>Authorization</c>; null for none.</summary>
    public AuthenticationHeaderValue? Authorization { get; init; }

    /// <summary>Authorities to trust instead of the system's (PEM).</summary>
    public string? CaFile { get; init; }

    /// <summary>Client certificate (PEM).</summary>
    public string? CertFile { get; init; }

    /// <summary>Key of the client certificate (PEM).</summary>
    public string? KeyFile { get; init; }

    /// <summary>HTTP proxy; null for none, whatever the environment says.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Longest time for one request, reading the answer included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a secret would travel unencrypted to another host.</summary>
    public bool IsExposed => Authorization is not null && Urls.Any(url => url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback);
}
