using System.Diagnostics;
using System.Globalization;
using Xunit;
using ZombieOps.Audit;
using static ZombieOps.Tests.Audit.AuditFolder;

namespace ZombieOps.Tests.Audit;

public sealed class AuditKillTests
{
    private const string StateVariable = "ZOMBIEOPS_TEST_WRITER_STATE";
    private const string AcknowledgedVariable = "ZOMBIEOPS_TEST_WRITER_ACKNOWLEDGED";

    [Fact]
    public void Writers_that_are_killed_lose_no_record_that_they_were_told_of()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "ZombieOps.Core.Tests");
        Assert.SkipUnless(File.Exists(program), "needs the test assembly as a program of its own");
        using AuditFolder folder = AuditFolder.OnDisk();
        for (int round = 0; round < 2; round++)
        {
            string[] acknowledged = [.. Enumerable.Range(0, 2).Select(i => Path.Combine(folder.State, $"acknowledged-{round}-{i}"))];
            Process[] writers = [.. acknowledged.Select(path => Start(program, folder.State, path))];
            try
            {
                var deadline = Stopwatch.StartNew();
                // The writers are at full speed by then, and wherever they are the kill meets them.
                while (!acknowledged.All(path => Last(path) > 0) || acknowledged.Sum(Lines) < 40 * (round + 1))
                {
                    Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(60), "the writers have not begun");
                    Thread.Sleep(5);
                }
            }
            finally
            {
                foreach (Process writer in writers)
                {
                    writer.Kill();
                    writer.WaitForExit();
                    writer.Dispose();
                }
            }

            long told = acknowledged.Max(Last);
            AuditVerification killed = folder.Verify();
            Assert.DoesNotContain(killed.Faults, fault => fault.Kind != AuditFaultKind.TornTail);
            Assert.True(killed.LastSequence >= told, $"told of {told}, has {killed.LastSequence}");
            folder.Fill(1);
            Assert.True(folder.Verify().Ok);
        }
    }

    /// <summary>The writer that the test above starts as a process of its own; it ends when it is killed.</summary>
    [Fact(Explicit = true)]
    public void Writer()
    {
        if (Environment.GetEnvironmentVariable(StateVariable) is not { } state || Environment.GetEnvironmentVariable(AcknowledgedVariable) is not { } path)
        {
            Assert.Skip("is started by another test");
            return;
        }

        using var folder = new AuditFolder(state);
        using AuditLog log = folder.Open(maxSegment: 50_000, timeout: 60);
        using var acknowledged = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        // Bounded, so that a writer whose parent was killed itself does not stay.
        for (var time = Stopwatch.StartNew(); time.Elapsed < TimeSpan.FromSeconds(90);)
        {
            IReadOnlyList<AuditRecord> written = log.Append([Note(new string('y', 2000)), Note("second")]);
            acknowledged.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{written[^1].Sequence}\n")));
            acknowledged.Flush();
        }
    }

    private static Process Start(string program, string state, string acknowledged)
    {
        var start = new ProcessStartInfo(program, ["-explicit", "only", "-method", $"{typeof(AuditKillTests).FullName}.{nameof(Writer)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[StateVariable] = state;
        start.Environment[AcknowledgedVariable] = acknowledged;
        return Process.Start(start)!;
    }

    /// <summary>The last number that is there in full; 0 for none.</summary>
    private static long Last(string path) => Numbers(path).LastOrDefault();

    private static int Lines(string path) => Numbers(path).Count;

    private static List<long> Numbers(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        string text = reader.ReadToEnd();
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => long.Parse(line, CultureInfo.InvariantCulture))];
    }
}
