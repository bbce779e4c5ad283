using System.Runtime.CompilerServices;
using ZombieOps.Model;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>
/// What a source was opened with when a finding of this session was found, so that the pipeline can clear it without saying it again. It is kept with the finding
/// in memory and goes with it; a finding that was read from a file has none.
/// </summary>
/// <param name="Options">Options of the source by name.</param>
/// <param name="Variable">Answers the names of secrets.</param>
internal sealed record FoundWith(IReadOnlyDictionary<string, string> Options, Func<string, string?> Variable)
{
    private static readonly ConditionalWeakTable<Finding, FoundWith> Known = [];

    /// <summary>Remembers it for a finding.</summary>
    public static void Remember(Finding finding, FoundWith with) => Known.AddOrUpdate(finding, with);

    /// <summary>What a finding was found with; null where that is not known.</summary>
    public static FoundWith? Of(Finding finding) => Known.TryGetValue(finding, out FoundWith? with) ? with : null;
}
