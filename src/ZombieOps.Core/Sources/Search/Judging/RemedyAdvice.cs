using ZombieOps.Model;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>What a person could do about a mark, with the exact request. Nothing is offered for what a live operation uses or what was not seen.</summary>
internal static class RemedyAdvice
{
    private const string ByHand = "; this version only reports search marks, so a person has to send the request";

    /// <summary>The offers.</summary>
    public static IReadOnlyList<RemedyOffer> Offer(MarkCase look, MarkJudgement judgement)
    {
        if (judgement.Verdict is Verdict.Protected or Verdict.Unknown || FileMarkWords.Is(look.Mark))
        {
            return [];
        }

        Mark mark = look.Mark;
        ClusterFacts facts = look.Facts;
        return mark.Kind switch
        {
            SearchKinds.Exclusion => [Exclusion(look, judgement)],
            SearchKinds.Switch => [Make(SearchRemedies.ResetSetting, $"sets {mark.Setting.Setting} back to 'all' in the {mark.Setting.Scope} settings", "shards begin to move or to be placed at once" + FileMarkWords.Wakes(facts, mark), Requests.ResetSetting(mark))],
            SearchKinds.Filter => [Make(SearchRemedies.ResetSetting, $"removes {mark.Setting.Setting} from the {mark.Setting.Scope} settings", "shards may go to every node, for which there may have been a reason" + FileMarkWords.Wakes(facts, mark), Requests.ResetSetting(mark))],
            SearchKinds.Block => [Make(SearchRemedies.ResetSetting, $"removes {mark.Setting.Setting} from the {mark.Setting.Scope} settings", "what somebody meant to keep from being written can be written", Requests.ResetSetting(mark))],
            SearchKinds.Shutdown => [Make(SearchRemedies.DeleteShutdown, $"deletes the shutdown record of node {mark.Entry}", "a node of that id that comes back gets shards again", $"DELETE /_nodes/{Uri.EscapeDataString(mark.Entry)}/shutdown")],
            SearchKinds.Voting => [Make(SearchRemedies.ClearVotingExclusions, $"deletes all {facts.Voting.Count} voting exclusions: they cannot be deleted one by one", "nodes that are being taken away vote again", "DELETE /_cluster/voting_config_exclusions?wait_for_removal=false")],
            SearchKinds.IndexPin when mark.Pin is { } pin => [Make(SearchRemedies.UnpinIndex, $"takes {pin.Setting}{(pin.WriteBlocked ? " and the write block" : "")} off {pin.Index}", "a shrink that is under way fails, and its shards spread again", Requests.Unpin(pin))],
            SearchKinds.Decommission => [Make(SearchRemedies.Recommission, $"takes the zone {mark.Entry} back into service", "its nodes join again", "DELETE /_cluster/decommission/awareness")],
            SearchKinds.Weights when facts.Weights.FirstOrDefault(weight => weight.Zone == mark.Entry) is { } weight => [Make(SearchRemedies.DeleteWeights, "deletes the weights of all zones", "searches go to the zones that were kept free of them", Requests.DeleteWeights(weight))],
            _ => [],
        };
    }

    private static RemedyOffer Exclusion(MarkCase look, MarkJudgement judgement)
    {
        Mark mark = look.Mark;
        bool tooLong = Requests.IsTooLong(look.Facts, mark);
        string? request = tooLong ? null : Requests.RemoveExclusion(look.Facts, mark);
        string switches = mark.With.Count == 0 ? "" : $", and {string.Join(" and ", mark.With.Select(with => $"{with.Setting.Setting} from the {with.Setting.Scope} settings"))}: without that the node stays empty";
        string wakes = mark.Setting.Scope == "transient" && look.Facts.Persistent.ContainsKey(mark.Setting.Setting) ? "; if the transient list becomes empty, the persistent one of the same key comes into force" : "";
        string harm = judgement.Verdict == Verdict.Zombie
            ? look.Node is null ? "a node of that name or address that joins later gets shards" : "shards move onto the node, which costs disk and network"
            : "a drain that somebody still wants ends without a word";
        RemedyOffer offer = Make(SearchRemedies.RemoveEntry, $"takes {mark.Entry} out of {mark.Setting.Setting} in the {mark.Setting.Scope} settings{switches}", harm + wakes + FileMarkWords.Wakes(look.Facts, mark), request);
        return request is not null ? offer : offer with
        {
            RefusedBecause = tooLong
                ? "a list of exclusions is so long that its request is not repeated for each entry: read the setting, leave this entry out and write it back"
                : "other exclusions are set, and which of them are in force could not be told: on Elasticsearch a change of one puts the others out of force",
        };
    }

    private static RemedyOffer Make(string name, string does, string harm, string? command) => new()
    {
        Name = name,
        Does = does + ByHand,
        Harm = harm,
        Actionable = false,
        MustBeNamed = true,
        Command = command,
    };
}
