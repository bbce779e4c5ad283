using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ZombieOps.Bench;

/// <summary>
/// Serves a <see cref="SearchWorld"/> from memory on a loopback port, in a process of its own so that its time is nobody else's. It prints the port and ends
/// when its input is closed.
/// </summary>
internal static class SearchServer
{
    public static int Run(bool openSearch)
    {
        var world = new SearchWorld(openSearch);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accept = new Thread(() => Accept(listener, world)) { IsBackground = true };
        accept.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port);
        Console.In.ReadToEnd();
        return 0;
    }

    private static void Accept(TcpListener listener, SearchWorld world)
    {
        while (true)
        {
            TcpClient client = listener.AcceptTcpClient();
            new Thread(() => Serve(client, world)) { IsBackground = true }.Start();
        }
    }

    private static void Serve(TcpClient client, SearchWorld world)
    {
        using (client)
        {
            try
            {
                using NetworkStream stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII);
                while (reader.ReadLine() is { Length: > 0 } request)
                {
                    int body = 0;
                    while (reader.ReadLine() is { Length: > 0 } header)
                    {
                        const string Length = "Content-Length:";
                        body = header.StartsWith(Length, StringComparison.OrdinalIgnoreCase) ? int.Parse(header.AsSpan(Length.Length), CultureInfo.InvariantCulture) : body;
                    }

                    for (; body > 0; body--)
                    {
                        reader.Read();
                    }

                    byte[] answer = world.Answer(request.Split(' ')[1]);
                    stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {answer.Length}\r\n\r\n")));
                    stream.Write(answer);
                }
            }
            catch (IOException)
            {
                // The client went away.
            }
        }
    }
}
