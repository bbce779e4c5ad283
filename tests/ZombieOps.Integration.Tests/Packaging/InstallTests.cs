using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.PowerShell;
using ZombieOps.Integration.Tests.Processes;

namespace ZombieOps.Integration.Tests.Packaging;

/// <summary>The Debian package, installed and removed for real by dpkg, in a root that is thrown away.</summary>
public sealed partial class InstallTests(PackedProgram packed) : IClassFixture<PackedProgram>
{
    // The runtime that the program needs here is no package of this machine.
    private string Install => $"dpkg --force-depends -i {packed.Deb} >/dev/null 2>&1 || exit 1\n";

    [Fact]
    public void It_installs_works_and_a_purge_leaves_only_the_audit_log()
    {
        CliResult result = Run(
            $"""
            rm -rf /var/lib/zombieops /etc/zombieops
            {Install}
            stat -c '%U %a' /var/lib/zombieops
            getent passwd zombieops | cut -d: -f7
            zombieops --version
            test -d /run/systemd/system && echo 'a running systemd'
            zombieops drill >/dev/null && echo drilled
            zombieops run --policy /etc/zombieops/policies/processes.yaml --quiet >/dev/null
            mkdir -p /var/lib/zombieops/audit
            echo line >/var/lib/zombieops/audit/audit-000000000001.jsonl
            touch /etc/zombieops/stop
            dpkg --purge zombieops >purged 2>&1 || cat purged
            grep -o 'audit log is kept in [^;]*' purged
            find /var/lib/zombieops -printf '%u %p\n' | sort
            ls -d /etc/zombieops /usr/bin/zombieops /lib/systemd/system/zombieops* 2>/dev/null
            getent passwd zombieops; getent group zombieops
            echo end
            """);
        Assert.Equal(
            [
                "zombieops 755", "/usr/sbin/nologin", PackedProgram.Version, "drilled", "audit log is kept in /var/lib/zombieops/audit",
                "root /var/lib/zombieops", "root /var/lib/zombieops/audit", "root /var/lib/zombieops/audit/audit-000000000001.jsonl", "end",
            ],
            result.Exits(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line != "a running systemd"));
    }

    [Fact]
    public void A_purge_without_an_audit_log_leaves_nothing_and_a_new_install_goes_on_with_one_that_was_left()
    {
        CliResult result = Run(
            $"""
            rm -rf /var/lib/zombieops /etc/zombieops
            {Install}
            zombieops run --policy /etc/zombieops/policies/processes.yaml --quiet >/dev/null
            dpkg --purge zombieops >/dev/null 2>&1
            ls -d /var/lib/zombieops 2>/dev/null
            mkdir -p /var/lib/zombieops/audit
            touch /var/lib/zombieops/audit/head
            {Install}
            stat -c %U /var/lib/zombieops/audit/head
            """);
        Assert.Equal("zombieops\n", result.Exits(0).Out);
    }

    [Fact]
    public void What_an_administrator_wrote_into_etc_outlives_an_upgrade()
    {
        CliResult result = Run(
            $"""
            rm -rf /var/lib/zombieops /etc/zombieops
            {Install}
            echo 'my-database*' >>/etc/zombieops/protected-names
            {Install}
            zombieops protected | grep -c my-database
            """);
        Assert.Equal("1\n", result.Exits(0).Out);
    }

    [Fact]
    public void The_cron_job_finds_a_real_zombie_from_the_bare_environment_of_cron()
    {
        Match job = CronLine().Match(File.ReadAllText(Path.Combine(ModuleStage.Repository, "deploy", "cron.d", "zombieops")));
        Assert.Equal("root", job.Groups["user"].Value);
        using var parent = RealProcess.ParentThatNeverWaits();
        int zombie = parent.ZombieChildren()[0];
        CliResult result = Run(
            $"""
            rm -rf /var/lib/zombieops /etc/zombieops
            {Install}
            env -i HOME=/root LOGNAME=root SHELL=/bin/sh PATH=/usr/bin:/bin DOTNET_ROOT="$DOTNET_ROOT" /bin/sh -c '{job.Groups["command"].Value}' </dev/null >said 2>&1
            echo "exit $?"
            grep '^zombieops_scan_complete' /var/lib/zombieops/metrics/process.prom
            grep -c '"{zombie}' /var/lib/zombieops/ledger/process.json || grep -o 'process:[^"]*' /var/lib/zombieops/ledger/process.json
            cat said
            """);
        string[] lines = result.Out.Split('\n');
        Assert.True(lines[0] is "exit 0" or "exit 1", result.Out + result.Err);
        Assert.Equal("zombieops_scan_complete{source=\"process\"} 1", lines[1]);
        Assert.Contains(zombie.ToString(System.Globalization.CultureInfo.InvariantCulture), result.Out, StringComparison.Ordinal);
    }

    /// <summary>Debian's cron, in the foreground in a root of its own, with the shipped file and another one: every minute in place of every ten.</summary>
    [Fact]
    public void The_real_cron_daemon_runs_the_policy_twice_at_once_and_a_real_zombie_is_cleared_once()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/cron"), "cron (Debian's)");
        using var actor = Actor.Start("stopped");
        CliResult result = Run(
            $$"""
            rm -rf /var/lib/zombieops /etc/zombieops /etc/crontab /etc/cron.d /var/spool/cron/crontabs/* /run/crond.*
            {{Install}}
            cat >/etc/zombieops/policies/processes.yaml <<'POLICY'
            schema: zombieops-policy/1
            name: by cron
            state: /var/lib/zombieops
            sources:
              - source: process
                where: {pid: {{actor.ZombiePid}}}
                allow: [continue]
                limits: {min-age: 0, max-share: 100%, watch: 2s}
            POLICY
            mkdir /etc/cron.d
            (echo "DOTNET_ROOT=$DOTNET_ROOT"; sed 's|^\*/10|*|; s|--quiet|--quiet >>/tmp/said 2>\&1; echo $? >>/tmp/ended|' /usr/share/doc/zombieops/examples/cron.d/zombieops) >/etc/cron.d/zombieops
            cp /etc/cron.d/zombieops /etc/cron.d/again
            chmod 644 /etc/cron.d/*
            /usr/sbin/cron -f &
            cron=$!
            for i in $(seq 300); do
                [ "$(grep -c . /tmp/ended 2>/dev/null)" = 2 ] && break
                sleep 0.5
            done
            kill $cron; wait $cron
            sort /tmp/ended | tr '\n' ' '; echo
            cat /tmp/said
            zombieops audit verify >/dev/null && echo verifies
            zombieops audit show --output ndjson | grep -c '"kind":"Intent"'
            zombieops status --policy /etc/zombieops/policies/processes.yaml
            echo "status $?"
            """);
        Assert.Null(ProcFs.State(actor.ZombiePid));
        string[] lines = result.Out.Split('\n');
        // The second one came while the first kept its watch, or after it was done.
        Assert.True(lines[0] is "0 3 " or "0 0 ", result.Out + result.Err);
        Assert.True(lines[0] == "0 0 " || result.Out.Contains("SweepBusy", StringComparison.Ordinal), result.Out);
        Assert.Contains("verifies\n1\nOK: process", result.Out, StringComparison.Ordinal);
        Assert.Contains("status 0", lines);
    }

    [Fact]
    public void Systemd_accepts_the_units()
    {
        Machine.Needs("systemd-analyze");
        CliResult result = Run($"{Install} systemd-analyze verify zombieops@processes.service zombieops@processes.timer zombieops@es-logs.service zombieops@es-logs.timer 2>&1");
        Assert.Equal("", result.Exits(0).Out);
    }

    /// <summary>systemd's own mark for how much of the system a unit reaches: 10 is unconfined, 2 and less is "OK", the best that it gives.</summary>
    [Fact]
    public void Systemd_finds_the_units_well_confined_with_and_without_what_clearing_needs()
    {
        Machine.Needs("systemd-analyze");
        CliResult result = Run(
            $"""
            {Install}
            systemd-analyze security --offline=true --no-pager --threshold=20 zombieops@es-logs.service >one 2>&1 || cat one
            mkdir -p /etc/systemd/system/zombieops@processes.service.d
            cp /usr/share/doc/zombieops/examples/clear-processes.conf /etc/systemd/system/zombieops@processes.service.d/
            systemd-analyze verify zombieops@processes.service 2>&1
            systemd-analyze security --offline=true --no-pager --threshold=22 zombieops@processes.service >two 2>&1 || cat two
            """);
        Assert.Equal("", result.Exits(0).Out);
    }

    [Fact]
    public void With_the_two_capabilities_of_the_unit_another_user_clears_what_without_them_it_may_not()
    {
        using var cli = new ZombieOpsCli();
        string state = Sandbox.NobodysState(cli);
        // In a session of its own: within one, everybody may send SIGCONT (kill(2)).
        using RealProcess parent = RealProcess.Start(Machine.Needs("setsid"), "/bin/sh", "-c", "sleep 0.3 & kill -STOP $$; wait; exec sleep 60");
        int zombie = parent.ZombieChildren()[0];
        string policy = cli.File("policy.yaml");
        File.WriteAllText(policy, $"schema: zombieops-policy/1\nsources:\n  - {{source: process, where: {{pid: {zombie}}}, allow: [continue], limits: {{min-age: 0, watch: 0, max-share: 100%}}}}\n");
        string sweep = $"$ZOMBIEOPS run --policy {policy} --state {state}";
        CliResult without = cli.Shell($"{Sandbox.AsNobody} --bounding-set -all {sweep}");
        Assert.NotEqual(0, without.Exit);
        Assert.Contains(zombie, RealProcess.Children(parent.Pid, 'Z'));

        const string Two = "-all,+kill,+sys_ptrace";
        cli.Shell($"{Sandbox.AsNobody} --inh-caps {Two} --ambient-caps {Two} --bounding-set {Two} {sweep}").Exits(0);
        Assert.DoesNotContain(zombie, RealProcess.Children(parent.Pid, 'Z'));
    }

    private CliResult Run(string script) => ThrowAwayRoot.Run(packed, "cd \"$(mktemp -d)\"\n" + script, Path.GetDirectoryName(packed.Deb)!);

    [GeneratedRegex(@"^\S+ \S+ \S+ \S+ \S+ (?<user>\S+) (?<command>.+)$", RegexOptions.Multiline | RegexOptions.RightToLeft)]
    private static partial Regex CronLine();
}
