using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Integration.Tests.Cli;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>Runs every command of README.md and the docs that needs no search cluster, on real zombies. See <see cref="DocTable"/> for what cannot be run.</summary>
public sealed partial class DocCommandTests
{
    public static TheoryData<string> Pages() => [.. DocBlock.All().Where(block => Commands(block, false).Count > 0).Select(block => block.Page).Distinct()];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_of_the_page_does_what_it_says(string page)
    {
        using var sandbox = new DocSandbox();
        foreach (DocBlock block in DocBlock.All().Where(block => block.Page == page))
        {
            if (Commands(block, cluster: false) is { Count: > 0 } commands)
            {
                Check(commands, sandbox.Run(commands));
            }
        }
    }

    /// <summary>The commands of a block that a shell runs here.</summary>
    internal static IReadOnlyList<DocCommand> Commands(DocBlock block, bool cluster) => block.Snippet || block.Language == "powershell"
        ? []
        : [.. block.Commands().Where(command => command.NeedsCluster == cluster && DocTable.IsRun(command))];

    /// <summary>Exit codes, and the errors that the page shows.</summary>
    internal static void Check(IReadOnlyList<DocCommand> commands, IReadOnlyList<CliResult?> results)
    {
        for (int i = 0; i < commands.Count; i++)
        {
            if (results[i] is not { } result)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"skipped: {commands[i].Block.Where}: {commands[i].Text}");
                continue;
            }

            string what = $"{commands[i].Block.Where}: {commands[i].Text}";
            int[] exits = DocTable.Exits(commands[i]);
            Assert.True(exits.Contains(result.Exit) || (result.Exit == 3 && Incomplete), $"{what}\nexit code {result.Exit} instead of {string.Join(" or ", exits)}\n--- out\n{result.Out}\n--- err\n{result.Err}");
            Assert.Equal(Errors(commands[i].Prints), Errors(result.Err));
        }

        static string[] Errors(string text) => [.. ErrorId().Matches(text).Select(match => match.Groups["id"].Value)];
    }

    /// <summary>Whether a scan cannot see all of this host, as inside of a container: then every scan says 3.</summary>
    private static bool Incomplete => InContainer.Value;

    private static readonly Lazy<bool> InContainer = new(() =>
    {
        using var cli = new ZombieOpsCli();
        return cli.Run("scan").Exit == 3;
    });

    [GeneratedRegex(@"^zombieops: error (?<id>\w+):", RegexOptions.Multiline)]
    private static partial Regex ErrorId();
}
