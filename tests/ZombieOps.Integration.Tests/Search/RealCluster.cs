using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace ZombieOps.Integration.Tests.Search;

/// <summary>
/// A real cluster of three nodes, started by the scripts in the directory that <c>ZOMBIEOPS_SEARCH_SERVERS</c> names, or in <c>../shared/servers/search</c>
/// beside the repository. It lives on loopback addresses of its own and goes with the tests.
/// </summary>
public abstract class RealCluster : IAsyncLifetime
{
    private readonly string product;
    private readonly int firstAddress;
    private readonly DirectoryInfo run = Directory.CreateTempSubdirectory("zombieops-search-");
    // Longer than the longest wait of a server's own: 30 s, for votes that are to be given back.
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private string? servers;
    private string? missing;

    private protected RealCluster(string product, int firstAddress)
    {
        this.product = product;
        this.firstAddress = firstAddress;
    }

    public string Product => product;

    public string Url => $"http://{Ip(1)}:9200";

    public string Ip(int node) => $"127.0.0.{firstAddress + node}";

    public string Node(int node) => $"{product}-{node}";

    public async ValueTask InitializeAsync()
    {
        servers = Servers();
        missing = servers is null ? "the scripts that start search clusters (ZOMBIEOPS_SEARCH_SERVERS)"
            : Machine.Find("java") is null ? "java"
            : null;
        if (missing is null)
        {
            await Script("up.sh", product, "3");
            await SendAsync("PUT", "idx", """{"settings":{"number_of_shards":6,"number_of_replicas":0}}""");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (missing is null)
        {
            await Script("down.sh", product);
        }

        http.Dispose();
        run.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Skips the test where there is no cluster; otherwise takes every mark off and waits until nothing moves.</summary>
    public async Task ReadyAsync()
    {
        Assert.SkipWhen(missing is not null, missing ?? "");
        await SendAsync("PUT", "_cluster/settings", """{"persistent":{"cluster.*":null},"transient":{"cluster.*":null}}""");
        await SendAsync("DELETE", "_cluster/voting_config_exclusions?wait_for_removal=false");
        await SendAsync("PUT", "idx/_settings", """{"index.routing.allocation.*":null,"index.blocks.write":null}""");
        await UntilAsync(async () => await ShardsAsync(3) > 0 && await StillAsync());
    }

    public async Task<JsonNode?> SendAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(new Uri(Url), path));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.SendAsync(request);
        string said = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {said}");
        return said.Length == 0 ? null : JsonNode.Parse(said);
    }

    /// <summary>Sends what may be refused, and gives the status and what was said.</summary>
    public async Task<(int Status, string Said)> TryAsync(string method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(new Uri(Url), path));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public Task PutAsync(string scope, string key, string? value) =>
        SendAsync("PUT", "_cluster/settings", new JsonObject { [scope] = new JsonObject { [key] = value } }.ToJsonString());

    /// <summary>Sends a request exactly as a remedy says it.</summary>
    public Task ByHandAsync(string command)
    {
        string[] parts = command.Split(' ', 3);
        return SendAsync(parts[0], parts[1][1..], parts.Length == 3 ? parts[2] : null);
    }

    public async Task<int> ShardsAsync(int node)
    {
        JsonArray rows = (await SendAsync("GET", "_cat/shards?format=json&h=node"))!.AsArray();
        return rows.Count(row => row!["node"]!.ToString().Split(' ')[0] == Node(node));
    }

    public async Task<bool> StillAsync()
    {
        JsonNode health = (await SendAsync("GET", "_cluster/health"))!;
        return (int)health["relocating_shards"]! == 0 && (string)health["status"]! == "green";
    }

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var limit = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(60), "the cluster does not come to rest");
            await Task.Delay(50);
        }
    }

    private static string? Servers()
    {
        if (Environment.GetEnvironmentVariable("ZOMBIEOPS_SEARCH_SERVERS") is { Length: > 0 } named)
        {
            return named;
        }

        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "ZombieOps.sln")))
        {
            root = Path.GetDirectoryName(root);
        }

        string beside = Path.Combine(root ?? "/", "../shared/servers/search");
        return File.Exists(Path.Combine(beside, "up.sh")) ? beside : null;
    }

    /// <summary>Starts a fourth node whose file holds more settings, <c>key=value</c> apart by blanks, for as long as what it gives is not disposed of.</summary>
    public async Task<IAsyncDisposable> AddNodeAsync(string settings)
    {
        await Script("add.sh", settings, [product, "4"]);
        await UntilAsync(async () => (int)(await SendAsync("GET", "_cluster/health"))!["number_of_nodes"]! == 4);
        return new Added(async () =>
        {
            await Script("stop.sh", product, "4");
            await UntilAsync(async () => (int)(await SendAsync("GET", "_cluster/health"))!["number_of_nodes"]! == 3);
        });
    }

    /// <summary>Stops nodes as a shutdown does, all at once. They keep their data.</summary>
    public Task StopAsync(params int[] nodes) => Task.WhenAll(nodes.Select(node => Script("stop.sh", product, Number(node))));

    /// <summary>Starts all of the cluster's nodes again that do not run, and waits until all are in it and every shard is where it can be read.</summary>
    public async Task StartAsync(params int[] nodes)
    {
        await Task.WhenAll(nodes.Select(node => Script("add.sh", product, Number(node))));
        await UntilAsync(async () =>
        {
            try
            {
                (int status, string said) = await TryAsync("GET", "_cluster/health");
                return status == 200 && JsonNode.Parse(said) is { } health && (int)health["number_of_nodes"]! == 3 && (string)health["status"]! == "green";
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
                return false;
            }
        });
    }

    /// <summary>What a node's own log says; what is at INFO and graver.</summary>
    public string Log(int node) => File.ReadAllText(Path.Combine(run.FullName, "run", $"{Number(node)}.log"));

    private static string Number(int node) => node.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private Task Script(string name, params string[] args) => Script(name, "", args);

    private async Task Script(string name, string settings, string[] args)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(servers!, name), .. args]) { RedirectStandardOutput = true };
        start.Environment["RUN"] = Path.Combine(run.FullName, "run");
        start.Environment["NODE_SETTINGS"] = settings;
        start.Environment["BASE"] = Number(firstAddress);
        using Process script = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await script.WaitForExitAsync(limit.Token);
        Assert.True(script.ExitCode == 0, $"{name} {string.Join(' ', args)} ended with {script.ExitCode}");
    }

    private sealed class Added(Func<Task> stop) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await stop();
    }
}

public sealed class RealOpenSearch() : RealCluster("opensearch", 140);

public sealed class RealElasticsearch() : RealCluster("elasticsearch", 150);

[CollectionDefinition(nameof(RealOpenSearch))]
public sealed class RealOpenSearchGroup : ICollectionFixture<RealOpenSearch>;

[CollectionDefinition(nameof(RealElasticsearch))]
public sealed class RealElasticsearchGroup : ICollectionFixture<RealElasticsearch>;
