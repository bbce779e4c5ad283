using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using ZombieOps.Sources.Network;

namespace ZombieOps.Sources.Search.Client;

/// <summary>
/// Sends requests to one cluster: plain HTTP and JSON, because each vendor's client refuses the other's servers. It never sends anything that
/// could change the cluster.
/// </summary>
internal sealed class SearchClient : IDisposable
{
    private const int Tries = 3;
    private const long MaxBytes = 256L << 20;
    private const string Product = "X-elastic-product";

    private readonly SearchConnection connection;
    private readonly TimeProvider clock;
    private readonly HttpClient http;

    /// <summary>The server that answered first since <see cref="Begin"/>; null before that.</summary>
    public Uri? Server => pinned;

    // A scan has to come from one server: another address could be another cluster.
    private Uri? pinned;

    /// <summary>A client.</summary>
    /// <param name="connection">Where to and as whom.</param>
    /// <param name="clock">Clock of the pauses between tries.</param>
    /// <param name="handler">What talks to the network; null for the real one.</param>
    public SearchClient(SearchConnection connection, TimeProvider clock, HttpMessageHandler? handler = null)
    {
        this.connection = connection;
        this.clock = clock;
        http = new HttpClient(handler ?? Handlers.Create(connection)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Requests sent since <see cref="Begin"/>, tries that were repeated included.</summary>
    public int Requests { get; private set; }

    /// <summary>Whether a server said that it is Elasticsearch (it does from 7.14 on).</summary>
    public bool SaysElasticsearch { get; private set; }

    /// <summary>The time that the server may wait for its master, a little less than the time-out, as its API writes it.</summary>
    public string MasterTimeout => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (long)(connection.Timeout.TotalMilliseconds * 0.8))}ms");

    /// <summary>Begins a new set of requests, which all go to the first address that answers.</summary>
    public void Begin()
    {
        pinned = null;
        Requests = 0;
        SaysElasticsearch = false;
    }

    /// <summary>GETs a small answer.</summary>
    /// <exception cref="ZombieOpsException">There is none that can be used.</exception>
    public Task<JsonDocument> GetAsync(string path, CancellationToken cancel) => SendAsync(path, null, ParseAsync, cancel);

    /// <summary>GETs an answer that may be large and reads it as it comes.</summary>
    /// <exception cref="ZombieOpsException">There is none that can be used.</exception>
    public Task<T> GetAsync<T>(string path, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancel) => SendAsync(path, null, read, cancel);

    /// <summary>Asks a question that needs a body. The only POST there is: it reads.</summary>
    /// <exception cref="ZombieOpsException">There is no answer that can be used.</exception>
    public Task<JsonDocument> ExplainAllocationAsync(string body, CancellationToken cancel) =>
        SendAsync("_cluster/allocation/explain?include_yes_decisions=true", body, ParseAsync, cancel);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static async Task<JsonDocument> ParseAsync(Stream stream, CancellationToken cancel) =>
        await JsonDocument.ParseAsync(stream, cancellationToken: cancel).ConfigureAwait(false);

    private async Task<T> SendAsync<T>(string path, string? body, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        if (pinned is not null)
        {
            return await TryAsync(pinned, path, body, read, cancel).ConfigureAwait(false);
        }

        ZombieOpsException? last = null;
        foreach (Uri url in connection.Urls)
        {
            try
            {
                T answer = await TryAsync(url, path, body, read, cancel).ConfigureAwait(false);
                pinned = url;
                return answer;
            }
            catch (ZombieOpsException e) when (e.ErrorId is ErrorIds.ServerUnreachable or ErrorIds.NoQuorum or ErrorIds.ServerBusy or ErrorIds.TlsFailed)
            {
                last = e;
            }
        }

        throw last!;
    }

    private async Task<T> TryAsync<T>(Uri server, string path, string? body, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(connection.Timeout);
            TimeSpan pause;
            try
            {
                using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri(server, path));
                request.Headers.Authorization = connection.Authorization;
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
                if (body is not null)
                {
                    request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
                }

                Requests++;
                using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
                SaysElasticsearch |= response.Headers.TryGetValues(Product, out IEnumerable<string>? values) && values.Any(value => value == "Elasticsearch");
                if (response.IsSuccessStatusCode)
                {
                    return await ReadAsync(response, server, path, read, limit.Token).ConfigureAwait(false);
                }

                string said = connection.Hide(await ServerErrors.ReadAsync(response, limit.Token).ConfigureAwait(false));
                ZombieOpsException error = ServerErrors.Of(response.StatusCode, said, server, path);
                if (error.ErrorId != ErrorIds.ServerBusy || attempt == Tries)
                {
                    throw error;
                }

                pause = Pause(response.Headers.RetryAfter, attempt);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw ServerErrors.Unreachable(server, $"no answer to {Name(path)} within {Text.Durations.Format(connection.Timeout)}", null);
            }
            catch (HttpRequestException e)
            {
                throw e.HttpRequestError == HttpRequestError.SecureConnectionError || e.InnerException is AuthenticationException
                    ? ServerErrors.Tls(server, e.InnerException ?? e)
                    : e.HttpRequestError == HttpRequestError.ResponseEnded ? ServerErrors.BrokeOff(server, Name(path), e) : ServerErrors.Unreachable(server, e.Message, e);
            }

            await Task.Delay(pause, clock, cancel).ConfigureAwait(false);
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, Uri server, string path, Func<Stream, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        string? type = response.Content.Headers.ContentType?.MediaType;
        if (type is not null && !type.EndsWith("json", StringComparison.OrdinalIgnoreCase))
        {
            throw ServerErrors.NotSearch(server, $"it answers {Name(path)} with {Text.Printable.Clean(type)}");
        }

        try
        {
            using Stream stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            using var capped = new CappedStream(stream, MaxBytes);
            return await read(capped, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidOperationException)
        {
            throw ServerErrors.BrokeOff(server, Name(path), e);
        }
    }

    private static TimeSpan Pause(RetryConditionHeaderValue? asked, int attempt)
    {
        TimeSpan own = TimeSpan.FromMilliseconds(200 * Math.Pow(4, attempt - 1));
        TimeSpan wanted = asked?.Delta ?? own;
        return wanted > own ? wanted < TimeSpan.FromSeconds(5) ? wanted : TimeSpan.FromSeconds(5) : own;
    }

    private static string Name(string path) => ServerText.Name(path);
}
