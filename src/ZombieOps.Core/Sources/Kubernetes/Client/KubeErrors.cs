using System.Net;
using static ZombieOps.Sources.Network.ServerText;

namespace ZombieOps.Sources.Kubernetes.Client;

/// <summary>What went wrong with an API server, as an error that a person can act on. Addresses are named, secrets never.</summary>
internal static class KubeErrors
{
    public static ZombieOpsException Unusable(string message, string next, Exception? inner = null) => new(ErrorIds.KubeconfigUnusable, ExitCode.BadUsage, message, next, inner);

    public static ZombieOpsException Unreachable(Uri server, string why, Exception? inner) => new(
        ErrorIds.ServerUnreachable, ExitCode.Incomplete, $"the Kubernetes API server {Address(server)} cannot be reached: {Line(why)}", "look at the context's address, the port and what lies between", inner);

    public static ZombieOpsException Tls(Uri server, Exception inner) => new(
        ErrorIds.TlsFailed,
        ExitCode.Incomplete,
        $"the TLS connection to the Kubernetes API server {Address(server)} failed: {Line(inner.InnerException?.Message ?? inner.Message)}",
        "look at certificate-authority-data and tls-server-name of the context's cluster",
        inner);

    public static ZombieOpsException NotKubernetes(Uri server, string path, string why) => new(
        ErrorIds.NotAKubernetesServer, ExitCode.Incomplete, $"{Address(server)} does not answer {Name(path)} as a Kubernetes API server: {Line(why)}", "look at the context's address, and at a proxy or login page in between");

    public static ZombieOpsException BrokeOff(Uri server, string path, Exception? inner) => new(
        ErrorIds.BadAnswer, ExitCode.Incomplete, $"the answer of {Address(server)} to {Name(path)} broke off or is no JSON", "run it again; if it stays so, look at the proxy in between", inner);

    public static ZombieOpsException Wrong(string what, string why) => new(
        ErrorIds.BadAnswer, ExitCode.Incomplete, $"the answer to {what} is not what this API gives: {Line(why)}", "look at what stands between this tool and the API server");

    /// <summary>The error that a status stands for.</summary>
    /// <param name="status">Status.</param>
    /// <param name="said">The message of the server's <c>Status</c> object; null where it sent none.</param>
    /// <param name="server">Address.</param>
    /// <param name="path">What was asked.</param>
    public static ZombieOpsException Of(HttpStatusCode status, string? said, Uri server, string path)
    {
        string code = $"{(int)status}{(said is { Length: > 0 } ? $", {Line(said)}" : "")}";
        return status switch
        {
            HttpStatusCode.Unauthorized => new ZombieOpsException(
                ErrorIds.NotAuthorized, ExitCode.NotPermitted, $"the Kubernetes API server {Address(server)} does not accept the credentials ({code})", "look at the context's user; a token may have expired"),
            HttpStatusCode.Forbidden => new ZombieOpsException(
                ErrorIds.NotAuthorized, ExitCode.NotPermitted, $"the Kubernetes API server {Address(server)} does not allow GET {Name(path)} ({code})", "give the user the right to 'list' it, or name the namespace that it may read"),
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => new ZombieOpsException(
                ErrorIds.ServerBusy, ExitCode.Incomplete, $"the Kubernetes API server {Address(server)} refuses {Name(path)} for being busy ({code})", "run it again later"),
            HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => Unreachable(server, $"a proxy answers {code}", null),
            _ when said is not null => new ZombieOpsException(
                ErrorIds.BadAnswer, ExitCode.Incomplete, $"the Kubernetes API server {Address(server)} answers {Name(path)} with {code}", "see whether this server's version has that API"),
            _ => NotKubernetes(server, path, $"it answers with {code}"),
        };
    }
}
