using System.Text.RegularExpressions;
using Xunit;

namespace ZombieOps.Integration.Tests.Cli;

public sealed partial class ManPageTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void The_manual_page_has_every_command_option_and_example_that_help_shows()
    {
        string page = Plain(cli.Run("man").Exits(0).Out);
        int commands = 0, options = 0;
        Check("");
        Assert.True(commands > 20 && options > 100, $"{commands} commands and {options} options were looked for");

        void Check(string path)
        {
            string help = cli.Run([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Exits(0).Out;
            commands++;
            if (path.Length > 0)
            {
                Assert.Contains($"zombieops {path}", page, StringComparison.Ordinal);
            }

            foreach (string line in Lines(help, "Options:"))
            {
                options++;
                string[] parts = Columns().Split(line);
                Assert.All(parts[0].Split(' ', ',').Where(word => word.StartsWith('-')), name => Assert.Contains(name, page, StringComparison.Ordinal));
                Assert.Contains(Default().Replace(parts[1], ""), page, StringComparison.Ordinal);
            }

            // A command without examples of its own shows those of the command above it.
            Assert.All(Lines(help, "Examples:"), example => Assert.Contains(example, page, StringComparison.Ordinal));
            foreach (string line in Lines(help, "Commands:"))
            {
                Check($"{path} {line.Split(' ')[0]}".Trim());
            }
        }
    }

    [Fact]
    public void The_manual_page_has_the_version_and_the_date_that_it_is_given()
    {
        string version = cli.Run("--version").Exits(0).Out.Trim();
        Assert.StartsWith($".TH ZOMBIEOPS 1 \"2027-03-31\" \"zombieops {version}\" ", cli.Run("man", "--date", "2027-03-31").Exits(0).Out, StringComparison.Ordinal);
        cli.Run("man", "--date", "31.3.2027").Fails(2, "BadArgument");
    }

    [Theory]
    [InlineData("mandoc", "mandoc -T lint -W warning")]
    [InlineData("groff", "groff -man -ww -z -Tutf8")]
    public void The_manual_page_is_accepted_by_those_who_show_it(string program, string check)
    {
        Machine.Needs(program);
        CliResult result = cli.Shell($"$ZOMBIEOPS man --date 2026-01-31 > page.1 && {check} page.1").Exits(0);
        Assert.Equal("", result.Out + result.Err);
    }

    [Fact]
    public void The_command_that_makes_it_is_not_shown() => Assert.DoesNotContain(" man ", cli.Run("--help").Exits(0).Out, StringComparison.Ordinal);

    /// <summary>The page without its formatting, as somebody reads it.</summary>
    private static string Plain(string page) => Character().Replace(Font().Replace(page, ""), match => ((char)Convert.ToInt32(match.Groups[1].Value, 16)).ToString())
        .Replace("\\-", "-", StringComparison.Ordinal)
        .Replace("\\(aq", "'", StringComparison.Ordinal)
        .Replace("\\(dq", "\"", StringComparison.Ordinal)
        .Replace("\\(ga", "`", StringComparison.Ordinal)
        .Replace("\\(ha", "^", StringComparison.Ordinal)
        .Replace("\\(ti", "~", StringComparison.Ordinal)
        .Replace("\\e", "\\", StringComparison.Ordinal);

    private static IEnumerable<string> Lines(string help, string heading) => help.Split('\n')
        .SkipWhile(line => line != heading)
        .Skip(1)
        .TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal))
        .Select(line => line.Trim());

    [GeneratedRegex(" {2,}")]
    private static partial Regex Columns();

    [GeneratedRegex(@" ?\[default: [^\]]*\]$")]
    private static partial Regex Default();

    [GeneratedRegex(@"\\\[u([0-9A-F]{4})\]")]
    private static partial Regex Character();

    [GeneratedRegex(@"\\f[BIR]|\\&")]
    private static partial Regex Font();
}
