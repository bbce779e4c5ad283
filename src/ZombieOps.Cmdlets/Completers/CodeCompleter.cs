using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ZombieOps.Sources;

namespace ZombieOps.Cmdlets.Completers;

/// <summary>Completes codes from the catalog of sources: static data, so that TAB never reads a process table or calls a server.</summary>
public abstract class CodeCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string start = (wordToComplete ?? "").Trim('\'', '"');
        string? source = parameterName == "Source" ? null : fakeBoundParameters?["Source"]?.ToString();
        return
        [
            .. SourceCatalog.All
                .Where(entry => source is null || string.Equals(entry.Name, source, StringComparison.OrdinalIgnoreCase))
                .SelectMany(Codes)
                .Where(item => item.Code.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                .DistinctBy(item => item.Code)
                .Select(item => new CompletionResult(item.Code, item.Code, CompletionResultType.ParameterValue, item.Summary)),
        ];
    }

    /// <summary>The codes of one source, each with the sentence that explains it.</summary>
    /// <param name="source">The source.</param>
    protected abstract IEnumerable<(string Code, string Summary)> Codes(SourceRegistration source);
}
