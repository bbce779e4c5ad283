using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary><c>GET /_cluster/settings?flat_settings=true</c>.</summary>
internal static class SettingsAnswer
{
    public const string What = "GET /_cluster/settings";

    /// <summary>What JSON can hold and no text can: half of a surrogate pair, bytes that are no UTF-8.</summary>
    public const string NoUnicode = "it holds a text that is no Unicode";

    /// <summary>The path. No <c>filter_path</c>: it does not see into flat keys, and an empty answer would read as "no marks".</summary>
    public static string Path(string masterTimeout) => $"_cluster/settings?flat_settings=true&master_timeout={masterTimeout}";

    /// <summary>Both scopes. Both have to be there.</summary>
    public static (Dictionary<string, SettingValue> Persistent, Dictionary<string, SettingValue> Transient) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || (root.EnumerateObject().Any() && !root.TryGetProperty("persistent", out _) && !root.TryGetProperty("transient", out _)))
        {
            throw new ZombieOpsException(
                ErrorIds.NotASearchServer, ExitCode.Incomplete, $"what answers {What} is no Elasticsearch and no OpenSearch: its JSON has neither 'persistent' nor 'transient'", "give the address of a node or of a proxy that passes its API on");
        }

        try
        {
            return (Scope(Json.Object(root, "persistent", What)), Scope(Json.Object(root, "transient", What)));
        }
        catch (InvalidOperationException)
        {
            throw ServerErrors.Wrong(What, NoUnicode);
        }
    }

    /// <summary>The list that a value stands for: split at commas, blanks off, empty ones out, each once.</summary>
    public static IReadOnlyList<string> Entries(string raw) =>
        [.. raw.Split(',').Select(Trim).Where(entry => entry.Length > 0).Distinct(StringComparer.Ordinal)];

    /// <summary>An entry as the servers take it (<c>Strings.tokenizeToStringArray</c>): everything up to U+0020 is off at both ends, and other blanks are part of it.</summary>
    public static string Trim(string piece)
    {
        int begin = 0, end = piece.Length;
        while (begin < end && piece[begin] <= ' ')
        {
            begin++;
        }

        while (end > begin && piece[end - 1] <= ' ')
        {
            end--;
        }

        return piece[begin..end];
    }

    /// <summary>The settings of one object, flat or nested, by full name.</summary>
    public static Dictionary<string, SettingValue> Scope(JsonElement scope)
    {
        var settings = new Dictionary<string, SettingValue>(StringComparer.Ordinal);
        Add(settings, "", scope);
        return settings;
    }

    // Some proxies give the nested form whatever was asked for.
    private static void Add(Dictionary<string, SettingValue> settings, string prefix, JsonElement parent)
    {
        foreach (JsonProperty property in parent.EnumerateObject())
        {
            string name = prefix + property.Name;
            JsonElement value = property.Value;
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    Add(settings, name + ".", value);
                    break;
                case JsonValueKind.Array:
                    settings[name] = Array(name, value);
                    break;
                case JsonValueKind.Null:
                    break;
                default:
                    string raw = value.ToString();
                    settings[name] = new SettingValue(raw, Entries(raw));
                    break;
            }
        }
    }

    private static SettingValue Array(string name, JsonElement array)
    {
        var entries = new List<string>();
        foreach (JsonElement element in array.EnumerateArray())
        {
            string entry = element.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
                ? Trim(element.ToString())
                : throw ServerErrors.Wrong(What, $"'{name}' is a list of something else than texts");
            if (entry.Length > 0 && !entries.Contains(entry, StringComparer.Ordinal))
            {
                entries.Add(entry);
            }
        }

        return new SettingValue(string.Join(',', entries), entries, WasArray: true);
    }
}
