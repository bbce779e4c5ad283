using System.Net.Http.Headers;
using System.Text;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search.Client;

/// <summary>Makes a connection of the source's options. Secrets come from files and variables, never from the options themselves.</summary>
internal static class ConnectionOptions
{
    private const int MaxSecretBytes = 64 << 10;

    private static readonly string[] Logins = ["user", "api-key-file", "bearer-file"];

    /// <summary>Reads the options.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>: one that is missing, wrong, or does not go with another.</exception>
    public static SearchConnection Read(IReadOnlyDictionary<string, string> options, Func<string, string?> variable) => new()
    {
        Urls = Urls(options),
        Authorization = Authorization(options, variable),
        CaFile = options.GetValueOrDefault("ca-file"),
        CertFile = options.GetValueOrDefault("cert-file") ?? (options.ContainsKey("key-file") ? throw Bad("'key-file' needs 'cert-file'", "give both") : null),
        KeyFile = options.GetValueOrDefault("key-file"),
        Proxy = options.TryGetValue("proxy", out string? proxy) ? Url(proxy, "proxy") : null,
        Timeout = Pause(options, "timeout", TimeSpan.FromSeconds(10)) is { Ticks: > 0 } timeout ? timeout : throw Bad("'timeout' may not be 0", "give a time such as 10s"),
    };

    /// <summary>A duration among the options.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>.</exception>
    public static TimeSpan Duration(IReadOnlyDictionary<string, string> options, string name, TimeSpan usual) =>
        !options.TryGetValue(name, out string? text) ? usual
        : Durations.TryParse(text, out TimeSpan value) ? value
        : throw Bad($"'{Printable.Clean(text)}' is no duration for '{name}'", $"give a number with a unit: {Durations.Examples}");

    /// <summary>A duration among the options that somebody waits for.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>.</exception>
    public static TimeSpan Pause(IReadOnlyDictionary<string, string> options, string name, TimeSpan usual) => Duration(options, name, usual) is var pause && pause <= Durations.LongestPause
        ? pause
        : throw Bad($"'{name}' is longer than {Durations.Format(Durations.LongestPause)}", "give a shorter time");

    private static List<Uri> Urls(IReadOnlyDictionary<string, string> options)
    {
        if (options.TryGetValue("cloud-id", out string? cloud))
        {
            return options.ContainsKey("url") ? throw Bad("'url' and 'cloud-id' do not go together", "give one of them") : [CloudId.ToUrl(cloud)];
        }

        string[] texts = options.GetValueOrDefault("url", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return texts.Length > 0
            ? [.. texts.Select(text => Url(text, "url"))]
            : throw Bad("the source 'search' needs the address of a cluster", "give --url https://HOST:9200 or --cloud-id ID");
    }

    private static Uri Url(string text, string name)
    {
        // The text is not repeated in the message: it may hold a password.
        if (!Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
        {
            throw Bad($"a value of '{name}' is no http or https address", "write it like https://es.example.net:9200");
        }

        if (url.UserInfo.Length > 0)
        {
            throw Bad($"a value of '{name}' holds a user name or password, which every user of this host can read in the process list", "give --user and --password-file");
        }

        return url.Query.Length + url.Fragment.Length == 0 ? url : throw Bad($"a value of '{name}' holds more than an address", "leave out what begins with ? or #");
    }

    private static AuthenticationHeaderValue? Authorization(IReadOnlyDictionary<string, string> options, Func<string, string?> variable)
    {
        string[] given = [.. Logins.Where(options.ContainsKey)];
        if (given.Length > 1)
        {
            throw Bad($"'{given[0]}' and '{given[1]}' do not go together", "give one way to log in");
        }

        bool file = options.ContainsKey("password-file");
        bool env = options.ContainsKey("password-env");
        if ((file || env) && !options.ContainsKey("user"))
        {
            throw Bad("there is a password and no 'user'", "give --user NAME");
        }

        if (options.TryGetValue("user", out string? user))
        {
            if (file == env)
            {
                throw Bad(file ? "'password-file' and 'password-env' do not go together" : "'user' needs a password", "give one of --password-file FILE and --password-env NAME");
            }

            string password = file ? FromFile(options, "password-file") : variable(options["password-env"])
                ?? throw Bad($"the environment variable '{Printable.Clean(options["password-env"])}' is not set", "set it, or give --password-file FILE");
            return user.Contains(':', StringComparison.Ordinal)
                ? throw Bad("a user name cannot hold a colon", "see RFC 7617")
                : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        }

        return given switch
        {
            ["api-key-file"] => new AuthenticationHeaderValue("ApiKey", Header(ApiKey(FromFile(options, "api-key-file")), "api-key-file")),
            ["bearer-file"] => new AuthenticationHeaderValue("Bearer", Header(FromFile(options, "bearer-file"), "bearer-file")),
            _ => null,
        };
    }

    /// <summary>The server wants id and key in Base64; people keep either form.</summary>
    private static string ApiKey(string text) => text.Contains(':', StringComparison.Ordinal) ? Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) : text;

    private static string Header(string secret, string name) => secret.All(c => c is > ' ' and <= '~')
        ? secret
        : throw Bad($"the file of '{name}' does not hold one line of plain characters", "write the secret alone into it");

    private static string FromFile(IReadOnlyDictionary<string, string> options, string name)
    {
        string path = options[name];
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[MaxSecretBytes + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            string secret = length <= MaxSecretBytes ? Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\r', '\n') : "";
            return secret.Length > 0 ? secret : throw Bad($"the file of '{name}', {path}, is empty or too large", "write the secret alone into it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad($"the file of '{name}', {path}, cannot be read: {e.Message}", "look at its path and its mode");
        }
    }

    private static ZombieOpsException Bad(string message, string next) => new(ErrorIds.BadArgument, ExitCode.BadUsage, message, next);
}
