using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Cmdlets.Completers;

/// <summary>Completes <c>-Verdict</c> with what each verdict allows; the names alone would not say.</summary>
public sealed class VerdictCompleter : CodeCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Code, string Summary)> Codes(SourceRegistration source) =>
    [
        (nameof(Verdict.Zombie), "No live operation stands behind it: it may be cleared"),
        (nameof(Verdict.Protected), "A live operation or an exemption stands behind it: it is never cleared"),
        (nameof(Verdict.ReportOnly), "Real, but not ours to touch, or not yet"),
        (nameof(Verdict.Unknown), "Something could not be seen, so nothing is done"),
    ];
}
