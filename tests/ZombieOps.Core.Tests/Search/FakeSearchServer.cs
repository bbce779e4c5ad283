using System.Net;
using System.Text;

namespace ZombieOps.Core.Tests.Search;

/// <summary>A made-up server in place of the network: answers by path, counts every request and keeps what was sent.</summary>
internal sealed class FakeSearchServer : HttpMessageHandler
{
    private readonly Func<string, FakeAnswer> answer;

    public FakeSearchServer(Func<string, FakeAnswer> answer) => this.answer = answer;

    /// <summary>Method and path with query of every request.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>How many requests came.</summary>
    public int Count
    {
        get
        {
            lock (Requests)
            {
                return Requests.Count;
            }
        }
    }

    public List<string?> Authorizations { get; } = [];

    /// <summary>What the server says before the answer by path; null for that.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?>? Before { get; set; }

    public bool SaysElasticsearch { get; set; }

    /// <summary>The part of a path that tells which answer is meant.</summary>
    public static string Kind(string path) => path switch
    {
        "/" => "root",
        _ when path.StartsWith("/_cluster/health", StringComparison.Ordinal) => "health",
        _ when path.StartsWith("/_nodes/stats/fs", StringComparison.Ordinal) => "disks",
        _ when path.StartsWith("/_cluster/state/version?", StringComparison.Ordinal) => "moment",
        _ when path.StartsWith("/_cluster/settings", StringComparison.Ordinal) => "settings",
        _ when path.StartsWith("/_cluster/state/version,nodes,metadata", StringComparison.Ordinal) => "state",
        _ when path.StartsWith("/_cluster/state/version,nodes,routing_nodes", StringComparison.Ordinal) => "routing",
        _ when path.StartsWith("/_nodes/jvm", StringComparison.Ordinal) => "nodes",
        _ when path.StartsWith("/_all/_settings", StringComparison.Ordinal) => "indices",
        _ when path.StartsWith("/_cluster/allocation/explain", StringComparison.Ordinal) => "explain",
        _ when path.StartsWith("/_nodes/shutdown", StringComparison.Ordinal) => "shutdown",
        _ when path.StartsWith("/_cluster/decommission", StringComparison.Ordinal) => "decommission",
        _ => throw new InvalidOperationException($"an unexpected request: {path}"),
    };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = request.RequestUri!.PathAndQuery;
        lock (Requests)
        {
            Requests.Add($"{request.Method} {path}");
            Authorizations.Add(request.Headers.Authorization?.ToString());
        }

        if (Before?.Invoke(request) is { } early)
        {
            return Task.FromResult(early);
        }

        FakeAnswer said = answer(Kind(path));
        var response = new HttpResponseMessage(said.Status) { Content = new StringContent(said.Body, Encoding.UTF8, said.Type) };
        if (SaysElasticsearch)
        {
            response.Headers.Add("X-elastic-product", "Elasticsearch");
        }

        return Task.FromResult(response);
    }
}

/// <summary>One made-up answer.</summary>
internal sealed record FakeAnswer(string Body, HttpStatusCode Status = HttpStatusCode.OK, string Type = "application/json");
