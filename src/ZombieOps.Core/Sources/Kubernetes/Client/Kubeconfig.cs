using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using ZombieOps.Text;
using ZombieOps.Yaml;

namespace ZombieOps.Sources.Kubernetes.Client;

/// <summary>
/// Reads kubeconfig files as kubectl does: several are merged, the first that names a thing wins, and relative paths are relative to the file that holds them.
/// Credentials that a program would have to fetch are not supported: a scan starts no program.
/// </summary>
internal sealed class Kubeconfig
{
    private const int MaxBytes = 4 << 20;

    private readonly Dictionary<string, (JsonObject Body, string File)> clusters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (JsonObject Body, string File)> users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (JsonObject Body, string File)> contexts = new(StringComparer.Ordinal);
    private readonly string files;
    private string? current;

    private Kubeconfig(IReadOnlyList<string> paths)
    {
        files = string.Join(Path.PathSeparator, paths);
        foreach (string path in paths)
        {
            Add(path);
        }
    }

    /// <summary>Makes a connection of a context.</summary>
    /// <param name="named">Files that the user named, separated like a search path; null for those of <c>KUBECONFIG</c> or <c>~/.kube/config</c>.</param>
    /// <param name="context">Name of a context; null for the current one.</param>
    /// <param name="variable">Looks an environment variable up.</param>
    /// <param name="timeout">Longest time for one request.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.KubeconfigUnusable"/>.</exception>
    public static KubeConnection Read(string? named, string? context, Func<string, string?> variable, TimeSpan timeout)
    {
        string? home = variable("HOME");
        string text = named ?? variable("KUBECONFIG") ?? (home is null
            ? throw KubeErrors.Unusable("there is no kubeconfig: neither KUBECONFIG nor HOME is set", "name the file")
            : Path.Combine(home, ".kube", "config"));
        string[] paths = text.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

        // As kubectl does it: of several files in the variable some may be missing.
        string[] there = named is null && paths.Length > 1 ? [.. paths.Where(File.Exists)] : paths;
        return new Kubeconfig(there.Length > 0 ? there : paths).Connect(context, timeout);
    }

    private KubeConnection Connect(string? named, TimeSpan timeout)
    {
        string name = named ?? current ?? throw KubeErrors.Unusable($"{files} has no current context", "name a context");
        JsonObject context = Find(contexts, name, "context").Body;
        (JsonObject cluster, string clusterFile) = Find(clusters, Text(context, "cluster") ?? "", "cluster");
        string at = $"the context '{Printable.Clean(name)}' of {files}";
        if (!Uri.TryCreate(Text(cluster, "server") is { } address ? address.TrimEnd('/') + "/" : "", UriKind.Absolute, out Uri? server) || server.UserInfo.Length > 0
            || (server.Scheme != Uri.UriSchemeHttps && server.Scheme != Uri.UriSchemeHttp))
        {
            throw KubeErrors.Unusable($"{at} has no http or https address", "look at clusters[].cluster.server");
        }

        if (IsTrue(cluster, "insecure-skip-tls-verify"))
        {
            throw KubeErrors.Unusable($"{at} would trust any server (insecure-skip-tls-verify), and what any server says proves nothing", "give the server's authority as certificate-authority-data");
        }

        string? proxy = Text(cluster, "proxy-url");
        if (proxy is not null && (!Uri.TryCreate(proxy, UriKind.Absolute, out Uri? via) || via.Scheme != Uri.UriSchemeHttp))
        {
            throw KubeErrors.Unusable($"{at} names a proxy that is no http address", "look at clusters[].cluster.proxy-url");
        }

        (JsonObject user, string userFile) = Text(context, "user") is { Length: > 0 } who ? Find(users, who, "user") : (new JsonObject(), clusterFile);
        foreach (string program in (string[])["exec", "auth-provider"])
        {
            if (user[program] is not null)
            {
                throw KubeErrors.Unusable(
                    $"{at} gets its credentials from a program ({program}), and a scan starts none",
                    "name a context with a token, a token file or a client certificate, or give what kubectl says as a file (kubectl get … -o json)");
            }
        }

        if (user["as"] is not null || user["as-groups"] is not null || user["as-uid"] is not null)
        {
            throw KubeErrors.Unusable($"{at} acts as somebody else (as), which is not supported", "name a context of that user itself");
        }

        try
        {
            return new KubeConnection
            {
                Name = name,
                Server = server,
                ServerName = Text(cluster, "tls-server-name"),
                Proxy = proxy is null ? null : new Uri(proxy),
                Authorization = Authorization(user, userFile, at),
                Authorities = Pem(cluster, "certificate-authority", clusterFile) is { } authority ? Trusted(authority) : null,
                Certificate = Certificate(user, userFile, at),
                Timeout = timeout,
            };
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw KubeErrors.Unusable($"a certificate or key of {at} cannot be used: {e.Message}", "look at certificate-authority, client-certificate and client-key", e);
        }
    }

    private static Func<AuthenticationHeaderValue?> Authorization(JsonObject user, string file, string at)
    {
        if (Text(user, "tokenFile") is { Length: > 0 } path)
        {
            string full = Beside(file, path);
            Credentials.FromTokenFile(full);
            return () => Credentials.FromTokenFile(full);
        }

        AuthenticationHeaderValue? fix = Text(user, "token") is { Length: > 0 } token ? Credentials.FromToken(token, at)
            : Text(user, "username") is { Length: > 0 } name ? Credentials.Basic(name, Text(user, "password") ?? "")
            : null;
        return () => fix;
    }

    private static X509Certificate2Collection Trusted(string pem)
    {
        var trusted = new X509Certificate2Collection();
        trusted.ImportFromPem(pem);
        return trusted.Count > 0 ? trusted : throw new FormatException("it holds no certificate");
    }

    private static X509Certificate2? Certificate(JsonObject user, string file, string at)
    {
        string? certificate = Pem(user, "client-certificate", file);
        string? key = Pem(user, "client-key", file);
        return (certificate, key) switch
        {
            (null, null) => null,
            ({ } pem, { } secret) => X509Certificate2.CreateFromPem(pem, secret),
            _ => throw KubeErrors.Unusable($"{at} has a client certificate without its key, or a key without its certificate", "give both"),
        };
    }

    /// <summary>A PEM that is written in place as Base64 (<c>NAME-data</c>), which wins, or stands in a file.</summary>
    private static string? Pem(JsonObject parent, string name, string file)
    {
        if (Text(parent, name + "-data") is { Length: > 0 } data)
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(data));
        }

        return Text(parent, name) is { Length: > 0 } path ? Load(Beside(file, path)) : null;
    }

    private (JsonObject Body, string File) Find(Dictionary<string, (JsonObject Body, string File)> among, string name, string what) =>
        among.TryGetValue(name, out (JsonObject Body, string File) found) ? found : throw KubeErrors.Unusable(
            $"{files} has no {what} '{Printable.Clean(name)}'", among.Count == 0 ? "look at the file" : $"it has: {string.Join(", ", among.Keys.Order(StringComparer.Ordinal).Take(10).Select(Printable.Clean))}");

    private void Add(string path)
    {
        JsonNode? root;
        try
        {
            root = YamlText.Parse(Load(path));
        }
        catch (FormatException e)
        {
            throw KubeErrors.Unusable($"the kubeconfig {path} cannot be read: {e.Message}", "look at the file", e);
        }

        if (root is not JsonObject config)
        {
            throw KubeErrors.Unusable($"{path} is no kubeconfig", "give a file that holds clusters, users and contexts");
        }

        current ??= Text(config, "current-context") is { Length: > 0 } name ? name : null;
        Collect(config, "clusters", "cluster", clusters, path);
        Collect(config, "users", "user", users, path);
        Collect(config, "contexts", "context", contexts, path);
    }

    private static void Collect(JsonObject config, string list, string body, Dictionary<string, (JsonObject Body, string File)> into, string path)
    {
        foreach (JsonObject item in (config[list] as JsonArray)?.OfType<JsonObject>() ?? [])
        {
            if (Text(item, "name") is { } name && item[body] is JsonObject found)
            {
                into.TryAdd(name, (found, path));
            }
        }
    }

    private static string Load(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[MaxBytes + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= MaxBytes ? Encoding.UTF8.GetString(bytes, 0, length) : throw KubeErrors.Unusable($"the file {path} is larger than a kubeconfig can be", "look at its path");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw KubeErrors.Unusable($"the file {path} cannot be read: {e.Message}", "look at its path and its mode", e);
        }
    }

    private static string Beside(string file, string path) => Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(file))!);

    private static bool IsTrue(JsonObject parent, string name) => parent[name] is JsonValue value && value.TryGetValue(out bool set) && set;

    /// <summary>The text of a value; a name that looks like a number is one in YAML.</summary>
    private static string? Text(JsonObject parent, string name) => parent[name] is JsonValue value ? value.ToString() : null;
}
