using System.Security.Cryptography;
using System.Text;
using Xunit;
using ZombieOps.Audit;
using static ZombieOps.Tests.Audit.AuditFolder;

namespace ZombieOps.Tests.Audit;

public sealed class AuditLogTests
{
    [Fact]
    public void A_record_is_numbered_dated_signed_with_its_actor_and_chained()
    {
        using var folder = new AuditFolder();
        using AuditLog log = folder.Open();
        AuditRecord first = log.Append([Note("one")])[0];
        IReadOnlyList<AuditRecord> more = log.Append([Note("two"), Note("three")]);

        Assert.Equal((1L, 2L, 3L), (first.Sequence, more[0].Sequence, more[1].Sequence));
        Assert.Equal(new string('0', 64), first.Prev);
        Assert.Equal(("root", "ada", "host-1", "boot-1", Environment.ProcessId), (first.Who!.User, first.Who.SudoUser, first.Who.Host, first.Who.BootId, first.Who.Pid));
        Assert.True(first.Who.StartTime > 0);

        string[] lines = folder.Lines();
        Assert.Equal(3, lines.Length);
        string prev = new('0', 64);
        foreach (string line in lines)
        {
            int at = line.IndexOf(",\"hash\":\"", StringComparison.Ordinal);
            string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line[..at])));
            Assert.Equal($",\"hash\":\"{hash}\"}}", line[at..]);
            Assert.Contains($"\"prev\":\"{prev}\"", line, StringComparison.Ordinal);
            prev = hash;
        }

        AuditVerification verified = folder.Verify();
        Assert.True(verified.Ok, string.Join('\n', verified.Faults));
        Assert.Equal((3L, 1L, 3L), (verified.Records, verified.FirstSequence, verified.LastSequence));
        Assert.Equal(new AuditAnchor(3, prev), verified.Head);
        Assert.Equal(more[1].Why, folder.Read().Last().Why);
        Assert.Equal(verified.Head, ZombieJson.Read<AuditVerification>(ZombieJson.Write(verified)).Head);
    }

    [Fact]
    public void Segments_rotate_and_the_chain_goes_across_them()
    {
        using var folder = new AuditFolder();
        folder.Fill(60, maxSegment: 9000);
        Assert.InRange(folder.Segments.Length, 3, 5);
        Assert.All(folder.Segments, path => Assert.True(new FileInfo(path).Length <= 9000));
        AuditVerification verified = folder.Verify();
        Assert.True(verified.Ok, string.Join('\n', verified.Faults));
        Assert.Equal(60, verified.Records);
        Assert.Empty(verified.Notes);
    }
}
