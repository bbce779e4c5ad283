using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Core.Tests.Clearing;

/// <summary>The real engine and the real audit log on a <see cref="FakeWorld"/>.</summary>
internal sealed class EngineFixture : IDisposable
{
    public EngineFixture()
    {
        Directory.CreateDirectory(Directories.File("proc/sys/kernel/random"));
        File.WriteAllText(Directories.File("proc/sys/kernel/random/boot_id"), "boot-1\n");
        Directory.CreateDirectory(Directories.File("proc/self"));
        File.WriteAllText(Directories.File("proc/self/stat"), SelfStat(900));
        Directory.CreateDirectory(Directories.File($"proc/{Environment.ProcessId}"));
        File.WriteAllText(Directories.File($"proc/{Environment.ProcessId}/stat"), SelfStat(900));
        Options = new EngineOptions
        {
            ProcRoot = Directories.File("proc"),
            StateDirectory = Directories.File("state"),
            ConfigDirectory = Directories.File("config"),
            Host = "testhost",
            User = "alice",
        };
    }

    public TempDirectory Directories { get; } = new();

    public FakeWorld World { get; } = new();

    public EngineOptions Options { get; set; }

    public static string SelfStat(ulong startTime) =>
        $"{Environment.ProcessId} (tests) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {startTime} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    public static ClearRequest Request(params string[] allowed) => new()
    {
        Allowed = allowed.ToHashSet(),
        Limits = new ClearLimits { Watch = TimeSpan.Zero, VerifyTimeout = TimeSpan.FromMilliseconds(30) },
    };

    public ZombieEngine Engine() => new(Options, World);

    public string AuditText() => Directory.Exists(Directories.File("state/audit"))
        ? string.Concat(Directory.GetFiles(Directories.File("state/audit"), "audit-*.jsonl").Order().Select(File.ReadAllText))
        : "";

    public async Task<ClearReport> ClearAsync(ClearRequest request, Func<ZombieEngine, Task<ClearingRun>>? begin = null, CancellationToken cancel = default)
    {
        using ZombieEngine engine = Engine();
        using ClearingRun run = begin is null ? await engine.BeginAsync(request, CancellationToken.None) : await begin(engine);
        return await Drive(run, cancel);
    }

    public static async Task<ClearReport> Drive(ClearingRun run, CancellationToken cancel = default)
    {
        while (await run.NextAsync(cancel) is { } step)
        {
            if (step.Result is null)
            {
                await run.ActAsync(step, cancel);
            }
        }

        return await run.EndAsync(cancel);
    }

    /// <summary>Leaves an intent as a process with another pid would have.</summary>
    public void LeaveIntent(Finding zombie, int writer, string host = "testhost")
    {
        string self = Directories.File("proc/self/stat");
        string before = File.ReadAllText(self);
        File.WriteAllText(self, SelfStat(4242).Replace($"{Environment.ProcessId} ", $"{writer} ", StringComparison.Ordinal));
        using (AuditLog audit = new AuditLog(Options with { Host = host }))
        {
            audit.Append([new AuditRecord { Kind = AuditKind.RunStarted, RunId = "dead", OpenIntents = [] }]);
            audit.Append([new AuditRecord { Kind = AuditKind.Intent, RunId = "dead", FindingId = zombie.Id, Remedy = "Reap", Before = zombie }]);
        }

        File.WriteAllText(self, before);
    }

    public void Dispose() => Directories.Dispose();
}
