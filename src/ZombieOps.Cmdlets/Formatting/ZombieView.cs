using System.ComponentModel;
using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Formatting;

/// <summary>
/// Texts of the table and list views. Names come from programs that chose them, so nothing that a terminal could obey passes. No
/// colours: output is read by people, logs and playbooks alike.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ZombieView
{
    /// <summary>A text that is safe to print.</summary>
    /// <param name="value">Anything.</param>
    public static string Text(object? value) => Printable.Clean(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");

    /// <summary>An age, the two greatest units.</summary>
    /// <param name="finding">The finding.</param>
    public static string Age(Finding finding) => finding is null ? "" : Durations.Format(finding.Age);

    /// <summary>The cause; for what is protected without one, the reason for that.</summary>
    /// <param name="finding">The finding.</param>
    public static string Cause(Finding finding) => finding is null ? ""
        : finding is { Verdict: Verdict.Protected, Cause: "Unknown" } ? finding.Reason
        : finding.Cause;

    /// <summary>Scope and short name of a mark's setting; empty for what is no mark.</summary>
    /// <param name="finding">The finding.</param>
    public static string Setting(Finding finding) => finding?.Target is MarkTarget mark ? Printable.Clean($"{mark.Scope} {mark.ShortSetting()}") : "";

    /// <summary>An age with where it comes from.</summary>
    /// <param name="finding">The finding.</param>
    public static string LongAge(Finding finding) => finding is null ? "" : finding.AgeFrom switch
    {
        AgeSource.FirstSight => "seen for the first time",
        AgeSource.Ledger => $"{Durations.Format(finding.Age)} at least, from the ledger",
        _ => $"{Durations.Format(finding.Age)}, from the system itself",
    };

    /// <summary>The nearest owner, for a column.</summary>
    /// <param name="finding">The finding.</param>
    public static string Owner(Finding finding) => finding?.Owner is [var nearest, ..] ? Printable.Clean(nearest.ShortName) : "";

    /// <summary>The whole chain of owners, a line each.</summary>
    /// <param name="finding">The finding.</param>
    public static string Owners(Finding finding) => Lines(finding?.Owner.Select(link => Detailed(link.ToString(), link.Details)));

    /// <summary>The evidence, a line each.</summary>
    /// <param name="finding">The finding.</param>
    public static string Evidence(Finding finding) => Lines(finding?.Evidence.Select(fact => fact.ToString()));

    /// <summary>The remedies, a line each.</summary>
    /// <param name="finding">The finding.</param>
    public static string Remedies(Finding finding) => Lines(finding?.Remedies.Select(Remedy));

    /// <summary>Evidence, owners and remedies in one text, for <c>Format-List *</c>, which shows no more than four members of a list.</summary>
    /// <param name="finding">The finding.</param>
    public static string Explanation(Finding finding) =>
        string.Join('\n', new[] { Evidence(finding), Owners(finding), Remedies(finding) }.Where(part => part.Length > 0));

    /// <summary>The facts that an act brought to light, a line each.</summary>
    /// <param name="result">The result.</param>
    public static string Facts(ClearResult result) => Lines(result?.Facts.Select(fact => $"{fact.Key} {fact.Value}"));

    private static string Detailed(string name, IReadOnlyDictionary<string, string> details)
    {
        string more = string.Join(", ", details.Where(detail => detail.Key != "pid").Select(detail => $"{detail.Key} {detail.Value}"));
        return more.Length == 0 ? name : $"{name}: {more}";
    }

    private static string Remedy(RemedyOffer offer)
    {
        string how = (offer.RefusedBecause, offer.Actionable, offer.MustBeNamed) switch
        {
            ({ } refused, _, _) => $" Refused: {refused}.",
            (_, false, _) => "",
            (_, _, true) => $" Allow it with -Remedy {offer.Name}.",
            _ => " Runs without being named.",
        };
        return $"{offer.Name}: {offer.Does}. Harm: {offer.Harm}.{how}{(offer.Command is null ? "" : $" Command: {offer.Command}")}";
    }

    private static string Lines(IEnumerable<string>? lines) => lines is null ? "" : string.Join('\n', lines.Select(Printable.Clean));
}
