using System.Text;

namespace ZombieOps.Sources.Search.Client;

/// <summary>An Elastic Cloud id: <c>NAME:base64(HOST[:PORT]$ELASTICSEARCH-ID$KIBANA-ID)</c>.</summary>
internal static class CloudId
{
    /// <summary>The cluster's address.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>.</exception>
    public static Uri ToUrl(string cloudId)
    {
        string encoded = cloudId[(cloudId.LastIndexOf(':') + 1)..];
        byte[] buffer = new byte[encoded.Length];
        if (Convert.TryFromBase64String(encoded, buffer, out int length)
            && Encoding.UTF8.GetString(buffer, 0, length).Split('$') is [{ Length: > 0 } host, { Length: > 0 } id, ..])
        {
            string[] parts = host.Split(':');
            string port = parts.Length == 2 ? parts[1] : "443";
            string[] own = id.Split(':');
            if (Uri.TryCreate($"https://{own[0]}.{parts[0]}:{(own.Length == 2 ? own[1] : port)}/", UriKind.Absolute, out Uri? url))
            {
                return url;
            }
        }

        throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, "the value of 'cloud-id' is no cloud id", "copy it from the deployment's page in Elastic Cloud: NAME:BASE64");
    }
}
