using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ZombieOps.Sources.Network;
using ZombieOps.Text;

namespace ZombieOps.Sources.Kubernetes.Client;

/// <summary>A kind of object, as its path names it.</summary>
/// <param name="Group">API group; empty for the core.</param>
/// <param name="Version">API version.</param>
/// <param name="Plural">Name in the path: <c>pods</c>.</param>
/// <param name="Kind">Name in objects: <c>Pod</c>.</param>
internal sealed record KubeKind(string Group, string Version, string Plural, string Kind)
{
    /// <summary>What objects of it carry as <c>apiVersion</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Path of the list, without a slash at its beginning.</summary>
    public string Path(string? space) => $"{(Group.Length == 0 ? "api" : "apis")}/{ApiVersion}/{(space is null ? "" : $"namespaces/{Uri.EscapeDataString(space)}/")}{Plural}";
}

/// <summary>
/// Lists objects of a Kubernetes API server. It sends nothing but GET requests. Lists come in pages; each object is handed to a reader that keeps what it needs, so
/// memory grows with what is kept alone.
/// </summary>
internal sealed class KubeClient : IDisposable
{
    private const int Tries = 3;
    private const long MaxPageBytes = 64 << 20;
    private const int MaxErrorBytes = 16 << 10;

    private readonly KubeConnection connection;
    private readonly TimeProvider clock;
    private readonly HttpClient http;

    /// <summary>One for a connection.</summary>
    /// <param name="connection">The connection; it is disposed with this.</param>
    /// <param name="clock">Clock for pauses.</param>
    /// <param name="handler">What talks to the network; null for the real one.</param>
    public KubeClient(KubeConnection connection, TimeProvider clock, HttpMessageHandler? handler = null)
    {
        this.connection = connection;
        this.clock = clock;
        http = new HttpClient(handler ?? Handler(connection)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Objects that one page holds at most.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Pages that one list may have: more is no answer but a loop.</summary>
    public int MaxPages { get; init; } = 10_000;

    /// <summary>What people know the server by.</summary>
    public string Name => connection.Name;

    /// <summary>Requests sent so far.</summary>
    public int Requests { get; private set; }

    /// <summary>Lists every object of a kind.</summary>
    /// <typeparam name="T">What is kept of an object.</typeparam>
    /// <param name="kind">The kind.</param>
    /// <param name="space">Namespace; null for all.</param>
    /// <param name="labels">Label selector; null for every object.</param>
    /// <param name="read">Takes what is needed out of an object; null where nothing of it is.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>What was kept; null where the server has no such kind.</returns>
    /// <exception cref="ZombieOpsException">It could not be read to its end.</exception>
    public async Task<KubeList<T>?> ListAsync<T>(KubeKind kind, string? space, string? labels, Func<JsonElement, T?> read, CancellationToken cancel)
        where T : class
    {
        string path = kind.Path(space);
        for (int round = 1; ; round++)
        {
            try
            {
                return await PagesAsync(path, labels, read, cancel).ConfigureAwait(false);
            }
            catch (ExpiredException) when (round == 1)
            {
                // The list outlived the server's memory of its version. Its offer to go on from a newer one would mix two states, so it begins anew, once.
            }
            catch (ExpiredException e)
            {
                throw KubeErrors.Of(HttpStatusCode.Gone, e.Message, connection.Server, path);
            }
        }
    }

    public void Dispose()
    {
        http.Dispose();
        connection.Dispose();
    }

    private static SocketsHttpHandler Handler(KubeConnection connection)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect would carry the credentials to somewhere else than was named.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = connection.Proxy is not null,
            Proxy = connection.Proxy is { } proxy ? new WebProxy(proxy) : null,
            ConnectTimeout = connection.Timeout,
        };
        if (connection.Authorities is { } trusted)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(trusted);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        if (connection.Certificate is { } certificate)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        return handler;
    }

    private async Task<KubeList<T>?> PagesAsync<T>(string path, string? labels, Func<JsonElement, T?> read, CancellationToken cancel)
        where T : class
    {
        var kept = new List<T>();
        long seen = 0;
        string? next = null;
        for (int page = 1; page <= MaxPages; page++)
        {
            string query = $"{path}?limit={PageSize.ToString(System.Globalization.CultureInfo.InvariantCulture)}"
                + (labels is null ? "" : $"&labelSelector={Uri.EscapeDataString(labels)}") + (next is null ? "" : $"&continue={Uri.EscapeDataString(next)}");
            using JsonDocument? document = await GetAsync(query, cancel).ConfigureAwait(false);
            if (document is null)
            {
                return page == 1 ? null : throw KubeErrors.Wrong("/" + path, "the kind vanished while it was listed");
            }

            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || KubeJson.Text(root, "kind")?.EndsWith("List", StringComparison.Ordinal) != true
                || !root.TryGetProperty("items", out JsonElement items) || items.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null) || !KubeJson.TryObject(root, "metadata", out JsonElement metadata))
            {
                throw KubeErrors.Wrong("/" + path, "it is no list of objects");
            }

            if (items.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement item in items.EnumerateArray())
                {
                    seen++;
                    if (read(item) is { } one)
                    {
                        kept.Add(one);
                    }
                }
            }

            next = KubeJson.Text(metadata, "continue");
            if (string.IsNullOrEmpty(next))
            {
                return new KubeList<T>(kept, seen);
            }
        }

        throw KubeErrors.Wrong("/" + path, $"it has more than {MaxPages} pages");
    }

    /// <summary>One answer; null where the server has no such path.</summary>
    private async Task<JsonDocument?> GetAsync(string path, CancellationToken cancel)
    {
        Uri server = connection.Server;
        for (int attempt = 1; ; attempt++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(connection.Timeout);
            TimeSpan pause;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, path));
                request.Headers.Authorization = connection.Authorization();
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));

                // The name that the certificate is compared with is the one in this header.
                request.Headers.Host = connection.ServerName;
                Requests++;
                using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return await ReadAsync(response, server, path, limit.Token).ConfigureAwait(false);
                }

                string? said = await SaidAsync(response, limit.Token).ConfigureAwait(false);
                switch (response.StatusCode)
                {
                    case HttpStatusCode.NotFound:
                        return null;
                    case HttpStatusCode.Gone:
                        throw new ExpiredException(said ?? "the list expired");
                }

                ZombieOpsException error = KubeErrors.Of(response.StatusCode, said, server, path);
                if (error.ErrorId != ErrorIds.ServerBusy || attempt == Tries)
                {
                    throw error;
                }

                TimeSpan own = TimeSpan.FromMilliseconds(200 * Math.Pow(4, attempt - 1));
                pause = response.Headers.RetryAfter?.Delta is { } asked && asked > own ? TimeSpan.FromSeconds(Math.Min(5, asked.TotalSeconds)) : own;
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw KubeErrors.Unreachable(server, $"no answer to {ServerText.Name(path)} within {Durations.Format(connection.Timeout)}", null);
            }
            catch (HttpRequestException e)
            {
                throw e.HttpRequestError == HttpRequestError.SecureConnectionError || e.InnerException is AuthenticationException
                    ? KubeErrors.Tls(server, e.InnerException ?? e)
                    : e.HttpRequestError == HttpRequestError.ResponseEnded ? KubeErrors.BrokeOff(server, path, e) : KubeErrors.Unreachable(server, e.Message, e);
            }

            await Task.Delay(pause, clock, cancel).ConfigureAwait(false);
        }
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage response, Uri server, string path, CancellationToken cancel)
    {
        if (response.Content.Headers.ContentType?.MediaType is not "application/json")
        {
            throw KubeErrors.NotKubernetes(server, path, $"it answers with {Printable.Clean(response.Content.Headers.ContentType?.MediaType ?? "no type")}");
        }

        try
        {
            using Stream stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            using var capped = new CappedStream(stream, MaxPageBytes);
            return await JsonDocument.ParseAsync(capped, cancellationToken: cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw KubeErrors.BrokeOff(server, path, e);
        }
    }

    private static async Task<string?> SaidAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        byte[] bytes = new byte[MaxErrorBytes];
        try
        {
            using Stream stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            int length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(0, length));
            return KubeJson.Text(document.RootElement, "kind") == "Status" ? KubeJson.Text(document.RootElement, "message") ?? "" : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null;
        }
    }

    private sealed class ExpiredException(string message) : Exception(message);
}

/// <summary>A list that was read to its end.</summary>
/// <typeparam name="T">What was kept of an object.</typeparam>
/// <param name="Kept">What was kept.</param>
/// <param name="Seen">How many objects there were.</param>
internal sealed record KubeList<T>(IReadOnlyList<T> Kept, long Seen);
