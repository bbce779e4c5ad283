using ZombieOps.Sources;

namespace ZombieOps.Cmdlets.Completers;

/// <summary>Completes <c>-Source</c>.</summary>
public sealed class SourceCompleter : CodeCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Code, string Summary)> Codes(SourceRegistration source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return [(source.Name, source.Summary)];
    }
}
