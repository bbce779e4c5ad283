using System.Globalization;
using ZombieOps.Model;

namespace ZombieOps.Clearing;

/// <summary>Puts what was selected in order, decides what needs no act, and holds the rest against the limits.</summary>
internal static class ClearingQueue
{
    /// <summary>The queue: what is decided first, then the acts, least harmful first and oldest first.</summary>
    public static List<(Finding Finding, string? PlannedRemedy, ClearResult? Decided)> Make(
        List<(Finding Finding, string? Remedy)> selected, ScanReport fresh, ClearRequest request, TimeProvider clock)
    {
        var now = fresh.Findings.ToDictionary(finding => finding.Id, StringComparer.Ordinal);
        var decided = new List<(Finding, string?, ClearResult?)>();
        var acts = new List<(Finding Finding, string? Remedy, int Harm)>();
        foreach ((Finding finding, string? remedy) in selected)
        {
            if (!now.TryGetValue(finding.Id, out Finding? seen))
            {
                // Not in the fresh scan is not yet gone: the run's guard looks at it by itself.
                acts.Add((finding, remedy, -1));
                continue;
            }

            if (seen.Verdict != Verdict.Zombie)
            {
                decided.Add((seen, remedy, ClearingResults.Make(
                    seen, remedy, ClearOutcome.Skipped, ClearReasons.NotAZombie, $"its verdict is {seen.Verdict}, reason {seen.Reason}", clock)));
                continue;
            }

            if (seen.Cause != finding.Cause)
            {
                decided.Add((seen, remedy, ClearingResults.Make(
                    seen, remedy, ClearOutcome.Skipped, ClearReasons.CauseChanged, $"its cause was {finding.Cause} and is {seen.Cause} now", clock)));
                continue;
            }

            IReadOnlyList<RemedyOffer> offers = remedy is null ? RemedyChoice.Choose(seen, request.Allowed) : RemedyChoice.Choose(seen, remedy);
            if (offers.Count == 0)
            {
                decided.Add((seen, remedy, ClearingResults.Make(
                    seen, remedy, ClearOutcome.Skipped, ClearReasons.NoAllowedRemedy, RemedyChoice.Explain(seen, request.Allowed, remedy), clock)));
                continue;
            }

            acts.Add((seen, remedy, Harm(seen, offers[0])));
        }

        return
        [
            .. decided,
            .. acts.OrderBy(act => act.Harm).ThenByDescending(act => act.Finding.Age).ThenBy(act => act.Finding.Id, StringComparer.Ordinal)
                .Select(act => (act.Finding, act.Remedy, (ClearResult?)null)),
        ];
    }

    /// <summary>Fails where the acts are too many or too great a share of what was scanned.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.LimitCrossed"/>, <see cref="ErrorIds.BadArgument"/>.</exception>
    public static void CheckLimits(
        IReadOnlyList<(Finding Finding, string? PlannedRemedy, ClearResult? Decided)> queue, ScanReport fresh, ClearLimits limits)
    {
        if (limits.MaxCount < 0 || !(limits.MaxShare is >= 0 and <= 1))
        {
            throw new ZombieOpsException(
                ErrorIds.BadArgument, ExitCode.BadUsage, "a limit is out of range", "give a maximum count of 0 or more and a maximum share from 0 to 1");
        }

        if (limits.Watch < TimeSpan.Zero || limits.Watch > Text.Durations.LongestPause)
        {
            // Found out only once something is cleared, it would end the run without a word of what it did.
            throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"a watch of {Text.Durations.Format(limits.Watch)} is out of range", $"give at most {Text.Durations.Format(Text.Durations.LongestPause)}");
        }

        int acts = queue.Count(item => item.Decided is null);
        if (acts > limits.MaxCount)
        {
            throw Crossed($"{acts} {(acts == 1 ? "finding" : "findings")} would be cleared and the maximum is {limits.MaxCount}", "--max-count");
        }

        double share = fresh.Counts.Scanned > 0 ? (double)acts / fresh.Counts.Scanned : acts > 0 ? 1 : 0;
        if (share > limits.MaxShare)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{share:P1} of {fresh.Counts.Scanned} scanned would be cleared and the maximum is {limits.MaxShare:P1}");
            throw Crossed(text, "--max-share");
        }
    }

    private static int Harm(Finding finding, RemedyOffer offer)
    {
        int place = 0;
        while (!ReferenceEquals(finding.Remedies[place], offer))
        {
            place++;
        }

        return offer.MustBeNamed ? place + 1 : 0;
    }

    private static ZombieOpsException Crossed(string text, string flag) => new(
        ErrorIds.LimitCrossed, ExitCode.LimitCrossed, $"nothing is cleared: {text}", $"look at what was found; narrow the filter, or raise {flag} on purpose");
}
