using Xunit;

namespace ZombieOps.Integration.Tests.Cli;

/// <summary>What a user types wrong gets one clear line, the next step and exit code 2.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData("did you mean '--output'?", "scan", "--ouput", "json")]
    [InlineData("did you mean 'clear'?", "claer")]
    [InlineData("did you mean 'verify'?", "audit", "verfy")]
    [InlineData("did you mean 'parent-not-waiting'?", "scan", "--cause", "parent-not-wating")]
    [InlineData("did you mean 'zombie'?", "scan", "--verdict", "zombi")]
    [InlineData("'5x' is no duration for --min-age", "scan", "--min-age", "5x")]
    [InlineData("'5' is no duration for --min-age", "scan", "--min-age", "5")]
    [InlineData("'xml' is no format for --output", "scan", "-o", "xml")]
    [InlineData("'150%' is no share for --max-share", "clear", "--max-share", "150%")]
    [InlineData("'-1' is no number", "clear", "--max-count=-1")]
    [InlineData("write it like container=web-*", "scan", "--where", "container")]
    [InlineData("'' is no path for --state", "scan", "--state", "")]
    [InlineData("'' is no path for --exemptions", "clear", "--dry-run", "--exemptions", "")]
    [InlineData("'' is no path for --stop-file", "clear", "--dry-run", "--stop-file", "")]
    [InlineData("see 'zombieops explain --help'", "explain")]
    [InlineData("see 'zombieops plan --help'", "plan")]
    [InlineData("has no remedy 'kill-it'", "clear", "--dry-run", "--allow", "kill-it")]
    [InlineData("never runs alone", "clear", "--dry-run", "--allow", "kill-parent")]
    [InlineData("'12:ab' is no anchor", "audit", "verify", "--anchor", "12:ab")]
    [InlineData("see 'zombieops audit --help'", "audit")]
    [InlineData("'@response' is no", "scan", "--min-age", "@response")]
    public void Wrong_usage_is_told_in_one_line_with_the_next_step(string says, params string[] args)
    {
        CliResult result = cli.Run(args).Fails(2, "BadArgument");
        Assert.Contains(says, result.Err, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public void Without_a_command_the_help_is_shown()
    {
        CliResult result = cli.Run().Exits(2);
        Assert.Contains("scan", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("scan")]
    [InlineData("scan process")]
    [InlineData("explain")]
    [InlineData("clear")]
    [InlineData("sweep")]
    [InlineData("sweep search")]
    [InlineData("run")]
    [InlineData("policy")]
    [InlineData("policy check")]
    [InlineData("policy explain")]
    [InlineData("plan")]
    [InlineData("report")]
    [InlineData("audit")]
    [InlineData("audit verify")]
    [InlineData("audit show")]
    [InlineData("audit anchor")]
    [InlineData("protected")]
    [InlineData("drill")]
    [InlineData("completion")]
    public void Help_ends_with_the_exit_codes_and_has_examples_for_each_command(string command)
    {
        CliResult result = cli.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Exits(0);
        Assert.Contains("Exit codes:\n  0  ", result.Out, StringComparison.Ordinal);
        Assert.Contains("Examples:\n  zombieops ".Replace("zombieops ", "", StringComparison.Ordinal), result.Out, StringComparison.Ordinal);
        Assert.Equal("", result.Err);
    }

    [Fact]
    public void The_version_is_that_of_the_assembly()
    {
        string version = typeof(ZombieOps.Cli.Drill.Actor).Assembly.GetName().Version!.ToString(3);
        Assert.Equal(version + "\n", cli.Run("--version").Exits(0).Out);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void A_completion_script_is_printed_for_each_shell(string shell) =>
        Assert.Contains("[suggest:", cli.Run("completion", shell).Exits(0).Out, StringComparison.Ordinal);

    [Theory]
    [InlineData("zombieops scan --ou", "--output")]
    [InlineData("zombieops sc", "scan")]
    [InlineData("zombieops scan --output nd", "ndjson")]
    [InlineData("zombieops scan --cause parent-s", "parent-stopped")]
    [InlineData("zombieops clear --allow re", "reap")]
    public void Completions_come_from_the_parser_alone(string line, string expected)
    {
        CliResult result = cli.Run($"[suggest:{line.Length}]", line).Exits(0);
        Assert.Contains(expected, result.Out.Split('\n'));
        Assert.False(Directory.Exists(cli.State));
    }

    [Fact]
    public void The_bash_script_completes_in_bash()
    {
        if (!File.Exists("/bin/bash"))
        {
            Assert.Skip("bash is not here");
        }

        string script = """
            PATH="$(dirname "$ZOMBIEOPS"):$PATH"
            eval "$(zombieops completion bash)"
            COMP_WORDS=(zombieops scan --outp); COMP_CWORD=2; COMP_LINE='zombieops scan --outp'; COMP_POINT=${#COMP_LINE}
            _zombieops
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        File.WriteAllText(cli.File("complete.sh"), script);
        Assert.Equal("--output\n", cli.Shell($"bash '{cli.File("complete.sh")}'").Exits(0).Out);
    }

    [Fact]
    public void The_protected_names_are_listed_with_where_they_come_from()
    {
        Directory.CreateDirectory(cli.Config);
        File.WriteAllText(Path.Combine(cli.Config, "protected-names"), "my-database*\n");
        string[] lines = cli.Run("protected").Exits(0).Out.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("sshd ", StringComparison.Ordinal) && line.EndsWith("built-in", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("my-database* ", StringComparison.Ordinal) && line.EndsWith("protected-names", StringComparison.Ordinal));
    }
}
