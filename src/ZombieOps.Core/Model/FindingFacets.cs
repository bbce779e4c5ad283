using System.Text.Json;

namespace ZombieOps.Model;

/// <summary>
/// The names by which filters and exemptions speak of a finding, the same for every source: its own codes, the kinds of its
/// owners (<c>parent</c>, <c>unit</c>, <c>container</c>) and the fields of its target (<c>pid</c>, <c>user</c>, <c>command</c>).
/// </summary>
public static class FindingFacets
{
    private static readonly string[] Own = ["id", "source", "kind", "cause", "reason", "verdict"];

    /// <summary>Every name that findings of a source can be spoken of by, as the command line and the files write it.</summary>
    /// <param name="source">The source.</param>
    public static IReadOnlyList<string> Names(Sources.SourceRegistration source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return
        [
            .. ((IEnumerable<string>)
            [
                .. Own,
                .. source.OwnerKinds.Select(kind => char.ToLowerInvariant(kind[0]) + kind[1..]),
                .. source.TargetJson.Info.Properties.Where(property => IsSingle(property.PropertyType)).Select(property => property.Name).Where(name => name != "type"),
            ]).Distinct(StringComparer.OrdinalIgnoreCase),
        ];
    }

    /// <summary>Every value that a finding has under a name; empty where it has none.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="name">The name, in any case.</param>
    public static IReadOnlyList<string> Values(Finding finding, string name)
    {
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(name);
        string? own = name.ToLowerInvariant() switch
        {
            "id" => finding.Id,
            "source" => finding.Source,
            "kind" => finding.Kind,
            "cause" => finding.Cause,
            "reason" => finding.Reason,
            "verdict" => finding.Verdict.ToString(),
            _ => null,
        };
        if (own is not null)
        {
            return [own];
        }

        var values = new List<string>();
        foreach (OwnerLink link in finding.Owner)
        {
            if (string.Equals(link.Kind, name, StringComparison.OrdinalIgnoreCase))
            {
                values.Add(link.Name);
                if (link.Id is { } id && id != link.Name)
                {
                    values.Add(id);
                }
            }
        }

        if (values.Count > 0)
        {
            return values;
        }

        foreach (JsonProperty property in TargetFields(finding).EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase)
                && property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            {
                values.Add(property.Value.ToString());
            }
        }

        return values;
    }

    private static bool IsSingle(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) is not (TypeCode.Object or TypeCode.Boolean) || type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?);

    private static JsonElement TargetFields(Finding finding)
    {
        using JsonDocument document = JsonDocument.Parse(ZombieJson.Write(finding.Target));
        return document.RootElement.Clone();
    }
}
