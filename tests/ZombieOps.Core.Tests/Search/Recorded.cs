using System.Net;
using System.Text.Json.Nodes;

namespace ZombieOps.Core.Tests.Search;

/// <summary>Answers that OpenSearch 2.19.3 and Elasticsearch 7.10.2 really gave, from <c>tests/Fixtures/search</c>.</summary>
internal sealed class Recorded
{
    private Recorded(JsonObject answers) => Answers = answers;

    public JsonObject Answers { get; }

    public static Recorded Load(string name) =>
        new(JsonNode.Parse(File.ReadAllText(RepositoryRoot.File($"tests/Fixtures/search/{name}.json")))!.AsObject());

    /// <summary>The recorded start of the nodes: the scan happens a day later.</summary>
    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(
        Answers["nodes"]!["nodes"]!.AsObject().Max(node => (long)node.Value!["jvm"]!["start_time_in_millis"]!)) + TimeSpan.FromDays(1);

    public FakeSearchServer Server() => new(kind => Answers[kind] switch
    {
        null => throw new InvalidOperationException($"'{kind}' was not recorded"),
        JsonObject error when error["status"] is JsonValue status && error["body"] is { } body => new FakeAnswer(body.ToJsonString(), (HttpStatusCode)(int)status),
        { } answer => new FakeAnswer(answer.ToJsonString()),
    });
}
