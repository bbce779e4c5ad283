using System.Net.Sockets;
using System.Text;

namespace ZombieOps.Tests.Audit.Forwarding;

/// <summary>A socket that takes what a journal or a syslog daemon would take, and keeps it. It stands in for both and answers nothing, as they do.</summary>
internal sealed class FakeReceiver : IDisposable
{
    private readonly Socket socket;
    private readonly Task reading;
    private readonly List<byte[]> got = [];

    public FakeReceiver(string path, SocketType type = SocketType.Dgram)
    {
        Path = path;
        socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        if (type == SocketType.Stream)
        {
            socket.Listen();
        }

        reading = Task.Run(() => Read(type));
    }

    public string Path { get; }

    /// <summary>What has come in, once there is as much of it.</summary>
    public async Task<List<string>> TakeAsync(int count)
    {
        for (int i = 0; i < 1000; i++)
        {
            lock (got)
            {
                if (got.Count >= count)
                {
                    return [.. got.Select(Encoding.UTF8.GetString)];
                }
            }

            await Task.Delay(10);
        }

        lock (got)
        {
            throw new TimeoutException($"{got.Count} of {count} came in");
        }
    }

    public void Dispose()
    {
        socket.Dispose();
        reading.Wait();
        File.Delete(Path);
    }

    private void Read(SocketType type)
    {
        byte[] buffer = new byte[1 << 20];
        try
        {
            using Socket from = type == SocketType.Stream ? socket.Accept() : socket;
            var rest = new MemoryStream();
            while (from.Receive(buffer) is > 0 and var length)
            {
                lock (got)
                {
                    if (type == SocketType.Dgram)
                    {
                        got.Add(buffer[..length]);
                        continue;
                    }

                    foreach (byte one in buffer.AsSpan(0, length))
                    {
                        if (one == 0)
                        {
                            got.Add(rest.ToArray());
                            rest = new MemoryStream();
                        }
                        else
                        {
                            rest.WriteByte(one);
                        }
                    }
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
