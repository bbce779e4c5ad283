using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Bench;

/// <summary>
/// The scan of a large search cluster against the least that anybody could do with the same answers, reading their JSON, and against <c>curl | jq</c>, which
/// lists entries, nodes and shards by node and judges nothing.
/// </summary>
internal static class SearchBench
{
    private const int Rounds = 9;

    public static int Run(string[] args)
    {
        foreach (bool openSearch in (ReadOnlySpan<bool>)[false, true])
        {
            using Process server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Self(), openSearch ? "search-server-opensearch" : "search-server-elasticsearch"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            try
            {
                string url = $"http://127.0.0.1:{server.StandardOutput.ReadLine()}";
                Measure(openSearch, url, args is [var executable, ..] ? executable : null);
            }
            finally
            {
                server.StandardInput.Close();
                server.WaitForExit();
            }
        }

        return 0;
    }

    /// <summary>The bench's own file, where it is run by <c>dotnet</c>.</summary>
    private static string[] Self() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(SearchBench).Assembly.Location] : [];

    private static void Measure(bool openSearch, string url, string? executable)
    {
        var world = new SearchWorld(openSearch);
        string state = Directory.CreateTempSubdirectory("zombieops-bench-").FullName;
        var values = new Dictionary<string, string> { ["url"] = url };
        using ISource source = SourceCatalog.Find("search")!.Open(new EngineOptions(), values);
        using var engine = new ZombieEngine(new EngineOptions { StateDirectory = state, ConfigDirectory = state }, "search", values);
        using var client = new HttpClient();
        var json = new List<double>();
        var fetch = new List<double>();
        var scan = new List<double>();
        var kept = new List<double>();
        var whole = new List<double>();
        var jq = new List<double>();
        ScanReport report = null!;
        long allocated = 0;
        try
        {
            for (int round = -3; round < Rounds; round++)
            {
                // Each begins with nothing to collect for another.
                double a = Own(() => world.All.Sum(Read));
                double b = Own(() => Fetch(client, url));
                long before = GC.GetTotalAllocatedBytes();
                double c = Own(() => report = source.ScanAsync(new ScanRequest(), default).AsTask().GetAwaiter().GetResult());
                allocated = GC.GetTotalAllocatedBytes() - before;
                double d = Own(() => engine.ScanAsync(new ScanSettings()).AsTask().GetAwaiter().GetResult());
                double e = executable is null ? 0 : Children(executable, "scan", "search", "--url", url, "--state", state, "--output", "ndjson");
                double f = Children("bash", "-c", Pipeline(url));
                if (round >= 0)
                {
                    json.Add(a);
                    fetch.Add(b);
                    scan.Add(c);
                    kept.Add(d);
                    whole.Add(e);
                    jq.Add(f);
                }
            }
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }

        long bytes = world.All.Sum(answer => (long)answer.Length);
        Console.WriteLine($"{(openSearch ? "OpenSearch" : "Elasticsearch")}: {report.Counts.Scanned} marks, {SearchWorld.Nodes} nodes, {SearchWorld.Shards} shards; "
            + $"answers of {bytes / 1024} KiB, the largest {world.All.Max(answer => answer.Length) / 1024} KiB; CPU time, medians of {Rounds}");
        Console.WriteLine($"  reading the JSON alone, from memory       {Text(json)} ms");
        Console.WriteLine($"  fetching the same answers and reading it  {Text(fetch)} ms");
        Row("scan, in process, findings built", scan, json, jq);
        Row("the same with the ledger read and written", kept, json, jq);
        if (executable is not null)
        {
            Row("zombieops scan search -o ndjson, whole", whole, json, jq);
        }

        Console.WriteLine($"  curl | jq, which only lists               {Text(jq)} ms");
        Console.WriteLine($"  allocated in one scan: {allocated / 1048576} MiB; {report.Findings.Count} findings");
    }

    /// <summary>Walks through every token and keeps none.</summary>
    private static int Read(byte[] answer)
    {
        var reader = new Utf8JsonReader(answer);
        int tokens = 0;
        while (reader.Read())
        {
            tokens++;
        }

        return tokens;
    }

    private static int Fetch(HttpClient client, string url) => ((string[])["_cluster/settings", "_cluster/state/version,nodes,routing_nodes", "_cluster/state", "_nodes/jvm", "_cluster/allocation/explain"])
        .Sum(path => Read(client.GetByteArrayAsync(new Uri($"{url}/{path}")).GetAwaiter().GetResult()));

    private static string Pipeline(string url) => $"""
        curl -s {url}/_cluster/settings?flat_settings=true | jq -r '.persistent["cluster.routing.allocation.exclude._ip"] | split(",")[]'
        curl -s {url}/_nodes/jvm | jq -r '.nodes | to_entries[] | [.key, .value.name, .value.ip] | @tsv'
        curl -s {url}/_cluster/state/version,nodes,routing_nodes | jq -r '.routing_nodes.nodes | to_entries[] | [.key, (.value | length)] | @tsv'
        """;

    private static double Own<T>(Func<T> work)
    {
        GC.Collect();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
    }

    private static double Children(string file, params string[] arguments)
    {
        TimeSpan before = Tools.ChildrenCpu();
        Tools.Run(file, arguments);
        return (Tools.ChildrenCpu() - before).TotalMilliseconds;
    }

    private static void Row(string name, List<double> values, List<double> json, List<double> jq)
    {
        double beyond = Tools.Median(values.Zip(json, (a, b) => a - b));
        double less = Tools.Median(jq.Zip(values, (a, b) => a / b));
        Console.WriteLine($"  {name,-41} {Text(values)} ms = JSON reading + {Tools.Text(beyond, 1)} ms; curl | jq takes {Tools.Text(less)} x that");
    }

    private static string Text(List<double> values) => Tools.Text(Tools.Median(values), 1).PadLeft(6);
}
