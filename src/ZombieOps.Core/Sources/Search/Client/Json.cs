using System.Text.Json;

namespace ZombieOps.Sources.Search.Client;

/// <summary>Reads members of an answer and says which one is not what it should be.</summary>
internal static class Json
{
    /// <summary>The member, which has to be an object.</summary>
    public static JsonElement Object(JsonElement parent, string name, string what) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? value
            : throw ServerErrors.Wrong(what, $"it has no object '{name}'");

    /// <summary>The member, if it is there; null or absent is false, another kind an error.</summary>
    public static bool TryObject(JsonElement parent, string name, string what, out JsonElement value)
    {
        if (!parent.TryGetProperty(name, out value) || value.ValueKind == JsonValueKind.Null)
        {
            return false;
        }

        return value.ValueKind == JsonValueKind.Object ? true : throw ServerErrors.Wrong(what, $"'{name}' is no object");
    }

    /// <summary>The member, which has to be a text that is not empty.</summary>
    public static string String(JsonElement parent, string name, string what) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw ServerErrors.Wrong(what, $"'{name}' is no text");

    /// <summary>The member if it is a text, or null.</summary>
    public static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Milliseconds since 1970 as a time; null where the member is no such number.</summary>
    public static DateTimeOffset? Time(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out long ms) && ms is > 0 and < 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
            : null;
}
