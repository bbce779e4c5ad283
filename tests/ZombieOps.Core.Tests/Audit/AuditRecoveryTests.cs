using Xunit;
using ZombieOps.Audit;
using static ZombieOps.Tests.Audit.AuditFolder;

namespace ZombieOps.Tests.Audit;

public sealed class AuditRecoveryTests
{
    [Fact]
    public void A_record_torn_at_any_byte_is_set_aside_and_said()
    {
        using var folder = new AuditFolder();
        folder.Fill(3);
        string segment = folder.Segments[0];
        long whole = new FileInfo(segment).Length;
        Dictionary<string, byte[]> before = folder.Save();
        folder.Fill(1);
        byte[] bytes = File.ReadAllBytes(segment);

        for (int length = (int)whole; length < bytes.Length; length++)
        {
            // A writer that is killed in its write has not come to the head yet.
            folder.Restore(before);
            File.WriteAllBytes(segment, bytes[..length]);
            int torn = length - (int)whole;
            using AuditLog log = folder.Open();
            AuditRecord written = log.Append([Note("after")])[0];

            Assert.Equal(torn == 0 ? 4 : 5, written.Sequence);
            AuditVerification verified = folder.Verify();
            Assert.True(verified.Ok, string.Join('\n', verified.Faults));
            List<AuditRecord> records = folder.Read();
            if (torn == 0)
            {
                Assert.Empty(folder.Torn);
                continue;
            }

            Assert.Equal(bytes[(int)whole..length], File.ReadAllBytes(Assert.Single(folder.Torn)));
            Assert.Equal(AuditKind.Recovered, records[3].Kind);
            Assert.Contains($"{torn} bytes", records[3].Why, StringComparison.Ordinal);
            Assert.Contains(verified.Notes, note => note.Contains("record 4 tells of a recovery", StringComparison.Ordinal));
            Assert.Contains(verified.Notes, note => note.Contains($"holds {torn} bytes", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_torn_line_that_had_been_flushed_is_a_cut_log_and_is_not_continued()
    {
        using var folder = new AuditFolder();
        folder.Fill(4);
        string segment = folder.Segments[0];
        byte[] bytes = File.ReadAllBytes(segment);
        File.WriteAllBytes(segment, bytes[..^10]);
        Refused(folder, ErrorIds.AuditBroken);
        Assert.Empty(folder.Torn);
        Assert.Equal(bytes.Length - 10, new FileInfo(segment).Length);
        Assert.Contains(folder.Verify().Faults, fault => fault.Kind == AuditFaultKind.Truncated);
    }

    [Fact]
    public void A_log_cut_at_a_line_is_not_continued_and_its_open_intents_are_not_told()
    {
        using var folder = new AuditFolder();
        folder.Fill(4);
        string segment = folder.Segments[0];
        File.WriteAllLines(segment, File.ReadAllLines(segment)[..3]);
        Refused(folder, ErrorIds.AuditBroken);
        using AuditLog log = folder.Open();
        Assert.Equal(ErrorIds.AuditBroken, Assert.Throws<ZombieOpsException>(() => log.OpenIntents()).ErrorId);
    }

    [Fact]
    public void A_log_cut_under_a_writer_is_not_continued_even_with_its_head_cut_as_well()
    {
        using var folder = new AuditFolder();
        folder.Fill(3);
        Dictionary<string, byte[]> before = folder.Save();
        using AuditLog log = folder.Open();
        log.Append([Note("four")]);
        folder.Restore(before);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(ErrorIds.AuditBroken, Assert.Throws<ZombieOpsException>(() => log.Append([Note("five")])).ErrorId);
        }
    }

    [Fact]
    public void A_whole_last_line_that_was_changed_is_not_continued()
    {
        using var folder = new AuditFolder();
        folder.Fill(4);
        string text = File.ReadAllText(folder.Segments[0]);
        File.WriteAllText(folder.Segments[0], text.Replace("note 3", "note 9", StringComparison.Ordinal));
        ZombieOpsException refused = Refused(folder, ErrorIds.AuditBroken);
        Assert.Equal(ExitCode.NotPermitted, refused.ExitCode);
        Assert.Contains("audit verify", refused.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_that_a_crash_left_empty_is_used()
    {
        using var folder = new AuditFolder();
        folder.Fill(3);
        string empty = Path.Combine(folder.Directory, "audit-000000000004.jsonl");
        File.WriteAllText(empty, "");
        Assert.True(folder.Verify().Ok);
        folder.Fill(1);
        Assert.Single(File.ReadAllLines(empty));
        Assert.True(folder.Verify().Ok);

        // Torn in its first record.
        string torn = Path.Combine(folder.Directory, "audit-000000000005.jsonl");
        File.WriteAllText(torn, "{\"sch");
        folder.Fill(1);
        Assert.Equal(2, File.ReadAllLines(torn).Length);
        Assert.True(folder.Verify().Ok);
    }

    [Fact]
    public void An_empty_segment_that_does_not_follow_is_not_used()
    {
        using var folder = new AuditFolder();
        folder.Fill(3);
        File.WriteAllText(Path.Combine(folder.Directory, "audit-000000000009.jsonl"), "");
        Refused(folder, ErrorIds.AuditBroken);
        Assert.False(folder.Verify().Ok);
    }

    [Fact]
    public void A_missing_or_damaged_head_is_made_anew_and_said()
    {
        using var folder = new AuditFolder();
        folder.Fill(3);
        File.Delete(folder.Head);
        folder.Fill(1);
        File.WriteAllText(folder.Head, "x");
        folder.Fill(1);
        List<AuditRecord> records = folder.Read();
        Assert.Equal(7, records.Count);
        Assert.Equal((AuditKind.Recovered, AuditKind.Recovered), (records[3].Kind, records[5].Kind));
        Assert.Contains("'head'", records[3].Why, StringComparison.Ordinal);
        Assert.True(folder.Verify().Ok);
    }

    [Fact]
    public void A_head_that_a_crash_left_behind_is_no_fault_and_is_brought_up()
    {
        using var folder = new AuditFolder();
        folder.Fill(3);
        byte[] old = File.ReadAllBytes(folder.Head);
        folder.Fill(2);
        File.WriteAllBytes(folder.Head, old);
        AuditVerification verified = folder.Verify();
        Assert.True(verified.Ok);
        Assert.Contains("behind", Assert.Single(verified.Notes), StringComparison.Ordinal);
        folder.Fill(1);
        Assert.Empty(folder.Verify().Notes);
    }

    private static ZombieOpsException Refused(AuditFolder folder, string errorId)
    {
        using AuditLog log = folder.Open();
        ZombieOpsException refused = Assert.Throws<ZombieOpsException>(() => log.Append([Note("never")]));
        Assert.Equal(errorId, refused.ErrorId);
        Assert.DoesNotContain("never", string.Concat(folder.Lines()), StringComparison.Ordinal);
        return refused;
    }
}
