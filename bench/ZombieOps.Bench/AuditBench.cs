using System.Diagnostics;
using ZombieOps.Audit;

namespace ZombieOps.Bench;

/// <summary>Appending to the audit log, against writing and flushing bare lines of the same length.</summary>
internal static class AuditBench
{
    public static int Run()
    {
        string directory = Directory.CreateTempSubdirectory("zombieops-bench-").FullName;
        try
        {
            var options = new EngineOptions { StateDirectory = directory, Host = "bench", User = "bench" };
            using var log = new AuditLog(options);
            AuditRecord[] group = [.. Enumerable.Range(0, 500).Select(i => new AuditRecord
            {
                Kind = AuditKind.Note, RunId = "bench", FindingId = $"process:bench:{i}:{i}", Remedy = "Reap", Why = "a record of ordinary length, so that the figure means something",
            })];
            log.Append(group);
            Report("groups of 500, one flush each", 100_000, count =>
            {
                for (int i = 0; i < count; i += group.Length)
                {
                    log.Append(group);
                }
            });
            Report("one by one, each flushed", 2_000, count =>
            {
                for (int i = 0; i < count; i++)
                {
                    log.Append([group[0]]);
                }
            });
            using FileStream bare = new(Path.Combine(directory, "bare"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
            byte[] line = new byte[600];
            Report("yardstick: a bare 600-byte write and flush", 2_000, count =>
            {
                for (int i = 0; i < count; i++)
                {
                    bare.Write(line);
                    bare.Flush(flushToDisk: true);
                }
            });
            long began = Stopwatch.GetTimestamp();
            AuditVerification verification = AuditVerifier.Verify(log.Directory, null, default);
            Console.WriteLine($"verify: {verification.Records} records in {Tools.Text(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 0)} ms");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        return 0;
    }

    private static void Report(string name, int count, Action<int> run)
    {
        long began = Stopwatch.GetTimestamp();
        run(count);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"{name}: {count / seconds:N0} records/s");
    }
}
