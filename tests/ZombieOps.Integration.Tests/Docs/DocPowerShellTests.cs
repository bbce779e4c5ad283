using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.PowerShell;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>Runs every PowerShell command of README.md and the docs in a real pwsh with the built module, where any error is a failure.</summary>
public sealed partial class DocPowerShellTests
{
    [Fact]
    public void Every_PowerShell_command_of_the_docs_ends_without_an_error()
    {
        Machine.Needs("pwsh");
        using var sandbox = new DocSandbox();
        RunAll(sandbox, cluster: false);
    }

    /// <summary>Runs them in one session. Only what belongs to the sandbox is acted on.</summary>
    internal static void RunAll(DocSandbox sandbox, bool cluster)
    {
        DocCommand[] commands = [.. DocBlock.All()
            .Where(block => block.Language == "powershell" && !block.Snippet)
            .SelectMany(block => block.Commands())
            .Where(command => command.NeedsCluster == cluster && DocTable.IsRun(command))];
        Assert.NotEmpty(commands);
        var script = new StringBuilder(
            $$"""
            $ErrorActionPreference = 'Stop'
            $WarningPreference = 'SilentlyContinue'
            $env:PSModulePath = '{{ModuleStage.Root}}:' + $env:PSModulePath
            Import-Module ZombieOps
            $u = '{{sandbox.Rewrite("https://es:9200")}}'
            $credential = [pscredential]::new('ops', (ConvertTo-SecureString secret -AsPlainText -Force))
            $ours = {{string.Join(", ", sandbox.Others)}}

            """);
        for (int i = 0; i < commands.Length; i++)
        {
            DocEntry? entry = DocTable.For(commands[i].Block.Page, commands[i].Text);
            File.WriteAllText(sandbox.Below($"work/{i}.ps1"), Rewrite(sandbox, entry?.Instead ?? commands[i].Text) + "\n");
            string before = entry?.Before is { } words ? $"bash -c '{sandbox.Rewrite(words)} --where pid={sandbox.Others[1]}'; " : "";
            script.Append(CultureInfo.InvariantCulture, $"try {{ {before}& ./{i}.ps1 | Out-String | Out-Null; 'ok {i}' }} catch {{ \"{i}: $_\" }}\n");
        }

        File.WriteAllText(sandbox.Below("work/all.ps1"), script.ToString());
        CliResult result = sandbox.Exec("pwsh", "-NoProfile", "-NonInteractive", "-File", sandbox.Below("work/all.ps1"));
        string[] said = result.Out.Split('\n');
        string[] failed = [.. commands.Select((command, i) => (command, i)).Where(pair => !said.Contains($"ok {pair.i}"))
            .Select(pair => $"{pair.command.Block.Where}: {pair.command.Text}: {said.FirstOrDefault(line => line.StartsWith($"{pair.i}: ", StringComparison.Ordinal))}")];
        Assert.True(failed.Length == 0, string.Join('\n', failed) + "\n--- out\n" + result.Out + result.Err);
    }

    private static string Rewrite(DocSandbox sandbox, string text)
    {
        text = sandbox.Rewrite(text)
            .Replace("(Get-Credential)", "$credential", StringComparison.Ordinal)
            .Replace("./output/ZombieOps", $"'{ModuleStage.Module}'", StringComparison.Ordinal);
        if (text.Contains("Clear-ZombieState", StringComparison.Ordinal) && !text.Contains("-WhatIf", StringComparison.Ordinal))
        {
            // Nobody can be asked here, and the zombies of others are none of ours.
            text = text.Contains("-Confirm", StringComparison.Ordinal) ? text : text.TrimEnd('\n') + " -Confirm:$false";
            text = Pipeline().Replace(text, "${get} | Where-Object Pid -In $ours |");
        }

        return text;
    }

    [GeneratedRegex(@"(?<get>Get-Zombie[^|\n]*) \|")]
    private static partial Regex Pipeline();
}
