using System.Text.RegularExpressions;
using ZombieOps.Integration.Tests.Ansible;
using ZombieOps.Integration.Tests.Kubernetes;
using ZombieOps.Integration.Tests.Packaging;
using ZombieOps.Integration.Tests.Sweeping;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>
/// What is not run as it stands in the docs. A new command needs no entry where it is a <c>zombieops</c> or PowerShell command, or one of
/// <see cref="Harmless"/>: <see cref="DocCommandTests"/> runs it on real zombies, <see cref="DocClusterTests"/> on a real cluster. Otherwise it needs a line here:
/// <list type="bullet">
/// <item><c>By</c>: another test runs it;</item>
/// <item><c>Cannot</c>: nothing can, and why; counted as skipped;</item>
/// <item><c>Run</c>: it is run, with other exit codes than usual, with something made ready before, or with something else in the place of a <c>…</c>.</item>
/// </list>
/// A page and the beginning of the command are enough. An entry that fits no command any more fails the test as well.
/// </summary>
internal static partial class DocTable
{
    /// <summary>Programs that change nothing outside of the sandbox, where all paths are rewritten.</summary>
    public static readonly string[] Harmless = ["zombieops", "touch", "rm", "echo", "cat", "printf", "curl", "eval", "cd", "export", "dmesg", "findmnt", "ls", "test", "jq", "mkdir", "sha256sum"];

    public static readonly IReadOnlyList<DocEntry> Entries =
    [
        Cannot("README.md", "dotnet test", "it is what runs this test"),
        By("README.md", "dotnet run --project src/ZombieOps.Cli -c Release -- drill", typeof(Drill.DrillTests), nameof(Drill.DrillTests.A_drill_shows_every_cause_clears_what_may_be_cleared_and_leaves_nothing_behind)),
        Run("README.md", "zombieops scan search", instead: "zombieops scan search --url https://es:9200 --user ops --password-file f --kube-file objects.json"),
        Run("README.md", "zombieops undo search 42", instead: "zombieops undo search 42 --url https://es:9200 --despite relocation,disk --yes", exits: [0]),
        Cannot("README.md", "dotnet publish", "it compiles for minutes; .ci/run and build.ps1 -Task Pack do it"),
        Cannot("README.md", "sudo install", "it writes to /usr/local"),
        Cannot("README.md", "./build.ps1 -Task Build", "it builds; the module of these tests is made by the same steps"),
        Run("README.md", "Get-StaleExclusion -Uri $u -KubeContext prod", instead: "Get-StaleExclusion -Uri $u -KubeFile objects.json | Where-Object Verdict -eq Zombie | Clear-ZombieState -Remedy RemoveEntry -WhatIf"),

        By("docs/install.md", "sha256sum -c", typeof(InstallDocTests), nameof(InstallDocTests.The_checksums_and_the_archive_are_as_the_page_says)),
        Cannot("docs/install.md", "sudo apt install", "apt wants the network; InstallTests installs the package with dpkg"),
        By("docs/install.md", "zombieops drill", typeof(Drill.DrillTests), nameof(Drill.DrillTests.A_drill_shows_every_cause_clears_what_may_be_cleared_and_leaves_nothing_behind)),
        By("docs/install.md", "man zombieops", typeof(Cli.ManPageTests), nameof(Cli.ManPageTests.The_manual_page_is_accepted_by_those_who_show_it)),
        By("docs/install.md", "tar -xzf", typeof(InstallDocTests), nameof(InstallDocTests.The_checksums_and_the_archive_are_as_the_page_says)),
        By("docs/install.md", "cd zombieops-", typeof(InstallDocTests), nameof(InstallDocTests.The_checksums_and_the_archive_are_as_the_page_says)),
        By("docs/install.md", "sudo install -m 755 zombieops", typeof(InstallDocTests), nameof(InstallDocTests.The_checksums_and_the_archive_are_as_the_page_says)),
        By("docs/install.md", "sudo install -D -m 644 man", typeof(InstallDocTests), nameof(InstallDocTests.The_checksums_and_the_archive_are_as_the_page_says)),
        By("docs/install.md", "zombieops completion fish | source", typeof(PackageTests), nameof(PackageTests.Each_shell_reads_its_completion)),
        By("docs/install.md", "Register-PSResourceRepository", typeof(ModulePackageTests), nameof(ModulePackageTests.It_installs_from_a_folder_into_a_clean_pwsh_and_works_with_another_YamlDotNet_loaded_first)),
        By("docs/install.md", "Install-PSResource", typeof(ModulePackageTests), nameof(ModulePackageTests.It_installs_from_a_folder_into_a_clean_pwsh_and_works_with_another_YamlDotNet_loaded_first)),
        In("docs/install.md", "Get-Help Get-Zombie -Examples", "tests/Pester/Help.Tests.ps1", "has examples that PowerShell can read"),
        In("docs/install.md", "Get-Help about_ZombieOps", "tests/Pester/Help.Tests.ps1", "can be read with Get-Help"),
        Cannot("docs/install.md", "sudo systemctl enable", "it needs a running systemd; the units are verified by InstallTests.Systemd_accepts_the_units"),
        Cannot("docs/install.md", "systemctl list-timers", "it needs a running systemd"),
        Cannot("docs/install.md", "journalctl", "it needs a running systemd"),
        By("docs/install.md", "sudo install -m 644 /usr/share/doc", typeof(InstallDocTests), nameof(InstallDocTests.The_examples_of_the_package_go_where_the_page_says)),
        By("docs/install.md", "visudo -c", typeof(InstallDocTests), nameof(InstallDocTests.The_examples_of_the_package_go_where_the_page_says)),
        By("docs/install.md", "sudo install -m 440", typeof(InstallDocTests), nameof(InstallDocTests.The_examples_of_the_package_go_where_the_page_says)),
        Cannot("docs/install.md", "sudo install -D -m 644 /usr/share/doc", "it writes to /etc/systemd; PackageTests reads the file"),
        Cannot("docs/install.md", "sudo systemctl daemon-reload", "it needs a running systemd"),

        By("ansible/README.md", "ansible-galaxy collection build", typeof(CollectionTests), nameof(CollectionTests.It_builds_installs_and_documents_everything)),
        By("ansible/README.md", "ansible-galaxy collection install", typeof(CollectionTests), nameof(CollectionTests.It_builds_installs_and_documents_everything)),
        By("ansible/README.md", "ansible-doc", typeof(CollectionTests), nameof(CollectionTests.It_builds_installs_and_documents_everything)),
        By("docs/ansible.md", "- hosts: web", typeof(CollectionTests), nameof(CollectionTests.A_file_with_the_checksum_is_installed_once_and_any_other_is_refused)),
        By("docs/ansible.md", "- name: Clear what a stopped parent left", typeof(AnsibleTests), nameof(AnsibleTests.Check_mode_shows_and_changes_nothing_a_run_clears_and_a_second_run_changes_nothing)),
        By("docs/ansible.md", "- hosts: localhost", typeof(AnsibleTests), nameof(AnsibleTests.Secrets_reach_the_server_and_stand_in_no_argument_and_no_output_and_no_file_is_left)),
        By("docs/ansible.md", "ansible-playbook zombieops.ops.fleet_scan", typeof(AnsibleTests), nameof(AnsibleTests.A_fleet_is_scanned_into_one_report_and_cleared_host_after_host)),
        By("docs/ansible.md", "ansible-playbook zombieops.ops.rolling_clear", typeof(AnsibleTests), nameof(AnsibleTests.A_fleet_is_scanned_into_one_report_and_cleared_host_after_host)),

        Run("docs/audit.md", "line=$(sed", before: "cd /var/lib/zombieops/audit"),
        By("docs/audit.md", "last=$(tail", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        By("docs/audit.md", "zombieops audit verify --state \"$state\" ${last", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        By("docs/audit.md", "segment=$(ls", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        By("docs/audit.md", "anchor=$(tail", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        By("docs/audit.md", "mkdir -p \"$archive", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        By("docs/audit.md", "mv \"$segment\"", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        By("docs/audit.md", "echo \"$anchor\"", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        By("docs/audit.md", "zombieops audit verify --state \"$state\" --anchor", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        By("docs/audit.md", "zombieops audit verify --state \"$archive\"", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.The_recipe_for_archiving_a_segment_leaves_two_logs_that_are_proven)),
        Cannot("docs/audit.md", "anchor=$(journalctl", "it needs a running journald; ForwardTests reads a real one"),
        Run("docs/audit.md", "zombieops audit verify --anchor", instead: "zombieops audit verify --anchor \"$(zombieops audit anchor)\""),

        Run("docs/causes.md", "dmesg", exits: [0, 1]),
        Run("docs/causes.md", "findmnt", exits: [0, 1]),
        Run("docs/causes.md", "cat /proc/PPID/stack", exits: [0, 1]),
        Cannot("docs/causes.md", "docker run", "it needs a container engine and an image"),
        Cannot("docs/causes.md", "services:", "it is for a container engine"),
        Cannot("docs/causes.md", "# Debian, Ubuntu", "it is for a container engine"),
        Cannot("docs/causes.md", "# Alpine", "it is for a container engine"),
        Cannot("docs/causes.md", "\"linuxParameters\"", "it is for Amazon ECS"),
        Cannot("docs/causes.md", "spec:", "it is for Kubernetes with a kubelet"),
        Cannot("docs/causes.md", "/* In the tracer", "it is a part of a program"),

        By("docs/drain-marks.md", "#!/bin/sh", typeof(Search.RealOpenSearchMarkTests), nameof(Search.RealOpenSearchMarkTests.The_shell_example_of_the_docs_drains_a_node_and_ends_without_it_where_the_cluster_does_not_say)),
        Run("docs/headroom.md", "cd /sys/fs/cgroup", instead: "cd \"$(dirname \"$(find /sys/fs/cgroup -name pids.current 2>/dev/null | head -n 1)\")\"", before: "[ -n \"$(find /sys/fs/cgroup -name pids.current 2>/dev/null | head -n 1)\" ] || exit 77"),
        Run("docs/headroom.md", "echo $(( $(cat pids.current)", instead: "echo $(( $(cat pids.current) - $(cat cgroup.threads tasks 2>/dev/null | wc -l) ))"),

        Run("docs/en-US/Get-StaleExclusion.md", "Get-StaleExclusion -Uri https://es.example.net:9200 -CertFile", instead: "Get-StaleExclusion -Uri https://es.example.net:9200 -CertFile ./client.pem -KeyFile ./client.key"),
        Cannot("docs/plans.md", "{", "it is shortened; the plans of the tests have the whole"),
        By("docs/policy.md", "forward: [journald, syslog]", typeof(DocFileTests), nameof(DocFileTests.A_policy_of_the_docs_passes_its_check)),
        By("docs/policy.md", "notify:", typeof(DocFileTests), nameof(DocFileTests.A_policy_of_the_docs_passes_its_check)),
        Run("docs/policy.md", "zombieops policy check policy.yaml", before: "case \"$PRINTS\" in *raep*) sed -i -e 's/reap]/raep]/' -e 's/\\[mon,/[monday,/' policy.yaml;; esac"),
        Run("docs/remedies.md", "zombieops clear --cause parent-not-waiting --allow end-parent,kill-parent", instead: "zombieops clear --cause parent-not-waiting --allow end-parent,kill-parent --yes"),

        By("docs/search-kubernetes.md", "zombieops scan search --url http://127.0.0.161:9200 --restart-time 1m --kube-context local", typeof(RealOwnerTests), nameof(RealOwnerTests.Situation_4_killed_in_mid_drain_and_scaled_back)),
        By("docs/search-kubernetes.md", "zombieops explain search 127.0.0.163", typeof(RealOwnerTests), nameof(RealOwnerTests.Situation_4_killed_in_mid_drain_and_scaled_back)),
        By("docs/search-kubernetes.md", "kubectl get pods", typeof(RealOwnerTests), nameof(RealOwnerTests.Situation_1_idle)),
        By("docs/search-kubernetes.md", "apiVersion: rbac", typeof(RealOwnerTests), nameof(RealOwnerTests.Without_rights_everything_is_unknown_and_named)),
        In("docs/search.md", "zombieops scan search --url http://127.0.0.61:9200 --timeout 3s", "tests/ZombieOps.Core.Tests/Search/ClientTests.cs", "NoMaster, \"application/json\", ErrorIds.NoQuorum"),
        Run("docs/search-clearing.md", "zombieops clear search … --yes", instead: "zombieops clear search --url https://es:9200 --allow remove-entry --where entry=127.0.0.149 --settle 0 --watch 0 --despite disk,relocation --min-age 0 --restart-time 0 --yes", exits: [0]),

        By("docs/sweep.md", "zombieops sweep\n", typeof(SweepTests), nameof(SweepTests.Of_two_sweeps_at_once_one_works_and_the_other_says_so_and_changes_nothing)),
        By("docs/sweep.md", "groups:", typeof(SweepTests), nameof(SweepTests.The_alert_rules_of_the_docs_are_sound)),
        By("docs/sweep.md", "apiVersion: batch/v1", typeof(DocFileTests), nameof(DocFileTests.The_command_of_the_CronJob_is_one_that_the_program_takes)),
        In("docs/en-US/Clear-ZombieState.md", "Clear-ZombieState -Plan ./plan.json -RequireApproval", "tests/Pester/Clear-ZombieState.Tests.ps1", "until another person has approved them, and then acted on"),
        In("docs/en-US/Invoke-ZombiePolicy.md", "Invoke-ZombiePolicy -Path /etc/zombieops/policy.yaml -Plan", "tests/Pester/Invoke-ZombiePolicy.Tests.ps1", "refuses a plan that nobody approved"),
        In("docs/en-US/Invoke-ZombiePolicy.md", "$search = Get-Credential", "tests/Pester/Invoke-ZombiePolicy.Tests.ps1", "refuses a secret in plain text and does not repeat it"),
        By("docs/audit.md", "zombieops audit forward", typeof(global::ZombieOps.Integration.Tests.Audit.ForwardTests), nameof(global::ZombieOps.Integration.Tests.Audit.ForwardTests.A_real_journal_holds_every_record_and_the_log_can_be_made_anew_from_it)),
        By("docs/policy.md", "zombieops plan -o", typeof(Cli.ApprovalTests), nameof(Cli.ApprovalTests.A_policy_that_requires_an_approval_clears_a_real_zombie_only_by_an_approved_plan)),
        By("docs/policy.md", "zombieops plan approve", typeof(Cli.ApprovalTests), nameof(Cli.ApprovalTests.A_policy_that_requires_an_approval_clears_a_real_zombie_only_by_an_approved_plan)),
        By("docs/policy.md", "zombieops run --policy policy.yaml --plan", typeof(Cli.ApprovalTests), nameof(Cli.ApprovalTests.A_policy_that_requires_an_approval_clears_a_real_zombie_only_by_an_approved_plan)),
        Run("docs/report.md", "zombieops report", exits: [0, 1, 3]),
        Run("docs/report.md", "zombieops report --from -7d -o weekly.html --anchor", instead: "zombieops report --from -7d -o weekly.html --anchor \"$(zombieops audit anchor)\"", exits: [0, 1, 3]),
        In("docs/runbooks.md", "pwsh", "tests/Pester/Runbooks.Tests.ps1", "clears a real zombie from the bare environment of cron, and prints one line of JSON"),
        Run("docs/install.md", "zombieops policy check", exits: [0, 1]),
        Run("docs/install.md", "zombieops status", exits: [0, 3]),
        Run("README.md", "zombieops report", exits: [0, 1, 3]),
        Run("docs/status.md", "zombieops status", exits: [0, 3]),
        Run("docs/en-US/Clear-ZombieState.md", "Clear-ZombieState -Plan", before: "zombieops plan -o plan.json --allow reap"),
    ];

    // A beginning that ends with a line break is the whole of it.
    private static bool Fits(DocEntry entry, string text) => (text + "\n").StartsWith(entry.Starts, StringComparison.Ordinal);

    /// <summary>The entry for a command or for a block that holds none; null where there is none. The longest beginning wins.</summary>
    public static DocEntry? For(string page, string text) =>
        Entries.Where(entry => entry.Page == page && Fits(entry, text)).MaxBy(entry => entry.Starts.Length);

    /// <summary>
    /// Exit codes that docs/errors.md states for a command on a host with zombies: 1 where findings are left, and never 2. The output that a page shows
    /// decides where it names one.
    /// </summary>
    public static int[] Exits(DocCommand command)
    {
        if (For(command.Block.Page, command.Text)?.Exits is { } named)
        {
            return named;
        }

        if (command.Prints.Length > 0 && Ended().Match(command.Prints) is { Success: true } ended)
        {
            return [ended.Groups["code"].Value[0] - '0'];
        }

        if (Errors().Match(command.Prints) is { Success: true } errors)
        {
            return [errors.Groups["count"].Value == "0" ? 0 : 2];
        }

        return Program().Match(command.Text).Groups["verb"].Value switch
        {
            "scan" or "explain" or "clear" or "sweep" or "run" or "undo" => [0, 1],
            _ => [0],
        };
    }

    /// <summary>Whether a command is run as it stands, or as its entry says.</summary>
    public static bool IsRun(DocCommand command) => For(command.Block.Page, command.Text) is { } entry ? entry.IsRun : Unknown(command) is null;

    /// <summary>The program of a command that nobody knows to be harmless, which is not run without an entry; null where it is known.</summary>
    public static string? Unknown(DocCommand command)
    {
        if (command.Block.IsScript)
        {
            return "a script";
        }

        string first = command.Text.Split(' ')[0];
        return command.Block.Language switch
        {
            // Cmdlets of this module and those that only shape output; everything else starts something.
            "powershell" => command.Text.StartsWith("./", StringComparison.Ordinal) || first is "Register-PSResourceRepository" or "Install-PSResource" ? first : null,
            "crontab" => null,
            _ => Harmless.Contains(first) ? null : first,
        };
    }

    private static DocEntry By(string page, string starts, Type type, string test) => new(page, starts) { Class = type, Test = test };

    /// <summary>A test that is no method of this assembly: the file, and words of it.</summary>
    private static DocEntry In(string page, string starts, string file, string words) => new(page, starts) { File = file, Test = words };

    private static DocEntry Cannot(string page, string starts, string because) => new(page, starts) { Because = because };

    private static DocEntry Run(string page, string starts, int[]? exits = null, string? instead = null, string? before = null) =>
        new(page, starts) { Exits = exits, Instead = instead, Before = before };

    [GeneratedRegex(@"; exit (?<code>\d) \w+$", RegexOptions.Multiline)]
    private static partial Regex Ended();

    [GeneratedRegex(@": (?<count>\d+) errors?, \d+ warnings?$", RegexOptions.Multiline)]
    private static partial Regex Errors();

    [GeneratedRegex(@"(^|/)zombieops (?<verb>[a-z]+)")]
    private static partial Regex Program();
}
