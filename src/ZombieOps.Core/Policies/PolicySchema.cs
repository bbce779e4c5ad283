using System.Text.Json.Nodes;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Text;

namespace ZombieOps.Policies;

/// <summary>The JSON Schema of a policy, for editors. It is made of what the reader goes by, so that the two cannot differ.</summary>
public static class PolicySchema
{
    /// <summary>Where the published schema of this version is.</summary>
    public const string Url = "https://raw.githubusercontent.com/zombieops/zombieops/main/docs/schema/zombieops-policy-1.schema.json";

    /// <summary>The schema.</summary>
    public static JsonObject Create()
    {
        JsonObject source = Map(PolicyKeys.Source);
        JsonObject sourceKeys = source["properties"]!.AsObject();
        sourceKeys["source"]!["enum"] = Words(SourceCatalog.All.Select(registration => registration.Name));
        sourceKeys["limits"] = Described(Map(PolicyKeys.Limits), PolicyKeys.Source, "limits");
        sourceKeys["labels"]!["additionalProperties"] = Single();
        source["allOf"] = new JsonArray([.. SourceCatalog.All.Select(registration => (JsonNode)new JsonObject
        {
            ["if"] = new JsonObject { ["properties"] = new JsonObject { ["source"] = new JsonObject { ["const"] = registration.Name } }, ["required"] = Words(["source"]) },
            ["then"] = new JsonObject { ["properties"] = OfSource(registration) },
        })]);

        JsonObject window = Map(PolicyKeys.Window);
        window["properties"]!["days"] = Described(TextOrTexts(new JsonObject { ["enum"] = Words(PolicyKeys.Days.Select(day => day.Name)) }), PolicyKeys.Window, "days");
        window["properties"]!["from"]!["pattern"] = "^([01]?[0-9]|2[0-3]):[0-5][0-9]$";
        window["properties"]!["to"]!["pattern"] = "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$";
        window["dependentRequired"] = new JsonObject { ["from"] = Words(["to"]), ["to"] = Words(["from"]) };

        JsonObject exemption = Map(PolicyKeys.Exemption);
        exemption["properties"]!["match"] = Described(Facets(SourceCatalog.All, single: true), PolicyKeys.Exemption, "match");
        exemption["properties"]!["expires"]!["pattern"] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}";
        JsonObject notify = Map(PolicyKeys.Notify);
        notify["properties"]!["when"]!["enum"] = Words(Enum.GetNames<NotifyWhen>().Select(Names.ToKebab));

        JsonObject policy = Map(PolicyKeys.Policy);
        JsonObject keys = policy["properties"]!.AsObject();
        keys["schema"]!["const"] = Policy.CurrentSchema;
        keys["sources"]!["items"] = Ref("source");
        keys["windows"]!["items"] = Ref("window");
        keys["exemptions"] = Described(new JsonObject { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "array", ["items"] = Ref("exemption") }, new JsonObject { ["type"] = "string" }) }, PolicyKeys.Policy, "exemptions");
        keys["forward"] = Described(TextOrTexts(new JsonObject { ["enum"] = Words(Enum.GetNames<Audit.Forwarding.ForwardTarget>().Select(Names.ToKebab)) }), PolicyKeys.Policy, "forward");
        keys["notify"] = Described(notify, PolicyKeys.Policy, "notify");
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["$id"] = Url, ["title"] = Policy.CurrentSchema };
        foreach ((string name, JsonNode? value) in policy)
        {
            schema[name] = value?.DeepClone();
        }

        schema["$defs"] = new JsonObject { ["source"] = source, ["window"] = window, ["exemption"] = exemption };
        return schema;
    }

    private static JsonObject OfSource(SourceRegistration source)
    {
        var options = new JsonObject();
        foreach (SourceOption option in source.Options)
        {
            options[option.Name] = new JsonObject { ["description"] = option.Summary, ["oneOf"] = new JsonArray(Single(), new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = Single() }) };
        }

        return new JsonObject
        {
            ["options"] = new JsonObject { ["type"] = "object", ["properties"] = options, ["additionalProperties"] = false },
            ["where"] = Facets([source], single: false),
            ["allow"] = TextOrTexts(new JsonObject { ["enum"] = Words(source.Remedies.Select(remedy => Names.ToKebab(remedy.Code))) }),
        };
    }

    private static JsonObject Facets(IReadOnlyList<SourceRegistration> sources, bool single)
    {
        var names = new JsonObject();
        foreach (string name in sources.SelectMany(FindingFacets.Names).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            names[name] = single ? Single() : new JsonObject { ["oneOf"] = new JsonArray(Single(), new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = Single() }) };
        }

        return new JsonObject { ["type"] = "object", ["minProperties"] = 1, ["properties"] = names, ["additionalProperties"] = false };
    }

    private static JsonObject Map(PolicyKey[] keys)
    {
        var properties = new JsonObject();
        foreach (PolicyKey key in keys)
        {
            JsonObject type = Type(key.Type);
            type["description"] = key.Summary;
            properties[key.Name] = type;
        }

        var map = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (keys.Any(key => key.Required))
        {
            map["required"] = Words(keys.Where(key => key.Required).Select(key => key.Name));
        }

        return map;
    }

    private static JsonObject Type(PolicyType type) => type switch
    {
        PolicyType.Count => new JsonObject { ["type"] = "integer", ["minimum"] = 0 },
        PolicyType.Share => new JsonObject { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "number", ["minimum"] = 0, ["maximum"] = 1 }, new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]+(\\.[0-9]+)?%$" }) },
        PolicyType.Duration => new JsonObject { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "string", ["pattern"] = "^(0|([0-9.]+d)?([0-9.]+h)?([0-9.]+m)?([0-9.]+s)?([0-9.]+ms)?)$", ["minLength"] = 1 }, new JsonObject { ["const"] = 0 }) },
        PolicyType.Texts => TextOrTexts(new JsonObject { ["type"] = "string" }),
        PolicyType.Values => new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = Single() },
        PolicyType.Flag => new JsonObject { ["type"] = "boolean" },
        PolicyType.Map => new JsonObject { ["type"] = "object" },
        PolicyType.Maps => new JsonObject { ["type"] = "array", ["minItems"] = 1 },
        _ => new JsonObject { ["type"] = "string", ["minLength"] = 1 },
    };

    private static JsonObject TextOrTexts(JsonObject item) => new()
    {
        ["oneOf"] = new JsonArray(item, new JsonObject { ["type"] = "array", ["minItems"] = 1, ["uniqueItems"] = true, ["items"] = item.DeepClone() }),
    };

    private static JsonObject Described(JsonObject type, PolicyKey[] keys, string name)
    {
        type["description"] = keys.First(key => key.Name == name).Summary;
        return type;
    }

    private static JsonObject Single() => new() { ["type"] = new JsonArray("string", "integer") };

    private static JsonObject Ref(string name) => new() { ["$ref"] = "#/$defs/" + name };

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(word => (JsonNode)JsonValue.Create(word))]);
}
