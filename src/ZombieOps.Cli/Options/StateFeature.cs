using System.CommandLine;

namespace ZombieOps.Cli.Options;

/// <summary>Where the tool keeps and finds its files.</summary>
internal sealed class StateFeature
{
    private readonly Option<string?> state = Typed.FilePath("--state", "Directory of ledger and audit log", "DIR");
    private readonly Option<string?> exemptions = Typed.FilePath("--exemptions", "Exemption file to use instead of the configured one");

    /// <summary>Adds the options to a command and what is below it.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withExemptions">Whether the command looks at exemptions.</param>
    public StateFeature(Command command, bool withExemptions = true)
    {
        // What it is to somebody who sweeps from cron: the place where first sights are kept.
        state.Aliases.Add("--ledger");
        command.Options.Add(state);
        state.Recursive = true;
        if (withExemptions)
        {
            command.Options.Add(exemptions);
            exemptions.Recursive = true;
        }
    }

    /// <summary>Surroundings for an engine.</summary>
    public EngineOptions Read(ParseResult result)
    {
        EngineOptions options = EngineOptions.FromEnvironment();
        return options with
        {
            StateDirectory = result.GetResult(state) is null ? options.StateDirectory : Path.GetFullPath(result.GetValue(state)!),
            ExemptionsFile = result.GetResult(exemptions) is null ? options.ExemptionsFile : Path.GetFullPath(result.GetValue(exemptions)!),
        };
    }
}
