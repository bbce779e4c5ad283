using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Integration.Tests.Cli;

namespace ZombieOps.Integration.Tests.Audit;

/// <summary><c>audit forward</c> to a real journal and a real syslog daemon, each on sockets of its own.</summary>
public sealed class ForwardTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    private EngineOptions Options => new() { StateDirectory = cli.State, Host = "host-1", User = "root", SudoUser = "ada" };

    public void Dispose() => cli.Dispose();

    /// <summary>The journal of systemd, started in a mount namespace whose /run and /var/log are its own.</summary>
    [Fact]
    public void A_real_journal_holds_every_record_and_the_log_can_be_made_anew_from_it()
    {
        const string Journald = "/lib/systemd/systemd-journald";
        Assert.SkipUnless(File.Exists(Journald), "systemd-journald");
        Machine.Needs("journalctl");
        Sandbox.NeedsMounts(cli);
        // One record that no datagram takes, so that it has to go as a memory file.
        string large = new('x', 3 << 20);
        Fill("first", "two\nlines", large, "last");
        File.WriteAllText(cli.File("run.sh"), $$"""
            set -e
            mount -t tmpfs none /run && mkdir -p /run/systemd/journal /run/log/journal && mount -t tmpfs none /var/log || exit 99
            {{Journald}} & journal=$!
            trap 'kill $journal; wait $journal || true' EXIT
            for i in $(seq 200); do [ -S /run/systemd/journal/socket ] && break; sleep 0.1; done
            $ZOMBIEOPS audit forward --to journald
            $ZOMBIEOPS audit forward --to journald
            for i in $(seq 200); do
              journalctl -q --no-pager -o json --all SYSLOG_IDENTIFIER=zombieops > entries.json
              [ $(wc -l < entries.json) -ge 4 ] && break
              sleep 0.1
            done
            """);

        CliResult result = cli.Shell("unshare -m bash run.sh");
        Assert.SkipWhen(result.Exit == 99, "the right to mount in a namespace of its own (unshare(1))");
        result.Exits(0);
        Assert.Contains("journald: 4 records forwarded", result.Out, StringComparison.Ordinal);
        Assert.Contains("journald: 0 records forwarded", result.Out, StringComparison.Ordinal);

        string[] log = Lines();
        JsonElement[] entries = [.. File.ReadLines(cli.File("entries.json")).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
        Assert.Equal(log, entries.Select(entry => Text(entry, "ZOMBIEOPS_RECORD")));
        Assert.Equal(["1", "2", "3", "4"], entries.Select(entry => Text(entry, "ZOMBIEOPS_SEQUENCE")));
        Assert.All(entries, entry => Assert.Equal(("zombieops", "6", "root (sudo by ada)"), (Text(entry, "SYSLOG_IDENTIFIER"), Text(entry, "PRIORITY"), Text(entry, "ZOMBIEOPS_WHO"))));

        // A hash from the journal is an anchor.
        string anchor = $"4:{Text(entries[3], "ZOMBIEOPS_HASH")}";
        cli.Run("audit", "verify", "--anchor", anchor).Exits(0);
        Directory.Move(Path.Combine(cli.State, "audit"), cli.File("lost"));
        Fill("another", "history", "of", "four", "records");
        cli.Run("audit", "verify").Exits(0);
        cli.Run("audit", "verify", "--anchor", anchor).Exits(1);

        // And the records are a log: the same bytes, the same chain.
        Directory.Delete(Path.Combine(cli.State, "audit"), recursive: true);
        Directory.CreateDirectory(Path.Combine(cli.State, "audit"));
        File.WriteAllText(Path.Combine(cli.State, "audit/audit-000000000001.jsonl"), string.Concat(entries.Select(entry => Text(entry, "ZOMBIEOPS_RECORD") + "\n")));
        Assert.Contains("head-mismatch", cli.Run("audit", "verify", "--anchor", anchor).Exits(1).Out, StringComparison.Ordinal);
        Assert.Equal(["first", "two\nlines", large, "last"], AuditReader.Read(Path.Combine(cli.State, "audit")).Select(record => record.Why));
    }

    [Fact]
    public async Task A_real_syslog_daemon_writes_a_line_for_every_record()
    {
        string? daemon = Machine.Find("rsyslogd") ?? (File.Exists("/usr/sbin/rsyslogd") ? "/usr/sbin/rsyslogd" : null);
        Assert.SkipWhen(daemon is null, "rsyslogd");
        string socket = cli.File("log"), output = cli.File("out.log");
        File.WriteAllText(cli.File("rsyslog.conf"), $"""
            module(load="imuxsock" SysSock.Use="off")
            input(type="imuxsock" Socket="{socket}")
            template(name="all" type="string" string="%syslogfacility-text%.%syslogseverity-text% %programname% %procid% %msg%\n")
            *.* action(type="omfile" file="{output}" template="all")
            """);
        Fill("first", "two\nlines", new string('x', 5000), "last");
        cli.Run("audit", "forward", "--to", "syslog", "--socket", socket).Fails(3, "ForwardFailed");

        using Process process = cli.Start(daemon!, ["-n", "-f", cli.File("rsyslog.conf"), "-i", cli.File("rsyslog.pid")]);
        try
        {
            await Until(() => File.Exists(socket));
            Assert.Contains("syslog: 4 records forwarded", cli.Run("audit", "forward", "--to", "syslog", "--socket", socket).Exits(0).Out, StringComparison.Ordinal);
            await Until(() => File.Exists(output) && File.ReadAllLines(output).Count(line => line.Contains(" zombieops ", StringComparison.Ordinal)) >= 4);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }

        string[] got = [.. File.ReadAllLines(output).Where(line => line.Contains(" zombieops ", StringComparison.Ordinal))];
        string[] log = Lines();
        Assert.Equal(4, got.Length);
        for (int i = 0; i < 4; i++)
        {
            Assert.Matches($@"^daemon\.info zombieops \d+  record={i + 1} hash={log[i][^66..^2]} kind=Note run=r who=""root \(sudo by ada\)"": (first|two lines|x{{800}}…|last)$", got[i]);
        }
    }

    /// <summary>The recipe of docs/audit.md, word for word.</summary>
    [Fact]
    public void The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven()
    {
        Machine.Needs("jq");
        using (var log = new AuditLog(Options, new AuditLogOptions { MaxSegmentBytes = 700 }, "boot-1"))
        {
            for (int i = 0; i < 9; i++)
            {
                log.Append([new AuditRecord { Kind = AuditKind.Note, RunId = "r", Why = $"note {i}" }]);
            }
        }

        string[] blocks = File.ReadAllText(Path.Combine(Docs.SnippetTests.Root(), "docs/audit.md")).Split("```sh\n").Skip(1).Select(block => block[..block.IndexOf("```", StringComparison.Ordinal)]).ToArray();
        string recipe = blocks.Single(block => block.StartsWith("# archive:", StringComparison.Ordinal));
        string check = blocks.Single(block => block.StartsWith("zombieops audit verify --state \"$archive\"", StringComparison.Ordinal));
        string words = $"set -e; zombieops() {{ $ZOMBIEOPS \"$@\"; }}; state={cli.State}; archive={cli.File("archive")}\n";
        int before = Lines().Length;
        for (int i = 0; i < 2; i++)
        {
            CliResult archived = cli.Shell(words + recipe).Exits(0);
            Assert.Contains("the anchor proves that it goes on", archived.Out, StringComparison.Ordinal);
            CliResult old = cli.Shell(words + check).Exits(1);
            Assert.Contains("NOT INTACT: 1 fault ", old.Out, StringComparison.Ordinal);
            Assert.Contains("head-mismatch", old.Out, StringComparison.Ordinal);
        }

        Assert.True(Lines().Length < before);
        Assert.Contains("earlier-missing", cli.Run("audit", "verify").Exits(1).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_usage_is_one_clear_error()
    {
        cli.Run("audit", "forward").Fails(2, "BadArgument");
        cli.Run("audit", "forward", "--to", "splunk").Fails(2, "BadArgument");
        cli.Run("audit", "forward", "--to", "journald,syslog", "--socket", "/x").Fails(2, "BadArgument");
        Assert.Contains("there is no audit log", cli.Run("audit", "forward", "--to", "syslog").Exits(0).Err, StringComparison.Ordinal);
    }

    private static async Task Until(Func<bool> done)
    {
        for (int i = 0; !done(); i++)
        {
            Assert.True(i < 1500, "it did not come about within 30 s");
            await Task.Delay(20);
        }
    }

    private static string Text(JsonElement entry, string field) => entry.GetProperty(field) is { ValueKind: JsonValueKind.Array } bytes
        ? Encoding.UTF8.GetString([.. bytes.EnumerateArray().Select(one => one.GetByte())])
        : entry.GetProperty(field).GetString()!;

    private string[] Lines() => [.. Directory.GetFiles(Path.Combine(cli.State, "audit"), "audit-*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadAllLines)];

    private void Fill(params string[] texts)
    {
        using var log = new AuditLog(Options, bootId: "boot-1");
        foreach (string text in texts)
        {
            log.Append([new AuditRecord { Kind = AuditKind.Note, RunId = "r", Why = text }]);
        }
    }
}
