using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ZombieOps.Core.Tests.Search;

/// <summary>A small real HTTP server on a loopback port, with or without TLS: for what a handler in memory cannot show.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2? certificate;
    private readonly bool asksForCertificate;
    private readonly Func<string, string> answer;

    /// <summary>One that is ready.</summary>
    /// <param name="answer">The whole answer, head and body, for a request line.</param>
    /// <param name="certificate">Certificate to serve with; null for plain HTTP.</param>
    /// <param name="asksForCertificate">Whether a client has to show one.</param>
    public LoopbackServer(Func<string, string> answer, X509Certificate2? certificate = null, bool asksForCertificate = false)
    {
        this.answer = answer;
        this.certificate = certificate;
        this.asksForCertificate = asksForCertificate;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = Task.Run(AcceptAsync);
    }

    public int Port { get; }

    public System.Collections.Concurrent.ConcurrentQueue<string> RequestLines { get; } = new();

    public System.Collections.Concurrent.ConcurrentQueue<string?> ClientCertificates { get; } = new();

    public static string Ok(string body) => $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}";

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = Task.Run(() => ServeAsync(client));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (certificate is not null)
                {
                    var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null || !asksForCertificate);
                    await tls.AuthenticateAsServerAsync(certificate, asksForCertificate, checkCertificateRevocation: false);
                    ClientCertificates.Enqueue(tls.RemoteCertificate?.Subject);
                    stream = tls;
                }

                using (stream)
                {
                    using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                    string? line = await reader.ReadLineAsync();
                    while (await reader.ReadLineAsync() is { Length: > 0 })
                    {
                    }

                    if (line is null)
                    {
                        // With TLS 1.3 a client that refuses the certificate does so after the server is done.
                        return;
                    }

                    RequestLines.Enqueue(line);
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(answer(line)));
                }
            }
            catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException or SocketException)
            {
                // The client did not want to.
            }
        }
    }
}
