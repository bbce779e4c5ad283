using ZombieOps.Sources;

namespace ZombieOps.Cmdlets.Completers;

/// <summary>Completes <c>-Cause</c>.</summary>
public sealed class CauseCompleter : CodeCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Code, string Summary)> Codes(SourceRegistration source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Causes.Select(cause => (cause.Code, cause.Summary));
    }
}
