using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ZombieOps.Audit.Forwarding;

/// <summary>
/// What syslog(3) writes to <c>/dev/log</c>: <c>&lt;PRI&gt;Mmm dd hh:mm:ss zombieops[PID]: text</c>. The daemons behind that socket take this form and not that of RFC 5424,
/// which is for the network. A line holds number, hash and summary, not the record: rsyslog cuts at 8 KiB, others at 1 KiB (RFC 3164).
/// </summary>
internal sealed class SyslogSink : IForwardSink
{
    /// <summary>The name under which the lines are found.</summary>
    public const string Identifier = "zombieops";

    private const int Daemon = 3;
    private const int LongestText = 800;
    private readonly Socket socket;
    private readonly bool stream;
    private readonly TimeZoneInfo zone;

    public SyslogSink(EngineOptions options)
    {
        zone = options.Clock.LocalTimeZone;
        try
        {
            (socket, stream) = (Connect(options.SyslogSocket, SocketType.Dgram), false);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ProtocolType or SocketError.ConnectionRefused or SocketError.OperationNotSupported)
        {
            // Old daemons listen for a stream, whose lines end in a NUL, as the C library has it.
            (socket, stream) = (ConnectOrTell(options.SyslogSocket), true);
        }
        catch (SocketException e)
        {
            throw new IOException($"{options.SyslogSocket}: {e.Message}", e);
        }
    }

    public void Send(in ForwardedRecord record)
    {
        ReadOnlySpan<byte> line = Encoding.UTF8.GetBytes(Line(record, zone) + (stream ? "\0" : ""));
        while (!line.IsEmpty)
        {
            line = line[socket.Send(line)..];
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>The line as it goes over the socket.</summary>
    internal static string Line(in ForwardedRecord forwarded, TimeZoneInfo zone)
    {
        AuditRecord record = forwarded.Record;
        // Facility times eight plus severity; the local time of the record, as syslog(3) writes it.
        int priority = (Daemon * 8) + JournalSink.Severity(record);
        DateTimeOffset at = TimeZoneInfo.ConvertTime(record.At, zone);
        string what = AuditText.What(record);
        what = what.Length > LongestText ? what[..LongestText] + "…" : what;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<{priority}>{at:MMM} {at.Day,2} {at:HH:mm:ss} {Identifier}[{Environment.ProcessId}]: record={record.Sequence} hash={forwarded.Hash} kind={record.Kind} run={record.RunId} who=\"{AuditText.Who(record)}\": {what}");
    }

    private static Socket Connect(string path, SocketType type)
    {
        var socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified) { SendTimeout = 10_000 };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket ConnectOrTell(string path)
    {
        try
        {
            return Connect(path, SocketType.Stream);
        }
        catch (SocketException e)
        {
            throw new IOException($"{path}: {e.Message}", e);
        }
    }
}
