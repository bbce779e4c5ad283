using System.Globalization;
using System.Text;

namespace ZombieOps.Sources.Search.Marks;

/// <summary>
/// What somebody has declared of an exclusion: who wants it, since when, until when and why. It stands beside the exclusion, in the same scope, as the setting
/// <c>cluster.metadata.zombieops.v1.exclude.ATTRIBUTE.ENTRY</c>, which both products take in the same request and log on their nodes.
/// </summary>
/// <param name="Owner">Who wants it.</param>
/// <param name="Since">When it was set (UTC, to the second).</param>
/// <param name="Expires">Until when it is wanted (UTC, to the second).</param>
/// <param name="Why">Why; empty where that was not said.</param>
/// <param name="Renewed">When its end was moved last (UTC, to the second); null where it never was.</param>
internal sealed record DrainRecord(string Owner, DateTimeOffset Since, DateTimeOffset Expires, string Why, DateTimeOffset? Renewed = null)
{
    /// <summary>Beginning of the names of all such settings.</summary>
    public const string Prefix = "cluster.metadata.zombieops.v1.exclude.";

    /// <summary>Longest name of an owner, in characters.</summary>
    public const int MaxOwner = 100;

    /// <summary>Longest reason, in characters.</summary>
    public const int MaxWhy = 500;

    /// <summary>Longest life from when it was set or renewed.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(7);

    /// <summary>Attributes that name single nodes, the only ones that a record can stand for.</summary>
    public static readonly string[] Attributes = ["_ip", "_name", "_host", "_id"];

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Name of the setting that holds the record of an entry.</summary>
    /// <param name="attribute">One of <see cref="Attributes"/>.</param>
    /// <param name="entry">The entry.</param>
    public static string Key(string attribute, string entry) => $"{Prefix}{attribute}.{Encode(entry)}";

    /// <summary>Takes the name of such a setting apart. False for one that no entry has: another attribute, another spelling.</summary>
    public static bool TryReadKey(string key, out string attribute, out string entry)
    {
        (attribute, entry) = ("", "");
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || key.IndexOf('.', Prefix.Length) is not (> 0 and var dot))
        {
            return false;
        }

        attribute = key[Prefix.Length..dot];
        return Array.IndexOf(Attributes, attribute) >= 0 && Decode(key[(dot + 1)..]) is { Length: > 0 } decoded && Encode(entry = decoded) == key[(dot + 1)..];
    }

    /// <summary>
    /// An entry as the last part of a setting's name. Letters, digits and <c>-</c> stay, <c>.</c> is <c>_</c>, <c>:</c> is <c>__</c>, and any other byte is
    /// <c>_xHH</c>; so is a dot before one of these or before an <c>x</c>. Two entries are never the same name, and none is the beginning of another's path, as no name has a dot.
    /// </summary>
    internal static string Encode(string entry)
    {
        var text = new StringBuilder();
        byte[] bytes = Encoding.UTF8.GetBytes(entry);
        for (int i = 0; i < bytes.Length; i++)
        {
            char c = (char)bytes[i];
            char next = i + 1 < bytes.Length ? (char)bytes[i + 1] : 'a';
            _ = IsPlain(c) ? text.Append(c)
                : c == '.' && IsPlain(next) && next != 'x' ? text.Append('_')
                : c == ':' ? text.Append("__")
                : text.Append(CultureInfo.InvariantCulture, $"_x{bytes[i]:x2}");
        }

        return text.ToString();
    }

    /// <summary>The value of the setting.</summary>
    public string Write() =>
        $"owner={Escape(Owner)};since={Time(Since)};expires={Time(Expires)}{(Renewed is { } at ? $";renewed={Time(at)}" : "")};why={Escape(Why)}";

    /// <summary>Reads a value. Fields may stand in any order, and those that are not known are passed over; owner, since and expires have to be there.</summary>
    /// <param name="value">The raw value.</param>
    /// <param name="problem">What is wrong with it; null where it could be read.</param>
    public static DrainRecord? Read(string value, out string? problem)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equal = part.IndexOf('=', StringComparison.Ordinal);
            string name = equal < 0 ? part : part[..equal];
            if (equal <= 0 || Unescape(part[(equal + 1)..]) is not { } text || !fields.TryAdd(name, text))
            {
                problem = equal <= 0 ? "it is not made of fields NAME=VALUE" : $"its field '{name}' is there twice or cannot be read";
                return null;
            }
        }

        DateTimeOffset? since = At(fields, "since"), expires = At(fields, "expires"), renewed = At(fields, "renewed");
        problem = fields.GetValueOrDefault("owner") is not { Length: > 0 } ? "it names no owner"
            : since is null ? "its field 'since' is no time like 2026-01-31T12:00:00Z"
            : expires is null ? "its field 'expires' is no time like 2026-01-31T12:00:00Z"
            : renewed is null && fields.ContainsKey("renewed") ? "its field 'renewed' is no time like 2026-01-31T12:00:00Z"
            : null;
        return problem is null ? new DrainRecord(fields["owner"], since!.Value, expires!.Value, fields.GetValueOrDefault("why") ?? "", renewed) : null;
    }

    /// <summary>A time as records hold it.</summary>
    internal static string Time(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>A time without the part of a second that records do not hold.</summary>
    internal static DateTimeOffset ToSecond(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private static DateTimeOffset? At(Dictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out string? text) && DateTime.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime at)
            ? new DateTimeOffset(at, TimeSpan.Zero)
            : null;

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c == '-';

    private static string? Decode(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '_')
            {
                if (!IsPlain(text[i]))
                {
                    return null;
                }

                bytes.Add((byte)text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '_')
            {
                bytes.Add((byte)':');
                i++;
            }
            else if (i + 1 < text.Length && text[i + 1] == 'x')
            {
                if (i + 3 >= text.Length || !byte.TryParse(text.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte one))
                {
                    return null;
                }

                bytes.Add(one);
                i += 3;
            }
            else
            {
                bytes.Add((byte)'.');
            }
        }

        return Utf8(bytes);
    }

    // What would end a field, blanks that would be taken for padding, and what would break a line of somebody's terminal or log.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool edge = at == 0 || at + rune.Utf16SequenceLength == text.Length;
            at += rune.Utf16SequenceLength;
            if (rune.Value is ';' or '=' or '%' || Rune.IsControl(rune) || (Rune.IsWhiteSpace(rune) && (edge || rune.Value != ' ')))
            {
                foreach (byte one in Encoding.UTF8.GetBytes(rune.ToString()))
                {
                    escaped.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
                }
            }
            else
            {
                escaped.Append(rune.ToString());
            }
        }

        return escaped.ToString();
    }

    private static string? Unescape(string text)
    {
        var bytes = new List<byte>();
        byte[] raw = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '%')
            {
                bytes.Add(raw[i]);
            }
            else if (i + 2 < raw.Length && byte.TryParse(raw.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte one))
            {
                bytes.Add(one);
                i += 2;
            }
            else
            {
                return null;
            }
        }

        return Utf8(bytes);
    }

    private static string? Utf8(List<byte> bytes)
    {
        try
        {
            return Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

/// <summary>The record that was found beside an exclusion, or alone.</summary>
/// <param name="Key">Full name of its setting.</param>
/// <param name="Raw">Its value.</param>
/// <param name="Declared">What it says; null where it could not be read.</param>
/// <param name="Problem">Why it could not be read; null where it could.</param>
internal sealed record FoundRecord(string Key, string Raw, DrainRecord? Declared, string? Problem)
{
    /// <summary>The record of an entry; null where there is none.</summary>
    public static FoundRecord? Of(IReadOnlyDictionary<string, SettingValue> settings, string attribute, string entry) =>
        Array.IndexOf(DrainRecord.Attributes, attribute) >= 0 && DrainRecord.Key(attribute, entry) is var key && settings.TryGetValue(key, out SettingValue? value) ? Read(key, value.Raw) : null;

    /// <summary>Reads one.</summary>
    public static FoundRecord Read(string key, string raw)
    {
        DrainRecord? declared = DrainRecord.Read(raw, out string? problem);
        return new FoundRecord(key, raw, declared, problem);
    }
}
