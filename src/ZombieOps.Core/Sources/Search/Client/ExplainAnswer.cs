using System.Buffers;
using System.Text;
using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary>
/// <c>POST /_cluster/allocation/explain</c>: the only place where the servers say which exclusions are in force
/// (<c>FilterAllocationDecider</c> prints them). It changes nothing.
/// </summary>
internal static class ExplainAnswer
{
    public const string What = "POST /_cluster/allocation/explain";
    private const string Before = "node matches cluster setting [cluster.routing.allocation.exclude] filters [";
    private const string Passes = "node passes include/exclude/require filters";
    private const int MaxForbids = 8;

    /// <summary>The question.</summary>
    public static string Body(ShardName shard)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("index", shard.Index);
            writer.WriteNumber("shard", shard.Number);
            writer.WriteBoolean("primary", shard.Primary);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads the answer.</summary>
    /// <param name="root">The answer.</param>
    /// <param name="shard">The shard that was asked about.</param>
    /// <param name="exclusions">The exclusions as they are listed, by attribute and value: where one could be taken for the text around it, what is in force cannot be told.</param>
    public static ExplainFacts Read(JsonElement root, ShardName shard, IEnumerable<(string Attribute, string Value)> exclusions)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw ServerErrors.Wrong(What, "it is no object");
        }

        var excluded = new HashSet<string>(StringComparer.Ordinal);
        var passing = new HashSet<string>(StringComparer.Ordinal);
        var shutting = new HashSet<string>(StringComparer.Ordinal);
        var forbids = new List<string>();
        string? text = null;
        string? current = Json.TryObject(root, "current_node", What, out JsonElement node) ? Json.Text(node, "id") : null;
        string? remain = Json.Text(root, "can_remain_on_current_node");
        if (current is not null && remain == "yes")
        {
            passing.Add(current);
        }

        if (current is not null && root.TryGetProperty("can_remain_decisions", out JsonElement remains))
        {
            Look(remains, current);
        }

        bool stuck = remain == "no" && Json.Text(root, "can_move_to_other_node") == "no";
        if (root.TryGetProperty("node_allocation_decisions", out JsonElement decisions) && decisions.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement decision in decisions.EnumerateArray())
            {
                if (Json.Text(decision, "node_id") is { } id && decision.TryGetProperty("deciders", out JsonElement deciders))
                {
                    Look(deciders, id);
                    if (stuck)
                    {
                        Forbid(deciders, Json.Text(decision, "node_name") ?? id);
                    }
                }
            }
        }

        return new ExplainFacts
        {
            InForce = text is null || exclusions.Any(Misleads) ? null : Filters(text),
            Excluded = excluded,
            Passing = passing,
            ShuttingDown = shutting,
            Shard = shard,
            CurrentNode = current,
            Forbids = forbids,
        };

        void Look(JsonElement deciders, string id)
        {
            foreach (JsonElement decider in deciders.ValueKind == JsonValueKind.Array ? deciders.EnumerateArray() : throw ServerErrors.Wrong(What, "the deciders are no list"))
            {
                if (Json.Text(decider, "decider") == "node_shutdown" && Json.Text(decider, "explanation")?.Contains("preparing", StringComparison.Ordinal) == true)
                {
                    shutting.Add(id);
                }

                if (Json.Text(decider, "decider") != "filter" || Json.Text(decider, "explanation") is not { } says)
                {
                    continue;
                }

                if (says.StartsWith(Before, StringComparison.Ordinal))
                {
                    excluded.Add(id);
                    text ??= says[Before.Length..].TrimEnd(']');
                }
                else if (says == Passes || says.Contains("index setting [", StringComparison.Ordinal))
                {
                    // The filters of the cluster come first: who fails at an index's has passed them.
                    passing.Add(id);
                }
            }
        }

        void Forbid(JsonElement deciders, string name)
        {
            foreach (JsonElement decider in deciders.EnumerateArray())
            {
                if (forbids.Count < MaxForbids && Json.Text(decider, "decision") is "NO" && Json.Text(decider, "explanation") is { } says)
                {
                    forbids.Add($"{name}: {Json.Text(decider, "decider")}: {says}");
                }
            }
        }
    }

    /// <summary>The servers print names as they are, without escapes.</summary>
    private static bool Misleads((string Attribute, string Value) exclusion) =>
        exclusion.Attribute.AsSpan().ContainsAny('"', ',', ':') || exclusion.Value.Contains('"', StringComparison.Ordinal) || exclusion.Value.Contains(" OR ", StringComparison.Ordinal);

    /// <summary>Takes <c>_name:"node3 OR node4",_ip:"127.0.0.2"</c> apart (<c>DiscoveryNodeFilters.toString</c>).</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Filters(string text)
    {
        var filters = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf(":\"", at, StringComparison.Ordinal);
            int close = open < 0 ? -1 : text.IndexOf('"', open + 2);
            if (close < 0)
            {
                throw ServerErrors.Wrong(What, $"the filters cannot be read: {text}");
            }

            filters[text[at..open].Trim(',', ' ')] = text[(open + 2)..close].Split(" OR ").ToHashSet(StringComparer.Ordinal);
            at = close + 1;
        }

        return filters;
    }
}
