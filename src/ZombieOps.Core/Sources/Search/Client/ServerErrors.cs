using System.Net;
using System.Text;
using System.Text.Json;
using static ZombieOps.Sources.Network.ServerText;

namespace ZombieOps.Sources.Search.Client;

/// <summary>What went wrong with a server, as an error that a person can act on. Addresses are named, secrets never.</summary>
internal static class ServerErrors
{
    private const int MaxErrorBytes = 16 << 10;

    public static ZombieOpsException Unreachable(Uri server, string why, Exception? inner) => new(
        ErrorIds.ServerUnreachable, ExitCode.Incomplete, $"{Address(server)} cannot be reached: {Line(why)}", "look at the address, the port and what lies between; --timeout gives it more time", inner);

    public static ZombieOpsException Tls(Uri server, Exception inner) => new(
        ErrorIds.TlsFailed,
        ExitCode.Incomplete,
        $"the TLS connection to {Address(server)} failed: {Line(inner.InnerException?.Message ?? inner.Message)}",
        "give the authority that signed its certificate with --ca-file, and use a name that is in it; a server that speaks plain HTTP is written http://",
        inner);

    public static ZombieOpsException NotSearch(Uri server, string why) => new(
        ErrorIds.NotASearchServer, ExitCode.Incomplete, $"{Address(server)} is no Elasticsearch and no OpenSearch: {Line(why)}", "give the address of a node or of a proxy that passes its API on");

    public static ZombieOpsException BrokeOff(Uri server, string what, Exception? inner) => new(
        ErrorIds.BadAnswer, ExitCode.Incomplete, $"the answer of {Address(server)} to {what} broke off or is no JSON", "run it again; if it stays so, look at the proxy or the node", inner);

    /// <summary>An answer that is JSON and not what the API promises.</summary>
    public static ZombieOpsException Wrong(string what, string why) => new(
        ErrorIds.BadAnswer, ExitCode.Incomplete, $"the answer to {what} is not what this API gives: {Line(why)}", "look at what stands between this tool and the cluster");

    /// <summary>Reads the server's own words: its error type and reason.</summary>
    public static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        byte[] bytes = new byte[MaxErrorBytes];
        int length = 0;
        try
        {
            using Stream stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(0, length));
            JsonElement root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("error", out JsonElement error) ? ""
                : error.ValueKind == JsonValueKind.Object ? $"{Text(error, "type")}: {Text(error, "reason")}"
                : error.ToString();
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>The error that a status stands for.</summary>
    /// <param name="status">Status.</param>
    /// <param name="said">The server's own words; empty where it sent none that are a search server's.</param>
    /// <param name="server">Address.</param>
    /// <param name="path">What was asked.</param>
    public static ZombieOpsException Of(HttpStatusCode status, string said, Uri server, string path)
    {
        string code = $"{(int)status}{(said.Length > 0 ? $", {Line(said)}" : "")}";
        return status switch
        {
            HttpStatusCode.Unauthorized => new ZombieOpsException(
                ErrorIds.NotAuthorized, ExitCode.NotPermitted, $"{Address(server)} does not accept the credentials ({code})", "give --user with --password-file, --api-key-file, --bearer-file or a client certificate"),
            HttpStatusCode.Forbidden => new ZombieOpsException(
                ErrorIds.NotAuthorized, ExitCode.NotPermitted, $"{Address(server)} does not allow GET {Name(path)} ({code})", "give the user the cluster privilege 'monitor' and, on indices, 'view_index_metadata'"),
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout when IsQuorum(said) => new ZombieOpsException(
                ErrorIds.NoQuorum, ExitCode.Incomplete, $"the cluster at {Address(server)} has no elected master ({code})", "bring its master nodes back first: what a node says without one may be old"),
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => new ZombieOpsException(
                ErrorIds.ServerBusy, ExitCode.Incomplete, $"{Address(server)} refuses {Name(path)} for being busy ({code})", "run it again later"),
            HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => Unreachable(server, $"a proxy answers {code}", null),
            >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => NotSearch(server, $"it answers {Name(path)} with a redirect ({(int)status})"),
            _ when said.Length > 0 => new ZombieOpsException(
                ErrorIds.BadAnswer, ExitCode.Incomplete, $"{Address(server)} answers {Name(path)} with {code}", "see whether this server's version has that API"),
            _ => NotSearch(server, $"it answers {Name(path)} with {code}"),
        };
    }

    private static bool IsQuorum(string said) =>
        said.Contains("master_not_discovered", StringComparison.Ordinal) || said.Contains("cluster_manager_not_discovered", StringComparison.Ordinal)
        || said.Contains("no master", StringComparison.Ordinal) || said.Contains("state not recovered", StringComparison.Ordinal) || said.Contains("no cluster-manager", StringComparison.Ordinal);

    private static string Text(JsonElement error, string name) => error.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";
}
