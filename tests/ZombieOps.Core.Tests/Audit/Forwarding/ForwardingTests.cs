using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Audit.Forwarding;
using ZombieOps.Model;

namespace ZombieOps.Tests.Audit.Forwarding;

public sealed class ForwardingTests : IDisposable
{
    private readonly AuditFolder folder = new();
    private readonly List<(long Sequence, string Hash)> received = [];

    private string CursorPath => Path.Combine(folder.State, "forward/journald.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_record_is_forwarded_once_with_its_hash_and_then_only_what_is_new()
    {
        folder.Fill(5);
        ForwardReport first = Forward();
        Assert.Equal((5, folder.Verify().Head), (first.Sent, first.Last));
        Assert.Equal(Log(), received);

        Assert.Equal(0, Forward().Sent);
        folder.Fill(3);
        Assert.Equal(3, Forward().Sent);
        Assert.Equal(Log(), received);
    }

    [Fact]
    public void It_goes_on_over_segments_also_where_the_cursor_is_at_the_end_of_one()
    {
        for (int i = 0; i < 6; i++)
        {
            folder.Fill(2, maxSegment: 700);
            Forward();
        }

        Assert.True(folder.Segments.Length > 3);
        Assert.Equal(Log(), received);
    }

    [Fact]
    public void A_receiver_that_goes_away_in_the_middle_loses_nothing_and_keeps_nobody_from_writing()
    {
        folder.Fill(5);
        ZombieOpsException e = Assert.Throws<ZombieOpsException>(() => Forward(failAt: 3));
        Assert.Equal((ErrorIds.ForwardFailed, ExitCode.Incomplete), (e.ErrorId, e.ExitCode));
        Assert.Contains("record 3 could not be forwarded", e.Message, StringComparison.Ordinal);
        folder.Fill(1);
        Assert.True(folder.Verify().Ok);

        Assert.Equal(4, Forward().Sent);
        Assert.Equal(Log(), received);
    }

    [Fact]
    public void A_crash_between_sending_and_the_cursor_sends_again_and_never_less()
    {
        folder.Fill(2);
        Forward();
        byte[] cursor = File.ReadAllBytes(CursorPath);
        folder.Fill(2);
        Forward();
        // What a crash right after the sends leaves.
        File.WriteAllBytes(CursorPath, cursor);

        Assert.Equal(2, Forward().Sent);
        Assert.Equal([1, 2, 3, 4, 3, 4], received.Select(record => record.Sequence));
        Assert.Equal(Log(), received.Distinct());
    }

    [Fact]
    public void No_record_is_passed_over_however_often_it_is_killed()
    {
        folder.Fill(40);
        var random = new Random(7);
        for (int i = 0; i < 200 && received.LastOrDefault().Sequence < 40; i++)
        {
            byte[]? before = File.Exists(CursorPath) ? File.ReadAllBytes(CursorPath) : null;
            try
            {
                Forward(failAt: received.LastOrDefault().Sequence + random.Next(1, 6));
            }
            catch (ZombieOpsException)
            {
                // Half of the times the process dies before the cursor is written.
                if (random.Next(2) == 0)
                {
                    if (before is null)
                    {
                        File.Delete(CursorPath);
                    }
                    else
                    {
                        File.WriteAllBytes(CursorPath, before);
                    }
                }
            }
        }

        Forward();
        Assert.Equal(Log(), received.Distinct().OrderBy(record => record.Sequence));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"schema\":\"zombieops-forward/9\",\"sequence\":2,\"hash\":\"x\"}")]
    public void A_damaged_cursor_forwards_everything_again_and_says_so(string text)
    {
        folder.Fill(3);
        Forward();
        File.WriteAllText(CursorPath, text);
        ForwardReport again = Forward();
        Assert.Equal(3, again.Sent);
        Assert.Contains("damaged", Assert.Single(again.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_is_not_the_one_that_was_forwarded_is_told_and_all_of_it_is_forwarded()
    {
        folder.Fill(4);
        Forward();
        Directory.Move(folder.Directory, folder.Directory + ".evidence");
        Append("a new log");
        folder.Fill(6);

        ZombieOpsException e = Assert.Throws<ZombieOpsException>(() => Forward());
        Assert.Contains("record 4 as it was forwarded", e.Message, StringComparison.Ordinal);
        Assert.Equal(Log(), received[4..]);
        Assert.Equal(0, Forward().Sent);
    }

    [Fact]
    public void Records_that_were_cut_off_after_they_were_forwarded_are_told()
    {
        folder.Fill(4);
        Forward();
        string[] lines = folder.Lines();
        File.WriteAllText(folder.Segments[0], string.Concat(lines[..2].Select(line => line + "\n")));
        Assert.Equal(ErrorIds.ForwardFailed, Assert.Throws<ZombieOpsException>(() => Forward()).ErrorId);
    }

    [Fact]
    public void A_segment_that_is_archived_after_it_was_forwarded_is_not_missed()
    {
        folder.Fill(9, maxSegment: 700);
        Forward();
        folder.Fill(1, maxSegment: 700);
        File.Delete(folder.Segments[0]);
        Assert.Equal(1, Forward().Sent);

        // All that had been forwarded goes, and only what is new stays.
        folder.Fill(3, maxSegment: 700);
        string[] segments = folder.Segments;
        for (int i = 0; i + 1 < segments.Length && First(segments[i + 1]) <= 11; i++)
        {
            File.Delete(segments[i]);
        }

        Assert.True(folder.Segments.Length < segments.Length);
        Assert.Equal(3, Forward().Sent);
        Assert.Equal(13, received[^1].Sequence);
    }

    [Fact]
    public void A_segment_that_is_archived_before_it_was_forwarded_is_told_once_and_the_rest_goes_out()
    {
        folder.Fill(9, maxSegment: 700);
        long second = First(folder.Segments[1]);
        File.Delete(folder.Segments[0]);
        ZombieOpsException e = Assert.Throws<ZombieOpsException>(() => Forward());
        Assert.Contains($"records 1 to {second - 1} are not here any more and were never forwarded", e.Message, StringComparison.Ordinal);
        Assert.Equal(9, received[^1].Sequence);
        Assert.Equal(0, Forward().Sent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_record_that_was_changed_is_not_forwarded_and_nothing_after_it(bool hashFits)
    {
        folder.Fill(5);
        string[] lines = folder.Lines();
        lines[2] = lines[2].Replace("note 2", "note x", StringComparison.Ordinal);
        if (hashFits)
        {
            string hashed = lines[2][..lines[2].LastIndexOf(",\"hash\":", StringComparison.Ordinal)];
            lines[2] = $"{hashed},\"hash\":\"{AuditLine.Hash(Encoding.UTF8.GetBytes(hashed))}\"}}";
        }

        File.WriteAllText(folder.Segments[0], string.Concat(lines.Select(line => line + "\n")));
        Assert.Equal(ErrorIds.AuditBroken, Assert.Throws<ZombieOpsException>(() => Forward()).ErrorId);
        // A hash that fits its own line is found out by the record after it.
        Assert.Equal(hashFits ? 3 : 2, received.Count);
    }

    [Fact]
    public void A_line_that_is_not_finished_waits_for_the_next_time()
    {
        folder.Fill(2);
        File.AppendAllText(folder.Segments[0], "{\"schema\":");
        Assert.Equal(2, Forward().Sent);
        folder.Fill(1);
        // The record of the recovery, and the new one.
        Assert.Equal(2, Forward().Sent);
        Assert.Equal(Log(), received);
    }

    [Fact]
    public void A_link_in_the_cursors_place_is_refused_and_what_it_points_to_is_left_alone()
    {
        folder.Fill(2);
        Directory.CreateDirectory(Path.GetDirectoryName(CursorPath)!);
        string target = Path.Combine(folder.State, "target");
        File.WriteAllText(target, "mine");
        File.CreateSymbolicLink(CursorPath, target);
        Assert.Equal(ErrorIds.ForwardFailed, Assert.Throws<ZombieOpsException>(() => Forward()).ErrorId);
        Assert.Equal("mine", File.ReadAllText(target));
        Assert.Empty(received);
    }

    [Fact]
    public void A_log_that_is_not_there_forwards_nothing_and_makes_nothing()
    {
        ForwardReport report = Forward();
        Assert.Equal((0, null), (report.Sent, report.Last));
        Assert.False(Directory.Exists(Path.Combine(folder.State, "forward")));
    }

    [Fact]
    public async Task The_journal_gets_the_fields_and_the_line_itself()
    {
        using var journal = new FakeReceiver(Path.Combine(folder.State, "journal"));
        Append("two\nlines");
        string hash = folder.Verify().Head!.Hash;
        AuditForwarder.Forward(folder.Options with { JournalSocket = journal.Path }, ForwardTarget.Journald, TestContext.Current.CancellationToken);

        string entry = Assert.Single(await journal.TakeAsync(1));
        foreach (string field in (string[])["SYSLOG_IDENTIFIER=zombieops", "ZOMBIEOPS_SEQUENCE=1", $"ZOMBIEOPS_HASH={hash}", "ZOMBIEOPS_KIND=Note", "ZOMBIEOPS_RUN=run-1", "ZOMBIEOPS_WHO=root (sudo by ada)", "ZOMBIEOPS_HOST=host-1", "PRIORITY=6", $"ZOMBIEOPS_RECORD={folder.Lines()[0]}"])
        {
            Assert.Contains($"\n{field}\n", entry, StringComparison.Ordinal);
        }

        Assert.StartsWith("MESSAGE=Note two lines (root (sudo by ada); record 1)\nMESSAGE_ID=", entry, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketType.Dgram)]
    [InlineData(SocketType.Stream)]
    public async Task Syslog_gets_a_line_with_number_hash_and_summary_as_syslog_3_writes_it(SocketType type)
    {
        using var daemon = new FakeReceiver(Path.Combine(folder.State, "log"), type);
        Append(new string('x', 3000) + "\u001b[31m");
        Append("second");
        AuditForwarder.Forward(folder.Options with { SyslogSocket = daemon.Path }, ForwardTarget.Syslog, TestContext.Current.CancellationToken);

        List<string> lines = await daemon.TakeAsync(2);
        Assert.Matches(@"^<30>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d zombieops\[\d+\]: record=1 hash=[0-9a-f]{64} kind=Note run=run-1 who=""root \(sudo by ada\)"": x{800}…$", lines[0]);
        Assert.EndsWith(": second", lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.True(Encoding.UTF8.GetByteCount(line) <= 1100));
    }

    [Theory]
    [InlineData(ForwardTarget.Journald)]
    [InlineData(ForwardTarget.Syslog)]
    public void A_socket_that_is_not_there_is_one_clear_error_that_names_it(ForwardTarget target)
    {
        folder.Fill(2);
        string path = Path.Combine(folder.State, "nothing");
        EngineOptions options = folder.Options with { JournalSocket = path, SyslogSocket = path };
        ZombieOpsException e = Assert.Throws<ZombieOpsException>(() => AuditForwarder.Forward(options, target, TestContext.Current.CancellationToken));
        Assert.Equal((ErrorIds.ForwardFailed, ExitCode.Incomplete), (e.ErrorId, e.ExitCode));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains("record 1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_forwarded_is_an_anchor_that_finds_a_log_written_anew()
    {
        folder.Fill(4);
        AuditAnchor anchor = Forward().Last!;
        folder.Fill(2);
        Assert.True(folder.Verify(anchor.ToString()).Ok);

        // The whole chain written anew, head included: it verifies by itself, and not against what is in the journal.
        Directory.Delete(folder.Directory, recursive: true);
        Append("another history");
        folder.Fill(5);
        Assert.True(folder.Verify().Ok);
        Assert.Contains(folder.Verify(anchor.ToString()).Faults, fault => fault.Kind == AuditFaultKind.AnchorMismatch);
    }

    [Fact]
    public void A_segment_is_archived_with_the_anchor_that_its_last_record_is()
    {
        folder.Fill(9, maxSegment: 700);
        string oldest = folder.Segments[0];
        string lastLine = File.ReadAllLines(oldest)[^1];
        AuditRecord last = AuditLine.Read(Encoding.UTF8.GetBytes(lastLine));
        string anchor = $"{last.Sequence}:{lastLine[^66..^2]}";
        Assert.True(folder.Verify(anchor).Ok);
        string archive = Directory.CreateDirectory(Path.Combine(folder.State, "archive")).FullName;
        File.Move(oldest, Path.Combine(archive, Path.GetFileName(oldest)));

        // Without the anchor it is told; with it, what is here is proven to go on where the archive ends.
        Assert.Equal(AuditFaultKind.EarlierMissing, Assert.Single(folder.Verify().Faults).Kind);
        AuditVerification kept = folder.Verify(anchor);
        Assert.True(kept.Ok);
        Assert.Contains(kept.Notes, note => note.Contains("the anchor proves", StringComparison.Ordinal));

        // The archive by itself: cut where it was cut, and its head stayed behind; the anchor says that nothing else is wrong.
        AuditVerification old = AuditVerifier.Verify(archive, AuditAnchor.Parse(anchor), TestContext.Current.CancellationToken);
        Assert.Equal(AuditFaultKind.HeadMismatch, Assert.Single(old.Faults).Kind);
        File.AppendAllText(Path.Combine(archive, Path.GetFileName(oldest)), lastLine + "\n");
        Assert.True(AuditVerifier.Verify(archive, AuditAnchor.Parse(anchor), TestContext.Current.CancellationToken).FaultCount > 1);

        // And the log goes on.
        folder.Fill(2);
        Assert.True(folder.Verify(anchor).Ok);
    }

    [Fact]
    public void The_severity_is_worse_where_an_act_did_not_help()
    {
        static AuditRecord Outcome(ClearOutcome outcome) => new()
        {
            Kind = AuditKind.Outcome, RunId = "r", Result = new ClearResult { FindingId = "f", Source = "process", Target = new ZombieOps.Sources.Processes.ProcessTarget { Pid = 1, StartTime = 1, Command = "c", State = "Z" }, Cause = "c", Outcome = outcome, Reason = "r", Says = "s", At = default },
        };
        Assert.Equal([5, 4, 4, 4], new[] { ClearOutcome.Cleared, ClearOutcome.Failed, ClearOutcome.NotPermitted, ClearOutcome.Reasserted }.Select(outcome => JournalSink.Severity(Outcome(outcome))));
    }

    private static long First(string segment) => long.Parse(Path.GetFileNameWithoutExtension(segment)[6..], CultureInfo.InvariantCulture);

    private ForwardReport Forward(long failAt = long.MaxValue) =>
        AuditForwarder.Forward(folder.Options, ForwardTarget.Journald, () => new Sink(this, failAt), TestContext.Current.CancellationToken);

    private void Append(string why)
    {
        using AuditLog log = folder.Open();
        log.Append([AuditFolder.Note(why)]);
    }

    private List<(long Sequence, string Hash)> Log() => [.. folder.Lines().Select(line => (AuditLine.Read(Encoding.UTF8.GetBytes(line)).Sequence, line[^66..^2]))];

    private sealed class Sink(ForwardingTests test, long failAt) : IForwardSink
    {
        public void Send(in ForwardedRecord record)
        {
            if (record.Record.Sequence >= failAt)
            {
                throw new IOException("the receiver is away");
            }

            test.received.Add((record.Record.Sequence, record.Hash));
        }

        public void Dispose()
        {
        }
    }
}
