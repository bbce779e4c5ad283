using System.Net;
using System.Text.Json.Nodes;

namespace ZombieOps.Core.Tests.Search;

/// <summary>
/// The write side of the made-up cluster: one change at a time, as a master applies them. On Elasticsearch a change takes every <c>exclude.*</c> key out of
/// force that is not part of it; what changes nothing is no change; the version moves by one with each.
/// </summary>
internal sealed partial class FakeCluster
{
    private const string ExcludePrefix = "cluster.routing.allocation.exclude.";
    private readonly Lock gate = new();

    /// <summary>Version of the cluster state.</summary>
    public long StateVersion { get; private set; } = 7;

    /// <summary>Every change that was made, with who made it.</summary>
    public List<(string Who, string Body)> Writes { get; } = [];

    /// <summary>What happens to the next writes of the tool, in turn: <c>ok</c>, <c>unacknowledged</c>, <c>lost</c> (applied, the answer is cut), <c>never</c> (cut and not applied), <c>queued</c> (not begun in time), <c>halfway</c> (applied, and its second step not begun in time), or a status.</summary>
    public Queue<string> Fates { get; } = new();

    /// <summary>Is told of each request of the tool that changes something, before it is applied.</summary>
    public Action? BeforeWrite { get; set; }

    public string Health { get; set; } = "green";

    public int Relocating { get; set; }

    /// <summary>Share of each disk that is in use.</summary>
    public double DiskUsed { get; set; } = 0.5;

    public string Watermark { get; set; } = "85%";

    public (string Attribute, string Zone, double Weight)[] Weights { get; set; } = [];

    public long WeightsVersion { get; set; }

    /// <summary>Settings that are given as arrays, as Elasticsearch 8 and 9 do with what was set as one.</summary>
    public HashSet<(string Scope, string Key)> Arrays { get; } = [];

    /// <summary>Exclusion keys in force with their values.</summary>
    public IReadOnlyDictionary<string, string> InForce => inForce;

    /// <summary>A server that takes writes as well.</summary>
    public FakeSearchServer WritableServer()
    {
        var server = new FakeSearchServer(kind =>
        {
            lock (gate)
            {
                return Answer(kind);
            }
        });
        server.Before = request => request.Method == HttpMethod.Put || request.Method == HttpMethod.Delete || request.RequestUri!.AbsolutePath == "/_cluster/reroute" ? Write(request) : null;
        return server;
    }

    /// <summary>A change by somebody: several settings at once, by scope and key.</summary>
    public bool Change(string who, IReadOnlyList<(string Scope, string Key, string? Value)> changes)
    {
        lock (gate)
        {
            string?[] before = [.. changes.Select(change => Effective(change.Key))];
            string?[] raw = [.. changes.Select(change => (change.Scope == "transient" ? Transient : Persistent).GetValueOrDefault(change.Key))];
            if (changes.Zip(raw).All(pair => pair.First.Value == pair.Second))
            {
                return false;
            }

            foreach ((string scope, string key, string? value) in changes)
            {
                Dictionary<string, string> settings = scope == "transient" ? Transient : Persistent;
                if (value is null)
                {
                    settings.Remove(key);
                }
                else
                {
                    settings[key] = value;
                }
            }

            StateVersion++;
            string[] changed = [.. changes.Zip(before).Where(pair => pair.First.Key.StartsWith(ExcludePrefix, StringComparison.Ordinal) && Effective(pair.First.Key) != pair.Second).Select(pair => pair.First.Key).Distinct()];
            if (changed.Length > 0 && !OpenSearch)
            {
                inForce.Clear();
            }

            foreach (string key in changed)
            {
                inForce.Remove(key);
                if (!string.IsNullOrWhiteSpace(Effective(key)?.Replace(",", "", StringComparison.Ordinal)))
                {
                    inForce[key] = Effective(key)!;
                }
            }

            Writes.Add((who, string.Join(", ", changes.Select(change => $"{change.Scope} {change.Key}={change.Value ?? "null"}"))));
            return true;
        }
    }

    private HttpResponseMessage Write(HttpRequestMessage request)
    {
        BeforeWrite?.Invoke();
        string fate = Fates.Count > 0 ? Fates.Dequeue() : "ok";
        if (int.TryParse(fate, out int status))
        {
            return Json("""{"error":{"type":"made_up_exception","reason":"as it was told"}}""", (HttpStatusCode)status);
        }

        if (fate == "queued")
        {
            return Json("""{"error":{"type":"process_cluster_event_timeout_exception","reason":"failed to process cluster event (cluster_update_settings) within 2ms"},"status":503}""", HttpStatusCode.ServiceUnavailable);
        }

        if (fate == "never")
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "cut");
        }

        string path = request.RequestUri!.AbsolutePath;
        string body = request.Content is null ? "" : request.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        if (path == "/_cluster/settings")
        {
            if (Persistent.GetValueOrDefault("cluster.blocks.read_only") == "true")
            {
                return Json("""{"error":{"type":"cluster_block_exception","reason":"blocked by: [FORBIDDEN/6/cluster read-only (api)]"}}""", HttpStatusCode.Forbidden);
            }

            JsonObject root = JsonNode.Parse(body)!.AsObject();
            var values = root.SelectMany(scope => scope.Value!.AsObject().Select(pair => (Scope: scope.Key, pair.Key, pair.Value))).ToList();
            if (values.Any(value => value.Value is JsonObject))
            {
                // As a hosted service says it of the nested form.
                return Json("""{"Message":"Your request: '/_cluster/settings' payload is not allowed."}""", HttpStatusCode.BadRequest);
            }

            if (values.Any(value => value.Value is JsonArray) && (OpenSearch || Version.StartsWith("7.", StringComparison.Ordinal)))
            {
                return Json("""{"error":{"type":"illegal_argument_exception","reason":"invalid IP address [[10.0.0.1] for [cluster.routing.allocation.exclude._ip]"}}""", HttpStatusCode.BadRequest);
            }

            foreach ((string scope, string key, JsonNode? value) in values)
            {
                _ = value is JsonArray ? Arrays.Add((scope, key)) : Arrays.Remove((scope, key));
            }

            (string, string, string?)[] changes = [.. values.Select(value => (value.Scope, value.Key, value.Value is JsonArray array ? string.Join(',', array.Select(entry => (string)entry!)) : value.Value?.ToString()))];
            if (changes.FirstOrDefault(change => change.Item2.EndsWith("exclude._ip", StringComparison.Ordinal) && change.Item3?.Split(',').Any(entry => entry.Trim().Length > 0 && !entry.Contains('*') && !IPAddress.TryParse(entry.Trim(), out _)) == true) is { Item2: { } bad })
            {
                return Json("{\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":\"invalid IP address for " + bad + "\"}}", HttpStatusCode.BadRequest);
            }

            Change("tool", changes);
        }
        else if (path == "/_cluster/voting_config_exclusions")
        {
            lock (gate)
            {
                Voting.Clear();
                StateVersion++;
            }

            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("") };
        }
        else if (path.EndsWith("/shutdown", StringComparison.Ordinal))
        {
            Shutdowns.Remove(path.Split('/')[2]);
        }

        return fate switch
        {
            "halfway" => Json("""{"error":{"type":"exception","reason":"reroute after update settings failed"},"status":503}""", HttpStatusCode.ServiceUnavailable),
            "lost" => throw new HttpRequestException(HttpRequestError.ResponseEnded, "cut"),
            "unacknowledged" => Json("""{"acknowledged":false,"persistent":{},"transient":{}}"""),
            _ => Json("""{"acknowledged":true,"persistent":{},"transient":{}}"""),
        };
    }

    private static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };

    private JsonObject Disks(FakeNode[] up) => new()
    {
        ["nodes"] = new JsonObject(up.Select(node => KeyValuePair.Create(node.Id, (JsonNode?)new JsonObject
        {
            ["name"] = node.Name,
            ["roles"] = node.Data ? new JsonArray("data") : new JsonArray("master"),
            ["fs"] = new JsonObject { ["total"] = new JsonObject { ["total_in_bytes"] = 1_000_000_000_000L, ["available_in_bytes"] = (long)(1_000_000_000_000L * (1 - DiskUsed)) } },
        }))),
    };
}
