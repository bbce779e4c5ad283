using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.Docs;

namespace ZombieOps.Integration.Tests.Ansible;

/// <summary>The collection as a package: its version, its documentation, its form, its roles.</summary>
public sealed class CollectionTests
{
    private static readonly string[] Modules = ["zombie_info", "zombie_clear", "stale_exclusion_info", "stale_exclusion_clear"];
    private static readonly string[] Roles = ["install", "schedule", "sweep"];

    [Fact]
    public void Its_version_and_licence_are_the_project_s()
    {
        string version = Regex.Match(File.ReadAllText(Path.Combine(SnippetTests.Root(), "Directory.Build.props")), "<VersionPrefix>(.*)</VersionPrefix>").Groups[1].Value;
        Assert.Contains($"\nversion: {version}\n", File.ReadAllText(Path.Combine(AnsibleRun.Collection, "galaxy.yml")), StringComparison.Ordinal);
        Assert.Contains($"\n## {version} ", File.ReadAllText(Path.Combine(AnsibleRun.Collection, "CHANGELOG.md")), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(Path.Combine(SnippetTests.Root(), "LICENSE")), File.ReadAllText(Path.Combine(AnsibleRun.Collection, "LICENSE")));
    }

    [Fact]
    public void It_builds_installs_and_documents_everything()
    {
        using var ansible = new AnsibleRun();
        Machine.Needs("ansible-galaxy");
        string built = ansible.Cli.File("built");
        ansible.Shell($"ansible-galaxy collection build {AnsibleRun.Collection} --output-path {built} && ansible-galaxy collection install {built}/*.tar.gz -p {built} --offline").Exits(0);
        string names = string.Join(' ', Modules.Select(name => "zombieops.ops." + name));
        using var modules = JsonDocument.Parse(ansible.Shell($"ANSIBLE_COLLECTIONS_PATH={built} ansible-doc --json -t module {names}").Exits(0).Out);
        foreach (string name in Modules)
        {
            JsonElement page = modules.RootElement.GetProperty("zombieops.ops." + name);
            Assert.StartsWith(built, page.GetProperty("doc").GetProperty("filename").GetString(), StringComparison.Ordinal);
            Assert.Contains("zombieops.ops." + name, page.GetProperty("examples").GetString(), StringComparison.Ordinal);
            Assert.All(page.GetProperty("doc").GetProperty("options").EnumerateObject(), option => Assert.NotEmpty(option.Value.GetProperty("description").ToString()));
            Assert.True(page.GetProperty("return").TryGetProperty("error_id", out _));
        }

        string roles = ansible.Shell($"ANSIBLE_COLLECTIONS_PATH={built} ansible-doc -t role {string.Join(' ', Roles.Select(name => "zombieops.ops." + name))}").Exits(0).Out;
        Assert.All(Roles, role => Assert.Contains($"zombieops_{role}_", roles, StringComparison.Ordinal));
    }

    [Fact]
    public void It_passes_ansible_lint()
    {
        using var ansible = new AnsibleRun();
        Machine.Needs("ansible-lint");
        Machine.Needs("git");
        // It looks at what git knows, so it gets a repository of its own.
        string copy = ansible.Cli.File("copy");
        ansible.Shell($"""
            mkdir {copy} && cp -r {AnsibleRun.Collection} {copy}/ops && cd {copy}/ops && git init -q . && git add -A && ansible-lint --offline -p
            """).Exits(0);
    }

    [Fact]
    public void A_file_with_the_checksum_is_installed_once_and_any_other_is_refused()
    {
        using var ansible = new AnsibleRun();
        // The archive of a build that is not one native file: what the executable needs lies beside it.
        string archive = ansible.Cli.File("zombieops.tar.gz");
        ansible.Shell($"cd {AppContext.BaseDirectory} && tar -czf {archive} zombieops zombieops.dll zombieops.deps.json zombieops.runtimeconfig.json ZombieOps.Core.dll System.CommandLine.dll").Exits(0);
        string plain = ansible.Script("plain", "exec \"$ZOMBIEOPS\" \"$@\"");
        string Install(string file, string directory, string register, string checksum = "", string more = "") =>
            $$$"""
            - ansible.builtin.stat: {path: {{{file}}}, checksum_algorithm: sha256}
              register: file
            - block:
                - ansible.builtin.include_role: {name: zombieops.ops.install}
                  vars:
                    zombieops_install_source: {{{file}}}
                    zombieops_install_checksum: "{{{(checksum.Length > 0 ? checksum : "sha256:{{ file.stat.checksum }}")}}}"
                    zombieops_install_bin_directory: {{{directory}}}
                    zombieops_install_archive_directory: {{{directory}}}/archives
                    {{{more}}}
              rescue:
                - ansible.builtin.set_fact: {r_{{{register}}}: "{{ ansible_failed_result.msg }}"}
            """;
        string one = ansible.Cli.File("one");
        string two = ansible.Cli.File("two");
        string three = ansible.Cli.File("three");
        foreach (string directory in (string[])[one, two, three])
        {
            Directory.CreateDirectory(directory);
        }

        string good = string.Join('\n', Install(archive, one, "archive"), Install(plain, two, "plain"), Install(plain, two, "version", more: "zombieops_install_version: 9.9.9"));
        (JsonElement first, CliResult before) = ansible.Play(string.Join('\n', good, Install(plain, three, "refused", new string('0', 64))));
        Assert.StartsWith("VersionDiffers: ", first.GetProperty("r_version").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("ChecksumDiffers: ", first.GetProperty("r_refused").GetString(), StringComparison.Ordinal);
        Assert.False(first.TryGetProperty("r_archive", out JsonElement why), why.ToString());
        Assert.Empty(Directory.EnumerateFileSystemEntries(three));
        string version = ansible.Cli.Run("--version").Exits(0).Out;
        Assert.Equal(version, ansible.Shell($"{one}/zombieops --version").Exits(0).Out);
        Assert.Equal(version, ansible.Shell($"{two}/zombieops --version").Exits(0).Out);
        Assert.DoesNotContain("changed=0", before.Out, StringComparison.Ordinal);

        // What tells the test is unchanged as well where it says the same.
        CliResult after = ansible.Play(string.Join('\n', Install(archive, one, "archive"), Install(plain, two, "plain"))).Run;
        Assert.Equal(1, Regex.Count(after.Out, "(?m)^changed: "));
    }

    [Fact]
    public void A_schedule_is_written_once_and_reads_as_it_was_meant()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root, to write files that are root's");
        using var ansible = new AnsibleRun();
        string directory = ansible.Cli.File("etc");
        Directory.CreateDirectory(directory);
        string Schedule(string kind, string ensure, string more = "") =>
            $$"""
            - ansible.builtin.include_role: {name: zombieops.ops.schedule}
              vars:
                zombieops_schedule_kind: {{kind}}
                zombieops_schedule_ensure: {{ensure}}
                zombieops_schedule_executable: {{ZombieOpsCli.Executable}}
                zombieops_schedule_start: false
                zombieops_schedule_unit_directory: {{directory}}
                zombieops_schedule_cron_directory: {{directory}}
                {{more}}
            """;
        string odd = Path.Combine(directory, "policies", "it's \"$\" 100%.yaml"), plain = Path.Combine(directory, "policies", "marks.yaml");
        string clear = $$$"""
            zombieops_schedule_policy: {schema: zombieops-policy/1, name: nightly, sources: [{source: process, allow: [continue, reap], limits: {max-share: 20%}, metrics: /var/lib/node/zombies.prom}], windows: [{from: '22:00', to: '05:00', zone: UTC}]}
                zombieops_schedule_policy_file: "{{{odd.Replace("\"", "\\\"", StringComparison.Ordinal)}}}"
            """;
        string marks = $$$"""
            zombieops_schedule_name: marks
                zombieops_schedule_policy: {schema: zombieops-policy/1, sources: [{source: search, options: {url: 'https://es.example.net:9200'}}]}
                zombieops_schedule_policy_file: {{{plain}}}
            """;
        string present = string.Join('\n', Schedule("cron", "present", clear), Schedule("systemd", "present", clear), Schedule("systemd", "present", marks));
        ansible.Play(present);
        string service = File.ReadAllText(Path.Combine(directory, "zombieops-processes.service"));
        Assert.Contains("\nCapabilityBoundingSet=CAP_SYS_PTRACE CAP_KILL\n", service, StringComparison.Ordinal);
        Assert.Contains("\nReadWritePaths=-/var/lib/node\n", service, StringComparison.Ordinal);
        Assert.Contains("\nCapabilityBoundingSet=\n", File.ReadAllText(Path.Combine(directory, "zombieops-marks.service")), StringComparison.Ordinal);
        Assert.Contains(" \"run\" \"--policy=", service, StringComparison.Ordinal);
        Assert.Contains("it's \\\"$$\\\" 100%%.yaml\"", service, StringComparison.Ordinal);

        // What is written is what the executable reads: times are text, dates dates.
        CliResult check = ansible.Cli.Run("policy", "explain", odd, "999999999").Exits(2);
        Assert.Contains("NoSuchProcess", check.Err, StringComparison.Ordinal);

        // cron(8) takes \% for a percent sign, and the shell the rest: the words have to come out as they were given.
        string line = File.ReadLines(Path.Combine(directory, "zombieops-processes")).Last();
        string command = line[line.IndexOf(ZombieOpsCli.Executable, StringComparison.Ordinal)..].Replace("\\%", "%", StringComparison.Ordinal);
        Assert.Equal(
            ["run", $"--policy={odd}", "--quiet", "--state=/var/lib/zombieops"],
            ansible.Shell("printf '%s\\n' " + command).Exits(0).Out.TrimEnd('\n').Split('\n').Skip(1));

        // One that the executable refuses is not put in the place of one that works.
        CliResult refused = ansible.Shell($"ansible-playbook {Wrong(ansible, Schedule("cron", "present", clear.Replace("continue", "bogus", StringComparison.Ordinal)))}");
        Assert.NotEqual(0, refused.Exit);
        Assert.Contains("no source has a remedy", refused.Out, StringComparison.Ordinal);
        Assert.Contains("continue", File.ReadAllText(odd), StringComparison.Ordinal);

        if (Machine.Find("systemd-analyze") is not null)
        {
            CliResult verified = ansible.Shell($"systemd-analyze verify --man=no {directory}/zombieops-processes.service {directory}/zombieops-processes.timer {directory}/zombieops-marks.service");
            Assert.DoesNotContain("zombieops-", verified.Err, StringComparison.Ordinal);
        }

        string absent = string.Join('\n', Schedule("cron", "absent", clear), Schedule("systemd", "absent", clear), Schedule("systemd", "absent", marks));
        CliResult again = ansible.Play(present).Run;
        Assert.Equal(0, Regex.Count(again.Out, "(?m)^changed: "));
        ansible.Play(absent);
        Assert.Empty(Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories));
    }

    private static string Wrong(AnsibleRun ansible, string tasks)
    {
        string play = ansible.Cli.File("wrong.yml");
        File.WriteAllText(play, "- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n    " + tasks.Replace("\n", "\n    ", StringComparison.Ordinal) + "\n");
        return play;
    }
}
