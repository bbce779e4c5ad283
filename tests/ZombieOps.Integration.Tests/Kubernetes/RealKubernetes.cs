using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Sources.Kubernetes.Client;

namespace ZombieOps.Integration.Tests.Kubernetes;

/// <summary>
/// A real API server without a kubelet and without controllers: objects stay as they are written. <c>ZOMBIEOPS_KUBECONFIG</c> names a kubeconfig of any server that may be
/// written to, as an administrator; without it one is started by the scripts in the directory that <c>ZOMBIEOPS_KUBERNETES_SERVERS</c> names, or in
/// <c>../shared/servers/kubernetes</c> beside the repository, if its binaries have been built.
/// </summary>
public sealed class RealKubernetes : IAsyncLifetime
{
    private static readonly string[] Programs = ["etcd", "openssl", "curl"];

    private static readonly (string Group, string Plural, string Kind)[] Custom =
    [
        ("zalando.org", "elasticsearchdatasets", "ElasticsearchDataSet"), ("opensearch.org", "opensearchclusters", "OpenSearchCluster"),
        ("opensearch.opster.io", "opensearchclusters", "OpenSearchCluster"), ("elasticsearch.k8s.elastic.co", "elasticsearches", "Elasticsearch"),
    ];

    private readonly DirectoryInfo run = Directory.CreateTempSubdirectory("zombieops-kubernetes-");
    private string? scripts;
    private string? missing;
    private KubeConnection? connection;
    private HttpClient? http;

    /// <summary>Path of the administrator's kubeconfig.</summary>
    public string Config { get; private set; } = "";

    /// <summary>Name of its current context.</summary>
    public string Context => connection!.Name;

    /// <summary>Address of the server.</summary>
    public string Url => connection!.Server.AbsoluteUri;

    /// <summary>Namespace of these tests.</summary>
    public static string Space => ZombieOps.Tests.Kubernetes.KubeObject.Space;

    public string File(string name) => Path.Combine(run.FullName, name);

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ZOMBIEOPS_KUBECONFIG") is { Length: > 0 } named)
        {
            Config = named;
        }
        else
        {
            scripts = Scripts();
            string binaries = Environment.GetEnvironmentVariable("K8S_BIN") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".cache/zombieops/kubernetes-1.20");
            missing = scripts is null ? "the scripts that start a Kubernetes API server (ZOMBIEOPS_KUBERNETES_SERVERS), or any server's kubeconfig (ZOMBIEOPS_KUBECONFIG)"
                : !System.IO.File.Exists(Path.Combine(binaries, "kube-apiserver")) ? $"kube-apiserver in {binaries} (build.sh beside up.sh builds it)"
                : Programs.FirstOrDefault(program => Machine.Find(program) is null);
            if (missing is not null)
            {
                return;
            }

            await ScriptAsync("up.sh");
            Config = File("admin.kubeconfig");
        }

        connection = Kubeconfig.Read(Config, null, static _ => null, TimeSpan.FromSeconds(10));
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.CertificateChainPolicy = new() { TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust, RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(connection.Authorities!);
        http = new HttpClient(handler) { BaseAddress = connection.Server, Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = connection.Authorization();
        await SendAsync("POST", "api/v1/namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = Space } }, HttpStatusCode.Conflict);
        foreach ((string group, string plural, string kind) in Custom)
        {
            await DefineAsync(group, plural, kind);
        }
    }

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        connection?.Dispose();
        if (scripts is not null && missing is null)
        {
            await ScriptAsync("down.sh");
        }

        run.Delete(recursive: true);
    }

    /// <summary>Skips the test where there is no server; otherwise takes every object away.</summary>
    public async Task ReadyAsync()
    {
        Assert.SkipWhen(missing is not null, missing ?? "");
        foreach (string list in (string[])[$"api/v1/namespaces/{Space}/pods", .. ((string[])["statefulsets", "deployments"]).Select(plural => $"apis/apps/v1/namespaces/{Space}/{plural}"), .. Custom.Select(one => $"apis/{one.Group}/v1/namespaces/{Space}/{one.Plural}")])
        {
            JsonNode? all = await SendAsync("GET", list, null, HttpStatusCode.NotFound);
            foreach (string name in (all?["items"] as JsonArray ?? []).Select(item => (string)item!["metadata"]!["name"]!))
            {
                await RemoveAsync($"{list}/{name}");
            }
        }

        foreach ((string group, string plural, string kind) in Custom)
        {
            await DefineAsync(group, plural, kind);
        }
    }

    /// <summary>Makes an object, in place of one of its name; status and deletion as it says.</summary>
    public async Task PutAsync(JsonObject item)
    {
        string list = ListOf(item);
        string path = $"{list}/{(string)item["metadata"]!["name"]!}";
        await RemoveAsync(path);
        var sent = (JsonObject)item.DeepClone();
        bool deleting = sent["metadata"]!["deletionTimestamp"] is not null;
        var metadata = (JsonObject)sent["metadata"]!;
        metadata.Remove("deletionTimestamp");
        if (deleting)
        {
            metadata["finalizers"] = new JsonArray("test.invalid/stays");
        }

        JsonNode made = (await SendAsync("POST", list, sent))!;
        if (sent["status"] is JsonObject { Count: > 0 } status && (string?)item["kind"] is "Pod" or "StatefulSet" or "Deployment")
        {
            var with = (JsonObject)made.DeepClone();
            with["status"] = sent["status"]!.DeepClone();
            await SendAsync("PUT", path + "/status", with);
        }

        if (deleting)
        {
            await SendAsync("DELETE", path);
        }
    }

    public async Task<JsonNode?> SendAsync(string method, string path, JsonNode? body = null, HttpStatusCode? also = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, type);
        using HttpResponseMessage response = await http!.SendAsync(request);
        string said = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode || response.StatusCode == also, $"{method} {path}: {(int)response.StatusCode} {said}");
        return response.IsSuccessStatusCode && said.Length > 0 ? JsonNode.Parse(said) : null;
    }

    /// <summary>Takes a kind away from the server.</summary>
    public async Task UndefineAsync(string group, string plural)
    {
        await SendAsync("DELETE", $"apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{group}", null, HttpStatusCode.NotFound);
        await UntilAsync(async () => await SendAsync("GET", $"apis/{group}/v1/namespaces/{Space}/{plural}", null, HttpStatusCode.NotFound) is null);
    }

    /// <summary>A kubeconfig for a service account of these tests, with the rights given.</summary>
    public string ConfigFor(string user, string credentials)
    {
        string path = File($"{user}.kubeconfig");
        string authority = Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(connection!.Authorities!.Select(one => one.ExportCertificatePem() + "\n"))));
        System.IO.File.WriteAllText(path, $"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: here
              cluster:
                server: {Url}
                certificate-authority-data: {authority}
            users:
            - name: {user}
              user:
                {credentials}
            contexts:
            - name: limited
              context: {"{"} cluster: here, user: {user} {"}"}
            current-context: limited
            """);
        return path;
    }

    private static string ListOf(JsonObject item)
    {
        string version = (string)item["apiVersion"]!;
        string plural = (string)item["kind"]! switch
        {
            "Pod" => "pods", "StatefulSet" => "statefulsets", "Deployment" => "deployments",
            var kind => Custom.First(one => one.Kind == kind).Plural,
        };
        return $"{(version == "v1" ? "api" : "apis")}/{version}/namespaces/{Space}/{plural}";
    }

    private async Task RemoveAsync(string path)
    {
        if (await SendAsync("GET", path, null, HttpStatusCode.NotFound) is null)
        {
            return;
        }

        await SendAsync("PATCH", path, new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }, HttpStatusCode.NotFound, "application/merge-patch+json");
        await SendAsync("DELETE", path, new JsonObject { ["gracePeriodSeconds"] = 0, ["propagationPolicy"] = "Background" }, HttpStatusCode.NotFound);
        await UntilAsync(async () => await SendAsync("GET", path, null, HttpStatusCode.NotFound) is null);
    }

    private async Task DefineAsync(string group, string plural, string kind)
    {
        if (await SendAsync("GET", $"apis/{group}/v1/namespaces/{Space}/{plural}", null, HttpStatusCode.NotFound) is not null)
        {
            return;
        }

        await SendAsync("POST", "apis/apiextensions.k8s.io/v1/customresourcedefinitions", new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = $"{plural}.{group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = group,
                ["scope"] = "Namespaced",
                ["names"] = new JsonObject { ["plural"] = plural, ["singular"] = kind.ToLowerInvariant(), ["kind"] = kind },
                ["versions"] = new JsonArray(new JsonObject
                {
                    ["name"] = "v1", ["served"] = true, ["storage"] = true,
                    ["schema"] = new JsonObject { ["openAPIV3Schema"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true } },
                }),
            },
        });
        await UntilAsync(async () => await SendAsync("GET", $"apis/{group}/v1/namespaces/{Space}/{plural}", null, HttpStatusCode.NotFound) is not null);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var limit = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(limit.Elapsed < TimeSpan.FromSeconds(60), "the API server does not come to rest");
            await Task.Delay(50);
        }
    }

    private static string? Scripts()
    {
        if (Environment.GetEnvironmentVariable("ZOMBIEOPS_KUBERNETES_SERVERS") is { Length: > 0 } named)
        {
            return named;
        }

        string? root = AppContext.BaseDirectory;
        while (root is not null && !System.IO.File.Exists(Path.Combine(root, "ZombieOps.sln")))
        {
            root = Path.GetDirectoryName(root);
        }

        string beside = Path.Combine(root ?? "/", "../shared/servers/kubernetes");
        return System.IO.File.Exists(Path.Combine(beside, "up.sh")) ? beside : null;
    }

    private async Task ScriptAsync(string name)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(scripts!, name)]) { RedirectStandardOutput = true };
        start.Environment["OUT"] = run.FullName;
        start.Environment["RUN"] = File("run");
        start.Environment["PORT"] = "16443";
        start.Environment["ETCD_PORT"] = "12379";
        start.Environment["KCM_PORT"] = "20257";

        // No controllers: they would make pods and statuses of their own. Without them there is no service account that a pod could have.
        start.Environment["KCM"] = "0";
        start.Environment["APISERVER_ARGS"] = "--disable-admission-plugins=ServiceAccount";
        using Process script = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await script.WaitForExitAsync(limit.Token);
        Assert.True(script.ExitCode == 0, $"{name} ended with {script.ExitCode}");
    }
}
