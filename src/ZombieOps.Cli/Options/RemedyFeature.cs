using System.CommandLine;
using ZombieOps.Sources;
using ZombieOps.Text;

namespace ZombieOps.Cli.Options;

/// <summary>The remedies that a user names.</summary>
internal sealed class RemedyFeature
{
    private readonly Option<string[]> allow = Typed.List("--allow", "Remedies that may run, such as reap,end-parent", "REMEDY,...");

    /// <summary>Adds the option to a command and what is below it.</summary>
    public RemedyFeature(Command command)
    {
        allow.Aliases.Add("--remedy");
        allow.Recursive = true;
        allow.CompletionSources.Add([.. SourceCatalog.All.SelectMany(source => source.Remedies).Where(info => info.MustBeNamed).Select(info => Names.ToKebab(info.Code)).Distinct()]);
        command.Options.Add(allow);
    }

    /// <summary>Their codes. The engine refuses what its source does not have.</summary>
    public IReadOnlySet<string> Read(ParseResult result) => result.GetValue(allow)!.Select(Names.ToPascal).ToHashSet(StringComparer.Ordinal);
}
