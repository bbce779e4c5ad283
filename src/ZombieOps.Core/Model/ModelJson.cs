using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ZombieOps.Model;

/// <summary>Source-generated metadata of every record that is written to a file, a pipe or the audit log.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScanReport))]
[JsonSerializable(typeof(HeadroomReport))]
[JsonSerializable(typeof(ClearReport))]
[JsonSerializable(typeof(ClearResult))]
[JsonSerializable(typeof(SweepReport))]
[JsonSerializable(typeof(PolicyReport))]
[JsonSerializable(typeof(PolicySummary))]
[JsonSerializable(typeof(Policies.PolicyCheckReport))]
[JsonSerializable(typeof(PolicyDecision))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(PlanReview))]
[JsonSerializable(typeof(Finding))]
[JsonSerializable(typeof(Target))]
[JsonSerializable(typeof(Audit.AuditRecord))]
[JsonSerializable(typeof(Audit.AuditVerification))]
[JsonSerializable(typeof(Reports.PeriodReport))]
internal sealed partial class ModelJsonContext : JsonSerializerContext;

/// <summary>Seconds as a JSON number, so that <c>jq</c> and spreadsheets can compare ages.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        double seconds = reader.GetDouble();
        // A negative or absurd age in a file must not become a great one: it counts as none.
        return seconds is >= 0 and < 1e11 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Math.Round(value.TotalSeconds, 3));
}

/// <summary>Reads a target by its <c>type</c>, wherever that stands in the object; an unknown type is kept as it is.</summary>
internal sealed class TargetConverter(IReadOnlyDictionary<string, JsonTypeInfo> types) : JsonConverter<Target>
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert == typeof(Target);

    public override Target Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonElement raw = JsonElement.ParseValue(ref reader);
        if (raw.ValueKind != JsonValueKind.Object || !raw.TryGetProperty("type", out JsonElement type) || type.GetString() is not { } name)
        {
            throw new JsonException("a target needs a field \"type\"");
        }

        return types.TryGetValue(name, out JsonTypeInfo? info)
            ? (Target)(raw.Deserialize(info) ?? throw new JsonException("a target may not be null"))
            : new UnknownTarget(name, raw);
    }

    public override void Write(Utf8JsonWriter writer, Target value, JsonSerializerOptions options)
    {
        if (value is UnknownTarget unknown)
        {
            unknown.Raw.WriteTo(writer);
        }
        else if (types.TryGetValue(value.Type, out JsonTypeInfo? info))
        {
            JsonSerializer.Serialize(writer, value, info);
        }
        else
        {
            throw new JsonException($"no source has registered the target type '{value.Type}'");
        }
    }
}
