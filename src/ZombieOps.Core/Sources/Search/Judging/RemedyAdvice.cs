using ZombieOps.Model;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>What could be done about a mark, with the exact request. Nothing is offered for what a live operation uses or what was not seen.</summary>
internal static class RemedyAdvice
{
    private const string ByHand = "; a person has to send the request";

    /// <summary>The offers.</summary>
    public static IReadOnlyList<RemedyOffer> Offer(MarkCase look, MarkJudgement judgement)
    {
        if (judgement.Verdict is Verdict.Protected or Verdict.Unknown || FileMarkWords.Is(look.Mark))
        {
            return [];
        }

        Mark mark = look.Mark;
        ClusterFacts facts = look.Facts;
        bool zombie = judgement.Verdict == Verdict.Zombie;
        return mark.Kind switch
        {
            SearchKinds.Exclusion => [Exclusion(look, judgement)],
            SearchKinds.Switch => [Make(SearchRemedies.ResetSetting, $"sets {mark.Setting.Setting} back to 'all' in the {mark.Setting.Scope} settings", "shards begin to move or to be placed at once" + FileMarkWords.Wakes(facts, mark), Requests.ResetSetting(mark), zombie) with { MovesData = true }],
            SearchKinds.DrainRecord when mark.Attribute.Length > 0 => [Make(SearchRemedies.RemoveRecord, $"removes {mark.Setting.Setting} from the {mark.Setting.Scope} settings; no exclusion is touched", "none: what it declares is not there", Requests.ResetSetting(mark), zombie)],
            SearchKinds.Filter => [Make(SearchRemedies.ResetSetting, $"removes {mark.Setting.Setting} from the {mark.Setting.Scope} settings", "shards may go to every node, for which there may have been a reason" + FileMarkWords.Wakes(facts, mark), Requests.ResetSetting(mark), false) with { MovesData = true }],
            SearchKinds.Block => [Make(SearchRemedies.ResetSetting, $"removes {mark.Setting.Setting} from the {mark.Setting.Scope} settings", "what somebody meant to keep from being written can be written", Requests.ResetSetting(mark), false)],
            SearchKinds.Shutdown => [Make(SearchRemedies.DeleteShutdown, $"deletes the shutdown record of node {mark.Entry}", "a node of that id that comes back gets shards again", $"DELETE /_nodes/{Uri.EscapeDataString(mark.Entry)}/shutdown", zombie)],
            SearchKinds.Voting => [Make(SearchRemedies.ClearVotingExclusions, $"deletes all {facts.Voting.Count} voting exclusions: they cannot be deleted one by one", "nodes that are being taken away vote again", "DELETE /_cluster/voting_config_exclusions?wait_for_removal=false", zombie)],
            SearchKinds.IndexPin when mark.Pin is { } pin => [Make(SearchRemedies.UnpinIndex, $"takes {pin.Setting}{(pin.WriteBlocked ? " and the write block" : "")} off {pin.Index}", "a shrink that is under way fails, and its shards spread again", Requests.Unpin(pin), false)],
            SearchKinds.Decommission => [Make(SearchRemedies.Recommission, $"takes the zone {mark.Entry} back into service", "its nodes join again", "DELETE /_cluster/decommission/awareness", false)],
            SearchKinds.Weights when facts.Weights.FirstOrDefault(weight => weight.Zone == mark.Entry) is { } weight => [Make(SearchRemedies.DeleteWeights, "deletes the weights of all zones", "searches go to the zones that were kept free of them", Requests.DeleteWeights(weight), false)],
            _ => [],
        };
    }

    private static RemedyOffer Exclusion(MarkCase look, MarkJudgement judgement)
    {
        Mark mark = look.Mark;
        bool tooLong = Requests.IsTooLong(look.Facts, mark);
        string? request = tooLong ? null : Requests.RemoveExclusion(look.Facts, mark);
        bool zombie = judgement.Verdict == Verdict.Zombie;
        string switches = mark.With.Count == 0 ? "" : $", and {string.Join(" and ", mark.With.Select(with => $"{with.Setting.Setting} from the {with.Setting.Scope} settings"))}: without that the node stays empty";
        string wakes = mark.Setting.Scope == "transient" && look.Facts.Persistent.ContainsKey(mark.Setting.Setting) ? "; if the transient list becomes empty, the persistent one of the same key comes into force" : "";
        string harm = zombie
            ? look.Node is null ? "a node of that name or address that joins later gets shards" : "shards move onto the node, which costs disk and network"
            : "a drain that somebody still wants ends without a word";
        RemedyOffer offer = Make(SearchRemedies.RemoveEntry, $"takes {mark.Entry} out of {mark.Setting.Setting} in the {mark.Setting.Scope} settings{switches}", harm + wakes + FileMarkWords.Wakes(look.Facts, mark), request, zombie) with
        {
            MovesData = look.Node is not null || mark.With.Count > 0,
        };

        if (zombie && FileMarkWords.Wakes(look.Facts, mark) is { Length: > 0 } file)
        {
            return offer with { RefusedBecause = $"what hides another value would be gone{file}: mend the node's file first" };
        }

        // Where the tool acts by itself it finds out right then which other exclusions are in force, and refuses where it cannot.
        return request is not null || zombie ? offer : offer with
        {
            RefusedBecause = tooLong
                ? "a list of exclusions is so long that its request is not repeated for each entry: read the setting, leave this entry out and write it back"
                : "other exclusions are set, and which of them are in force could not be told: on Elasticsearch a change of one puts the others out of force",
        };
    }

    private static RemedyOffer Make(string name, string does, string harm, string? command, bool actionable) => new()
    {
        Name = name,
        Does = actionable ? does : does + ByHand,
        Harm = harm,
        Actionable = actionable,
        MustBeNamed = true,
        Command = command,
    };
}
