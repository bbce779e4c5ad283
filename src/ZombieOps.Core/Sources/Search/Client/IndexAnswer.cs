using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary><c>GET /_all/_settings/…</c> for the three settings that a shrink leaves.</summary>
internal static class IndexAnswer
{
    public const string What = "GET /_all/_settings";
    private const string Require = SettingNames.IndexAllocation + "require.";

    public static string Path(string masterTimeout) =>
        $"_all/_settings/{Require}_name,{Require}_id,{SettingNames.IndexWriteBlock}?flat_settings=true&expand_wildcards=all&allow_no_indices=true&master_timeout={masterTimeout}";

    /// <summary>The pinned indices. A write block alone is ordinary (lifecycle policies set it) and no mark.</summary>
    public static IReadOnlyList<IndexPin> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw ServerErrors.Wrong(What, "it is no object");
        }

        var pins = new List<IndexPin>();
        foreach (JsonProperty index in root.EnumerateObject())
        {
            JsonElement settings = Json.Object(index.Value, "settings", What);
            bool blocked = settings.TryGetProperty(SettingNames.IndexWriteBlock, out JsonElement block) && string.Equals(block.ToString(), "true", StringComparison.OrdinalIgnoreCase);
            foreach (string name in (ReadOnlySpan<string>)[Require + "_name", Require + "_id"])
            {
                if (settings.TryGetProperty(name, out JsonElement value) && value.ToString() is { Length: > 0 } node)
                {
                    pins.Add(new IndexPin(index.Name, name, node, blocked));
                }
            }
        }

        return pins;
    }
}
