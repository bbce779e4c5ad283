using Xunit;
using ZombieOps.Audit;
using static ZombieOps.Tests.Audit.AuditFolder;

namespace ZombieOps.Tests.Audit;

public sealed class AuditConcurrencyTests
{
    // flock(2) holds between open file descriptions, so logs of their own in one process stand for processes.
    [Fact]
    public async Task Several_writers_make_one_chain_across_rotations()
    {
        using var folder = new AuditFolder();
        const int Writers = 4;
        const int Each = 60;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Factory.StartNew(
            () =>
            {
                using AuditLog log = folder.Open(maxSegment: 20_000, timeout: 60);
                for (int i = 0; i < Each; i++)
                {
                    log.Append(i % 3 == 0 ? [Note($"{i}a", $"run-{writer}"), Note($"{i}b", $"run-{writer}")] : [Note($"{i}", $"run-{writer}")]);
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        AuditVerification verified = folder.Verify();
        Assert.True(verified.Ok, string.Join('\n', verified.Faults));
        Assert.Empty(verified.Notes);
        List<AuditRecord> records = folder.Read();
        Assert.Equal(Writers * (Each + (Each / 3)), records.Count);
        Assert.True(folder.Segments.Length > 3);
        for (int writer = 0; writer < Writers; writer++)
        {
            // In the order of each writer, and a group in one piece.
            string[] mine = [.. records.Where(r => r.RunId == $"run-{writer}").Select(r => r.Why!)];
            Assert.Equal(Enumerable.Range(0, Each).SelectMany(i => i % 3 == 0 ? [$"{i}a", $"{i}b"] : new[] { $"{i}" }), mine);
        }

        foreach (AuditRecord first in records.Where(r => r.Why!.EndsWith('a')))
        {
            Assert.Equal(first.RunId, records[(int)first.Sequence].RunId);
            Assert.EndsWith("b", records[(int)first.Sequence].Why, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Threads_on_one_log_get_each_their_own_records_back()
    {
        using var folder = new AuditFolder();
        using AuditLog log = folder.Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < 50; i++)
                {
                    IReadOnlyList<AuditRecord> mine = log.Append([Note($"{thread}-{i}"), Note("second")]);
                    Assert.Equal($"{thread}-{i}", mine[0].Why);
                    Assert.Equal(mine[0].Sequence + 1, mine[1].Sequence);
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        AuditVerification verified = folder.Verify();
        Assert.True(verified.Ok, string.Join('\n', verified.Faults));
        Assert.Equal(800, verified.Records);
    }

    [Fact]
    public void A_log_that_is_held_for_too_long_is_busy_and_nothing_is_written()
    {
        using var folder = new AuditFolder();
        folder.Fill(1);
        using (var other = new Files.FileLock(Path.Combine(folder.Directory, "lock")))
        {
            Assert.True(other.Take(TimeSpan.FromSeconds(5)));
            using AuditLog log = folder.Open(timeout: 0.05);
            ZombieOpsException busy = Assert.Throws<ZombieOpsException>(() => log.Append([Note("x")]));
            Assert.Equal((ErrorIds.AuditBusy, ExitCode.NotPermitted), (busy.ErrorId, busy.ExitCode));
            Assert.Contains(Path.Combine(folder.Directory, "lock"), busy.Message, StringComparison.Ordinal);
            Assert.Equal(ErrorIds.AuditBusy, Assert.Throws<ZombieOpsException>(() => log.OpenIntents()).ErrorId);
            other.Release();
            Assert.Equal(2, log.Append([Note("x")])[0].Sequence);
        }
    }

    [Fact]
    public void A_lock_file_that_is_removed_does_not_let_two_writers_in()
    {
        using var folder = new AuditFolder();
        using AuditLog one = folder.Open();
        using AuditLog two = folder.Open();
        one.Append([Note("1")]);
        two.Append([Note("2")]);
        File.Delete(Path.Combine(folder.Directory, "lock"));
        one.Append([Note("3")]);
        using var other = new Files.FileLock(Path.Combine(folder.Directory, "lock"));
        Assert.True(other.Take(TimeSpan.FromSeconds(5)));
        using AuditLog late = folder.Open(timeout: 0.05);
        Assert.Equal(ErrorIds.AuditBusy, Assert.Throws<ZombieOpsException>(() => late.Append([Note("4")])).ErrorId);
        other.Release();
        two.Append([Note("4")]);
        Assert.True(folder.Verify().Ok);
    }

    [Fact]
    public void A_closed_log_says_so()
    {
        using var folder = new AuditFolder();
        AuditLog log = folder.Open();
        log.Append([Note("x")]);
        log.Dispose();
        log.Dispose();
        Assert.Throws<ObjectDisposedException>(() => log.Append([Note("y")]));
        Assert.Throws<ObjectDisposedException>(() => log.OpenIntents());
    }
}
