using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps;

/// <summary>The one JSON that the command line, plan files and the audit log share.</summary>
public static class ZombieJson
{
    private static readonly ModelJsonContext Compact = Create(indented: false);
    private static readonly ModelJsonContext Indented = Create(indented: true);

    /// <summary>Metadata of a record of <see cref="Model"/>.</summary>
    /// <typeparam name="T">One of the records that the schema has.</typeparam>
    /// <param name="indented">Whether to write it for a person.</param>
    public static JsonTypeInfo<T> Info<T>(bool indented = false) =>
        (JsonTypeInfo<T>)((indented ? Indented : Compact).GetTypeInfo(typeof(T))
            ?? throw new NotSupportedException($"{typeof(T)} is not in the schema"));

    /// <summary>Writes a record.</summary>
    /// <typeparam name="T">One of the records that the schema has.</typeparam>
    /// <param name="value">The record.</param>
    /// <param name="indented">Whether to write it for a person.</param>
    public static string Write<T>(T value, bool indented = false) => JsonSerializer.Serialize(value, Info<T>(indented));

    /// <summary>Reads a record; fields that are not known are skipped.</summary>
    /// <typeparam name="T">One of the records that the schema has.</typeparam>
    /// <param name="json">The text.</param>
    /// <exception cref="JsonException">It is no such record.</exception>
    public static T Read<T>(string json) => JsonSerializer.Deserialize(json, Info<T>()) ?? throw new JsonException("null");

    private static ModelJsonContext Create(bool indented)
    {
        var types = SourceCatalog.All.ToDictionary(source => source.TargetJson.Type, source => source.TargetJson.Info, StringComparer.Ordinal);
        return new ModelJsonContext(new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
            WriteIndented = indented,
            // Names and paths are for people and jq: only what breaks a terminal or a line is escaped.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new TargetConverter(types), new SecondsConverter() },
        });
    }
}
