using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ZombieOps.CrashRunner;

/// <summary>
/// Drains one node as es-operator does, in a process of its own that can be killed in the middle: wait for green, rebalance off, the address into the
/// exclusions (the whole list, both scopes, nested), poll the shards and exclude again while some are left, take both marks off at the end: URL ADDRESS POLL-MS.
/// What is transient it takes for its own and writes as persistent (es-operator's <c>MergeNonEmptyTransientSettings</c>).
/// </summary>
internal static class Drain
{
    public static async Task<int> RunAsync(string[] args)
    {
        (string url, string address, int poll) = (args[0], args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
        using var http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(90) };
        await SendAsync(http, HttpMethod.Get, "/_cluster/health?wait_for_status=green&timeout=60s", null);
        await SettingsAsync(http, [.. await ExcludedAsync(http)], "none");
        await ExcludeAsync(http, address);
        Console.WriteLine("excluded");
        while (await ShardsAsync(http, address) is var left and > 0)
        {
            Console.WriteLine($"{left} shards left");
            await Task.Delay(poll);
            await ExcludeAsync(http, address);
        }

        Console.WriteLine("drained");
        await SettingsAsync(http, [.. (await ExcludedAsync(http)).Where(one => one != address)], "all");
        return 0;
    }

    private static async Task ExcludeAsync(HttpClient http, string address)
    {
        string[] there = await ExcludedAsync(http);
        if (!there.Contains(address))
        {
            await SettingsAsync(http, [.. there.Append(address).Order(StringComparer.Ordinal)], "none");
        }
    }

    private static async Task<string[]> ExcludedAsync(HttpClient http)
    {
        JsonNode settings = (await SendAsync(http, HttpMethod.Get, "/_cluster/settings", null))!;
        string[] In(string scope) => ((string?)settings[scope]?["cluster"]?["routing"]?["allocation"]?["exclude"]?["_ip"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        return [.. In("transient").Concat(In("persistent")).Distinct()];
    }

    private static Task<JsonNode?> SettingsAsync(HttpClient http, string[] excluded, string rebalance)
    {
        static JsonObject Scope(string? list, string? rebalance) => new()
        {
            ["cluster"] = new JsonObject { ["routing"] = new JsonObject { ["allocation"] = new JsonObject { ["exclude"] = new JsonObject { ["_ip"] = list } }, ["rebalance"] = new JsonObject { ["enable"] = rebalance } } },
        };
        var body = new JsonObject { ["transient"] = Scope(null, null), ["persistent"] = Scope(string.Join(',', excluded), rebalance) };
        return SendAsync(http, HttpMethod.Put, "/_cluster/settings", body.ToJsonString());
    }

    private static async Task<int> ShardsAsync(HttpClient http, string address) =>
        (await SendAsync(http, HttpMethod.Get, "/_cat/shards?h=index,ip&format=json", null))!.AsArray().Count(row => (string?)row!["ip"] == address);

    private static async Task<JsonNode?> SendAsync(HttpClient http, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await http.SendAsync(request);
        string said = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonNode.Parse(said) : throw new InvalidOperationException($"{method} {path}: {said}");
    }
}
