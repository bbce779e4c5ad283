using ZombieOps.Audit;
using Xunit;

namespace ZombieOps.Tests.Audit;

/// <summary>A log in a directory of its own that goes away with the test.</summary>
internal sealed class AuditFolder : IDisposable
{
    public AuditFolder(string? state = null)
    {
        owned = state is null;
        State = state ?? Temporary();
        Options = new EngineOptions { StateDirectory = State, Host = "host-1", User = "root", SudoUser = "ada" };
    }

    /// <summary>A log on a disk, where a flush means something; the others are in memory where they can be, to be fast.</summary>
    public static AuditFolder OnDisk() => new(System.IO.Directory.CreateTempSubdirectory("zombieops-audit-").FullName) { owned = true };

    private bool owned;

    private static string Temporary()
    {
        if (!System.IO.Directory.Exists("/dev/shm"))
        {
            return System.IO.Directory.CreateTempSubdirectory("zombieops-audit-").FullName;
        }

        return System.IO.Directory.CreateDirectory($"/dev/shm/zombieops-audit-{Guid.NewGuid():N}").FullName;
    }

    public string State { get; }

    public string Directory => Path.Combine(State, "audit");

    public string Head => Path.Combine(Directory, "head");

    public EngineOptions Options { get; init; }

    public string[] Segments => [.. System.IO.Directory.GetFiles(Directory, "audit-*.jsonl").Order(StringComparer.Ordinal)];

    public string[] Torn => [.. System.IO.Directory.GetFiles(Directory, "torn-*.bin").Order(StringComparer.Ordinal)];

    public AuditLog Open(long maxSegment = 64 << 20, double timeout = 10) =>
        new(Options, new AuditLogOptions { MaxSegmentBytes = maxSegment, LockTimeout = TimeSpan.FromSeconds(timeout) }, "boot-1");

    public static AuditRecord Note(string why, string run = "run-1") => new() { Kind = AuditKind.Note, RunId = run, Why = why };

    /// <summary>Writes notes one by one, so that each is a group of its own.</summary>
    public void Fill(int records, long maxSegment = 64 << 20)
    {
        using AuditLog log = Open(maxSegment);
        for (int i = 0; i < records; i++)
        {
            log.Append([Note($"note {i}")]);
        }
    }

    public AuditVerification Verify(string? anchor = null) =>
        AuditVerifier.Verify(Directory, anchor is null ? null : AuditAnchor.Parse(anchor), TestContext.Current.CancellationToken);

    public List<AuditRecord> Read(AuditFilter? filter = null, Action<AuditFault>? broken = null) =>
        [.. AuditReader.Read(Directory, filter, broken, TestContext.Current.CancellationToken)];

    public string[] Lines() => [.. Segments.SelectMany(File.ReadAllLines)];

    /// <summary>The whole directory, to be put back after a tampering.</summary>
    public Dictionary<string, byte[]> Save() => System.IO.Directory.GetFiles(Directory).ToDictionary(path => path, File.ReadAllBytes);

    public void Restore(Dictionary<string, byte[]> saved)
    {
        foreach (string path in System.IO.Directory.GetFiles(Directory).Where(path => !saved.ContainsKey(path)))
        {
            File.Delete(path);
        }

        foreach ((string path, byte[] bytes) in saved)
        {
            File.WriteAllBytes(path, bytes);
        }
    }

    public void Dispose()
    {
        if (owned)
        {
            System.IO.Directory.Delete(State, recursive: true);
        }
    }
}
