using System.CommandLine;

namespace ZombieOps.Cli.Options;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>A table for a person.</summary>
    Table,

    /// <summary>The table with more columns.</summary>
    Wide,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>A JSON object a line, the last one the summary.</summary>
    Ndjson,
}

/// <summary>The option <c>--output</c>.</summary>
internal sealed class OutputFeature
{
    private readonly Option<string> output;

    /// <summary>Adds the option to a command and what is below it.</summary>
    public OutputFeature(Command command, params OutputFormat[] formats)
    {
        string[] names = [.. formats.Select(format => Text.Names.ToKebab(format.ToString()))];
        output = new Option<string>("--output", "-o")
        {
            Description = $"Format: {string.Join(", ", names)}",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => names[0],
            Recursive = true,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!names.Contains(text, StringComparer.Ordinal))
                {
                    result.AddError($"'{text}' is no format for --output: use {string.Join(", ", names)}");
                }

                return text;
            },
        };
        output.CompletionSources.Add(names);
        command.Options.Add(output);
    }

    /// <summary>The format that was asked for.</summary>
    public OutputFormat Read(ParseResult result) => Enum.Parse<OutputFormat>(result.GetValue(output)!, ignoreCase: true);
}
