using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Integration.Tests.Cli;

namespace ZombieOps.Integration.Tests.Ansible;

/// <summary>The modules and playbooks of the collection, by the machine's own Ansible, on real zombies.</summary>
public sealed class AnsibleTests : IDisposable
{
    private readonly AnsibleRun ansible = new();

    public void Dispose() => ansible.Dispose();

    [Fact]
    public void Check_mode_shows_and_changes_nothing_a_run_clears_and_a_second_run_changes_nothing()
    {
        using var actor = Actor.Start("stopped");
        string clear = string.Create(CultureInfo.InvariantCulture, $"zombieops.ops.zombie_clear: {{allow: [continue], watch: '0', where: ['pid={actor.ZombiePid}'], why: ticket 4711}}");
        (JsonElement seen, CliResult run) = ansible.Play(
            $$"""
            - zombieops.ops.zombie_info: {where: ['pid={{actor.ZombiePid}}']}
              check_mode: true
              register: r_looked
            - {{clear}}
              check_mode: true
              register: r_checked
            - ansible.builtin.command: cut -d" " -f3 /proc/{{actor.ZombiePid}}/stat
              register: r_state
            - ansible.builtin.stat: {path: {{ansible.Cli.State}}}
              register: r_written
            - zombieops.ops.zombie_info: {where: ['pid={{actor.ZombiePid}}']}
              register: r_info
            - zombieops.ops.zombie_clear: {watch: '0', where: ['pid={{actor.ZombiePid}}']}
              register: r_unnamed
            - {{clear}}
              register: r_cleared
            - {{clear}}
              register: r_again
            """,
            "--diff");

        Assert.Equal(1, seen.GetProperty("r_looked").GetProperty("zombies").GetInt32());
        JsonElement check = seen.GetProperty("r_checked");
        Assert.True(check.GetProperty("changed").GetBoolean());
        Assert.Single(check.GetProperty("cleared").EnumerateArray());
        Assert.Equal("Z", seen.GetProperty("r_state").GetProperty("stdout").GetString());
        Assert.False(seen.GetProperty("r_written").GetProperty("stat").GetProperty("exists").GetBoolean(), "check mode wrote something");

        JsonElement info = seen.GetProperty("r_info");
        Assert.False(info.GetProperty("changed").GetBoolean());
        Assert.Equal(1, info.GetProperty("exit_code").GetInt32());
        Assert.Equal("ParentStopped", info.GetProperty("report").GetProperty("findings")[0].GetProperty("cause").GetString());

        JsonElement unnamed = seen.GetProperty("r_unnamed");
        Assert.False(unnamed.GetProperty("changed").GetBoolean());
        Assert.Single(unnamed.GetProperty("left").EnumerateArray());
        Assert.Contains("NoAllowedRemedy", unnamed.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);

        JsonElement cleared = seen.GetProperty("r_cleared");
        Assert.True(cleared.GetProperty("changed").GetBoolean());
        Assert.Equal(check.GetProperty("cleared").ToString(), cleared.GetProperty("cleared").ToString());
        Assert.Null(ProcFs.State(actor.ZombiePid));
        JsonElement again = seen.GetProperty("r_again");
        Assert.False(again.GetProperty("changed").GetBoolean());
        Assert.Empty(again.GetProperty("diff").EnumerateArray());

        // The diff is shown twice: as the plan, and as what was done.
        string[] lines = run.Out.Split('\n');
        Assert.Equal(2, lines.Count(line => line == "-cause: ParentStopped"));
        Assert.Contains(lines, line => line.StartsWith("+++ after: Continue: sends SIGCONT", StringComparison.Ordinal));
        Assert.Contains("ticket 4711", ansible.Cli.Run("audit", "show", "-o", "ndjson").Exits(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_names_the_error_the_next_step_and_the_exit_code_and_changes_nothing()
    {
        using var actor = Actor.Start("stopped");
        string old = ansible.Script("fake-old", "echo 0.0.9");
        string next = ansible.Script("fake-new", "echo 1.0.0-rc.1");
        string other = ansible.Script("fake-other", "echo something else");
        string schema = ansible.Script("fake-schema", """[ "$1" = --version ] && echo 0.1.0 || echo '{"schema": "zombieops/2", "counts": {}}'""");
        string silent = ansible.Script("fake-silent", """[ "$1" = --version ] && echo 0.1.0 || exit 139""");
        string broken = ansible.Cli.File("broken");
        File.WriteAllText(broken, "\u007fELF");
        ansible.Shell($"chmod 755 {broken}").Exits(0);

        string where = string.Create(CultureInfo.InvariantCulture, $"watch: '0', where: ['pid={actor.ZombiePid}']");
        (string Name, string Task, string Id, int? Exit, string Says)[] cases =
        [
            ("limit", $"zombie_clear: {{allow: [continue], max_count: 0, {where}}}", "LimitCrossed", 4, "--max-count"),
            ("remedy", $"zombie_clear: {{allow: [bogus], {where}}}", "BadArgument", 2, "continue"),
            ("state", $"zombie_clear: {{allow: [continue], state: {broken}/below, {where}}}", "AuditUnwritable", 5, "below"),
            ("server", "stale_exclusion_info: {url: ['http://127.0.0.1:1'], allow_incomplete: true}", "ServerUnreachable", 3, "127.0.0.1:1"),
            ("marks", "stale_exclusion_clear: {url: ['http://127.0.0.1:1'], allow: [remove-entry]}", "ServerUnreachable", 3, "127.0.0.1:1"),
            ("absent", "zombie_info: {executable: no-such-zombieops}", "ExecutableMissing", null, "/usr/local/bin"),
            ("nowhere", "zombie_info: {executable: /nowhere/zombieops}", "ExecutableMissing", null, "/nowhere/zombieops"),
            ("old", $"zombie_info: {{executable: {old}}}", "VersionTooOld", null, "0.1.0 or later"),
            ("new", $"zombie_clear: {{executable: {next}}}", "VersionTooNew", null, "below 1.0.0"),
            ("other", $"zombie_info: {{executable: {other}}}", "VersionUnknown", null, "something else"),
            ("format", $"zombie_info: {{executable: {broken}}}", "VersionUnknown", null, broken),
            ("schema", $"zombie_info: {{executable: {schema}}}", "SchemaUnknown", null, "zombieops/2"),
            ("silent", $"zombie_info: {{executable: {silent}}}", "NoReport", 139, "139"),
            ("secret", "stale_exclusion_info: {url: ['http://me:hush-hush@127.0.0.1:1']}", "BadArgument", null, "user and password"),
        ];
        (JsonElement seen, CliResult run) = ansible.Play(string.Join('\n', cases.Select(item =>
            $"""
            - zombieops.ops.{item.Task}
              register: r_{item.Name}
              ignore_errors: true
            """)));

        foreach ((string name, _, string id, int? exit, string says) in cases)
        {
            JsonElement result = seen.GetProperty("r_" + name);
            Assert.True(result.GetProperty("failed").GetBoolean(), name);
            Assert.False(result.TryGetProperty("changed", out JsonElement changed) && changed.GetBoolean(), name);
            Assert.Equal(id, result.TryGetProperty("error_id", out JsonElement was) ? was.GetString() : result.ToString());
            JsonElement code = result.GetProperty("exit_code");
            Assert.Equal(exit, code.ValueKind == JsonValueKind.Null ? null : code.GetInt32());
            string message = result.GetProperty("msg").GetString()!;
            Assert.StartsWith(id + ": ", message, StringComparison.Ordinal);
            Assert.Contains("Next: " + result.GetProperty("next_step").GetString(), message, StringComparison.Ordinal);
            Assert.Contains(says, message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("hush-hush", run.Out + run.Err, StringComparison.Ordinal);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
    }

    [Fact]
    public void Secrets_reach_the_server_and_stand_in_no_argument_and_no_output_and_no_file_is_left()
    {
        using var server = new FakeLoginServer();
        // Stands in front of the executable and writes down what the process list would show.
        string list = ansible.Cli.File("arguments");
        string front = ansible.Script("front", $"""
            for word; do printf '%s\n' "$word"; case $word in --*-file=*) stat -c '%a %n' "$(echo "$word" | cut -d= -f2-)";; esac; done >> {list}
            exec "$ZOMBIEOPS" "$@"
            """);
        const string Password = "hush-hush-ä$'\\\"";
        string address = $"executable: {front}, url: ['{server.Address}']";
        (JsonElement seen, CliResult run) = ansible.Play(
            $$"""
            - zombieops.ops.stale_exclusion_info: { {{address}}, user: ops, password: "{{Password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}" }
              register: r_password
              ignore_errors: true
            - zombieops.ops.stale_exclusion_info: { {{address}}, api_key: 'id:hush-hush-key' }
              register: r_key
              ignore_errors: true
            - zombieops.ops.stale_exclusion_clear: { {{address}}, bearer: hush-hush-bearer, allow: [remove-entry] }
              register: r_bearer
              ignore_errors: true
            - ansible.builtin.find: {paths: {{Path.GetDirectoryName(ansible.Cli.State)}}/remote, recurse: true, patterns: 'zombieops-*'}
              register: r_left
            """,
            "-vvv");

        foreach (string name in (string[])["r_password", "r_key", "r_bearer"])
        {
            Assert.Equal("NotAuthorized", seen.GetProperty(name).GetProperty("error_id").GetString());
            Assert.Equal(5, seen.GetProperty(name).GetProperty("exit_code").GetInt32());
        }

        Assert.Equal(
            [
                "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("ops:" + Password)),
                "ApiKey " + Convert.ToBase64String("id:hush-hush-key"u8),
                "Bearer hush-hush-bearer",
            ],
            server.Logins.Distinct());

        string arguments = File.ReadAllText(list);
        Assert.Contains("--password-env=", arguments, StringComparison.Ordinal);
        Assert.Equal(2, arguments.Split('\n').Count(line => line.StartsWith("600 ", StringComparison.Ordinal)));
        Assert.Equal(0, seen.GetProperty("r_left").GetProperty("matched").GetInt32());
        Assert.All(arguments.Split('\n').Where(line => line.StartsWith("600 ", StringComparison.Ordinal)), line => Assert.False(File.Exists(line[4..])));
        Assert.DoesNotContain("hush-hush", arguments + run.Out + run.Err, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fleet_is_scanned_into_one_report_and_cleared_host_after_host()
    {
        Machine.Needs("unshare");
        Machine.Needs("nsenter");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root, to make PID namespaces that stand for hosts");
        using var one = NamespaceHost.Start(ansible, "one");
        using var two = NamespaceHost.Start(ansible, "two");
        string inventory = ansible.Cli.File("inventory");
        File.WriteAllText(inventory, $"""
            {one.Inventory}
            {two.Inventory}
            away ansible_connection=local ansible_python_interpreter=/nowhere/python3

            """);
        string report = ansible.Cli.File("fleet");
        string common = $"-i {inventory} -e zombieops_executable={ZombieOpsCli.Executable} -e zombieops_min_age=0 -e zombieops_report={report}";

        // A PID namespace is not the whole host, so this is the incomplete scan as well.
        CliResult scan = ansible.Shell($"ansible-playbook zombieops.ops.fleet_scan {common}").Exits(2);
        Assert.Contains("not or not fully seen: one, two, away.", scan.Out, StringComparison.Ordinal);
        ansible.Shell($"ansible-playbook zombieops.ops.fleet_scan {common} -e zombieops_allow_incomplete=true --limit one,two").Exits(0);
        using (var document = JsonDocument.Parse(File.ReadAllText(report + ".json")))
        {
            Assert.Equal(2, document.RootElement.GetProperty("zombies").GetInt32());
            JsonElement host = document.RootElement.GetProperty("hosts").GetProperty("two");
            Assert.Equal("incomplete", host.GetProperty("status").GetString());
            Assert.Equal("ParentNotWaiting", host.GetProperty("report").GetProperty("findings")[0].GetProperty("cause").GetString());
        }

        Assert.StartsWith("2 zombies on 2 hosts; not or not fully seen: 0", File.ReadAllText(report + ".txt"), StringComparison.Ordinal);

        // The first host of the batch fails, so the second is not touched.
        string clear = $"ansible-playbook zombieops.ops.rolling_clear {common} -e zombieops_allow_incomplete=true -e zombieops_watch=0 -e zombieops_max_share=100%";
        CliResult stopped = ansible.Shell(clear + """ -e '{"zombieops_allow": ["end-parent"], "zombieops_max_count": 0}' --limit one,two""").Exits(2);
        Assert.Contains("LimitCrossed", stopped.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("[two]", stopped.Out, StringComparison.Ordinal);
        Assert.True(one.HasZombie() && two.HasZombie());

        string allowed = clear + """ -e '{"zombieops_allow": ["end-parent"]}' --limit one,two""";
        CliResult cleared = ansible.Shell(allowed).Exits(0);
        Assert.Equal(2, cleared.Out.Split("changed=1").Length - 1);
        Assert.False(one.HasZombie() || two.HasZombie());
        Assert.Equal(2, ansible.Shell(allowed).Exits(0).Out.Split("changed=0").Length - 1);
    }

    [Fact]
    public void A_sweep_is_dry_in_check_mode_clears_what_is_allowed_and_fails_with_the_error()
    {
        using var actor = Actor.Start("stopped");
        string Sweep(string allow, string executable) => string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            ansible.builtin.include_role: {name: zombieops.ops.sweep}
              vars:
                zombieops_sweep_executable: {{executable}}
                zombieops_sweep_allow: [{{allow}}]
                zombieops_sweep_options: [--where=pid={{actor.ZombiePid}}, --min-age=0, --watch=0]
            """);
        JsonElement check = ansible.Play($$$"""
            - {{{Sweep("continue", ZombieOpsCli.Executable)}}}
            - ansible.builtin.set_fact: {r_report: "{{ zombieops_sweep_report }}", r_changed: "{{ zombieops_sweep_run is changed }}"}
            """, "--check").Registered;
        Assert.True(check.GetProperty("r_changed").GetBoolean());
        Assert.True(check.GetProperty("r_report").GetProperty("dryRun").GetBoolean());
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.False(Directory.Exists(ansible.Cli.State));

        (JsonElement seen, CliResult run) = ansible.Play($$$"""
            - {{{Sweep("continue", ZombieOpsCli.Executable)}}}
            - ansible.builtin.set_fact: {r_report: "{{ zombieops_sweep_report }}", r_changed: "{{ zombieops_sweep_run is changed }}"}
            - {{{Sweep("continue", ZombieOpsCli.Executable)}}}
            - ansible.builtin.set_fact: {r_again: "{{ zombieops_sweep_run is changed }}"}
            - block:
                - {{{Sweep("bogus", ZombieOpsCli.Executable).Replace("\n", "\n    ", StringComparison.Ordinal)}}}
              rescue:
                - ansible.builtin.set_fact: {r_failed: "{{ ansible_failed_result.msg }}"}
            - block:
                - {{{Sweep("continue", "/nowhere/zombieops").Replace("\n", "\n    ", StringComparison.Ordinal)}}}
              rescue:
                - ansible.builtin.set_fact: {r_absent: "{{ ansible_failed_result.msg }}"}
            """);
        Assert.True(seen.GetProperty("r_changed").GetBoolean());
        Assert.Equal("Clean", seen.GetProperty("r_report").GetProperty("exitReason").GetString());
        Assert.Contains("1 cleared", run.Out, StringComparison.Ordinal);
        Assert.False(seen.GetProperty("r_again").GetBoolean());
        Assert.Matches("^BadArgument: .*'bogus' \\(exit code 2\\). Next: ", seen.GetProperty("r_failed").GetString());
        Assert.Matches("^NoReport: .*/nowhere/zombieops", seen.GetProperty("r_absent").GetString());
        Assert.Null(ProcFs.State(actor.ZombiePid));
    }

    /// <summary>A PID namespace that stands for a host, with a parent in it that does not wait for its child.</summary>
    private sealed class NamespaceHost : IDisposable
    {
        private readonly Process process;

        private NamespaceHost(Process process, string inventory)
        {
            this.process = process;
            Inventory = inventory;
        }

        public string Inventory { get; }

        public static NamespaceHost Start(AnsibleRun ansible, string name)
        {
            // The shell is the first process and reaps what it adopts while it waits for cat, which ends with its input.
            Process process = ansible.Cli.Start("unshare", ["--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", "sh -c '(exit 7) & exec sleep 300' & echo ready; cat"]);
            Assert.Equal("ready", process.StandardOutput.ReadLine());
            string enter = ansible.Script($"python-{name}", string.Create(
                CultureInfo.InvariantCulture, $"exec nsenter -m -t {process.Id} --pid=/proc/{process.Id}/ns/pid_for_children python3 \"$@\""));
            var host = new NamespaceHost(process, $"{name} ansible_connection=local ansible_python_interpreter={enter} zombieops_state={ansible.Cli.File("state-" + name)}");
            for (long end = Environment.TickCount64 + 10_000; !host.HasZombie() && Environment.TickCount64 < end; Thread.Sleep(10))
            {
            }

            Assert.True(host.HasZombie());
            return host;
        }

        /// <summary>Whether there is a zombie below it.</summary>
        public bool HasZombie() => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Any(pid =>
            int.TryParse(pid, CultureInfo.InvariantCulture, out int number) && ProcFs.State(number) == 'Z' && IsBelow(number));

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(10_000);
            process.Dispose();
        }

        private bool IsBelow(int pid)
        {
            try
            {
                while (pid > 1 && pid != process.Id)
                {
                    string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
                    pid = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
                }
            }
            catch (IOException)
            {
                return false;
            }

            return pid == process.Id;
        }
    }
}
