using System.Text.Json.Nodes;

namespace ZombieOps.Tests.Kubernetes;

/// <summary>Objects as operators and controllers write them, for made-up and real API servers.</summary>
internal static class KubeObject
{
    public const string Space = "search";

    public static JsonObject DataSet(string name, int? replicas, Action<JsonObject>? change = null)
    {
        JsonObject eds = Object("zalando.org/v1", "ElasticsearchDataSet", name);
        eds["spec"] = replicas is null ? [] : new JsonObject { ["replicas"] = replicas };
        eds["status"] = new JsonObject { ["replicas"] = replicas };
        change?.Invoke(eds);
        return eds;
    }

    public static JsonObject StatefulSet(string name, int replicas, int? present = null, Action<JsonObject>? change = null)
    {
        JsonObject set = Object("apps/v1", "StatefulSet", name);
        set["spec"] = new JsonObject
        {
            ["replicas"] = replicas,
            ["serviceName"] = name,
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["set"] = name } },
            ["updateStrategy"] = new JsonObject { ["type"] = "OnDelete" },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["set"] = name } },
                ["spec"] = PodSpec(),
            },
        };
        set["status"] = new JsonObject { ["observedGeneration"] = 1, ["replicas"] = present ?? replicas, ["readyReplicas"] = present ?? replicas, ["updateRevision"] = "rev-1" };
        change?.Invoke(set);
        return set;
    }

    /// <summary>A pod of a StatefulSet that is one node of a cluster.</summary>
    public static JsonObject Pod(string set, int ordinal, string ip, string label, string value, Action<JsonObject>? change = null)
    {
        JsonObject pod = Object("v1", "Pod", $"{set}-{ordinal}");
        pod["metadata"]!["labels"] = new JsonObject { [label] = value, ["controller-revision-hash"] = "rev-1" };
        pod["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "StatefulSet", ["name"] = set, ["uid"] = $"uid-{set}", ["controller"] = true });
        pod["spec"] = PodSpec();
        pod["status"] = Running(ip, "2026-11-01T00:00:00Z");
        change?.Invoke(pod);
        return pod;
    }

    public static JsonObject Running(string ip, string started) => new()
    {
        ["phase"] = "Running",
        ["podIP"] = ip,
        ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = ip }),
        ["startTime"] = started,
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
    };

    public static JsonObject Operator(bool up, string? id = null)
    {
        JsonObject deployment = Object("apps/v1", "Deployment", id is null ? "es-operator" : $"es-operator-{id}");
        string app = (string)deployment["metadata"]!["name"]!;
        deployment["metadata"]!["labels"] = new JsonObject { ["application"] = "es-operator" };
        JsonObject spec = PodSpec();
        spec["containers"]![0]!["args"] = id is null ? [] : new JsonArray($"--operator-id={id}");
        deployment["spec"] = new JsonObject
        {
            ["replicas"] = up ? 1 : 0,
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = app } },
            ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = app } }, ["spec"] = spec },
        };
        deployment["status"] = up ? new JsonObject { ["replicas"] = 1, ["readyReplicas"] = 1, ["availableReplicas"] = 1 } : [];
        return deployment;
    }

    public static JsonObject OpenSearch(string group, string name, int replicas, params JsonObject[] components)
    {
        JsonObject cluster = Object($"{group}/v1", "OpenSearchCluster", name);
        cluster["spec"] = new JsonObject
        {
            ["general"] = new JsonObject { ["version"] = "2.19.3", ["serviceName"] = name },
            ["nodePools"] = new JsonArray(new JsonObject { ["component"] = "data", ["replicas"] = replicas }),
        };
        cluster["status"] = new JsonObject { ["phase"] = "RUNNING", ["version"] = "2.19.3", ["componentsStatus"] = new JsonArray([.. components]) };
        return cluster;
    }

    public static JsonObject Component(string component, string status, string description = "data", params string[] conditions) => new()
    {
        ["component"] = component,
        ["status"] = status,
        ["description"] = description,
        ["conditions"] = new JsonArray([.. conditions.Select(one => (JsonNode)one)]),
    };

    public static JsonObject Elastic(string name, string phase, JsonObject? operations = null)
    {
        JsonObject cluster = Object("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", name);
        cluster["spec"] = new JsonObject { ["version"] = "7.10.2" };
        cluster["status"] = new JsonObject { ["phase"] = phase, ["inProgressOperations"] = operations ?? [] };
        return cluster;
    }

    public static void Annotate(JsonObject item, string name, string value)
    {
        var metadata = (JsonObject)item["metadata"]!;
        metadata["annotations"] ??= new JsonObject();
        metadata["annotations"]![name] = value;
    }

    private static JsonObject Object(string version, string kind, string name) => new()
    {
        ["apiVersion"] = version,
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Space, ["uid"] = $"uid-{name}", ["generation"] = 1 },
    };

    private static JsonObject PodSpec() => new() { ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = "none.invalid/none:1" }) };
}
