using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>Writes the exact requests that clear a mark, as a console of either product takes them: method, path, body, in one line.</summary>
internal static class Requests
{
    /// <summary>
    /// Longest list that a request repeats. Each entry's request holds all the others, so that without a bound a list of ten thousand would become a report
    /// of gigabytes.
    /// </summary>
    public const int MaxListLength = 4096;

    /// <summary>Whether the requests that clear this mark would repeat too long a list.</summary>
    public static bool IsTooLong(ClusterFacts facts, Mark mark) =>
        mark.Setting.Value.Length > MaxListLength
        || (facts.Product == SearchProduct.Elasticsearch && Others(facts, mark.Setting.Setting).Any(other => other.Value.Raw.Length > MaxListLength));

    /// <summary>The value that a setting has without one entry; everything else stays letter for letter. Null where nothing is left.</summary>
    public static string? Without(SettingValue value, string entry)
    {
        string[] kept = value.WasArray
            ? [.. value.Entries.Where(one => one != entry)]
            : [.. value.Raw.Split(',').Where(piece => Client.SettingsAnswer.Trim(piece) != entry)];
        return kept.Any(piece => Client.SettingsAnswer.Trim(piece).Length > 0) ? string.Join(',', kept) : null;
    }

    /// <summary>
    /// Takes an exclusion away, and the switches of the same drain. On Elasticsearch any change of one <c>exclude.*</c> key puts all others out of force; one
    /// that is in force is written again in the same request with another spelling, which keeps it (its first entry doubled).
    /// </summary>
    /// <returns>Null where the other exclusions' state is not known, so that no request is safe.</returns>
    public static string? RemoveExclusion(ClusterFacts facts, Mark mark)
    {
        var changes = new SortedDictionary<string, SortedDictionary<string, string?>>(StringComparer.Ordinal);
        void Set(string scope, string key, string? value)
        {
            if (!changes.TryGetValue(scope, out SortedDictionary<string, string?>? keys))
            {
                changes[scope] = keys = new SortedDictionary<string, string?>(StringComparer.Ordinal);
            }

            keys[key] = value;
        }

        Set(mark.Setting.Scope, mark.Setting.Setting, Without(facts.Settings(mark.Setting.Scope)[mark.Setting.Setting], mark.Entry));
        foreach (Mark with in mark.With)
        {
            Set(with.Setting.Scope, with.Setting.Setting, null);
        }

        if (mark.Record is { } record)
        {
            Set(mark.Setting.Scope, record.Key, null);
        }

        if (facts.Product == SearchProduct.Elasticsearch && !mark.Shadowed)
        {
            foreach ((string scope, string key, SettingValue value) in Others(facts, mark.Setting.Setting))
            {
                if (facts.Explain is not { } explain)
                {
                    return null;
                }

                if (explain.InForce?.ContainsKey(key[SettingNames.Exclude.Length..]) == true)
                {
                    Set(scope, key, $"{(value.WasArray ? string.Join(',', value.Entries) : value.Raw)},{value.Entries[0]}");
                }
            }
        }

        return Put("_cluster/settings", writer =>
        {
            foreach ((string scope, SortedDictionary<string, string?> keys) in changes)
            {
                writer.WriteStartObject(scope);
                foreach ((string key, string? value) in keys)
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }
        });
    }

    /// <summary>Body of a change of settings: scopes and keys in a fixed order. A list may be written as an array; null is the default.</summary>
    public static string Settings(IEnumerable<(string Scope, string Key, string? Value, bool AsArray)> changes) => Body(writer =>
    {
        foreach (IGrouping<string, (string Scope, string Key, string? Value, bool AsArray)> scope in changes.GroupBy(change => change.Scope).OrderBy(scope => scope.Key, StringComparer.Ordinal))
        {
            writer.WriteStartObject(scope.Key);
            foreach ((_, string key, string? value, bool asArray) in scope.OrderBy(change => change.Key, StringComparer.Ordinal))
            {
                if (asArray && value is not null)
                {
                    writer.WriteStartArray(key);
                    foreach (string entry in Client.SettingsAnswer.Entries(value))
                    {
                        writer.WriteStringValue(entry);
                    }

                    writer.WriteEndArray();
                }
                else
                {
                    writer.WriteString(key, value);
                }
            }

            writer.WriteEndObject();
        }
    });

    /// <summary>Sets one setting of the cluster to its default.</summary>
    public static string ResetSetting(Mark mark) => Put("_cluster/settings", writer =>
    {
        writer.WriteStartObject(mark.Setting.Scope);
        writer.WriteNull(mark.Setting.Setting);
        writer.WriteEndObject();
    });

    /// <summary>Takes the pin, and the write block where there is one, off an index.</summary>
    public static string Unpin(IndexPin pin) => Put($"{Uri.EscapeDataString(pin.Index)}/_settings", writer =>
    {
        writer.WriteNull(pin.Setting);
        if (pin.WriteBlocked)
        {
            writer.WriteNull(SettingNames.IndexWriteBlock);
        }
    });

    /// <summary>Deletes the weights, if they still have the version that was read: the one true compare-and-swap there is.</summary>
    public static string DeleteWeights(ZoneWeight weight) =>
        $"DELETE /_cluster/routing/awareness/{Uri.EscapeDataString(weight.Attribute)}/weights {Body(writer => writer.WriteNumber("_version", weight.Version))}";

    /// <summary>The other exclusions by key, each in the scope that counts.</summary>
    private static IEnumerable<(string Scope, string Key, SettingValue Value)> Others(ClusterFacts facts, string but) =>
        facts.Transient.Select(pair => ("transient", pair.Key, pair.Value))
            .Concat(facts.Persistent.Where(pair => !facts.Transient.ContainsKey(pair.Key)).Select(pair => ("persistent", pair.Key, pair.Value)))
            .Where(item => item.Key.StartsWith(SettingNames.Exclude, StringComparison.Ordinal) && item.Key != but && item.Value.Entries.Count > 0);

    private static string Put(string path, Action<Utf8JsonWriter> body) => $"PUT /{path} {Body(body)}";

    private static string Body(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
