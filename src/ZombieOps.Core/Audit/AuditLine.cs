using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace ZombieOps.Audit;

/// <summary>What stands at the top of a line, read without building the record.</summary>
internal readonly record struct AuditLineFields(long Sequence, AuditKind Kind, string Prev, long? IntentSequence, DateTimeOffset At, long? Undoes);

/// <summary>
/// The format of a line: the record's JSON, whose closing brace is replaced by <c>,"hash":"…"}</c>. The hash is taken over the very
/// bytes that stand before that, so checking it needs no canonical form of JSON.
/// </summary>
internal static class AuditLine
{
    /// <summary>The longest line that is written or read, with its hash and without its end, in bytes.</summary>
    public const int MaxLength = 8 << 20;

    /// <summary>What stands for the hash before the first record.</summary>
    public static readonly string NoHash = new('0', 64);

    private const int HashLength = 64;
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);

    private static ReadOnlySpan<byte> Before => ",\"hash\":\""u8;

    private static ReadOnlySpan<byte> After => "\"}"u8;

    /// <summary>Bytes that the hash adds to a line, its end included.</summary>
    public static int Overhead => Before.Length + HashLength + After.Length;

    /// <summary>Turns JSON that begins at <paramref name="start"/> and ends the buffer into a line; gives its hash.</summary>
    public static string Seal(ByteBuffer buffer, int start)
    {
        buffer.Length--; // the closing brace
        string hash = Hash(buffer.Written[start..]);
        buffer.Add(Before);
        Span<byte> hex = stackalloc byte[HashLength];
        for (int i = 0; i < hex.Length; i++)
        {
            hex[i] = (byte)hash[i];
        }

        buffer.Add(hex);
        buffer.Add(After);
        buffer.Add("\n"u8);
        return hash;
    }

    /// <summary>Splits a line (without its end) into what is hashed and the hash that it states.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> hashed, out string stated)
    {
        hashed = default;
        stated = "";
        if (line.Length <= Overhead || line[0] != (byte)'{' || !line.EndsWith(After))
        {
            return false;
        }

        int at = line.Length - Overhead;
        ReadOnlySpan<byte> hex = line.Slice(at + Before.Length, HashLength);
        if (!line[at..].StartsWith(Before) || hex.ContainsAnyExcept(HexDigits))
        {
            return false;
        }

        hashed = line[..at];
        stated = System.Text.Encoding.ASCII.GetString(hex);
        return true;
    }

    /// <summary>The hash of what stands before it, lower-case hex.</summary>
    public static string Hash(ReadOnlySpan<byte> hashed)
    {
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(hashed, sum);
        Span<char> text = stackalloc char[HashLength];
        for (int i = 0; i < sum.Length; i++)
        {
            text[2 * i] = "0123456789abcdef"[sum[i] >> 4];
            text[(2 * i) + 1] = "0123456789abcdef"[sum[i] & 15];
        }

        return new string(text);
    }

    /// <summary>Reads the fields that the chain and the search for open intents need.</summary>
    public static bool TryPeek(ReadOnlySpan<byte> line, out AuditLineFields fields)
    {
        fields = default;
        long sequence = 0;
        long? intent = null, undoes = null;
        string? prev = null;
        AuditKind kind = AuditKind.Note;
        DateTimeOffset at = default;
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                int which = json.ValueTextEquals("sequence"u8) ? 1
                    : json.ValueTextEquals("kind"u8) ? 2
                    : json.ValueTextEquals("prev"u8) ? 3
                    : json.ValueTextEquals("intentSequence"u8) ? 4
                    : json.ValueTextEquals("at"u8) ? 5
                    : json.ValueTextEquals("undoes"u8) ? 6
                    : 0;
                json.Read();
                switch (which)
                {
                    case 1:
                        sequence = json.GetInt64();
                        break;
                    case 2:
                        // A kind of a later version is something to keep and not to act on.
                        kind = Enum.TryParse(json.GetString(), out AuditKind known) ? known : AuditKind.Note;
                        break;
                    case 3:
                        prev = json.GetString();
                        break;
                    case 4:
                        intent = json.GetInt64();
                        break;
                    case 5:
                        at = json.GetDateTimeOffset();
                        break;
                    case 6:
                        undoes = json.GetInt64();
                        break;
                    default:
                        json.Skip();
                        break;
                }
            }

            // Whatever follows the object makes this no line of ours.
            if (json.TokenType != JsonTokenType.EndObject || json.Read())
            {
                return false;
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }

        fields = new AuditLineFields(sequence, kind, prev ?? "", intent, at, undoes);
        return sequence > 0 && prev is not null;
    }

    /// <summary>Builds the record of a line.</summary>
    /// <exception cref="JsonException">It is no record.</exception>
    public static AuditRecord Read(ReadOnlySpan<byte> line) =>
        JsonSerializer.Deserialize(line, ZombieJson.Info<AuditRecord>()) ?? throw new JsonException("null");
}
