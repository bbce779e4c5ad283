using ZombieOps.Cli.Hosting;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>A finding's parts as short texts for a person.</summary>
internal static class FindingText
{
    /// <summary>Who answers for it, the one that a person would call first.</summary>
    private static readonly string[] OwnerKinds = ["Pod", "EcsTask", "Container", "Unit", "Session"];

    /// <summary>Code of a cause that is not known, in every source.</summary>
    private const string UnknownCause = "Unknown";

    /// <summary>Age; a finding seen for the first time has none yet.</summary>
    public static string Age(Finding finding) => finding.AgeFrom == AgeSource.FirstSight ? "new" : Durations.Format(finding.Age);

    /// <summary>Where the age comes from, one sentence.</summary>
    public static string AgeFrom(Finding finding) => finding.AgeFrom switch
    {
        AgeSource.FirstSight => "seen for the first time now; its true age is not known, so it counts as zero",
        AgeSource.Ledger => $"the ledger saw it first at {finding.FirstSeen:yyyy-MM-dd HH:mm:ss}Z; it is at least that old",
        _ => $"the system itself stores the time: {finding.FirstSeen:yyyy-MM-dd HH:mm:ss}Z",
    };

    /// <summary>The cause; where a protected finding needs none, why it is protected: a live program is nothing unknown.</summary>
    public static string Cause(Finding finding) =>
        Names.ToKebab(finding is { Verdict: Model.Verdict.Protected, Cause: UnknownCause } ? finding.Reason : finding.Cause);

    /// <summary>A fact of the target by name, or a dash.</summary>
    public static string Fact(Finding finding, string name) => FindingFacets.Values(finding, name) is [var value, ..] ? value : "-";

    /// <summary>The parent, with its process id where it has one.</summary>
    public static string Parent(Finding finding)
    {
        string name = finding.Owner.FirstOrDefault(link => link.Kind == "Parent")?.Name ?? "-";
        return FindingFacets.Values(finding, "parentPid") is [var pid, ..] && pid != name ? $"{name} ({pid})" : name;
    }

    /// <summary>The owner above the parent.</summary>
    public static string Owner(Finding finding) =>
        OwnerKinds.Select(kind => finding.Owner.FirstOrDefault(link => link.Kind == kind)).FirstOrDefault(link => link is not null) is { } owner ? owner.Name
        : finding.Owner.FirstOrDefault(link => link.Kind is not "Parent") is { } other ? other.Name
        : "-";

    /// <summary>A link of the owner chain.</summary>
    public static string Link(OwnerLink link) => link.Id is { } id && id != link.Name ? $"{link.Name} ({id})" : link.Name;

    /// <summary>The least harmful remedy that can be carried out, or who has to be asked.</summary>
    public static string Remedy(Finding finding) =>
        finding.Remedies.FirstOrDefault(offer => offer.Actionable && offer.RefusedBecause is null) is { } offer ? Names.ToKebab(offer.Name)
        : finding.Remedies.FirstOrDefault(advice => !advice.Actionable) is { } asked ? Names.ToKebab(asked.Name)
        : "-";

    /// <summary>A verdict in its colour.</summary>
    public static TextTable.Cell Verdict(Palette palette, Verdict verdict) => new(
        Names.ToKebab(verdict.ToString()),
        verdict switch { Model.Verdict.Zombie => palette.Bad, Model.Verdict.Protected => palette.Good, _ => palette.Careful });
}
