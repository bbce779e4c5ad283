using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ZombieOps.Text;
using ZombieOps.Sources.Network;

namespace ZombieOps.Sources.Search.Client;

/// <summary>What became of a request that changes something.</summary>
internal enum WriteState
{
    /// <summary>Nobody knows: the answer was lost, or the server says that it has not heard from every node. Only reading tells.</summary>
    Unknown = 0,

    /// <summary>The server says that it is done. Still only reading proves it.</summary>
    Answered,

    /// <summary>It surely did not happen.</summary>
    Refused,
}

/// <summary>The answer to a request that changes something.</summary>
/// <param name="State">What became of it.</param>
/// <param name="Says">The server's own words or what went wrong, without a full stop; empty where all went well.</param>
/// <param name="Reason">For a refusal one of <see cref="ErrorIds"/>; for an unknown one <see cref="ClearingReasons.NotItsTurn"/> where the server said so.</param>
internal sealed record WriteAnswer(WriteState State, string Says = "", string? Reason = null);

/// <summary>
/// Sends what changes a cluster. Only <see cref="Clearing.SearchActuator"/> makes one, over a connection of its own: what scans has only a
/// <see cref="SearchClient"/>, which cannot. A request is repeated only where the server has surely not taken it (429); whatever else went wrong is for the
/// caller to read back.
/// </summary>
internal sealed class SearchWriter : IDisposable
{
    private const int Tries = 3;
    private const long MaxBytes = 64L << 20;

    // The last is what stands around the first where the change itself was made and its second step was not.
    private static readonly string[] NotItsTurn = ["process_cluster_event_timeout_exception", "manager_not_discovered_exception", "master_not_discovered_exception", "reroute after update settings failed"];

    private readonly SearchConnection connection;
    private readonly TimeProvider clock;
    private readonly HttpClient http;

    /// <summary>A writer.</summary>
    /// <param name="connection">Where to and as whom.</param>
    /// <param name="clock">Clock of the pauses between tries.</param>
    /// <param name="handler">What talks to the network; null for the real one.</param>
    public SearchWriter(SearchConnection connection, TimeProvider clock, HttpMessageHandler? handler = null)
    {
        this.connection = connection;
        this.clock = clock;
        http = new HttpClient(handler ?? Handlers.Create(connection)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends one request to exactly one server: the one that was read from.</summary>
    /// <param name="method"><c>PUT</c>, <c>POST</c> or <c>DELETE</c>.</param>
    /// <param name="server">Address.</param>
    /// <param name="path">Path with query.</param>
    /// <param name="body">JSON; null for none.</param>
    public async Task<WriteAnswer> SendAsync(HttpMethod method, Uri server, string path, string? body)
    {
        for (int attempt = 1; ; attempt++)
        {
            (WriteAnswer answer, bool again) = await TryAsync(method, server, path, body).ConfigureAwait(false);
            if (!again || attempt == Tries)
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200 * Math.Pow(4, attempt - 1)), clock).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<(WriteAnswer Answer, bool Again)> TryAsync(HttpMethod method, Uri server, string path, string? body)
    {
        string what = $"{method} {ServerText.Name(path)}";
        using var limit = new CancellationTokenSource(connection.Timeout);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(server, path));
            request.Headers.Authorization = connection.Authorization;
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            if (body is not null)
            {
                request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            }

            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return (await AcknowledgedAsync(response, what, limit.Token).ConfigureAwait(false), false);
            }

            string said = connection.Hide(await ServerErrors.ReadAsync(response, limit.Token).ConfigureAwait(false));
            return (Refused(response.StatusCode, said, what), response.StatusCode == HttpStatusCode.TooManyRequests && !said.Contains("timeout", StringComparison.Ordinal));
        }
        catch (OperationCanceledException)
        {
            return (new WriteAnswer(WriteState.Unknown, $"no answer to {what} within {Durations.Format(connection.Timeout)}"), false);
        }
        catch (HttpRequestException e)
        {
            // Before there was a connection nothing can have been sent.
            bool never = e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
            return (new WriteAnswer(never ? WriteState.Refused : WriteState.Unknown, $"{what}: {Line(e.Message)}", never ? ErrorIds.ServerUnreachable : null), false);
        }
        catch (IOException e)
        {
            return (new WriteAnswer(WriteState.Unknown, $"the answer to {what} broke off: {Line(e.Message)}"), false);
        }
    }

    private static async Task<WriteAnswer> AcknowledgedAsync(HttpResponseMessage response, string what, CancellationToken cancel)
    {
        try
        {
            using Stream stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            using var capped = new CappedStream(stream, MaxBytes);
            using var bytes = new MemoryStream();
            await capped.CopyToAsync(bytes, cancel).ConfigureAwait(false);
            if (bytes.Length == 0)
            {
                // The deletion of voting exclusions answers with nothing.
                return new WriteAnswer(WriteState.Answered);
            }

            using JsonDocument document = JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("acknowledged", out JsonElement value) && value.ValueKind == JsonValueKind.True
                ? new WriteAnswer(WriteState.Answered)
                : new WriteAnswer(WriteState.Unknown, $"the server has not heard from every node in time after {what} (acknowledged: false)");
        }
        catch (JsonException)
        {
            return new WriteAnswer(WriteState.Unknown, $"the answer to {what} broke off or is no JSON");
        }
    }

    private static WriteAnswer Refused(HttpStatusCode status, string said, string what)
    {
        string code = $"{what} is refused: {(int)status}{(said.Length > 0 ? $", {Line(said)}" : "")}";
        return status switch
        {
            HttpStatusCode.Forbidden when said.Contains("cluster_block_exception", StringComparison.Ordinal) =>
                new WriteAnswer(WriteState.Refused, $"{code}; the cluster is blocked: take cluster.blocks.* away first", ErrorIds.NotPermitted),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                new WriteAnswer(WriteState.Refused, $"{code}; give the user the cluster privilege 'manage'", ErrorIds.NotPermitted),
            HttpStatusCode.Conflict => new WriteAnswer(WriteState.Refused, $"{code}; somebody has changed it since it was read: look at it again", ClearingReasons.Changed),
            HttpStatusCode.TooManyRequests => said.Contains("timeout", StringComparison.Ordinal) ? new WriteAnswer(WriteState.Unknown, code) : new WriteAnswer(WriteState.Refused, code, ErrorIds.ServerBusy),
            HttpStatusCode.ServiceUnavailable when NotItsTurn.Any(words => said.Contains(words, StringComparison.Ordinal)) => new WriteAnswer(WriteState.Unknown, code, ClearingReasons.NotItsTurn),
            // A proxy or a server without a master may say this after the request was passed on.
            >= HttpStatusCode.InternalServerError => new WriteAnswer(WriteState.Unknown, code),
            _ => new WriteAnswer(WriteState.Refused, code, ErrorIds.BadAnswer),
        };
    }

    private static string Line(string text)
    {
        string clean = Printable.Clean(text.ReplaceLineEndings(" "));
        return clean.Length > 300 ? clean[..300] + "…" : clean;
    }
}

/// <summary>Reason codes of acts on search marks that were not carried out.</summary>
internal static class ClearingReasons
{
    /// <summary>A guard forbids it now; the text says which and what to do.</summary>
    public const string Refused = "Refused";

    /// <summary>Something changed while it was prepared.</summary>
    public const string Changed = "Changed";

    /// <summary>The master was busy for longer than the request might wait, or there was none: it was not begun, or its second step was not.</summary>
    public const string NotItsTurn = "NotItsTurn";
}
