using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ZombieOps.Integration.Tests.Ansible;

/// <summary>A fake of a server that lets nobody in, and keeps what was given as login.</summary>
internal sealed class FakeLoginServer : IDisposable
{
    private readonly HttpListener listener = new();

    public FakeLoginServer()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        listener.Prefixes.Add(Address + "/");
        listener.Start();
        _ = AnswerAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>The headers that were sent, in their order.</summary>
    public ConcurrentQueue<string> Logins { get; } = new();

    public void Dispose() => listener.Close();

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await listener.GetContextAsync();
                Logins.Enqueue(context.Request.Headers["Authorization"] ?? "none");
                context.Response.StatusCode = 401;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
