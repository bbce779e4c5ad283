using System.Text.Json;
using Xunit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.Docs;

namespace ZombieOps.Integration.Tests.Ansible;

/// <summary>The collection of this repository, run by the machine's own Ansible on what the tests make. Skips by name where there is none.</summary>
internal sealed class AnsibleRun : IDisposable
{
    public AnsibleRun()
    {
        Machine.Needs("ansible-playbook");
        string collections = Path.Combine(Home, "ansible_collections", "zombieops");
        Directory.CreateDirectory(collections);
        Directory.CreateSymbolicLink(Path.Combine(collections, "ops"), Collection);
        File.WriteAllText(Path.Combine(Home, "ansible.cfg"), $"""
            [defaults]
            collections_path = {Home}
            local_tmp = {Home}/local
            remote_tmp = {Home}/remote
            localhost_warning = false
            interpreter_python = auto_silent
            retry_files_enabled = false
            nocows = true

            """);
    }

    /// <summary>Source of the collection.</summary>
    public static string Collection { get; } = Path.Combine(SnippetTests.Root(), "ansible");

    /// <summary>State, configuration and the executable of this test.</summary>
    public ZombieOpsCli Cli { get; } = new();

    private string Home => Path.GetDirectoryName(Cli.State)!;

    /// <summary>Runs a shell command with Ansible set up.</summary>
    public CliResult Shell(string command) =>
        Cli.Shell($"export ANSIBLE_CONFIG={Home}/ansible.cfg ANSIBLE_HOME={Home}/ansible ANSIBLE_NOCOLOR=1 LC_ALL=C.UTF-8; {command}");

    /// <summary>Runs tasks against localhost and gives what they registered, and the run.</summary>
    /// <param name="tasks">YAML of a list of tasks, not indented.</param>
    /// <param name="arguments">Further words for ansible-playbook.</param>
    public (JsonElement Registered, CliResult Run) Play(string tasks, string arguments = "")
    {
        string play = Cli.File("play.yml");
        string answer = Cli.File("registered.json");
        File.WriteAllText(play, $$$"""
            - hosts: localhost
              connection: local
              gather_facts: false
              vars:
                ansible_python_interpreter: "{{ ansible_playbook_python }}"
              module_defaults:
                group/zombieops.ops.all:
                  executable: {{{ZombieOpsCli.Executable}}}
                group/zombieops.ops.process:
                  executable: {{{ZombieOpsCli.Executable}}}
                  min_age: "0"
              tasks:
            {{{Indented(tasks)}}}
                - name: Tell the test
                  ansible.builtin.copy:
                    content: "{{ vars | dict2items | selectattr('key', 'match', 'r_') | items2dict | to_json }}"
                    dest: {{{answer}}}
                  check_mode: false
                  no_log: true
                  diff: false

            """);
        CliResult run = Shell($"ansible-playbook -i localhost, {play} {arguments}").Exits(0);
        using var document = JsonDocument.Parse(File.ReadAllText(answer));
        return (document.RootElement.Clone(), run);
    }

    /// <summary>A program for the test, in a file of its own.</summary>
    public string Script(string name, string body)
    {
        string path = Cli.File(name);
        File.WriteAllText(path, "#!/bin/sh\n" + body + "\n");
        Cli.Shell($"chmod 755 {path}").Exits(0);
        return path;
    }

    public void Dispose() => Cli.Dispose();

    private static string Indented(string tasks) => string.Join('\n', tasks.TrimEnd().Split('\n').Select(line => "    " + line));
}
