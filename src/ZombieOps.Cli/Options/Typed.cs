using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ZombieOps.Text;

namespace ZombieOps.Cli.Options;

/// <summary>Options with values of their own kind.</summary>
internal static class Typed
{
    /// <summary>An option that takes a duration.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = $"{description} ({Durations.Examples})",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (Durations.TryParse(result.Tokens[0].Value, out TimeSpan duration))
            {
                return duration;
            }

            result.AddError($"'{result.Tokens[0].Value}' is no duration for {name}: write it like {Durations.Examples}");
            return null;
        },
    };

    /// <summary>An option that takes a share, as fraction or percentage.</summary>
    public static Option<double?> Share(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SHARE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            bool percent = text.EndsWith('%');
            if (double.TryParse(percent ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && (percent ? number / 100 : number) is >= 0 and <= 1 and var share)
            {
                return share;
            }

            result.AddError($"'{text}' is no share for {name}: write it like 0.25 or 25%");
            return null;
        },
    };

    /// <summary>An option that takes the path of a file or directory.</summary>
    public static Option<string?> FilePath(string name, string description, string helpName = "FILE")
    {
        var option = new Option<string?>(name) { Description = description, HelpName = helpName };
        // What a script gives when its variable is not set.
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError($"'' is no path for {name}");
            }
        });
        return option;
    }

    /// <summary>An option that takes a whole number of 0 or more.</summary>
    public static Option<int?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "NUMBER",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                return number;
            }

            result.AddError($"'{result.Tokens[0].Value}' is no number of 0 or more for {name}");
            return null;
        },
    };

    /// <summary>An option that takes names, separated by commas or given again.</summary>
    public static Option<string[]> List(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
    };
}
