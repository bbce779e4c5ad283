using ZombieOps.Sources;

namespace ZombieOps.Cmdlets.Completers;

/// <summary>Completes <c>-Remedy</c>.</summary>
public sealed class RemedyCompleter : CodeCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Code, string Summary)> Codes(SourceRegistration source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Remedies.Select(remedy => (remedy.Code, remedy.Summary));
    }
}
