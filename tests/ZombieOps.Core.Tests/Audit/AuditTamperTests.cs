using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Xunit;
using ZombieOps.Audit;

namespace ZombieOps.Tests.Audit;

public sealed class AuditTamperTests : IDisposable
{
    private const int Records = 60;
    private readonly AuditFolder folder = new();
    private readonly Dictionary<string, byte[]> sound;
    private readonly string[] segments;

    public AuditTamperTests()
    {
        folder.Fill(Records, maxSegment: 9000);
        segments = folder.Segments;
        sound = folder.Save();
        Assert.InRange(segments.Length, 3, 5);
        Assert.True(folder.Verify().Ok);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_flipped_bit_anywhere_is_found()
    {
        int flips = 0;
        foreach (string segment in segments)
        {
            byte[] bytes = sound[segment];
            for (int i = 0; i < bytes.Length; i += 5)
            {
                byte[] changed = [.. bytes];
                changed[i] ^= (byte)(1 << (i % 7));
                File.WriteAllBytes(segment, changed);
                Assert.False(folder.Verify().Ok, $"byte {i} of {segment}");
                flips++;
            }

            File.WriteAllBytes(segment, bytes);
        }

        Assert.True(flips > 4000);
    }

    [Fact]
    public void A_changed_record_is_found_where_it_stands_and_nowhere_else()
    {
        string text = File.ReadAllText(segments[1]);
        int note = text.IndexOf("\"note 30\"", StringComparison.Ordinal);
        int line = text.AsSpan(0, note).Count('\n') + 1;
        File.WriteAllText(segments[1], text.Replace("\"note 30\"", "\"note 99\"", StringComparison.Ordinal));
        AuditFault fault = Assert.Single(folder.Verify().Faults);
        Assert.Equal((AuditFaultKind.Changed, Path.GetFileName(segments[1]), (long)line, 31L), (fault.Kind, fault.File, fault.Line, fault.Sequence));
    }

    [Fact]
    public void A_changed_record_with_its_own_hash_made_anew_is_found_at_the_next()
    {
        string[] lines = File.ReadAllLines(segments[0]);
        lines[4] = Seal(Hashed(lines[4]).Replace("note 4", "note X", StringComparison.Ordinal));
        File.WriteAllLines(segments[0], lines);
        AuditFault fault = Assert.Single(folder.Verify().Faults);
        Assert.Equal((AuditFaultKind.Unchained, 6L, 6L), (fault.Kind, fault.Line, fault.Sequence));
    }

    [Fact]
    public void A_dropped_record_is_found()
    {
        EachLine((lines, i) => lines.RemoveAt(i), (verified, sequence) =>
        {
            Assert.False(verified.Ok);
            AuditFault first = verified.Faults[0];
            Assert.Equal(sequence, first.Sequence);
            Assert.Contains(first.Kind, new[] { AuditFaultKind.Missing, AuditFaultKind.SegmentMissing, AuditFaultKind.EarlierMissing, AuditFaultKind.Truncated });
        });
    }

    [Fact]
    public void Two_swapped_neighbours_are_found()
    {
        EachLine(
            (lines, i) =>
            {
                if (i + 1 < lines.Count)
                {
                    (lines[i], lines[i + 1]) = (lines[i + 1], lines[i]);
                }
            },
            (verified, _) => Assert.Contains(verified.Faults, fault => fault.Kind == AuditFaultKind.OutOfOrder),
            skipLast: true);
    }

    [Fact]
    public void A_repeated_or_inserted_record_is_found()
    {
        EachLine((lines, i) => lines.Insert(i, lines[i]), (verified, _) => Assert.Contains(verified.Faults, fault => fault.Kind == AuditFaultKind.OutOfOrder));
        EachLine((lines, i) => lines.Insert(i, lines[0]), (verified, _) => Assert.False(verified.Ok));
        EachLine((lines, i) => lines.Insert(i, "{\"hello\":1}"), (verified, _) => Assert.Contains(verified.Faults, fault => fault.Kind == AuditFaultKind.Changed));
        EachLine((lines, i) => lines.Insert(i, ""), (verified, _) => Assert.Contains(verified.Faults, fault => fault.Kind == AuditFaultKind.Changed));
    }

    [Fact]
    public void A_log_cut_at_any_line_or_byte_is_found()
    {
        foreach (string segment in segments)
        {
            byte[] bytes = sound[segment];
            for (int length = 0; length < bytes.Length; length++)
            {
                bool atLine = length == 0 || bytes[length - 1] == '\n';
                if (!atLine && length % 9 != 0)
                {
                    continue;
                }

                File.WriteAllBytes(segment, bytes[..length]);
                AuditVerification verified = folder.Verify();
                Assert.False(verified.Ok, $"{segment} cut at {length}");
                if (segment == segments[^1])
                {
                    Assert.Contains(verified.Faults, fault => fault.Kind == AuditFaultKind.Truncated);
                }
            }

            File.WriteAllBytes(segment, bytes);
        }

        Assert.True(folder.Verify().Ok);
    }

    [Fact]
    public void A_missing_segment_is_found_and_named()
    {
        for (int i = 0; i < segments.Length; i++)
        {
            File.Delete(segments[i]);
            AuditVerification verified = folder.Verify();
            AuditFault fault = Assert.Single(verified.Faults);
            Assert.Equal(
                i == 0 ? AuditFaultKind.EarlierMissing : i == segments.Length - 1 ? AuditFaultKind.Truncated : AuditFaultKind.SegmentMissing,
                fault.Kind);
            folder.Restore(sound);
        }

        // All of them: the head still knows.
        Array.ForEach(segments, File.Delete);
        Assert.Equal(AuditFaultKind.Truncated, Assert.Single(folder.Verify().Faults).Kind);
    }

    [Fact]
    public void Segments_under_each_others_names_are_found()
    {
        File.WriteAllBytes(segments[0], sound[segments[1]]);
        File.WriteAllBytes(segments[1], sound[segments[0]]);
        Assert.False(folder.Verify().Ok);
    }

    [Fact]
    public void A_missing_or_damaged_head_is_found()
    {
        File.Delete(folder.Head);
        Assert.Equal(AuditFaultKind.HeadMismatch, Assert.Single(folder.Verify().Faults).Kind);
        File.WriteAllText(folder.Head, "60 nothing\n");
        Assert.Equal(AuditFaultKind.HeadMismatch, Assert.Single(folder.Verify().Faults).Kind);
        byte[] bytes = [.. sound[folder.Head]];
        bytes[5] ^= 1; // in the hash
        File.WriteAllBytes(folder.Head, bytes);
        Assert.Equal(AuditFaultKind.HeadMismatch, Assert.Single(folder.Verify().Faults).Kind);
    }

    [Fact]
    public void A_forged_record_at_the_end_is_found_unless_it_is_chained_and_then_the_head_is_behind()
    {
        string last = File.ReadAllLines(segments[^1])[^1];
        File.AppendAllText(segments[^1], last.Replace("\"sequence\":60", "\"sequence\":61", StringComparison.Ordinal) + "\n");
        Assert.False(folder.Verify().Ok);
        folder.Restore(sound);

        File.AppendAllText(segments[^1], Forge(last, 61, "forged") + "\n");
        AuditVerification verified = folder.Verify();
        Assert.True(verified.Ok);
        Assert.Contains(verified.Notes, note => note.Contains("behind", StringComparison.Ordinal));
    }

    [Fact]
    public void A_chain_written_anew_from_the_middle_is_only_found_with_an_anchor()
    {
        AuditAnchor anchor = folder.Verify().Head!;
        AuditAnchor early = Anchor(File.ReadAllLines(segments[0])[3]);
        string prev = "";
        foreach (string segment in segments)
        {
            string[] lines = File.ReadAllLines(segment);
            for (int i = 0; i < lines.Length; i++)
            {
                AuditAnchor at = Anchor(lines[i]);
                if (at.Sequence >= 30)
                {
                    lines[i] = Forge(prev, at.Sequence, "all is well");
                }

                prev = lines[i];
            }

            File.WriteAllLines(segment, lines);
        }

        string head = Encoding.ASCII.GetString(sound[folder.Head]);
        File.WriteAllText(folder.Head, head.Replace(anchor.Hash, Anchor(prev).Hash, StringComparison.Ordinal));

        Assert.True(folder.Verify().Ok);
        Assert.Equal(AuditFaultKind.AnchorMismatch, Assert.Single(folder.Verify(anchor.ToString()).Faults).Kind);
        // One from before the change proves only what came before it.
        Assert.True(folder.Verify(early.ToString()).Ok);
    }

    [Fact]
    public void An_anchor_proves_its_record_and_one_that_is_not_there_is_a_fault()
    {
        AuditAnchor head = folder.Verify().Head!;
        Assert.True(folder.Verify(head.ToString()).Ok);
        Assert.True(folder.Verify(Anchor(File.ReadAllLines(segments[1])[2]).ToString()).Ok);
        Assert.Equal(AuditFaultKind.AnchorMismatch, Assert.Single(folder.Verify((head with { Sequence = 61 }).ToString()).Faults).Kind);
        Assert.Equal(AuditFaultKind.AnchorMismatch, Assert.Single(folder.Verify((head with { Sequence = 59 }).ToString()).Faults).Kind);
    }

    [Fact]
    public void An_archived_beginning_is_said_and_an_anchor_of_its_last_record_accounts_for_it()
    {
        AuditAnchor before = Anchor(File.ReadAllLines(segments[0])[^1]);
        File.Delete(segments[0]);
        AuditVerification verified = folder.Verify();
        Assert.Equal(AuditFaultKind.EarlierMissing, Assert.Single(verified.Faults).Kind);
        Assert.Equal(before.Sequence + 1, verified.FirstSequence);
        verified = folder.Verify(before.ToString());
        Assert.True(verified.Ok, string.Join('\n', verified.Faults));
        Assert.Contains("goes on from record", Assert.Single(verified.Notes), StringComparison.Ordinal);
        Assert.False(folder.Verify((before with { Hash = new string('0', 64) }).ToString()).Ok);
    }

    [Fact]
    public void A_segment_that_is_a_symbolic_link_or_no_file_is_not_read()
    {
        string elsewhere = Path.Combine(folder.State, "elsewhere");
        File.Move(segments[1], elsewhere);
        File.CreateSymbolicLink(segments[1], elsewhere);
        Assert.Contains(folder.Verify().Faults, fault => fault.Kind == AuditFaultKind.Unreadable);
        File.Delete(segments[1]);
        Directory.CreateDirectory(segments[1]);
        Assert.Contains(folder.Verify().Faults, fault => fault.Kind == AuditFaultKind.Unreadable);
        Directory.Delete(segments[1]);
    }

    [Fact]
    public void A_log_that_is_not_there_is_empty_and_sound()
    {
        AuditVerification verified = AuditVerifier.Verify(Path.Combine(folder.State, "none"), null, TestContext.Current.CancellationToken);
        Assert.True(verified.Ok);
        Assert.Equal(0, verified.Records);
        Assert.Null(verified.Head);
        Assert.Contains("no audit log", Assert.Single(verified.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_faults_are_counted_and_the_first_are_kept()
    {
        string text = string.Concat(Enumerable.Repeat("{}\n", 5000));
        File.AppendAllText(segments[^1], text);
        AuditVerification verified = folder.Verify();
        Assert.Equal(5000, verified.FaultCount);
        Assert.Equal(AuditVerification.MaxFaults, verified.Faults.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("60")]
    [InlineData("60:abc")]
    [InlineData("0:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("-1:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("1:000000000000000000000000000000000000000000000000000000000000000g")]
    [InlineData("99999999999999999999:0000000000000000000000000000000000000000000000000000000000000000")]
    public void What_is_no_anchor_is_refused(string text) =>
        Assert.Equal(ErrorIds.BadArgument, Assert.Throws<ZombieOpsException>(() => AuditAnchor.Parse(text)).ErrorId);

    private static string Hashed(string line) => line[..line.LastIndexOf(",\"hash\":\"", StringComparison.Ordinal)];

    private static string Seal(string hashed) => $"{hashed},\"hash\":\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hashed)))}\"}}";

    private static AuditAnchor Anchor(string line) => new(
        System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("sequence").GetInt64(),
        line[(line.LastIndexOf(":\"", StringComparison.Ordinal) + 2)..^2]);

    /// <summary>A record that is chained to a line by all the rules: whoever can write the file can make one.</summary>
    private static string Forge(string after, long sequence, string why) => Seal(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"schema\":\"zombieops/1\",\"sequence\":{sequence},\"at\":\"2026-01-01T00:00:00+00:00\",\"kind\":\"Note\",\"runId\":\"r\",\"why\":\"{why}\",\"prev\":\"{Anchor(after).Hash}\""));

    /// <summary>Does something to each line in turn, verifies and puts the log back.</summary>
    private void EachLine(Action<List<string>, int> tamper, Action<AuditVerification, long> check, bool skipLast = false)
    {
        long sequence = 0;
        foreach (string segment in segments)
        {
            string[] lines = Encoding.UTF8.GetString(sound[segment]).TrimEnd('\n').Split('\n');
            for (int i = 0; i < lines.Length; i++)
            {
                sequence++;
                if (skipLast && i == lines.Length - 1)
                {
                    continue;
                }

                var changed = lines.ToList();
                tamper(changed, i);
                File.WriteAllText(segment, string.Concat(changed.Select(line => line + "\n")));
                check(folder.Verify(), sequence);
            }

            File.WriteAllBytes(segment, sound[segment]);
        }

        Assert.Equal(Records, sequence);
    }
}
