using System.CommandLine;
using ZombieOps.Sources;

namespace ZombieOps.Cli.Options;

/// <summary>
/// Which source is meant: a subcommand for each line of <see cref="SourceCatalog"/>, with the options that its registration names. The command
/// itself means the first.
/// </summary>
internal static class SourceFeature
{
    /// <summary>Gives a command its action, once for itself and once for each source.</summary>
    /// <param name="command">The command; its own options have to be recursive.</param>
    /// <param name="arguments">Arguments that the command and its subcommands take.</param>
    /// <param name="action">The action, with the source and the source's options.</param>
    /// <param name="takes">Which sources have the command; null for all. Where the first has not, one has to be named.</param>
    public static void Attach(
        Command command, IReadOnlyList<Argument> arguments, Func<ParseResult, SourceRegistration, IReadOnlyDictionary<string, string>, Task<int>> action, Func<SourceRegistration, bool>? takes = null)
    {
        foreach (SourceRegistration source in SourceCatalog.All.Where(source => takes?.Invoke(source) != false))
        {
            var options = source.Options.Select(option => new Option<string?>("--" + option.Name)
            {
                Description = option.Summary,
                HelpName = option.IsPath ? "PATH" : "VALUE",
            }).ToList();
            var sub = new Command(source.Name, source.Summary);
            Set(sub);
            command.Subcommands.Add(sub);
            if (source == SourceCatalog.All[0])
            {
                Set(command);
            }

            void Set(Command target)
            {
                foreach (Argument argument in arguments)
                {
                    target.Arguments.Add(argument);
                }

                foreach (Option<string?> option in options)
                {
                    target.Options.Add(option);
                }

                target.SetAction(result => action(result, source, Values(result)));
            }

            Dictionary<string, string> Values(ParseResult result) => options
                .Select((option, i) => (source.Options[i], value: result.GetValue(option)))
                .Where(item => item.value is not null)
                .ToDictionary(item => item.Item1.Name, item => item.Item1.IsPath ? Path.GetFullPath(item.value!) : item.value!, StringComparer.Ordinal);
        }
    }
}
