using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ZombieOps.Sources.Search.Client;

/// <summary>Makes the handler that talks to the network.</summary>
internal static class Handlers
{
    /// <summary>One for a connection.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>: a certificate file that cannot be used.</exception>
    public static HttpMessageHandler Create(SearchConnection connection)
    {
        var handler = new SocketsHttpHandler
        {
            // A redirect would carry the request, and what it proves, to somewhere else than was named.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip,
            UseProxy = connection.Proxy is not null,
            ConnectTimeout = connection.Timeout,
        };
        try
        {
            if (connection.Proxy is { } proxy)
            {
                handler.Proxy = new WebProxy(proxy);
            }

            if (connection.CaFile is { } ca)
            {
                var trusted = new X509Certificate2Collection();
                trusted.ImportFromPemFile(ca);
                if (trusted.Count == 0)
                {
                    throw Bad(ca, "it holds no certificate", null);
                }

                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.AddRange(trusted);
                handler.SslOptions.CertificateChainPolicy = policy;
            }

            if (connection.CertFile is { } certificate)
            {
                handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, connection.KeyFile)];
            }

            return handler;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            handler.Dispose();
            throw Bad(connection.CertFile is null ? connection.CaFile! : connection.CertFile, e.Message, e);
        }
        catch (ZombieOpsException)
        {
            handler.Dispose();
            throw;
        }
    }

    private static ZombieOpsException Bad(string file, string why, Exception? inner) => new(
        ErrorIds.BadArgument, ExitCode.BadUsage, $"the certificate file {file} cannot be used: {why}", "give a PEM file that this user can read", inner);
}
