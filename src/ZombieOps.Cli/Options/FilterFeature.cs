using System.CommandLine;
using ZombieOps.Cli.Hosting;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Text;

namespace ZombieOps.Cli.Options;

/// <summary>Which findings are meant. Each option takes several values; a finding has to fit one of each option that is given.</summary>
internal sealed class FilterFeature
{
    private readonly Option<string[]> cause = Typed.List("--cause", "Causes, such as parent-not-waiting", "CAUSE,...");
    private readonly Option<string[]> verdict = Typed.List("--verdict", "Verdicts: zombie, protected, report-only, unknown", "VERDICT,...");
    private readonly Option<string[]> id = Typed.List("--id", "Identities, as JSON output shows them", "ID,...");
    private readonly Option<string[]> where = Typed.List("--where", "Any other fact, such as container=web-*", "NAME=GLOB,...");
    private readonly Option<string[]>[] globs =
    [
        Typed.List("--user", "User names", "GLOB,..."),
        Typed.List("--command", "Command names", "GLOB,..."),
        Typed.List("--unit", "systemd units", "GLOB,..."),
    ];

    /// <summary>Adds the options to a command and what is below it.</summary>
    public FilterFeature(Command command)
    {
        string[] causes = [.. SourceCatalog.All.SelectMany(source => source.Causes).Select(info => Names.ToKebab(info.Code)).Distinct()];
        cause.CompletionSources.Add(causes);
        verdict.CompletionSources.Add([.. Enum.GetNames<Verdict>().Select(Names.ToKebab)]);
        foreach (Option option in (IEnumerable<Option>)[cause, verdict, .. globs, id, where])
        {
            option.Recursive = true;
            command.Options.Add(option);
        }
    }

    /// <summary>Whether any of the options was given.</summary>
    public bool IsGiven(ParseResult result) =>
        ((IEnumerable<Option>)[cause, verdict, .. globs, id, where]).Any(option => result.GetResult(option) is { Implicit: false });

    /// <summary>The filter.</summary>
    /// <exception cref="ZombieOpsException">A value that no finding can have.</exception>
    public FindingFilter Read(ParseResult result, SourceRegistration source)
    {
        var facets = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        void Add(string name, IEnumerable<string> patterns)
        {
            string[] all = [.. patterns];
            if (all.Length > 0)
            {
                facets[name] = facets.TryGetValue(name, out IReadOnlyList<string>? before) ? [.. before, .. all] : all;
            }
        }

        Add("cause", result.GetValue(cause)!.Select(text => Code(text, "cause", source.Causes.Select(info => info.Code))));
        Add("verdict", result.GetValue(verdict)!.Select(text => Code(text, "verdict", Enum.GetNames<Verdict>())));
        Add("id", result.GetValue(id)!);
        foreach (Option<string[]> glob in globs)
        {
            Add(glob.Name[2..], result.GetValue(glob)!);
        }

        foreach (string text in result.GetValue(where)!)
        {
            int at = text.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw Failure.BadArgument($"'{text}' is no condition for --where", "write it like container=web-*");
            }

            Add(text[..at], [text[(at + 1)..]]);
        }

        return facets.Count == 0 ? FindingFilter.All : new FindingFilter(facets);
    }

    private static string Code(string text, string kind, IEnumerable<string> known)
    {
        if (text.Contains('*', StringComparison.Ordinal) || text.Contains('?', StringComparison.Ordinal))
        {
            return Names.ToPascal(text);
        }

        string[] codes = [.. known];
        string code = Names.ToPascal(text);
        if (codes.FirstOrDefault(candidate => string.Equals(candidate, code, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return found;
        }

        string[] names = [.. codes.Select(Names.ToKebab)];
        throw Failure.BadArgument(
            $"there is no {kind} '{text}'",
            Nearest.To(text, names) is { } guess ? $"did you mean '{guess}'?" : $"use one of: {string.Join(", ", names)}");
    }
}
