using System.Reflection;
using Xunit;
using ZombieOps.Integration.Tests.PowerShell;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>
/// No command gets into README.md or the docs without a test that runs it. What to do when this fails: see <see cref="DocTable"/>. In short, a block
/// says its language (<c>sh</c>, <c>console</c> for commands behind <c>$ </c> with what they print, <c>text</c> for what is no command), and what cannot be run
/// as it stands gets one line in the table.
/// </summary>
public sealed class DocBlockTests
{
    private static readonly string[] Languages = ["sh", "bash", "console", "powershell", "crontab", "text", "yaml", "json", "c", "python", "javascript", "go", "java", "dockerfile", "ini"];

    [Fact]
    public void Every_block_is_run_or_named_with_its_test_or_the_reason()
    {
        var wrong = new List<string>();
        int run = 0, named = 0, skipped = 0, snippets = 0;
        IReadOnlyList<DocBlock> blocks = DocBlock.All();
        foreach (DocBlock block in blocks)
        {
            if (!Languages.Contains(block.Language))
            {
                wrong.Add($"{block.Where}: say which language: one of {string.Join(", ", Languages)}");
            }
            else if (block.Snippet)
            {
                snippets++;
            }
            else if (block.HasCommands)
            {
                IReadOnlyList<DocCommand> commands = block.Commands();
                if (commands.Count == 0)
                {
                    wrong.Add($"{block.Where}: there is no command in it: is it 'text'?");
                }

                foreach (DocCommand command in commands)
                {
                    DocEntry? entry = DocTable.For(block.Page, command.Text);
                    run += entry is null or { IsRun: true } ? 1 : 0;
                    named += entry?.Test is not null ? 1 : 0;
                    skipped += entry?.Because is not null ? 1 : 0;
                    if (entry is null && DocTable.Unknown(command) is { } program)
                    {
                        wrong.Add($"{block.Where}: '{command.Text}': '{program}' is not among DocTable.Harmless: add it there, or an entry");
                    }
                }
            }
            else if (block.Language == "text")
            {
                if (block.Lines.FirstOrDefault(line => line.StartsWith("zombieops ", StringComparison.Ordinal) || line.StartsWith("$ ", StringComparison.Ordinal)) is { } command
                    && DocTable.For(block.Page, block.Lines[0]) is null)
                {
                    wrong.Add($"{block.Where}: '{command}' is a command and the block is 'text'");
                }
            }
            else if (DocFileTests.Runs(block))
            {
                run++;
            }
            else if (DocTable.For(block.Page, block.Lines[0]) is { } entry)
            {
                named += entry.Test is not null ? 1 : 0;
                skipped += entry.Because is not null ? 1 : 0;
            }
            else
            {
                wrong.Add($"{block.Where}: no test reads this block of {block.Language}, and DocTable has no entry that begins with '{block.Lines[0]}'");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{blocks.Count} blocks, {snippets} of them programs of SnippetTests; commands and files: {run} run, {named} run by another test, {skipped} skipped with a reason");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(run > 60 && snippets > 20, $"{run} run, {snippets} snippets: the blocks are not found any more");
    }

    [Fact]
    public void Every_entry_of_the_table_fits_a_command_and_names_a_test_that_there_is()
    {
        IReadOnlyList<DocBlock> blocks = DocBlock.All();
        HashSet<DocEntry> used = [.. blocks.SelectMany(Texts).Select(text => DocTable.For(text.Page, text.Text)).OfType<DocEntry>()];
        Assert.Empty(DocTable.Entries.Where(entry => !used.Contains(entry)).Select(entry => $"{entry.Page}: '{entry.Starts}' stands there no more"));
        foreach (DocEntry entry in DocTable.Entries.Where(entry => entry.Test is not null))
        {
            if (entry.Class is null)
            {
                Assert.Contains(entry.Test!, File.ReadAllText(Path.Combine(ModuleStage.Repository, entry.File!)), StringComparison.Ordinal);
                continue;
            }

            MethodInfo? method = entry.Class.GetMethod(entry.Test!);
            Assert.True(method?.GetCustomAttributes().Any(attribute => attribute is FactAttribute or TheoryAttribute) == true, $"{entry.Class.Name}.{entry.Test} is no test");
        }
    }

    private static IEnumerable<(string Page, string Text)> Texts(DocBlock block) =>
        block.HasCommands ? block.Commands().Select(command => (block.Page, command.Text)) : block.Lines.Take(1).Select(line => (block.Page, line));
}
