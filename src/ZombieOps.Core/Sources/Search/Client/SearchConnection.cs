using System.Net.Http.Headers;
using System.Text;

namespace ZombieOps.Sources.Search.Client;

/// <summary>How to reach a cluster. It holds secrets, so it is never written anywhere.</summary>
internal sealed class SearchConnection
{
    private const string Hidden = "***";

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

    /// <summary>A server's words without the secret: some proxies repeat the header that they did not like.</summary>
    public string Hide(string said)
    {
        if (Authorization?.Parameter is not { Length: > 0 } secret)
        {
            return said;
        }

        said = said.Replace(secret, Hidden, StringComparison.Ordinal);
        byte[] bytes = new byte[secret.Length];
        string plain = Encoding.UTF8.GetString(Convert.TryFromBase64String(secret, bytes, out int length) ? bytes.AsSpan(0, length) : []);
        return plain.IndexOf(':', StringComparison.Ordinal) is >= 0 and var at && plain.Length > at + 1 ? said.Replace(plain[(at + 1)..], Hidden, StringComparison.Ordinal) : said;
    }

    /// <summary>Whether a secret would travel unencrypted to another host.</summary>
    public bool IsExposed => Authorization is not null && Urls.Any(url => url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback);
}
