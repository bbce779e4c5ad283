using ZombieOps.Text;

namespace ZombieOps.Sources.Network;

/// <summary>How errors name a server and what it said. Addresses are named, secrets never.</summary>
internal static class ServerText
{
    private const int MaxLength = 300;

    /// <summary>The request without its parameters.</summary>
    public static string Name(string path)
    {
        int end = path.IndexOf('?', StringComparison.Ordinal);
        return $"/{(end < 0 ? path : path[..end])}";
    }

    /// <summary>Scheme, host and port: no path, user or parameter.</summary>
    public static string Address(Uri server) => server.GetLeftPart(UriPartial.Authority);

    /// <summary>What a server said as one line that is safe to print and not too long.</summary>
    public static string Line(string text)
    {
        string clean = Printable.Clean(text.ReplaceLineEndings(" "));
        return clean.Length > MaxLength ? clean[..MaxLength] + "…" : clean;
    }
}
