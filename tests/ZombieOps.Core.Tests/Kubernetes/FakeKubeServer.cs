using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;

namespace ZombieOps.Core.Tests.Kubernetes;

/// <summary>A made-up API server in place of the network: lists objects in pages, counts every request.</summary>
internal sealed class FakeKubeServer : HttpMessageHandler
{
    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["pods"] = "Pod", ["statefulsets"] = "StatefulSet", ["deployments"] = "Deployment",
        ["elasticsearchdatasets"] = "ElasticsearchDataSet", ["opensearchclusters"] = "OpenSearchCluster", ["elasticsearches"] = "Elasticsearch",
    };

    public List<JsonObject> Objects { get; } = [];

    public List<string> Requests { get; } = [];

    public List<string?> Authorizations { get; } = [];

    /// <summary>Kinds by their plural that the server does not have.</summary>
    public HashSet<string> Absent { get; } = [];

    /// <summary>Answers by plural that come instead of the list.</summary>
    public Dictionary<string, Func<HttpResponseMessage>> Instead { get; } = [];

    public static HttpResponseMessage Status(HttpStatusCode code, string message) => new(code)
    {
        Content = new StringContent(new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["code"] = (int)code, ["message"] = message }.ToJsonString(), Encoding.UTF8, "application/json"),
    };

    public void Replace(JsonObject item)
    {
        Objects.RemoveAll(one => (string?)one["kind"] == (string?)item["kind"] && (string?)one["apiVersion"] == (string?)item["apiVersion"] && (string?)one["metadata"]!["name"] == (string?)item["metadata"]!["name"]);
        Objects.Add(item);
    }

    public JsonObject Get(string kind, string name) => Objects.Single(one => (string?)one["kind"] == kind && (string?)one["metadata"]!["name"] == name);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string path = request.RequestUri!.AbsolutePath;
        path = path[path.IndexOf("/api", StringComparison.Ordinal)..];
        Requests.Add($"{request.Method} {request.RequestUri.PathAndQuery}");
        Authorizations.Add(request.Headers.Authorization?.ToString());
        string plural = path[(path.LastIndexOf('/') + 1)..];
        if (Instead.TryGetValue(plural, out Func<HttpResponseMessage>? instead))
        {
            return Task.FromResult(instead());
        }

        if (Absent.Contains(plural))
        {
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("404 page not found\n") });
        }

        string version = path.StartsWith("/api/", StringComparison.Ordinal) ? path.Split('/')[2] : string.Join('/', path.Split('/')[2..4]);
        System.Collections.Specialized.NameValueCollection query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        string? space = path.Contains("/namespaces/", StringComparison.Ordinal) ? path.Split("/namespaces/")[1].Split('/')[0] : null;
        string[]? label = query["labelSelector"]?.Split('=');
        JsonObject[] all = [.. Objects.Where(item => (string?)item["kind"] == Kinds[plural] && (string?)item["apiVersion"] == version
            && (space is null || (string?)item["metadata"]!["namespace"] == space)
            && (label is null || (string?)item["metadata"]!["labels"]?[label[0]] == label[1]))];
        int from = int.Parse(query["continue"] ?? "0", CultureInfo.InvariantCulture);
        int limit = int.Parse(query["limit"]!, CultureInfo.InvariantCulture);
        string? next = from + limit < all.Length ? (from + limit).ToString(CultureInfo.InvariantCulture) : "";
        var list = new JsonObject
        {
            ["kind"] = Kinds[plural] + "List",
            ["apiVersion"] = version,
            ["metadata"] = new JsonObject { ["resourceVersion"] = "7", ["continue"] = next },
            ["items"] = new JsonArray([.. all.Skip(from).Take(limit).Select(item => item.DeepClone())]),
        };
        return Task.FromResult(new HttpResponseMessage { Content = new StringContent(list.ToJsonString(), Encoding.UTF8, "application/json") });
    }
}
