using System.Text.RegularExpressions;
using ZombieOps.Integration.Tests.PowerShell;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>A fenced block of a page.</summary>
/// <param name="Page">Path of the page below the root of the repository.</param>
/// <param name="Line">Line of its fence, from 1.</param>
/// <param name="Language">First word behind the fence; empty where there is none.</param>
/// <param name="Snippet">Whether <see cref="SnippetTests"/> runs it (<c>run=zombie</c>, <c>run=clean</c>).</param>
/// <param name="Lines">What it holds.</param>
internal sealed partial record DocBlock(string Page, int Line, string Language, bool Snippet, IReadOnlyList<string> Lines)
{
    /// <summary>Where it stands, as an editor opens it.</summary>
    public string Where => $"{Page}:{Line}";

    public string Text => string.Join('\n', Lines) + "\n";

    /// <summary>Whether it holds commands for a shell or for PowerShell.</summary>
    public bool HasCommands => Language is "sh" or "bash" or "console" or "powershell" or "crontab";

    /// <summary>A script of its own and not a list of commands.</summary>
    public bool IsScript => Lines.Count > 0 && Lines[0].StartsWith("#!", StringComparison.Ordinal);

    /// <summary>All blocks of README.md, CONTRIBUTING.md, docs and the Ansible collection's page.</summary>
    public static IReadOnlyList<DocBlock> All()
    {
        string root = ModuleStage.Repository;
        IEnumerable<string> pages = Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(root, "README.md")).Append(Path.Combine(root, "CONTRIBUTING.md")).Append(Path.Combine(root, "ansible", "README.md"));
        return [.. pages.Order(StringComparer.Ordinal).SelectMany(page => Of(Path.GetRelativePath(root, page), File.ReadAllLines(page)))];
    }

    /// <summary>The blocks of one page.</summary>
    public static IEnumerable<DocBlock> Of(string page, string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            Match fence = Fence().Match(lines[i]);
            if (!fence.Success)
            {
                continue;
            }

            int start = i++;
            var held = new List<string>();
            for (; i < lines.Length && lines[i].Trim() != fence.Groups["ticks"].Value; i++)
            {
                held.Add(lines[i].StartsWith(fence.Groups["indent"].Value, StringComparison.Ordinal) ? lines[i][fence.Groups["indent"].Length..] : lines[i]);
            }

            string[] info = fence.Groups["info"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            yield return new DocBlock(page, start + 1, info.FirstOrDefault() ?? "", info.Any(word => word.StartsWith("run=", StringComparison.Ordinal)), held);
        }
    }

    /// <summary>Its commands in order: one a line, lines that end in a backslash joined; in a <c>console</c> block those behind <c>$ </c>, with what they print.</summary>
    public IReadOnlyList<DocCommand> Commands()
    {
        if (!HasCommands)
        {
            return [];
        }

        if (IsScript || Language == "powershell")
        {
            // A statement of PowerShell may go over several lines, and what a line means depends on those before it.
            return IsScript || Lines.Any(Continues) ? [new DocCommand(this, Text.TrimEnd('\n'), "")] : Plain();
        }

        return Language == "console" ? Prompted() : Plain();
    }

    private static bool Continues(string line) => line.StartsWith(' ') || Assigns().IsMatch(line) || line.TrimEnd().EndsWith('|') || line.TrimEnd().EndsWith('`');

    private List<DocCommand> Plain()
    {
        var commands = new List<DocCommand>();
        string before = "";
        foreach (string line in Lines.Where(line => line.Length > 0 && !line.StartsWith('#')))
        {
            if (Language != "powershell" && line.EndsWith('\\'))
            {
                before += line[..^1] + " ";
                continue;
            }

            commands.Add(new DocCommand(this, before + line, ""));
            before = "";
        }

        return commands;
    }

    private List<DocCommand> Prompted()
    {
        var commands = new List<DocCommand>();
        foreach (string line in Lines)
        {
            if (line.StartsWith("$ ", StringComparison.Ordinal))
            {
                commands.Add(new DocCommand(this, line[2..], ""));
            }
            else if (commands.Count > 0)
            {
                commands[^1] = commands[^1] with { Prints = commands[^1].Prints + line + "\n" };
            }
        }

        return commands;
    }

    [GeneratedRegex(@"^\$\w+ = ")]
    private static partial Regex Assigns();

    [GeneratedRegex("^(?<indent> *)(?<ticks>```+)(?<info>[^`]*)$")]
    private static partial Regex Fence();
}

/// <summary>One command of a block.</summary>
/// <param name="Block">Where it stands.</param>
/// <param name="Text">As it stands there.</param>
/// <param name="Prints">What the page says that it prints; empty where it says nothing.</param>
internal sealed partial record DocCommand(DocBlock Block, string Text, string Prints)
{
    /// <summary>Whether it needs a search cluster.</summary>
    public bool NeedsCluster => Cluster().IsMatch(Text);

    [GeneratedRegex(@"https?://(es|127\.)|\bzombieops \w+ search\b|-KubeContext|Get-StaleExclusion")]
    private static partial Regex Cluster();
}
