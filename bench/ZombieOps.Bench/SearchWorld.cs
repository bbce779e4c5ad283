using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace ZombieOps.Bench;

/// <summary>Generated answers of a large cluster, as an Elasticsearch 7.10 or an OpenSearch 2.19 gives them: 10,000 entries, 1,000 nodes, 100,000 shards.</summary>
internal sealed class SearchWorld
{
    public const int Tokens = 10_000;
    public const int Nodes = 1000;
    public const int Shards = 100_000;

    /// <summary>Of the entries, how many name a live node. The others are what years of interrupted drains leave.</summary>
    private const int Live = 20;

    private const int ShardsPerNode = Shards / Nodes;
    private readonly bool openSearch;
    private readonly string list = string.Join(',', Enumerable.Range(0, Tokens).Select(i => i < Live ? Ip(i) : Ip(Nodes + i)));

    public SearchWorld(bool openSearch)
    {
        this.openSearch = openSearch;
        Settings = Write(WriteSettings);
        Routing = Write(WriteRouting);
        State = Write(WriteState);
        Info = Write(WriteNodes);
        Explain = Write(WriteExplain);
    }

    public byte[] Settings { get; }

    public byte[] Routing { get; }

    public byte[] State { get; }

    public byte[] Info { get; }

    public byte[] Explain { get; }

    public IReadOnlyList<byte[]> All => [Settings, Routing, State, Info, Explain];

    /// <summary>The answer to a path.</summary>
    public byte[] Answer(string path) => path switch
    {
        _ when path.StartsWith("/_cluster/settings", StringComparison.Ordinal) => Settings,
        _ when path.StartsWith("/_cluster/state/version,nodes,routing_nodes", StringComparison.Ordinal) => Routing,
        _ when path.StartsWith("/_cluster/state", StringComparison.Ordinal) => State,
        _ when path.StartsWith("/_nodes/jvm", StringComparison.Ordinal) => Info,
        _ when path.StartsWith("/_cluster/allocation/explain", StringComparison.Ordinal) => Explain,
        _ => "{}"u8.ToArray(),
    };

    private static string Ip(int i) => string.Create(CultureInfo.InvariantCulture, $"10.{i / 62_500}.{i / 250 % 250}.{i % 250}");

    private static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"n0de-{i:D6}-aBcDeFgHiJk");

    private static string Run(int i) => string.Create(CultureInfo.InvariantCulture, $"rUn-{i:D6}-aBcDeFgHiJk_");

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteRouting(Utf8JsonWriter json)
    {
        json.WriteString("cluster_uuid", "bEnCh-cluster-uuid_012");
        json.WriteNumber("version", 7);
        json.WriteStartObject("nodes");
        for (int i = 0; i < Nodes; i++)
        {
            json.WriteStartObject(Id(i));
            json.WriteString("ephemeral_id", Run(i));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("routing_nodes");
        json.WriteStartObject("nodes");
        for (int i = 0; i < Nodes; i++)
        {
            json.WriteStartArray(Id(i));
            // Of the excluded nodes one in two is empty; one of the others still has shards that leave.
            int count = i < Live && i % 2 == 0 ? 0 : ShardsPerNode;
            for (int shard = 0; shard < count; shard++)
            {
                bool leaves = i == 1 && shard < 2;
                json.WriteStartObject();
                json.WriteString("state", leaves ? "RELOCATING" : "STARTED");
                json.WriteBoolean("primary", shard % 2 == 0);
                json.WriteString("relocating_node", leaves ? Id(Nodes - 1) : null);
                json.WriteNumber("shard", shard % 10);
                json.WriteString("index", string.Create(CultureInfo.InvariantCulture, $"logs-2026.11.{(i * ShardsPerNode + shard) / 10:D6}"));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteState(Utf8JsonWriter json)
    {
        json.WriteString("cluster_name", "bench");
        json.WriteString("cluster_uuid", "bEnCh-cluster-uuid_012");
        json.WriteNumber("version", 7);
        json.WriteStartObject("nodes");
        for (int i = 0; i < Nodes; i++)
        {
            json.WriteStartObject(Id(i));
            json.WriteString("name", $"es-data-{i}");
            json.WriteString("ephemeral_id", Run(i));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("metadata");
        json.WriteStartObject("cluster_coordination");
        json.WriteNumber("term", 3);
        json.WriteStartArray("voting_config_exclusions");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteSettings(Utf8JsonWriter json)
    {
        json.WriteStartObject("persistent");
        json.WriteString("cluster.routing.allocation.exclude._ip", list);
        json.WriteString("cluster.routing.rebalance.enable", "none");
        json.WriteEndObject();
        json.WriteStartObject("transient");
        json.WriteEndObject();
    }

    private void WriteNodes(Utf8JsonWriter json)
    {
        json.WriteStartObject("_nodes");
        json.WriteNumber("total", Nodes);
        json.WriteNumber("successful", Nodes);
        json.WriteNumber("failed", 0);
        json.WriteEndObject();
        json.WriteStartObject("nodes");
        long started = DateTimeOffset.UtcNow.AddDays(-9).ToUnixTimeMilliseconds();
        for (int i = 0; i < Nodes; i++)
        {
            json.WriteStartObject(Id(i));
            json.WriteString("name", $"es-data-{i}");
            json.WriteString("transport_address", Ip(i) + ":9300");
            json.WriteString("host", Ip(i));
            json.WriteString("ip", Ip(i));
            json.WriteString("version", openSearch ? "2.19.3" : "7.10.2");
            json.WriteStartArray("roles");
            json.WriteStringValue("data");
            json.WriteStringValue("ingest");
            json.WriteEndArray();
            json.WriteStartObject("attributes");
            json.WriteString("zone", $"z{i % 3}");
            json.WriteEndObject();
            json.WriteStartObject("jvm");
            json.WriteNumber("start_time_in_millis", started);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>The server repeats the whole list for each node that it means.</summary>
    private void WriteExplain(Utf8JsonWriter json)
    {
        string filters = $"node matches cluster setting [cluster.routing.allocation.exclude] filters [_ip:\"{list.Replace(",", " OR ", StringComparison.Ordinal)}\"]";
        json.WriteStartArray("node_allocation_decisions");
        for (int i = 0; i < Nodes; i++)
        {
            json.WriteStartObject();
            json.WriteString("node_id", Id(i));
            json.WriteString("node_name", $"es-data-{i}");
            json.WriteStartArray("deciders");
            json.WriteStartObject();
            json.WriteString("decider", "filter");
            json.WriteString("decision", i < Live ? "NO" : "YES");
            json.WriteString("explanation", i < Live ? filters : "node passes include/exclude/require filters");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
