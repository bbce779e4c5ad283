using System.Text;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Policies;

namespace ZombieOps.Core.Tests.Policies;

public sealed class PolicyReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    // Four lines, so what a case adds begins on line 5.
    private const string Good = "schema: zombieops-policy/1\nsources:\n  - source: process\n    allow: [reap]\n";

    private static PolicyReading Read(string yaml) => PolicyReader.Parse(Encoding.UTF8.GetBytes(yaml), "/p/policy.yaml", Now);

    [Fact]
    public void Everything_that_a_policy_may_say_is_read()
    {
        PolicyReading reading = Read("""
            schema: zombieops-policy/1
            name: all of it
            why: OPS-17
            state: state
            stop-file: /run/stop
            sources:
              - source: process
                name: here
                where: {cause: [parent-not-waiting, "sigchld-*"], Unit: web-*, pid: [4711, "4712"]}
                allow: [reap, end-parent, kill-parent]
                limits: {min-age: 10m, max-count: 5, max-share: 5%, max-moves: 3, watch: 0, grace: 20s, settle: 1s, verify-timeout: 9s}
                metrics: m.prom
                labels: {rack: 7}
              - source: search
                options:
                  url: [https://a:9200, "https://b:9200"]
                  password-file: secret
                  user: ops
            windows:
              - {days: [mon, sun], from: "22:00", to: "05:30", zone: Europe/Berlin}
              - {zone: UTC, from: 9:00, to: "24:00"}
            exemptions:
              - match: {cause: parent-stopped, unit: legacy-*}
                owner: bob
                reason: vendor
                expires: 2027-01-31
            notify:
              command: [/bin/tell, "a b", 5]
              timeout: 5s
              when: always
            """);
        Assert.Empty(reading.Faults);
        Policy policy = reading.Require();
        Assert.Equal(("all of it", "OPS-17", "/p/state", "/run/stop"), (policy.Name, policy.Why, policy.State, policy.StopFile));
        Assert.Equal(64, policy.Sha256.Length);
        PolicySource process = policy.Sources[0];
        Assert.Equal(("here", "/p/m.prom", "7"), (process.Name, process.MetricsFile, process.Labels["rack"]));
        Assert.Equal(["ParentNotWaiting", "Sigchld*"], process.Clear.Scan.Filter.Facets["cause"]);
        Assert.Equal(["4711", "4712"], process.Clear.Scan.Filter.Facets["pid"]);
        Assert.Equal(["web-*"], process.Clear.Scan.Filter.Facets["unit"]);
        Assert.Equal(["EndParent", "KillParent", "Reap"], process.Clear.Allowed.Order());
        Assert.Equal((TimeSpan.FromMinutes(10), 5, 0.05), (process.Clear.Scan.MinAge, process.Clear.Limits.MaxCount, process.Clear.Limits.MaxShare));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9)), (process.Clear.Limits.Watch, process.Clear.Grace, process.Clear.Scan.Settle, process.Clear.Limits.VerifyTimeout));
        Assert.Equal(3, process.Clear.Limits.MaxMoves);
        Assert.Equal((9, 10, 11), (process.Lines["where.unit"], process.Lines["allow"], process.Lines["limits.max-count"]));
        Assert.Equal(("https://a:9200,https://b:9200", "/p/secret", "search"), (policy.Sources[1].Options["url"], policy.Sources[1].Options["password-file"], policy.Sources[1].Name));
        Assert.Empty(policy.Sources[1].Clear.Allowed);
        Assert.Equal([DayOfWeek.Sunday, DayOfWeek.Monday], policy.Windows!.All[0].Days.Order());
        Assert.Equal((TimeSpan.FromHours(9), TimeSpan.FromHours(24)), (policy.Windows.All[1].From, policy.Windows.All[1].To));
        Assert.Equal((23, "ParentStopped", "/p/policy.yaml line 23"), (policy.Exemptions[0].Line, policy.Exemptions[0].Exemption.Match["cause"], policy.Exemptions[0].Exemption.DeclaredAt));
        Assert.Equal(["/bin/tell", "a b", "5"], policy.Notify!.Command);
        Assert.Equal((TimeSpan.FromSeconds(5), NotifyWhen.Always), (policy.Notify.Timeout, policy.Notify.When));
        Assert.Contains(policy.Sha256, policy.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_policy_leaves_out_is_as_the_command_line_has_it()
    {
        PolicySource source = Read("schema: zombieops-policy/1\nsources: [{source: process}]").Require().Sources[0];
        Assert.Equal(new ZombieOps.Clearing.ClearLimits(), source.Clear.Limits);
        ZombieOps.Sources.SourceRegistration search = ZombieOps.Sources.SourceCatalog.Find("search")!;
        Assert.Equal(search.Limits with { MaxCount = 2 }, Read("schema: zombieops-policy/1\nsources: [{source: search, limits: {max-count: 2}}]").Require().Sources[0].Clear.Limits);
        Assert.Equal(new ZombieOps.Clearing.ScanSettings().MinAge, source.Clear.Scan.MinAge);
        Assert.Empty(source.Clear.Allowed);
        Assert.Same(FindingFilter.All, source.Clear.Scan.Filter);
    }

    [Theory]
    [InlineData("nmae: x", 5, 1, "no key 'nmae'", "'name'")]
    [InlineData("name: x\nname: y", 6, 1, "there twice, first on line 5", "keep one")]
    [InlineData("name: [x]", 5, 7, "'name' is a list and has to be a text", "single value")]
    [InlineData("name: 5", 5, 7, "no text", "quotes")]
    [InlineData("name: true", 5, 7, "no text", "quotes")]
    [InlineData("name:", 5, 1, "no value", "give it one")]
    [InlineData("name: \"\"", 5, 7, "empty", "write a text")]
    [InlineData("name:\tx", 5, 6, "tab", "spaces")]
    [InlineData("name: \"a\\tb\"", 5, 7, "not on one line", "one line")]
    [InlineData("name: \u0007", 5, 7, "cannot be seen", "UTF-8")]
    [InlineData("name: &a x", 5, 7, "anchor", "quotes")]
    [InlineData("name: *a", 5, 7, "alias", "write the value out")]
    [InlineData("name: !!str x", 5, 7, "tag", "quotes")]
    [InlineData("? [a]\n: b", 5, 3, "a key is no plain text", "colon")]
    [InlineData("---\nname: x", 5, 1, "second document", "one document")]
    [InlineData("name: 'x", 5, 7, "no YAML", "quotes")]
    [InlineData("password: x", 5, 1, "'password' looks like a secret", "file or a variable")]
    [InlineData("windows: []", 5, 10, "none ever opens", "take 'windows' out")]
    [InlineData("windows: x", 5, 10, "has to be a list", "begin each entry")]
    [InlineData("windows:\n  - {days: [], zone: UTC}", 6, 12, "empty list", "at least one")]
    [InlineData("windows:\n  - {days: monday, zone: UTC}", 6, 12, "no day 'monday'", "'mon'")]
    [InlineData("windows:\n  - {days: [mon, mon], zone: UTC}", 6, 18, "there twice", "keep one")]
    [InlineData("windows:\n  - {from: \"09:00\", to: \"09:00\", zone: UTC}", 6, 6, "never opens", "later")]
    [InlineData("windows:\n  - {from: \"09:00\", zone: UTC}", 6, 5, "'from' alone", "both")]
    [InlineData("windows:\n  - {from: 9h, to: \"10:00\", zone: UTC}", 6, 12, "no time of day", "'09:30'")]
    [InlineData("windows:\n  - {from: \"24:00\", to: \"10:00\", zone: UTC}", 6, 12, "no time of day", "'09:30'")]
    [InlineData("windows:\n  - {days: mon}", 6, 5, "has no 'zone'", "add 'zone'")]
    [InlineData("windows:\n  - {zone: Europe/Berln}", 6, 12, "no time zone 'Europe/Berln'", "'Europe/Berlin'")]
    [InlineData("windows:\n  - {zone: ../../etc/passwd}", 6, 12, "no time zone", "Europe/Berlin")]
    [InlineData("exemptions:\n  - {match: {nuit: x}, owner: o, reason: r, expires: 2027-01-01}", 6, 14, "no key 'nuit'", "'unit'")]
    [InlineData("exemptions:\n  - {match: {unit: abc}, reason: r, expires: 2027-01-01}", 6, 5, "has no 'owner'", "add 'owner'")]
    [InlineData("exemptions:\n  - {match: {}, owner: o, reason: r, expires: 2027-01-01}", 6, 13, "is empty", "name what is meant")]
    [InlineData("exemptions:\n  - {match: {source: search}, owner: o, reason: r, expires: 2027-01-01}", 6, 22, "no source 'search'", "process")]
    [InlineData("exemptions:\n  - {match: {cause: node-idel}, owner: o, reason: r, expires: 2027-01-01}", 6, 21, "no cause 'node-idel' in process", "use one of")]
    [InlineData("exemptions:\n  - {match: {unit: abc}, owner: o, reason: r, expires: 2027-01-01}\n  - {match: {Unit: ABC}, owner: p, reason: r, expires: 2027-02-01}", 7, 5, "line 6 matches the same until another date", "keep one")]
    [InlineData("exemptions:\n  - {match: {unit: abc*}, owner: o, reason: r, expires: 2027-02-01}\n  - {match: {unit: abcd, pid: 5}, owner: p, reason: r, expires: 2027-01-01}", 7, 5, "lines 6 and 7 overlap", "take out the one on line 7")]
    [InlineData("exemptions:\n  - {match: {unit: abcd}, owner: o, reason: r, expires: 2027-01-01}\n  - {match: {unit: abc*}, owner: p, reason: r, expires: 2027-01-01}", 7, 5, "lines 6 and 7 overlap", "take out the one on line 6")]
    [InlineData("notify: {command: [tell]}", 5, 19, "no full path", "/usr/local/bin/tell")]
    [InlineData("notify: {command: /bin/sh -c x}", 5, 19, "a single value and has to be a list", "begin each entry")]
    [InlineData("notify: {command: [/bin/tell], timeout: 2h}", 5, 41, "not between", "30s")]
    [InlineData("notify: {command: [/bin/tell], when: alwais}", 5, 38, "no moment 'alwais'", "'always'")]
    public void An_error_names_line_and_column_and_what_to_write_instead(string added, int line, int column, string says, string instead)
    {
        PolicyReading reading = Read(Good + added + "\n");
        PolicyFault fault = Assert.Single(reading.Faults, fault => fault.Kind == FaultKind.Error);
        Assert.Equal((line, column), (fault.Line, fault.Column));
        Assert.Contains(says, fault.Says, StringComparison.Ordinal);
        Assert.Contains(instead, fault.Instead, StringComparison.Ordinal);
        Assert.Null(reading.Policy);
        ZombieOpsException refused = Assert.Throws<ZombieOpsException>(() => reading.Require());
        Assert.Equal((ErrorIds.PolicyInvalid, ExitCode.BadUsage), (refused.ErrorId, refused.ExitCode));
        Assert.Contains($"/p/policy.yaml:{line}:{column}: ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("source: proces", 3, 14, "no source 'proces'", "'process'")]
    [InlineData("source: process, allow: [raep]", 3, 31, "no source has a remedy 'raep'", "'reap'")]
    [InlineData("source: process, allow: remove-entry", 3, 30, "'process' has no remedy 'remove-entry', only 'search' has", "use one of")]
    [InlineData("source: process, allow: [reap, reap]", 3, 37, "there twice", "keep one")]
    [InlineData("source: process, allow: [kill-parent]", 3, 31, "never runs alone", "add 'end-parent'")]
    [InlineData("source: process, allow: []", 3, 30, "empty list", "take it out")]
    [InlineData("source: process, where: {cause: [parent-not-wating]}", 3, 39, "no cause 'parent-not-wating' in process", "'parent-not-waiting'")]
    [InlineData("source: process, where: {verdict: zombi}", 3, 40, "no verdict 'zombi'", "'zombie'")]
    [InlineData("source: process, where: {cuase: x}", 3, 31, "no key 'cuase'", "'cause'")]
    [InlineData("source: process, where: {shards: 5}", 3, 31, "no key 'shards'", "use one of")]
    [InlineData("source: process, where: {unit: a, UNIT: b}", 3, 40, "there twice", "keep one")]
    [InlineData("source: process, where: {}", 3, 30, "is empty", "take it out")]
    [InlineData("source: process, options: {url: x}", 3, 33, "no key 'url'", "take it out")]
    [InlineData("source: process, labels: {source: x}", 3, 32, "'source' cannot be the name of a label", "set already")]
    [InlineData("source: process, limits: {max-cuont: 5}", 3, 32, "no key 'max-cuont'", "'max-count'")]
    [InlineData("source: process, limits: {max-count: -1}", 3, 43, "no number of 0 or more", "such as 5")]
    [InlineData("source: process, limits: {max-count: '5'}", 3, 43, "no number of 0 or more", "without quotes")]
    [InlineData("source: process, limits: {max-count: [5]}", 3, 43, "no number of 0 or more", "such as 5")]
    [InlineData("source: process, limits: {max-share: 5}", 3, 43, "no share", "0.05 or 5%")]
    [InlineData("source: process, limits: {max-share: NaN}", 3, 43, "no share", "0.05 or 5%")]
    [InlineData("source: process, limits: {min-age: 5}", 3, 41, "no duration", "90s")]
    [InlineData("source: process, limits: 5", 3, 31, "has to be keys with values", "key: value")]
    [InlineData("source: search, options: {api-key: abc}", 3, 32, "looks like a secret", "password-file or password-env")]
    [InlineData("source: search, options: {url: 'https://bob:geheim@es:9200'}", 3, 37, "holds a user name or password", "file or a variable")]
    [InlineData("name: x", 3, 5, "has no 'source'", "add 'source'")]
    public void An_error_of_a_source_names_line_and_column_and_what_to_write_instead(string entry, int line, int column, string says, string instead)
    {
        PolicyReading reading = Read($"schema: zombieops-policy/1\nsources:\n  - {{{entry}}}\n");
        PolicyFault fault = Assert.Single(reading.Faults);
        Assert.Equal((line, column), (fault.Line, fault.Column));
        Assert.Contains(says, fault.Says, StringComparison.Ordinal);
        Assert.Contains(instead, fault.Instead, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", fault.Says + fault.Instead, StringComparison.Ordinal);
        Assert.Null(reading.Policy);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("# nothing\n", "the file is empty")]
    [InlineData("- a\n", "has to be keys with values")]
    [InlineData("name: x\n", "has no 'schema' and no 'sources'")]
    [InlineData("schema: zombieops-policy/2\nsources: [{source: process}]\n", "does not know the format 'zombieops-policy/2'")]
    [InlineData("schema: zombieops-policy/1\nsources: []\n", "'sources' is an empty list")]
    [InlineData("schema: zombieops-policy/1\nsources: [{source: process}, {source: process, name: b}]\n", "in the same state directory")]
    [InlineData("schema: zombieops-policy/1\nsources: [{source: process}, {source: process, state: /b}]\n", "has the name 'process' as well")]
    [InlineData("schema: zombieops-policy/1\nsources: [{source: process, metrics: /m}, {source: search, metrics: /m}]\n", "the same file of metrics")]
    public void A_file_that_is_no_whole_policy_is_refused(string yaml, string says) =>
        Assert.Contains(says, Assert.Single(Read(yaml).Faults, fault => fault.Kind == FaultKind.Error).Says, StringComparison.Ordinal);

    [Fact]
    public void All_errors_are_told_at_once_in_the_order_of_the_file()
    {
        PolicyReading reading = Read(Good + "nmae: x\nwindows: []\nnotify: {command: [tell]}\nstate: 5\n");
        Assert.Equal([5, 6, 7, 8], reading.Faults.Select(fault => fault.Line));
        Assert.Contains("(and 3 more)", Assert.Throws<ZombieOpsException>(() => reading.Require()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_in_no_message()
    {
        PolicyReading reading = Read(Good + "api_token: hunter2\nname: 'hunter2\n");
        Assert.NotEmpty(reading.Faults);
        Assert.DoesNotContain(reading.Faults, fault => (fault.Says + fault.Instead).Contains("hunter2", StringComparison.Ordinal));
        Assert.DoesNotContain(Read(Good + "api_token: hunter2\n").Faults, fault => (fault.Says + fault.Instead).Contains("hunter2", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("01/02/2027")]
    [InlineData("sometime")]
    [InlineData("2027-13-01")]
    [InlineData("\"\"")]
    public void A_date_that_cannot_be_read_is_an_error_of_the_check_and_a_run_takes_it_as_lapsed(string date)
    {
        PolicyReading reading = Read(Good + $"exemptions:\n  - {{match: {{unit: abc}}, owner: o, reason: r, expires: {date}}}\n");
        PolicyFault fault = Assert.Single(reading.Faults);
        Assert.Equal((FaultKind.Error, 6), (fault.Kind, fault.Line));
        Assert.Contains("counts as lapsed", fault.Says, StringComparison.Ordinal);
        Assert.False(reading.Report().Valid);
        Assert.Contains("cannot be read", reading.Require().Exemptions[0].Exemption.LapsedBecause(Now), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unit: abc", "2026-11-24T11:00Z", "lapsed on 2026-11-24 11:00Z")]
    [InlineData("unit: abc", "2026-12-01", "about to lapse")]
    [InlineData("unit: abc", "2029-01-01", "longer than a year")]
    [InlineData("unit: '*'", "2027-01-01", "too wide")]
    [InlineData("unit: 'a*'", "2027-01-01", "too wide")]
    [InlineData("cause: parent-not-waiting, source: process", "2027-01-01", "too wide")]
    public void What_should_be_looked_at_is_a_warning_and_the_policy_stands(string match, string expires, string says)
    {
        PolicyReading reading = Read(Good + $"exemptions:\n  - {{match: {{{match}}}, owner: o, reason: r, expires: {expires}}}\n");
        PolicyFault fault = Assert.Single(reading.Faults);
        Assert.Equal(FaultKind.Warning, fault.Kind);
        Assert.Contains(says, fault.Says, StringComparison.Ordinal);
        Assert.NotNull(reading.Policy);
        Assert.True(reading.Report().Valid);
    }

    [Fact]
    public void A_narrow_exemption_that_outlives_a_wide_one_is_none_too_many() =>
        Assert.Empty(Read(Good + "exemptions:\n  - {match: {unit: abc*}, owner: o, reason: r, expires: 2027-01-01}\n  - {match: {unit: abcd}, owner: p, reason: r, expires: 2027-02-01}\n").Faults);

    [Fact]
    public void A_window_that_the_clock_will_skip_is_told()
    {
        PolicyFault fault = Assert.Single(Read(Good + "windows: [{from: '02:00', to: '03:00', zone: Europe/Berlin}]\n").Faults);
        Assert.Equal(FaultKind.Warning, fault.Kind);
        Assert.Contains("on 2027-03-28, so it does not open then", fault.Says, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_and_line_ends_of_another_system_are_no_error() =>
        Assert.Empty(PolicyReader.Parse([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Good.ReplaceLineEndings("\r\n"))], "/p", Now).Faults);

    [Fact]
    public void Bytes_that_are_no_text_are_told_where_they_stand()
    {
        PolicyFault fault = Assert.Single(PolicyReader.Parse([.. Encoding.UTF8.GetBytes(Good + "name: "), 0xff, (byte)'\n'], "/p", Now).Faults);
        Assert.Equal((5, 7), (fault.Line, fault.Column));
    }

    [Fact]
    public void A_megabyte_is_refused_without_reading_it()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory.File("p.yaml"), Good + "# " + new string('x', 1 << 20));
        Assert.Contains("longer than 256 KB", Assert.Single(PolicyReader.Read(directory.File("p.yaml"), Now).Faults).Says, StringComparison.Ordinal);
        // A device without an end is not read to its end.
        Assert.Contains("longer than 256 KB", Assert.Single(PolicyReader.Read("/dev/zero", Now).Faults).Says, StringComparison.Ordinal);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_policy_that_every_user_may_write_is_refused()
    {
        using var directory = new TempDirectory();
        string path = directory.File("p.yaml");
        File.WriteAllText(path, Good);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        Assert.NotNull(PolicyReader.Read(path, Now).Policy);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        PolicyReading reading = PolicyReader.Read(path, Now);
        Assert.Null(reading.Policy);
        Assert.Contains("chmod o-w " + path, Assert.Single(reading.Faults).Instead, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_or_a_directory_is_unreadable()
    {
        using var directory = new TempDirectory();
        foreach (string path in (string[])[directory.File("none.yaml"), directory.Path])
        {
            ZombieOpsException e = Assert.Throws<ZombieOpsException>(() => PolicyReader.Read(path, Now));
            Assert.Equal(ErrorIds.PolicyUnreadable, e.ErrorId);
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
        }
    }
}
