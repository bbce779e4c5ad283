using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources.Search.Marks;
using ZombieOps.Sources.Search.Owners;

namespace ZombieOps.Sources.Search.Judging;

/// <summary>Makes findings of marks: looks each up in the ledger, judges it and puts it into words.</summary>
internal static class MarkFindings
{
    /// <summary>The findings, in the order of the marks, and what the ledger is to remember.</summary>
    public static (IReadOnlyList<Finding> Findings, ScanMemory Memory) Make(ClusterFacts facts, IReadOnlyList<Mark> marks, JudgeSettings settings, ISightings sightings, OwnerFacts? owners = null)
    {
        var watch = new Watch(sightings, facts.ReadAt);
        List<MarkCase> cases = [.. marks.Select(mark => Owned(Case(facts, mark, watch, settings), owners, watch)).DistinctBy(look => look.Id, StringComparer.Ordinal)];
        bool all = AllExcluded(facts, marks);
        bool voters = cases.Where(look => look.Mark.Kind == SearchKinds.Voting).All(look => look.Absent is { } absent && absent.Age >= settings.Lasting && look.Sighting.Age >= settings.MinAge);
        cases = [.. cases.Select(look => look with { AllExcluded = all, AllVotersGone = voters })];
        var judged = cases.Where(look => look.Mark.Kind != SearchKinds.Switch).Select(look => (look, judgement: MarkJudge.Judge(look, settings))).ToList();
        bool draining = judged.Any(item => item.judgement.Verdict == Verdict.Protected);
        bool left = owners is not null && LeftByDrain([.. judged.Where(item => item.look.Mark.Kind == SearchKinds.Exclusion)]) && OwnerJudge.Busy(facts, owners).Count == 0;
        judged.AddRange(cases.Where(look => look.Mark.Kind == SearchKinds.Switch).Select(look => look with { AnyDrain = draining, LeftByDrain = left })
            .Select(look => (look, MarkJudge.Judge(look, settings))));
        return ([.. judged.Select(item => Finding(item.look, item.judgement, settings))], watch.Memory(facts.Uuid));
    }

    private static MarkCase Case(ClusterFacts facts, Mark mark, Watch watch, JudgeSettings settings)
    {
        string id = SearchIdentity.Format(facts.Uuid, mark.Setting.Scope, mark.Setting.Setting, mark.Entry);
        Sighting sighting = watch.Mark(id);
        if (mark.Shutdown?.StartedAt is { } started && started <= facts.ReadAt)
        {
            sighting = new Sighting(started, facts.ReadAt - started, AgeSource.System);
        }

        var look = new MarkCase { Id = id, Mark = mark, Facts = facts, Sighting = sighting };
        if (!facts.NodesSeen || mark.Kind is not (SearchKinds.Exclusion or SearchKinds.Shutdown or SearchKinds.Voting))
        {
            return look;
        }

        if (mark.Nodes.Count == 0)
        {
            return look with { Absent = watch.State(SearchIdentity.Absent(id), sighting, settings.MaxAwayGap) };
        }

        if (mark.Kind != SearchKinds.Exclusion || look.Node is not { } node)
        {
            return look;
        }

        return look with
        {
            On = watch.Kept(SearchIdentity.On(id, node.Id), sighting),
            Trend = facts.ShardsSeen && node.Shards is { } shards ? watch.Shards(facts.Uuid, node.EphemeralId, shards.Count) : null,
            Named = watch.Kept(SearchIdentity.Named(id), sighting),
            Empty = facts.ShardsSeen && node.Shards is { Count: 0 } ? watch.State(SearchIdentity.Empty(id, node.EphemeralId), sighting) : null,
        };
    }

    /// <summary>Adds what Kubernetes knows.</summary>
    private static MarkCase Owned(MarkCase look, OwnerFacts? owners, Watch watch)
    {
        if (owners is null || OwnerJudge.Claim(look.Mark, look.Facts, owners) is not { } claim)
        {
            return look with { Kubernetes = owners };
        }

        // The switch that goes along may by now be another data set's as well.
        if (claim.State == OwnerState.Idle && look.Mark.With.Count > 0 && OwnerJudge.Busy(look.Facts, owners) is [var busy, ..])
        {
            claim = claim with
            {
                State = OwnerState.Unsettled,
                Rest = null,
                Says = [.. claim.Says, new OwnerSays("DataSet", EvidenceState.Live, $"the ElasticsearchDataSet {busy.Meta.FullName} has nodes in this cluster and is not at rest, and it needs the switch that goes along with this mark")],
            };
        }

        return look with { Kubernetes = owners, Owner = claim, Rest = claim.Rest is { } rest ? watch.State(SearchIdentity.Rest(look.Id, rest), look.Sighting) : null };
    }

    /// <summary>Whether an exclusion is a zombie of es-operator's and none may be in use.</summary>
    private static bool LeftByDrain(IReadOnlyList<(MarkCase Look, MarkJudgement Judgement)> exclusions) =>
        exclusions.Any(item => item.Judgement.Verdict == Verdict.Zombie && item.Look.Owner?.SetsRebalance == true)
        && exclusions.All(item => item.Judgement.Verdict == Verdict.Zombie || item.Look.Owner?.State == OwnerState.Foreign);

    /// <summary>Whether no node that may hold data is left. A mark that may be in force counts as if it were.</summary>
    private static bool AllExcluded(ClusterFacts facts, IReadOnlyList<Mark> marks)
    {
        var excluded = marks.Where(mark => mark.Kind == SearchKinds.Exclusion && mark.InForce != false).SelectMany(mark => mark.Nodes).Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        return excluded.Count > 0 && facts.Nodes.Values.Where(node => node.HoldsData != false).All(node => excluded.Contains(node.Id));
    }

    private static Finding Finding(MarkCase look, MarkJudgement judgement, JudgeSettings settings)
    {
        NodeFacts? node = look.Node;
        ClusterFacts facts = look.Facts;
        return new Finding
        {
            Id = look.Id,
            Source = SearchSource.Register.Name,
            Kind = look.Mark.Kind,
            Verdict = judgement.Verdict,
            Reason = judgement.Reason,
            Cause = judgement.Cause,
            Target = new MarkTarget
            {
                ClusterUuid = facts.Uuid,
                Cluster = facts.Name,
                Product = facts.Product == SearchProduct.OpenSearch ? "opensearch" : "elasticsearch",
                Scope = look.Mark.Setting.Scope,
                Setting = look.Mark.Setting.Setting,
                Entry = look.Mark.Entry,
                Marks = [look.Mark.Shown, .. look.Mark.With.Select(with => with.Shown), .. Record(look)],
                InForce = look.Mark.InForce,
                Node = node?.Name,
                NodeId = node?.Id,
                EphemeralId = node?.EphemeralId,
                NodeStartedAt = node?.StartedAt,
                Shards = node?.Shards?.Count,
                Leaving = node?.Shards?.Leaving,
                DeclaredBy = look.Mark.Record?.Declared?.Owner,
                ExpiresAt = look.Mark.Record?.Declared?.Expires,
            },
            Owner = [.. Declared(look), .. look.Owner?.Chain ?? [], .. settings.DrainOwner is { } owner && look.Mark.Kind == SearchKinds.Exclusion ? (OwnerLink[])[new OwnerLink { Kind = "DrainOwner", Name = owner }] : []],
            // Voting exclusions go all at once; every other mark goes by itself.
            Origin = look.Mark.Kind == SearchKinds.Voting ? $"{SearchIdentity.Scope(facts.Uuid)}voting_config_exclusions" : null,
            FirstSeen = look.Sighting.FirstSeen,
            Age = look.Sighting.Age,
            AgeFrom = look.Sighting.From,
            Evidence = MarkEvidence.List(look, judgement, settings),
            Remedies = RemedyAdvice.Offer(look, judgement),
        };
    }

    /// <summary>The setting that declares the mark, where it is not the mark itself: it goes and comes back with it.</summary>
    private static IEnumerable<MarkedSetting> Record(MarkCase look) =>
        look.Mark is { Kind: SearchKinds.Exclusion, Record: { } record } ? [new MarkedSetting(look.Mark.Setting.Scope, record.Key, record.Raw).Short()] : [];

    private static IEnumerable<OwnerLink> Declared(MarkCase look)
    {
        if (look.Mark.Record?.Declared is not { } declared)
        {
            return [];
        }

        var details = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["since"] = DrainRecord.Time(declared.Since), ["expires"] = DrainRecord.Time(declared.Expires) };
        if (declared.Why.Length > 0)
        {
            details["why"] = declared.Why;
        }

        return [new OwnerLink { Kind = "Declared", Name = declared.Owner, Details = details }];
    }
}
