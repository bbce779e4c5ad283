using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ZombieOps.Model;

namespace ZombieOps.Audit.Forwarding;

/// <summary>
/// The journal's native protocol ("Native Journal Protocol" of systemd's documentation): one datagram an entry, fields as <c>NAME=value</c> lines or, with a line end in
/// the value, as name, length and value. What is too large for a datagram goes as a sealed memory file, whose descriptor is sent instead.
/// </summary>
internal sealed class JournalSink : IForwardSink
{
    // One for each kind, made once at random: they are what 'journalctl MESSAGE_ID=' finds.
    private static readonly Dictionary<AuditKind, string> MessageIds = new()
    {
        [AuditKind.Note] = "0f6f2e2b7f0c4a51a1d54c3cf9e3b6d0",
        [AuditKind.RunStarted] = "5b8f0d9a6c3e4f1fb7a3d2a9c04e7711",
        [AuditKind.Intent] = "c2a7e4d18b5340f7965b1fd0a83c6e22",
        [AuditKind.Outcome] = "71d3b9f06ea84cc28c1e5a47d2f09b33",
        [AuditKind.RunEnded] = "e94c5a27d1b84e3d9f60c8b37a5d1f44",
        [AuditKind.Recovered] = "38a1f6c4b92d4d7eb05e9d1c64f7a255",
        [AuditKind.Planned] = "a6d08e53f7194b02812c7be9d35f4c66",
        [AuditKind.Approved] = "1c95b7ea40d64f83a92d6e0fb8c31477",
    };

    private readonly Socket socket;

    public JournalSink(EngineOptions options)
    {
        socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = 10_000 };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(options.JournalSocket));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"{options.JournalSocket}: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Send(in ForwardedRecord record)
    {
        byte[] entry = Entry(record);
        try
        {
            socket.Send(entry);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.MessageSize or SocketError.NoBufferSpaceAvailable)
        {
            MemoryFile.Send(socket.SafeHandle, entry);
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>The entry as it goes over the socket.</summary>
    internal static byte[] Entry(in ForwardedRecord forwarded)
    {
        AuditRecord record = forwarded.Record;
        using var bytes = new MemoryStream();
        void Field(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                Write(bytes, name, Encoding.UTF8.GetBytes(value));
            }
        }

        string who = AuditText.Who(record);
        Field("MESSAGE", $"{record.Kind} {AuditText.What(record)} ({who}; record {record.Sequence.ToString(CultureInfo.InvariantCulture)})");
        Field("MESSAGE_ID", MessageIds.GetValueOrDefault(record.Kind));
        Field("PRIORITY", Severity(record).ToString(CultureInfo.InvariantCulture));
        Field("SYSLOG_IDENTIFIER", SyslogSink.Identifier);
        Field("ZOMBIEOPS_SEQUENCE", record.Sequence.ToString(CultureInfo.InvariantCulture));
        Field("ZOMBIEOPS_HASH", forwarded.Hash);
        Field("ZOMBIEOPS_KIND", record.Kind.ToString());
        Field("ZOMBIEOPS_RUN", record.RunId);
        Field("ZOMBIEOPS_AT", record.At.UtcDateTime.ToString("o", CultureInfo.InvariantCulture));
        Field("ZOMBIEOPS_WHO", who);
        Field("ZOMBIEOPS_HOST", record.Who?.Host);
        Field("ZOMBIEOPS_FINDING", record.FindingId);
        Field("ZOMBIEOPS_REMEDY", record.Remedy);
        Field("ZOMBIEOPS_OUTCOME", record.Result?.Outcome.ToString());
        Field("ZOMBIEOPS_PLAN", record.PlanId);
        Field("ZOMBIEOPS_PLAN_HASH", record.PlanHash);
        Field("ZOMBIEOPS_APPROVAL", record.Approval?.ToString(CultureInfo.InvariantCulture));
        // The line itself, so that the chain can be checked and the log be made anew from the journal.
        Write(bytes, "ZOMBIEOPS_RECORD", forwarded.Line);
        return bytes.ToArray();
    }

    /// <summary>Severity as syslog(3) has it: 4 warning, 5 notice, 6 informational.</summary>
    internal static int Severity(AuditRecord record) => record.Kind switch
    {
        AuditKind.Recovered => 4,
        AuditKind.Intent or AuditKind.Approved => 5,
        AuditKind.Outcome or AuditKind.Note when record.Result is { } result =>
            result.Outcome is ClearOutcome.Cleared or ClearOutcome.AlreadyGone or ClearOutcome.Undone or ClearOutcome.Marked ? 5 : 4,
        _ => 6,
    };

    private static void Write(MemoryStream bytes, string name, ReadOnlySpan<byte> value)
    {
        bytes.Write(Encoding.ASCII.GetBytes(name));
        if (value.Contains((byte)'\n'))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)value.Length);
            bytes.WriteByte((byte)'\n');
            bytes.Write(length);
        }
        else
        {
            bytes.WriteByte((byte)'=');
        }

        bytes.Write(value);
        bytes.WriteByte((byte)'\n');
    }
}
