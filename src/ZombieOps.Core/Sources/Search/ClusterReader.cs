using System.Text.Json;
using ZombieOps.Sources.Network;
using ZombieOps.Sources.Search.Clearing;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search;

/// <summary>
/// Reads a cluster in six requests at most, however large it is. Settings and cluster state have to be there; what else could not be read is named among
/// <see cref="ClusterFacts.Unread"/>.
/// </summary>
internal sealed class ClusterReader(SearchClient client, TimeProvider clock)
{
    /// <summary>Requests of one scan at most, without those that a busy server had repeated.</summary>
    public const int MaxRequests = 6;

    /// <summary>Shards up to which the metadata of all indices costs a server next to nothing.</summary>
    public const int SmallCluster = 5000;

    private readonly List<string> unread = [];
    private readonly List<string> unasked = [];
    private int asked;

    public async Task<ClusterFacts> ReadAsync(CancellationToken cancel)
    {
        client.Begin();
        unread.Clear();
        unasked.Clear();
        asked = 0;
        DateTimeOffset began = clock.GetUtcNow();

        // The marks come first: a node that joins while they are read is then seen, and one that a mark was just set for is not missed.
        (Dictionary<string, SettingValue> persistent, Dictionary<string, SettingValue> transient) =
            await AskAsync(SettingsAnswer.Path(client.MasterTimeout), SettingsAnswer.Read, cancel).ConfigureAwait(false);
        RoutingAnswer? routing = await TryAsync(() => RoutingAsync(cancel)).ConfigureAwait(false);
        bool whole = routing?.Total <= SmallCluster;
        StateAnswer state = await AskAsync(StateAnswer.Path(client.MasterTimeout, whole), StateAnswer.Read, cancel).ConfigureAwait(false);
        NodesAnswer? nodes = await TryAsync(() => AskAsync(NodesAnswer.Path(client.MasterTimeout), NodesAnswer.Read, cancel)).ConfigureAwait(false);
        IReadOnlyList<IndexPin>? pins = await TryAsync(() => AskAsync(IndexAnswer.Path(client.MasterTimeout), IndexAnswer.Read, cancel)).ConfigureAwait(false);
        if (routing is not null && routing.Uuid != state.Uuid)
        {
            throw ServerErrors.Wrong(RoutingAnswer.What, "two clusters answer under one address");
        }

        bool nodesSeen = SameNodes(state, nodes, routing);
        SearchProduct product = await ProductAsync(nodes, state, cancel).ConfigureAwait(false);
        var live = state.Nodes.ToDictionary(node => node.Key, node => Join(node.Key, node.Value, nodes, routing), StringComparer.Ordinal);
        var facts = new ClusterFacts
        {
            Uuid = state.Uuid,
            Name = state.Name,
            Product = product,
            Version = nodes?.Versions.Order(StringComparer.Ordinal).FirstOrDefault(),
            Persistent = persistent,
            Transient = transient,
            Nodes = live,
            Files = FileMarks.ByKey(live.Values),
            NodesSeen = nodesSeen,
            ShardsSeen = routing is not null,
            HasShards = routing?.Total > 0,
            Voting = state.Voting,
            Shutdowns = state.Shutdowns,
            Decommission = state.Decommission,
            Weights = state.Weights,
            Pins = pins ?? [],
            ReadAt = began,
        };
        ExplainFacts? explain = asked < MaxRequests && Question(facts) is { } shard ? await TryAsync(() => ExplainAsync(facts, shard, cancel)).ConfigureAwait(false) : null;
        facts = facts with { Explain = explain };
        facts = whole ? await StatusAsync(facts, cancel).ConfigureAwait(false) : await ApartAsync(facts, cancel).ConfigureAwait(false);
        return facts with { Unread = [.. unread], Unasked = [.. unasked] };
    }

    private static NodeFacts Join(string id, (string Name, string EphemeralId) state, NodesAnswer? nodes, RoutingAnswer? routing)
    {
        NodeFacts node = nodes?.Nodes.GetValueOrDefault(id) ?? new NodeFacts { Id = id, Name = state.Name, EphemeralId = state.EphemeralId };
        return node with { EphemeralId = state.EphemeralId, Shards = routing?.Of(id) };
    }

    /// <summary>
    /// The shard to ask about: one of an excluded node that does not move, whose deciders say why; or any, which is enough to learn what is in force. Null where
    /// there is nothing to ask.
    /// </summary>
    private static ShardName? Question(ClusterFacts facts)
    {
        Mark[] exclusions = [.. MarkReader.Exclusions(facts, new NodeMatcher(facts.Nodes)).Where(mark => !mark.Shadowed)];
        ShardName? stuck = exclusions.SelectMany(mark => mark.Nodes).Where(node => node.Shards is { Leaving: 0 }).Select(node => node.Shards!.Sample).FirstOrDefault(sample => sample is not null);
        return stuck ?? (facts.Product == SearchProduct.Elasticsearch && exclusions.Length > 0
            ? facts.Nodes.Values.OrderBy(node => node.Id, StringComparer.Ordinal).Select(node => node.Shards?.Sample).FirstOrDefault(sample => sample is not null)
            : null);
    }

    /// <summary>Whether all three answers show the same nodes in the same runs: otherwise one came or went while they were read.</summary>
    private bool SameNodes(StateAnswer state, NodesAnswer? nodes, RoutingAnswer? routing)
    {
        if (nodes is null)
        {
            return false;
        }

        if (nodes.Failed > 0)
        {
            unread.Add($"{nodes.Failed} of {state.Nodes.Count} nodes did not say their address and start ({NodesAnswer.What})");
            return false;
        }

        bool same = nodes.Nodes.Count == state.Nodes.Count && nodes.Nodes.Keys.All(state.Nodes.ContainsKey)
            && (routing is null || (routing.EphemeralIds.Count == state.Nodes.Count
                && routing.EphemeralIds.All(node => state.Nodes.TryGetValue(node.Key, out (string Name, string EphemeralId) before) && before.EphemeralId == node.Value)));
        if (!same)
        {
            unread.Add("a node joined or left the cluster while it was read: run it again");
        }

        return same;
    }

    /// <summary>
    /// Elasticsearch says so in a header from 7.14 on. Without it the version tells: OpenSearch began again at 1. Only where that leaves a doubt, the
    /// server's own page is asked for; a version in it may be made up for old clients, the distribution is not.
    /// </summary>
    private async Task<SearchProduct> ProductAsync(NodesAnswer? nodes, StateAnswer state, CancellationToken cancel)
    {
        if (client.SaysElasticsearch)
        {
            return SearchProduct.Elasticsearch;
        }

        string? version = nodes?.Versions.Order(StringComparer.Ordinal).FirstOrDefault();
        switch (version?.Split('.')[0])
        {
            case "1" or "2" or "3":
                return SearchProduct.OpenSearch;
            case "6" or "7":
                return SearchProduct.Elasticsearch;
        }

        return await AskAsync("", root => Front(root, state), cancel).ConfigureAwait(false);
    }

    private static SearchProduct Front(JsonElement root, StateAnswer state)
    {
        if (Json.String(root, "cluster_uuid", "GET /") != state.Uuid)
        {
            throw ServerErrors.Wrong("GET /", "two clusters answer under one address");
        }

        JsonElement version = Json.Object(root, "version", "GET /");
        return Json.Text(version, "distribution") == "opensearch" ? SearchProduct.OpenSearch : SearchProduct.Elasticsearch;
    }

    private async Task<ExplainFacts> ExplainAsync(ClusterFacts facts, ShardName shard, CancellationToken cancel)
    {
        asked++;
        using JsonDocument answer = await client.ExplainAllocationAsync(ExplainAnswer.Body(shard), cancel).ConfigureAwait(false);
        return ExplainAnswer.Read(answer.RootElement, shard, SettingsView.Of(facts).Exclusions());
    }

    /// <summary>Adds the status of shutdown records, where there are any and a request is left for it.</summary>
    private async Task<ClusterFacts> StatusAsync(ClusterFacts facts, CancellationToken cancel) =>
        facts.Shutdowns.Count > 0 && asked < MaxRequests && await TryAsync(() => AskAsync(ShutdownAnswer.Path, ShutdownAnswer.Read, cancel)).ConfigureAwait(false) is { } records
            ? facts with { Shutdowns = records }
            : facts;

    /// <summary>Asks a large cluster by itself for what a small one tells with its metadata, as far as requests are left; what is left out is said.</summary>
    private async Task<ClusterFacts> ApartAsync(ClusterFacts facts, CancellationToken cancel)
    {
        if (facts.Product == SearchProduct.Elasticsearch)
        {
            if (!HasShutdownApi(facts.Version))
            {
                return facts;
            }

            if (asked >= MaxRequests)
            {
                unasked.Add("shutdown records of nodes that are gone were not asked for: in a large cluster with exclusions there is no request left for them");
                return facts;
            }

            return await TryAsync(() => AskAsync(ShutdownAnswer.Path, ShutdownAnswer.Read, cancel)).ConfigureAwait(false) is { } records ? facts with { Shutdowns = records } : facts;
        }

        // Neither can be without an awareness attribute.
        string[] zones = [.. new[] { facts.Transient, facts.Persistent }.Select(scope => scope.GetValueOrDefault(SettingNames.Awareness)).OfType<SettingValue>().SelectMany(value => value.Entries).Distinct()];
        foreach (string zone in zones)
        {
            if (asked < MaxRequests)
            {
                DecommissionRecord? record = (await TryAsync(() => AskAsync(DecommissionAnswer.Path(zone), root => DecommissionAnswer.Read(zone, root), cancel)).ConfigureAwait(false))?.Record;
                facts = facts with { Decommission = facts.Decommission ?? record };
            }
            else
            {
                unread.Add($"whether a zone of '{zone}' is being decommissioned was not asked for: there is no request left for it in a large cluster");
            }
        }

        if (zones.Length > 0)
        {
            unasked.Add("weights of zones were not asked for: in a large cluster there is no request left for them");
        }

        return facts;
    }

    private static bool HasShutdownApi(string? version) =>
        version is not null && version.Split('.') is [var major, var minor, ..] && int.TryParse(major, out int first) && int.TryParse(minor, out int second) && (first > 7 || (first == 7 && second >= 13));

    private async Task<RoutingAnswer> RoutingAsync(CancellationToken cancel)
    {
        asked++;
        return await client.GetAsync(RoutingAnswer.Path(client.MasterTimeout), RoutingAnswer.ReadAsync, cancel).ConfigureAwait(false);
    }

    private async Task<T> AskAsync<T>(string path, Func<JsonElement, T> read, CancellationToken cancel)
    {
        asked++;
        using JsonDocument answer = await client.GetAsync(path, cancel).ConfigureAwait(false);
        try
        {
            return read(answer.RootElement);
        }
        catch (InvalidOperationException)
        {
            throw ServerErrors.Wrong(ServerText.Name(path), SettingsAnswer.NoUnicode);
        }
    }

    private async Task<T?> TryAsync<T>(Func<Task<T>> ask)
        where T : class?
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (ZombieOpsException e)
        {
            unread.Add(e.Message);
            return null;
        }
    }
}
