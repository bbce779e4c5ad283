using System.Text.Json;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Client;

/// <summary>
/// <c>GET /_cluster/state/version,nodes,routing_nodes</c>: every shard by node, read as it comes and counted, never held. Unlike <c>_cat/shards</c> it asks no
/// node for statistics, and it shows shards of indices that the user may not read: an empty node is empty.
/// </summary>
internal sealed class RoutingAnswer
{
    public const string What = "GET /_cluster/state/routing_nodes";

    private readonly Dictionary<string, string> ephemeralIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tally> shards = new(StringComparer.Ordinal);
    private bool sawNodes;

    private RoutingAnswer()
    {
    }

    private enum Place
    {
        Elsewhere,
        Nodes,
        Routing,
    }

    private enum Field
    {
        Other,
        State,
        Relocating,
        Index,
        Number,
        Primary,
    }

    /// <summary>UUID of the cluster that answered.</summary>
    public string Uuid { get; private set; } = "";

    /// <summary>Ephemeral id by node id.</summary>
    public IReadOnlyDictionary<string, string> EphemeralIds => ephemeralIds;

    /// <summary>Shards on all nodes.</summary>
    public int Total => shards.Values.Sum(tally => tally.Count);

    public static string Path(string masterTimeout) =>
        $"_cluster/state/version,nodes,routing_nodes?master_timeout={masterTimeout}&filter_path=cluster_uuid,version,nodes.*.ephemeral_id,"
        + "routing_nodes.nodes.*.state,routing_nodes.nodes.*.relocating_node,routing_nodes.nodes.*.index,routing_nodes.nodes.*.shard,routing_nodes.nodes.*.primary";

    /// <summary>The shards of a node.</summary>
    public NodeShards Of(string nodeId) => shards.TryGetValue(nodeId, out Tally? tally) ? new NodeShards(tally.Count, tally.Leaving, tally.Sample) : NodeShards.None;

    public static async Task<RoutingAnswer> ReadAsync(Stream stream, CancellationToken cancel)
    {
        var answer = new RoutingAnswer();
        var walk = new Walk(answer);
        byte[] buffer = new byte[64 << 10];
        int held = 0;
        var state = new JsonReaderState();
        while (true)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(held), cancel).ConfigureAwait(false);
            bool last = read == 0;
            held += read;
            int used = walk.Feed(buffer.AsSpan(0, held), last, ref state);
            buffer.AsSpan(used, held - used).CopyTo(buffer);
            held -= used;
            if (last)
            {
                break;
            }

            if (held == buffer.Length)
            {
                // One token that is longer than the buffer.
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        return answer.sawNodes && answer.Uuid.Length > 0 ? answer : throw ServerErrors.Wrong(What, "it has no 'nodes' or no 'cluster_uuid'");
    }

    private sealed class Tally
    {
        public int Count;
        public int Leaving;
        public ShardName? Sample;
    }

    /// <summary>Goes through the tokens. Rows are told by depth: <c>routing_nodes</c> 1, <c>nodes</c> 2, a node's list 3, a row 4.</summary>
    private sealed class Walk(RoutingAnswer answer)
    {
        private Place place;
        private string node = "";
        private Tally? tally;
        private Field field;
        private bool isUuid;
        private bool started;
        private bool relocating;
        private bool moving;
        private string? index;
        private int number;
        private bool primary;

        public int Feed(ReadOnlySpan<byte> bytes, bool last, ref JsonReaderState state)
        {
            var reader = new Utf8JsonReader(bytes, last, state);
            while (reader.Read())
            {
                Token(ref reader);
            }

            state = reader.CurrentState;
            return (int)reader.BytesConsumed;
        }

        private void Token(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    Property(ref reader);
                    break;
                case JsonTokenType.StartObject when reader.CurrentDepth == 4 && place == Place.Routing && tally is not null:
                    (started, relocating, moving, index, number, primary) = (false, false, false, null, -1, false);
                    break;
                case JsonTokenType.EndObject when reader.CurrentDepth == 4 && place == Place.Routing && tally is not null:
                    Row();
                    break;
                case JsonTokenType.StartObject or JsonTokenType.EndObject or JsonTokenType.StartArray or JsonTokenType.EndArray:
                    if (reader.CurrentDepth == 0 && reader.TokenType is JsonTokenType.StartArray)
                    {
                        throw ServerErrors.Wrong(What, "it is a list");
                    }

                    break;
                default:
                    Value(ref reader);
                    break;
            }
        }

        private void Property(ref Utf8JsonReader reader)
        {
            switch (reader.CurrentDepth)
            {
                case 1:
                    place = reader.ValueTextEquals("nodes"u8) ? Place.Nodes : reader.ValueTextEquals("routing_nodes"u8) ? Place.Routing : Place.Elsewhere;
                    isUuid = reader.ValueTextEquals("cluster_uuid"u8);
                    answer.sawNodes |= place == Place.Nodes;
                    tally = null;
                    break;
                case 2 when place == Place.Nodes:
                    node = reader.GetString()!;
                    break;
                case 2 when place == Place.Routing && !reader.ValueTextEquals("nodes"u8):
                    place = Place.Elsewhere;
                    break;
                case 3 when place == Place.Nodes:
                    field = reader.ValueTextEquals("ephemeral_id"u8) ? Field.State : Field.Other;
                    break;
                case 3 when place == Place.Routing:
                    tally = new Tally();
                    answer.shards[reader.GetString()!] = tally;
                    break;
                case 5 when place == Place.Routing:
                    field = reader.ValueTextEquals("state"u8) ? Field.State
                        : reader.ValueTextEquals("relocating_node"u8) ? Field.Relocating
                        : reader.ValueTextEquals("index"u8) ? Field.Index
                        : reader.ValueTextEquals("shard"u8) ? Field.Number
                        : reader.ValueTextEquals("primary"u8) ? Field.Primary
                        : Field.Other;
                    break;
            }
        }

        private void Value(ref Utf8JsonReader reader)
        {
            if (reader.CurrentDepth == 1)
            {
                if (isUuid && reader.TokenType == JsonTokenType.String)
                {
                    answer.Uuid = reader.GetString()!;
                }
                else if (place != Place.Elsewhere && reader.TokenType != JsonTokenType.Null)
                {
                    throw ServerErrors.Wrong(What, "'nodes' or 'routing_nodes' is no object");
                }

                return;
            }

            if (place == Place.Nodes && reader.CurrentDepth == 3 && field == Field.State && reader.TokenType == JsonTokenType.String)
            {
                answer.ephemeralIds[node] = reader.GetString()!;
            }
            else if (place == Place.Routing && reader.CurrentDepth == 5 && tally is not null)
            {
                Cell(ref reader, tally);
            }
            else if (place == Place.Routing && reader.TokenType != JsonTokenType.Null)
            {
                throw ServerErrors.Wrong(What, "a row of 'routing_nodes' is no object");
            }
        }

        private void Cell(ref Utf8JsonReader reader, Tally own)
        {
            switch (field)
            {
                case Field.State when reader.TokenType == JsonTokenType.String:
                    started = reader.ValueTextEquals("STARTED"u8);
                    moving = reader.ValueTextEquals("RELOCATING"u8);
                    break;
                case Field.Relocating:
                    relocating = reader.TokenType == JsonTokenType.String;
                    break;
                case Field.Index when own.Sample is null && reader.TokenType == JsonTokenType.String:
                    index = reader.GetString();
                    break;
                case Field.Number when reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int value):
                    number = value;
                    break;
                case Field.Primary:
                    primary = reader.TokenType == JsonTokenType.True;
                    break;
            }
        }

        private void Row()
        {
            tally!.Count++;
            tally.Leaving += moving && relocating ? 1 : 0;
            if (tally.Sample is null && started && index is not null && number >= 0)
            {
                tally.Sample = new ShardName(index, number, primary);
            }
        }
    }
}
