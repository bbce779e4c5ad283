using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Integration.Tests.Cli;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>The files that the docs show, given to the program that reads them.</summary>
public sealed partial class DocFileTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    public static TheoryData<string> Policies() => Blocks(IsPolicy);

    public static TheoryData<string> Exemptions() => Blocks(IsExemption);

    /// <summary>Whether a test of this class reads the block.</summary>
    internal static bool Runs(DocBlock block) => IsPolicy(block) || IsExemption(block);

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_policy_of_the_docs_passes_its_check(string where)
    {
        DocBlock block = At(where);
        string file = cli.File("policy.yaml");
        File.WriteAllText(file, block.Text);
        Assert.Contains("0 errors", cli.Run("policy", "check", file).Exits(0).Out, StringComparison.Ordinal);
        // What the same page shows of single keys is part of it.
        foreach (DocBlock part in DocBlock.All().Where(other => other.Page == block.Page && block.Page == "docs/policy.md" && other.Language == "yaml" && !IsPolicy(other)))
        {
            File.WriteAllText(file, block.Text + part.Text);
            Assert.Contains("0 errors", cli.Run("policy", "check", file).Exits(0).Out, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Exemptions))]
    public void An_exemption_of_the_docs_is_read_and_applies(string where)
    {
        File.WriteAllText(Path.Combine(cli.Config, "exemptions.json"), At(where).Text);
        CliResult scan = cli.Run("scan");
        Assert.InRange(scan.Exit, 0, 3);
        Assert.DoesNotContain("error ", scan.Err, StringComparison.Ordinal);
        // The only thing to say of it is that nothing of the kind is on this host.
        Assert.DoesNotContain("does not apply", scan.Err, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_of_the_CronJob_is_one_that_the_program_takes()
    {
        DocBlock job = Assert.Single(DocBlock.All(), block => block.Page == "docs/sweep.md" && block.Text.Contains("kind: CronJob", StringComparison.Ordinal));
        string[] command = [.. Command().Match(job.Text).Groups["words"].Value.Split(',', StringSplitOptions.TrimEntries).Select(word => word.Trim('"'))];
        Assert.Equal("zombieops", command[0]);
        // Nobody listens there: what is wrong with the command line is told before anybody is asked.
        DocBlock policy = Assert.Single(DocBlock.All(), block => block.Page == "docs/sweep.md" && IsPolicy(block));
        File.WriteAllText(cli.File("policy.yaml"), policy.Text.Replace("https://es:9200", "http://127.0.0.1:9", StringComparison.Ordinal).Replace("/state", cli.State, StringComparison.Ordinal));
        string[] words = [.. command.Skip(1).Select(word => word.Replace("/policy/policy.yaml", cli.File("policy.yaml"), StringComparison.Ordinal))];
        CliResult run = cli.Run(words);
        Assert.Equal(3, run.Exit);
        Assert.Contains("127.0.0.1:9", run.Out + run.Err, StringComparison.Ordinal);
    }

    private static bool IsPolicy(DocBlock block) => block.Language == "yaml" && (block.Text.StartsWith("schema: zombieops-policy/", StringComparison.Ordinal) || block.Text.Contains("\nschema: zombieops-policy/", StringComparison.Ordinal));

    private static bool IsExemption(DocBlock block) => block.Language == "json" && block.Text.Contains("\"exemptions\"", StringComparison.Ordinal);

    private static DocBlock At(string where) => DocBlock.All().First(block => block.Where == where);

    private static TheoryData<string> Blocks(Func<DocBlock, bool> which) => [.. DocBlock.All().Where(which).Select(block => block.Where)];

    [GeneratedRegex(@"command: \[(?<words>[^\]]*)\]")]
    private static partial Regex Command();
}
