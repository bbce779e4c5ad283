using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.Processes;
using ZombieOps.Ledger;
using ZombieOps.Sources.Processes;
using ZombieOps.Tests.Kubernetes;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>
/// What a page of the docs takes for granted: <c>zombieops</c> on PATH, real zombies that are old, a configuration, an audit log with acts in it, and where a
/// cluster is given, marks. Placeholders such as 4711 and https://es:9200 are rewritten, and so are all paths outside of its directory.
/// </summary>
internal sealed partial class DocSandbox : IDisposable
{
    // Younger than the minimum age is every zombie of somebody else: they are new to this ledger, and a block has less time than that.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("zombieops-docs-");
    private readonly ActorHost host = ActorHost.Open();
    private readonly string? url;
    private readonly Func<int, string>? nodeIp;
    private RealProcess? worker;
    private readonly string bootId = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
    private Actor? notWaiting;
    private Actor? missed;
    private Actor? stopped;
    private string sequence = "";

    /// <param name="url">A cluster's address; null for none.</param>
    /// <param name="nodeIp">Gives the address of a node of it.</param>
    public DocSandbox(string? url = null, Func<int, string>? nodeIp = null)
    {
        (this.url, this.nodeIp) = (url, nodeIp);
        foreach (string directory in new[] { "bin", "work", "config", "config/policies", "node_exporter", "home" })
        {
            Directory.CreateDirectory(Below(directory));
        }

        File.CreateSymbolicLink(Below("bin/zombieops"), ZombieOpsCli.Executable);
        // A zombie is called what its program was called.
        File.CreateSymbolicLink(Below("bin/report-worker"), Machine.Needs("true"));
        try
        {
            WriteFiles();
            Prepare();

            // An act in the audit log, for those who read it.
            Shell($"zombieops clear --allow continue --min-age 0 --watch 0 --yes --where pid={stopped!.ZombiePid}").Exits(0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string State => Below("state");

    /// <summary>Pid of a zombie whose parent never waits.</summary>
    public int Pid => notWaiting!.ZombiePid;

    /// <summary>Pids of its other zombies.</summary>
    public IReadOnlyList<int> Others => [worker!.ZombieChildren()[0], missed!.ZombiePid, stopped!.ZombiePid];

    public string Below(string path) => Path.Combine(home.FullName, path);

    /// <summary>Leaves marks in the cluster: of nodes that are gone, and one that was cleared and can be undone.</summary>
    public void LeaveMarks(Action<string> exclude)
    {
        exclude("10.2.3.9,127.0.0.149,10.4.5.6");
        CliResult cleared = Shell($"zombieops clear search --url {url} --allow remove-entry --where entry=10.4.5.6 --settle 0 --watch 0 --despite disk,relocation --min-age 0 --restart-time 0 --yes").Exits(0);
        sequence = Undo().Match(cleared.Out).Groups["sequence"].Value;
        Assert.NotEmpty(sequence);
    }

    /// <summary>Zombies that are there, old, and known to nobody but this ledger.</summary>
    public void Prepare()
    {
        Fresh(ref notWaiting, "not-waiting");
        Fresh(ref missed, "missed");
        Fresh(ref stopped, "stopped");
        if (worker is null || worker.HasExited || RealProcess.Children(worker.Pid, 'Z').Count == 0)
        {
            worker?.Dispose();
            worker = RealProcess.Start("/bin/sh", "-c", $"'{Below("bin/report-worker")}' & exec sleep 300");
        }

        Directory.CreateDirectory(Below("state/ledger"));
        File.Delete(Below("state/ledger/process.json"));
        var options = new EngineOptions { StateDirectory = State, Clock = new EarlierClock() };
        string[] ids = [.. Others.Append(Pid).Select(pid => ProcessIdentity.Format(bootId, pid, (ulong)(RealProcess.StatOf(pid) ?? throw new InvalidOperationException($"{pid} is gone")).StartTime))];
        Assert.Null(SightingLedger.Load(options, "process", bootId).Record(options.Clock.GetUtcNow(), ids, complete: false));
    }

    /// <summary>Runs commands of one block one after the other in one shell.</summary>
    /// <returns>For each what came of it; null where <see cref="DocEntry.Before"/> found that the machine lacks something.</returns>
    public IReadOnlyList<CliResult?> Run(IReadOnlyList<DocCommand> commands)
    {
        WriteFiles(commands[0].Block.Page);
        Prepare();
        string results = Below("results");
        Directory.CreateDirectory(results);
        var script = new StringBuilder();
        for (int i = 0; i < commands.Count; i++)
        {
            DocEntry? entry = DocTable.For(commands[i].Block.Page, commands[i].Text);
            string text = Rewrite(entry?.Instead ?? Command(commands[i]));
            if (commands[i].Block.IsScript)
            {
                File.WriteAllText(Below($"work/script{i}"), text + "\n");
                text = $"sh script{i}";
            }

            script.Append(CultureInfo.InvariantCulture, $"PRINTS='{commands[i].Prints.Replace("'", "", StringComparison.Ordinal)}'\n{Rewrite(entry?.Before ?? ":")}\n");
            script.Append(CultureInfo.InvariantCulture, $"{{ {text}\n}} >'{results}/{i}.out' 2>'{results}/{i}.err'\necho $? >'{results}/{i}.code'\n");
        }

        CliResult all = Shell(script.ToString());
        string Read(int i, string what) => File.Exists($"{results}/{i}.{what}") ? File.ReadAllText($"{results}/{i}.{what}") : "";
        CliResult?[] came = [.. commands.Select((_, i) => Read(i, "code") is { Length: > 0 } code ? new CliResult(int.Parse(code, CultureInfo.InvariantCulture), Read(i, "out"), Read(i, "err")) : null)];
        Assert.True(all.Exit is 0 or 77 || !came.Contains(null), $"the shell ended with {all.Exit}: {all.Out}{all.Err}");
        Directory.Delete(results, recursive: true);
        return came;
    }

    /// <summary>Gives a text its real values.</summary>
    public string Rewrite(string text)
    {
        text = Marked().Replace(text, match => match.Groups["before"].Value + (nodeIp?.Invoke(3) ?? match.Groups["ip"].Value));
        text = Url().Replace(text, url ?? "http://127.0.0.1:9");
        text = Undone().Replace(text, "undo search " + sequence);
        text = Number().Replace(text, Pid.ToString(CultureInfo.InvariantCulture));
        return text
            .Replace("PPID", notWaiting!.ParentPid.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("/etc/zombieops", Below("config"), StringComparison.Ordinal)
            .Replace("/var/lib/zombieops", State, StringComparison.Ordinal)
            .Replace("/var/lib/node_exporter", Below("node_exporter"), StringComparison.Ordinal)
            .Replace("/usr/bin/zombieops", Below("bin/zombieops"), StringComparison.Ordinal)
            .Replace("sleep 60", "sleep 1", StringComparison.Ordinal);
    }

    /// <summary>Starts a program with this surroundings and waits for its end.</summary>
    public CliResult Exec(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Below("work") };
        start.Environment["PATH"] = $"{Below("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = Below("home");
        start.Environment["ZOMBIEOPS_STATE"] = State;
        start.Environment["ZOMBIEOPS_CONFIG"] = Below("config");
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end in {Limit.TotalSeconds} s: {string.Join(' ', arguments)}");
        }

        return new CliResult(process.ExitCode, output.Result, error.Result);
    }

    public void Dispose()
    {
        worker?.Dispose();
        host.Dispose();
        home.Delete(recursive: true);
    }

    private CliResult Shell(string script) => Exec(Machine.Needs("bash"), "-c", script);

    // A crontab's line is five fields, a user and the command.
    private static string Command(DocCommand command) => command.Block.Language == "crontab" ? command.Text.Split(' ', 7)[6] : command.Text;

    private void Fresh(ref Actor? actor, string role)
    {
        if (actor is null || ProcFs.State(actor.ZombiePid) != 'Z')
        {
            actor?.Dispose();
            actor = host.Start(role);
        }
    }

    /// <summary>The files that pages name. The policy is the page's own, where it has one.</summary>
    private void WriteFiles(string page = "docs/policy.md")
    {
        IReadOnlyList<DocBlock> policies = [.. DocBlock.All().Where(block => block.Language == "yaml" && block.Page != "docs/ansible.md" && block.Text.Contains("schema: zombieops-policy/", StringComparison.Ordinal))];
        string policy = (policies.FirstOrDefault(block => block.Page == page) ?? policies.First(block => block.Page == "docs/policy.md")).Text.Replace("/var/lib/zombieops", State, StringComparison.Ordinal);
        var files = new Dictionary<string, string>
        {
            ["work/policy.yaml"] = policy, ["config/policy.yaml"] = policy, ["config/policies/processes.yaml"] = policy, ["work/f"] = "secret\n", ["config/pw"] = "secret\n", ["config/curl.conf"] = "user = \"ops:secret\"\n",
            ["home/es.key"] = "id:key\n", ["work/token"] = "token\n",
        };
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=docs", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        files["work/ca.pem"] = files["work/client.pem"] = certificate.ExportCertificatePem() + "\n";
        files["work/client.key"] = key.ExportPkcs8PrivateKeyPem() + "\n";
        if (nodeIp is not null)
        {
            var items = new System.Text.Json.Nodes.JsonArray(KubeObject.StatefulSet("es", 3));
            for (int node = 1; node <= 3; node++)
            {
                items.Add(KubeObject.Pod("es", node - 1, nodeIp(node), "app", "es"));
            }

            files["work/objects.json"] = new System.Text.Json.Nodes.JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = items }.ToJsonString();
        }

        foreach ((string file, string text) in files)
        {
            File.WriteAllText(Below(file), text);
        }
    }

    [GeneratedRegex(@"https?://(es|es-\d|es\.example\.net|127\.0\.0\.\d+)(:9200)?(?=[/\s',""]|$)")]
    private static partial Regex Url();

    // Who marks a node names one that is there; everywhere else that address is of a node that is gone.
    [GeneratedRegex(@"(?<before>zombieops (un)?mark search |\bnode=)(?<ip>10\.2\.3\.9)")]
    private static partial Regex Marked();

    [GeneratedRegex(@"undo search \d+")]
    private static partial Regex Undone();

    [GeneratedRegex(@"\b4711\b(?!:)")]
    private static partial Regex Number();

    [GeneratedRegex(@"zombieops undo search (?<sequence>\d+)")]
    private static partial Regex Undo();

    /// <summary>The clocks of an hour and a half ago.</summary>
    private sealed class EarlierClock : TimeProvider
    {
        private static readonly TimeSpan By = TimeSpan.FromMinutes(90);

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - By;

        public override long GetTimestamp() => System.GetTimestamp() - (long)(By.TotalSeconds * TimestampFrequency);
    }
}
