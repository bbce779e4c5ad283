using System.Text.Json;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>The settings of one moment.</summary>
/// <param name="Persistent">Persistent settings.</param>
/// <param name="Transient">Transient settings.</param>
internal sealed record SettingsView(IReadOnlyDictionary<string, SettingValue> Persistent, IReadOnlyDictionary<string, SettingValue> Transient)
{
    private const string Routing = "cluster.routing.";

    /// <summary>Reads them.</summary>
    public static async Task<SettingsView> ReadAsync(SearchClient client, CancellationToken cancel)
    {
        using JsonDocument answer = await client.GetAsync(SettingsAnswer.Path(client.MasterTimeout), cancel).ConfigureAwait(false);
        (Dictionary<string, SettingValue> persistent, Dictionary<string, SettingValue> transient) = SettingsAnswer.Read(answer.RootElement);
        return new SettingsView(persistent, transient);
    }

    /// <summary>Those of a scan.</summary>
    public static SettingsView Of(ClusterFacts facts) => new(facts.Persistent, facts.Transient);

    /// <summary>One value; null where it is not set.</summary>
    public SettingValue? Get(string scope, string key) => (scope == "transient" ? Transient : Persistent).GetValueOrDefault(key);

    /// <summary>One raw value; null where it is not set.</summary>
    public string? Raw(string scope, string key) => Get(scope, key)?.Raw;

    /// <summary>Every exclusion as it is listed, in both scopes.</summary>
    public IEnumerable<(string Attribute, string Value)> Exclusions() => Persistent.Concat(Transient)
        .Where(pair => pair.Key.StartsWith(SettingNames.Exclude, StringComparison.Ordinal)).Select(pair => (pair.Key[SettingNames.Exclude.Length..], pair.Value.Raw));

    /// <summary>The first setting among those with a prefix, in either scope, that is not letter for letter the same; null where all are.</summary>
    public string? Difference(SettingsView other, string prefix = Routing)
    {
        foreach (string scope in (string[])["persistent", "transient"])
        {
            IReadOnlyDictionary<string, SettingValue> mine = scope == "transient" ? Transient : Persistent;
            IReadOnlyDictionary<string, SettingValue> theirs = scope == "transient" ? other.Transient : other.Persistent;
            foreach (string key in mine.Keys.Concat(theirs.Keys).Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal))
            {
                if (mine.GetValueOrDefault(key)?.Raw != theirs.GetValueOrDefault(key)?.Raw)
                {
                    return $"{scope} {key}";
                }
            }
        }

        return null;
    }
}
