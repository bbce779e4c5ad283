using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Integration.Tests.PowerShell;
using ZombieOps.Integration.Tests.Search;

namespace ZombieOps.Integration.Tests.Runbooks;

/// <summary>The runbook that sweeps exclusions, and the job of Azure Automation under its stand-in, on a real cluster.</summary>
public abstract class ExclusionSweepTests(RealCluster cluster) : IDisposable
{
    private const string Ip = "cluster.routing.allocation.exclude._ip";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("zombieops-runbook-");

    public void Dispose()
    {
        directory.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private string State => Path.Combine(directory.FullName, "state");

    private string Policy(string more = "") => $$"""
        schema: zombieops-policy/1
        name: exclusions
        state: {{State}}
        sources:
          - source: search
            options: {url: '{{cluster.Url}}', restart-time: 0, despite: disk{{more}}}
            allow: [remove-entry, reset-setting]
            limits: {min-age: 0, max-share: 1, watch: 0, settle: 100ms}

        """;

    private async Task<string?> ExcludedAsync() =>
        (await cluster.SendAsync("GET", "_cluster/settings?flat_settings=true"))!["persistent"]![Ip]?.ToString();

    [Fact]
    public async Task The_runbook_takes_a_stale_exclusion_out_of_a_real_cluster_and_WhatIf_does_not()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", Ip, $"{cluster.Ip(9)},{cluster.Ip(3)}");
        string policy = Path.Combine(directory.FullName, "policy.yaml");
        await File.WriteAllTextAsync(policy, Policy(), TestContext.Current.CancellationToken);

        JsonNode dry = await RunbookRun.JsonAsync("Invoke-ExclusionSweep", 1, "-PolicyPath", policy, "-WhatIf");
        Assert.Equal((true, 1), ((bool)dry["dryRun"]!, (int)dry["sources"]![0]!["wouldClear"]!));
        Assert.Equal($"{cluster.Ip(9)},{cluster.Ip(3)}", await ExcludedAsync());
        Assert.False(Directory.Exists(State));

        JsonNode done = await RunbookRun.JsonAsync("Invoke-ExclusionSweep", 0, "-PolicyPath", policy);
        Assert.Equal(("Clean", 1), (done["exitReason"]!.ToString(), (int)done["sources"]![0]!["cleared"]!));
        // The node that is there keeps its mark: nothing proves that its drain is over.
        Assert.Equal(cluster.Ip(3), await ExcludedAsync());

        JsonNode evidence = await RunbookRun.JsonAsync("Save-IncidentEvidence", 0, "-PolicyPath", policy, "-StateDirectory", State, "-OutputDirectory", directory.FullName);
        using System.IO.Compression.ZipArchive archive = System.IO.Compression.ZipFile.OpenRead(evidence["archive"]!.ToString());
        Assert.Contains(archive.Entries, entry => entry.FullName == "state/ledger/search.json");
        using var reader = new StreamReader(archive.GetEntry("policy.json")!.Open());
        Assert.Contains(cluster.Ip(3), await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_in_the_sandbox_of_Azure_scans_with_a_secret_of_a_vault_and_clears_nothing_for_want_of_a_lasting_state_directory()
    {
        await cluster.ReadyAsync();
        await cluster.PutAsync("persistent", Ip, cluster.Ip(9));
        string secret = "hunter2-" + Guid.NewGuid().ToString("N");
        JsonNode scanned = await JobAsync("Scan", secret);
        Assert.Equal("Completed", scanned["status"]!.ToString());
        JsonNode summary = JsonNode.Parse(Assert.Single(scanned["output"]!.AsArray())!.ToString())!;
        Assert.Equal((true, 1, true), ((bool)summary["dryRun"]!, (int)summary["sources"]![0]!["wouldClear"]!, (bool)summary["sources"]![0]!["complete"]!));
        Assert.Contains("Connect-AzAccount True", scanned["calls"]!.AsArray().Select(call => call!.ToString()));

        JsonNode refused = await JobAsync("Clear", secret);
        Assert.Equal(("Failed", "ZombieOps failed: exit 5 NoStateDirectory"), (refused["status"]!.ToString(), refused["exception"]!.ToString()));
        Assert.Equal(cluster.Ip(9), await ExcludedAsync());
        Assert.False(Directory.Exists(State));

        Directory.CreateDirectory(State);
        JsonNode cleared = await JobAsync("Clear", secret);
        Assert.Equal(("Completed", null), (cleared["status"]!.ToString(), await ExcludedAsync()));
        foreach (JsonNode job in (JsonNode[])[scanned, refused, cleared])
        {
            Assert.DoesNotContain("hunter2", job.ToJsonString(), StringComparison.Ordinal);
            Assert.Empty(job["temporary"]!.AsArray());
        }

        Assert.DoesNotContain(Directory.EnumerateFiles(State, "*", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains("hunter2", StringComparison.Ordinal));
    }

    /// <summary>A job under the stand-in, whose policy and password come from a variable and a vault.</summary>
    private async Task<JsonNode> JobAsync(string mode, string secret)
    {
        string place = Directory.CreateDirectory(Path.Combine(directory.FullName, Guid.NewGuid().ToString("N"))).FullName;
        string temporary = Directory.CreateDirectory(Path.Combine(place, "tmp")).FullName, job = Path.Combine(place, "job.json"), result = Path.Combine(place, "result.json");
        var given = new JsonObject
        {
            ["parameters"] = new JsonObject
            {
                ["Mode"] = mode,
                ["KeyVault"] = "vault",
                ["SecretNames"] = "SEARCH=password",
                ["Module"] = Path.Combine(ModuleStage.Module, "ZombieOps.psd1"),
            },
            ["variables"] = new JsonObject { ["ZombieOpsPolicy"] = Policy(", user: zombieops, password-env: SEARCH") },
            ["credentials"] = new JsonObject(),
            ["vault"] = new JsonObject { ["vault/password"] = secret },
        };
        await File.WriteAllTextAsync(job, given.ToJsonString(), TestContext.Current.CancellationToken);
        (int exit, string output, string errors) = await RunbookRun.RunAsync(
            "tests/Pester/Fakes/FakeAutomationSandbox.ps1",
            new Dictionary<string, string> { ["TMPDIR"] = temporary },
            "-Runbook",
            Path.Combine(ModuleStage.Repository, "deploy/azure/Invoke-PolicyJob.ps1"),
            "-Job",
            job,
            "-Result",
            result);
        Assert.True(exit == 0 && output.Length + errors.Length == 0, output + errors);
        return JsonNode.Parse(await File.ReadAllTextAsync(result, TestContext.Current.CancellationToken))!;
    }
}

/// <summary>On OpenSearch.</summary>
[Collection(nameof(RealOpenSearch))]
public sealed class OpenSearchExclusionSweepTests(RealOpenSearch cluster) : ExclusionSweepTests(cluster);

/// <summary>On Elasticsearch.</summary>
[Collection(nameof(RealElasticsearch))]
public sealed class ElasticsearchExclusionSweepTests(RealElasticsearch cluster) : ExclusionSweepTests(cluster);
