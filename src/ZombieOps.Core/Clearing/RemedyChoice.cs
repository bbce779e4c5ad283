using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Clearing;

/// <summary>Chooses the remedies that may run on a finding.</summary>
internal static class RemedyChoice
{
    /// <summary>Those that are offered, can be carried out, are not refused and are allowed, least harmful first.</summary>
    public static IReadOnlyList<RemedyOffer> Choose(Finding finding, IReadOnlySet<string> allowed) =>
        [.. finding.Remedies.Where(offer => Possible(offer) && (!offer.MustBeNamed || allowed.Contains(offer.Name)))];

    /// <summary>The one that a plan names, if it is still possible.</summary>
    public static IReadOnlyList<RemedyOffer> Choose(Finding finding, string remedy) =>
        [.. finding.Remedies.Where(offer => Possible(offer) && offer.Name == remedy)];

    /// <summary>Why nothing could be chosen, with the next step. What was named is answered first.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="allowed">Codes of the remedies that the user named.</param>
    /// <param name="planned">The remedy that a plan names; null where any would have done.</param>
    public static string Explain(Finding finding, IReadOnlySet<string> allowed, string? planned = null)
    {
        if (planned is not null)
        {
            return finding.Remedies.FirstOrDefault(offer => offer.Name == planned)?.RefusedBecause is { } now
                ? $"'{Text.Names.ToKebab(planned)}' is refused: {now}"
                : $"'{Text.Names.ToKebab(planned)}', which the plan names, does not fit";
        }

        RemedyOffer? unnamed = finding.Remedies.FirstOrDefault(offer => Possible(offer) && offer.MustBeNamed && !allowed.Contains(offer.Name));
        string named = string.Join("; ", finding.Remedies.Where(offer => offer.RefusedBecause is not null && allowed.Contains(offer.Name)).Select(Refusal));
        if (named.Length > 0)
        {
            return unnamed is null ? named : $"{named}; '{Text.Names.ToKebab(unnamed.Name)}' fits as well: allow it by name";
        }

        if (unnamed is not null)
        {
            return $"no remedy that fits was allowed; the least harmful one that fits is '{Text.Names.ToKebab(unnamed.Name)}': allow it by name";
        }

        RemedyOffer? refused = finding.Remedies.FirstOrDefault(offer => offer.RefusedBecause is not null);
        if (refused is not null)
        {
            return Refusal(refused);
        }

        RemedyOffer? advice = finding.Remedies.FirstOrDefault(offer => !offer.Actionable);
        return advice is not null ? advice.Does : "no remedy fits its cause";
    }

    /// <summary>Refuses names that the source does not have, and escalations without what they escalate.</summary>
    public static void Check(SourceRegistration source, IReadOnlySet<string> allowed)
    {
        foreach (string name in allowed)
        {
            RemedyInfo info = source.Remedies.FirstOrDefault(remedy => remedy.Code == name) ?? throw new ZombieOpsException(
                ErrorIds.BadArgument,
                ExitCode.BadUsage,
                $"the source '{source.Name}' has no remedy '{Text.Names.ToKebab(name)}'",
                $"use one of: {string.Join(", ", source.Remedies.Select(remedy => Text.Names.ToKebab(remedy.Code)))}");
            if (info.Escalates is { } milder && !allowed.Contains(milder))
            {
                throw new ZombieOpsException(
                    ErrorIds.BadArgument,
                    ExitCode.BadUsage,
                    $"'{Text.Names.ToKebab(name)}' only makes '{Text.Names.ToKebab(milder)}' harsher and never runs alone",
                    $"allow '{Text.Names.ToKebab(milder)}' as well");
            }
        }
    }

    private static string Refusal(RemedyOffer offer) => $"'{Text.Names.ToKebab(offer.Name)}' fits and is refused: {offer.RefusedBecause}";

    private static bool Possible(RemedyOffer offer) => offer.Actionable && offer.RefusedBecause is null;
}
