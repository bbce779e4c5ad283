using Xunit;
using ZombieOps.Audit;
using static ZombieOps.Tests.Audit.AuditFolder;

namespace ZombieOps.Tests.Audit;

public sealed class AuditUnwritableTests
{
    [Fact]
    public void A_full_disk_writes_nothing_of_the_group_and_the_log_goes_on_when_there_is_room()
    {
        using SmallDisk disk = SmallDisk.MountOrSkip("128k");
        using var folder = new AuditFolder(disk.Path);
        using AuditLog log = folder.Open();
        log.Append([Note("first")]);
        string segment = folder.Segments[0];
        string filler = Path.Combine(disk.Path, "filler");
        FillUp(filler);

        long before = new FileInfo(segment).Length;
        string wide = new('x', 8000);
        for (int i = 0; i < 2; i++)
        {
            ZombieOpsException full = Assert.Throws<ZombieOpsException>(() => log.Append([Note("never 1"), Note(wide), Note("never 2")]));
            Assert.Equal((ErrorIds.AuditUnwritable, ExitCode.NotPermitted), (full.ErrorId, full.ExitCode));
            Assert.Contains(segment, full.Message, StringComparison.Ordinal);
            Assert.Contains("free space", full.NextStep, StringComparison.Ordinal);
            Assert.Equal(before, new FileInfo(segment).Length);
        }

        Assert.True(folder.Verify().Ok);
        File.Delete(filler);
        Assert.Equal(2, log.Append([Note("second")])[0].Sequence);
        Assert.True(folder.Verify().Ok);
        Assert.Empty(folder.Torn);
    }

    [Fact]
    public void A_full_disk_at_a_rotation_leaves_the_log_as_it_was()
    {
        using SmallDisk disk = SmallDisk.MountOrSkip("128k");
        using var folder = new AuditFolder(disk.Path);
        using AuditLog log = folder.Open(maxSegment: 3000);
        log.Append([Note("first"), Note("second")]);
        string filler = Path.Combine(disk.Path, "filler");
        FillUp(filler);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(ErrorIds.AuditUnwritable, Assert.Throws<ZombieOpsException>(() => log.Append([Note(new string('x', 8000))])).ErrorId);
        }

        AuditVerification verified = folder.Verify();
        Assert.True(verified.Ok, string.Join('\n', verified.Faults));
        File.Delete(filler);
        Assert.Equal(3, log.Append([Note("third")])[0].Sequence);
        Assert.True(folder.Verify().Ok);
    }

    [Fact]
    public void A_read_only_file_system_is_named_and_a_reader_still_reads()
    {
        using SmallDisk disk = SmallDisk.MountOrSkip("128k");
        using var folder = new AuditFolder(disk.Path);
        folder.Fill(3);
        disk.MakeReadOnly(true);
        using AuditLog log = folder.Open();
        ZombieOpsException refused = Assert.Throws<ZombieOpsException>(() => log.Append([Note("never")]));
        Assert.Equal(ErrorIds.AuditUnwritable, refused.ErrorId);
        Assert.Contains("--state", refused.NextStep, StringComparison.Ordinal);
        Assert.True(folder.Verify().Ok);
        Assert.Equal(3, folder.Read().Count);
        Assert.Empty(log.OpenIntents());
        disk.MakeReadOnly(false);
        Assert.Equal(4, log.Append([Note("now")])[0].Sequence);
    }

    [Fact]
    public void A_state_directory_that_is_a_file_is_named()
    {
        using var folder = new AuditFolder();
        string file = Path.Combine(folder.State, "file");
        File.WriteAllText(file, "");
        using var log = new AuditLog(folder.Options with { StateDirectory = file }, bootId: "b");
        ZombieOpsException refused = Assert.Throws<ZombieOpsException>(() => log.Append([Note("never")]));
        Assert.Equal((ErrorIds.AuditUnwritable, ExitCode.NotPermitted), (refused.ErrorId, refused.ExitCode));
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Without_a_state_directory_there_is_no_log()
    {
        var none = new EngineOptions();
        Assert.Equal(ErrorIds.NoStateDirectory, Assert.Throws<ZombieOpsException>(() => new AuditLog(none)).ErrorId);
    }

    [Theory]
    [InlineData("audit-000000000001.jsonl")]
    [InlineData("head")]
    [InlineData("lock")]
    public void Nothing_is_written_through_a_symbolic_link(string name)
    {
        using var folder = new AuditFolder();
        Directory.CreateDirectory(folder.Directory);
        string victim = Path.Combine(folder.State, "victim");
        File.WriteAllText(victim, "");
        File.CreateSymbolicLink(Path.Combine(folder.Directory, name), victim);
        using AuditLog log = folder.Open();
        ZombieOpsException refused = Assert.Throws<ZombieOpsException>(() => log.Append([Note("never")]));
        Assert.Equal(ExitCode.NotPermitted, refused.ExitCode);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Assert.Equal("", File.ReadAllText(victim));
    }

    [Fact]
    public void Files_and_directory_are_not_for_everybody()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix file modes");
        using var folder = new AuditFolder();
        folder.Fill(1);
        const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute | UnixFileMode.GroupWrite;
        foreach (string path in Directory.GetFiles(folder.Directory).Append(folder.Directory))
        {
            Assert.Equal(UnixFileMode.None, OperatingSystem.IsWindows() ? Others : File.GetUnixFileMode(path) & Others);
        }
    }

    [Fact]
    public void A_record_too_large_is_refused_and_takes_no_other_with_it()
    {
        using var folder = new AuditFolder();
        using AuditLog log = folder.Open();
        Assert.Equal(ErrorIds.AuditUnwritable, Assert.Throws<ZombieOpsException>(() => log.Append([Note("a"), Note(new string('x', 9 << 20))])).ErrorId);
        Assert.Equal(1, log.Append([Note("b")])[0].Sequence);
        Assert.True(folder.Verify().Ok);
    }

    [Fact]
    public void A_large_record_is_read_back_from_both_ends()
    {
        using var folder = new AuditFolder();
        using (AuditLog log = folder.Open())
        {
            log.Append([Note("a"), Note(new string('x', 3 << 20))]);
        }

        using AuditLog next = folder.Open();
        Assert.Equal(3, next.Append([Note("c")])[0].Sequence);
        Assert.True(folder.Verify().Ok);
        Assert.Equal(3 << 20, folder.Read()[1].Why!.Length);
    }

    [Fact]
    public void An_empty_group_is_nothing()
    {
        using var folder = new AuditFolder();
        using AuditLog log = folder.Open();
        Assert.Empty(log.Append([]));
        Assert.False(Directory.Exists(folder.Directory));
    }

    private static void FillUp(string path)
    {
        using FileStream file = File.Create(path);
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }
}
