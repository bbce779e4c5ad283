using System.Collections.Immutable;
using System.Text.Json;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Judging;
using ZombieOps.Sources.Search.Marks;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>What an actuator needs of its source.</summary>
internal sealed record ActuatorParts
{
    public required TimeProvider Clock { get; init; }

    /// <summary>Reads and judges everything anew.</summary>
    public required Func<ScanRequest, CancellationToken, Task<(ScanReport Report, ClusterFacts Facts)>> Look { get; init; }

    /// <summary>Reads; its own, so that scans and acts do not disturb each other.</summary>
    public required SearchClient Client { get; init; }

    public required SearchWriter Writer { get; init; }

    public required ActGuards Guards { get; init; }

    /// <summary>Pause between the two reads.</summary>
    public required TimeSpan Settle { get; init; }

    /// <summary>Is told of each step of a change; for tests.</summary>
    public Func<WriteStep, Task>? Hook { get; init; }

    /// <summary>See <see cref="SettingsWriter.AckTimeout"/>.</summary>
    public string? AckTimeout { get; init; }
}

/// <summary>
/// The only door through which a search cluster is changed. Each act: read, wait, read and judge again, guard, and then change exactly what was approved.
/// </summary>
internal sealed partial class SearchActuator(ActuatorParts parts) : IActuator, IPlansActs, IRecovers, IUndoes
{
    public async ValueTask<ActPlan> PlanAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel)
    {
        var target = (MarkTarget)fresh.Target;
        SettingsView now = await BeginAsync(cancel).ConfigureAwait(false);
        string? request = fresh.Remedies.FirstOrDefault(offer => offer.Name == remedy)?.Command;
        return new ActPlan
        {
            // All exclusions: which of them the act has to spell anew is known only then, and what it may leave half done has to be found again.
            Values = Values(Touched(target, now)),
            Requests = request is null ? [] : [request],
            Undo = UndoRequest(target, remedy, now),
        };
    }

    public async ValueTask<ActReport> ActAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel)
    {
        var target = (MarkTarget)fresh.Target;
        SettingsView first = await BeginAsync(cancel).ConfigureAwait(false);
        foreach (MarkedSetting mark in target.Marks.Where(mark => mark.Scope is "persistent" or "transient"))
        {
            string? raw = first.Raw(mark.Scope, mark.Setting);
            if (raw is null || (mark with { Value = raw }).Short() != mark)
            {
                return Refuse(ClearingReasons.Changed, $"{mark.Scope} {mark.Setting} was changed by somebody since it was judged: look at it again");
            }
        }

        bool moves = fresh.Remedies.FirstOrDefault(offer => offer.Name == remedy)?.MovesData != false;
        if (moves && await parts.Guards.CheckAsync(parts.Client, cancel).ConfigureAwait(false) is { } forbids)
        {
            return Refuse(ClearingReasons.Refused, forbids);
        }

        try
        {
            await Task.Delay(parts.Settle, parts.Clock, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Refuse(ErrorIds.Interrupted, "interrupted before anything was sent");
        }

        (ScanReport report, ClusterFacts facts) = await parts.Look(settings.Guard, cancel).ConfigureAwait(false);
        if (facts.Uuid != target.ClusterUuid)
        {
            return Refuse(ClearingReasons.Refused, $"another cluster answers: {Printable.Clean(facts.Name)} ({facts.Uuid}) and not {target.ClusterUuid}");
        }

        // What is exempt is no zombie here either: some acts reach other marks as well.
        report = report.WithFindings([.. report.Findings.Select(settings.Exempted)]);
        if (first.Difference(SettingsView.Of(facts)) is { } changed)
        {
            return Refuse(ClearingReasons.Changed, $"{changed} was changed by somebody within {Durations.Format(parts.Settle)}: look at it again");
        }

        Finding? again = report.Findings.FirstOrDefault(finding => finding.Id == fresh.Id);
        if (again is null || (again.Verdict, again.Reason, again.Cause) != (Verdict.Zombie, fresh.Reason, fresh.Cause))
        {
            return Refuse(ClearingReasons.Changed, again is null ? "it went by itself" : $"judged again it is {again.Verdict}, reason {again.Reason}, cause {again.Cause}: look at it again");
        }

        if (moves && await parts.Guards.CheckAsync(parts.Client, cancel).ConfigureAwait(false) is { } forbidsNow)
        {
            return Refuse(ClearingReasons.Refused, forbidsNow);
        }

        return remedy switch
        {
            SearchRemedies.RemoveEntry => await RemoveEntryAsync(target, report, facts, cancel).ConfigureAwait(false),
            SearchRemedies.ResetSetting or SearchRemedies.RemoveRecord => await ResetAsync(target, facts, cancel).ConfigureAwait(false),
            SearchRemedies.ClearVotingExclusions => await VotingAsync(report, facts, target).ConfigureAwait(false),
            SearchRemedies.DeleteShutdown => await DeleteAsync($"_nodes/{Uri.EscapeDataString(target.Entry)}/shutdown", $"the shutdown record of node {target.Entry} was deleted").ConfigureAwait(false),
            _ => Refuse(ClearingReasons.Refused, $"'{Names.ToKebab(remedy)}' is not carried out by this tool: the remedy holds the request for a person to send"),
        };
    }

    public async ValueTask<ActReport?> RecoverAsync(Finding before, string remedy, ActPlan plan, CancellationToken cancel)
    {
        if (before.Target is not MarkTarget { Product: "elasticsearch" } target || remedy is not (SearchRemedies.RemoveEntry or UndoName or MarkRun.Mark or MarkRun.Unmark))
        {
            return null;
        }

        Dictionary<(string Scope, string Key), string> interrupted = plan.Values.Select(pair => (Id: Id(pair.Key), pair.Value))
            .Where(item => item.Id.Key.StartsWith(SettingNames.Exclude, StringComparison.Ordinal)).ToDictionary(item => item.Id, item => item.Value);
        SettingsView now = await BeginAsync(cancel).ConfigureAwait(false);
        string[] left = [.. interrupted.Where(pair => now.Raw(pair.Key.Scope, pair.Key.Key) is { } raw && Spelling.Undo(raw, pair.Value) is not null).Select(pair => pair.Key.Key)];
        if (left.Length == 0)
        {
            return null;
        }

        (_, ClusterFacts facts) = await parts.Look(new ScanRequest(), cancel).ConfigureAwait(false);
        if (facts.Uuid != target.ClusterUuid)
        {
            return Refuse(ClearingReasons.Refused, $"another cluster answers: {facts.Uuid} and not {target.ClusterUuid}");
        }

        ChangeResult result = await Settings().ChangeAsync(new SettingsChange { Facts = facts, Interrupted = interrupted }, cancel).ConfigureAwait(false);
        return Report(result, $"the plain spelling of {string.Join(", ", left)} is restored");
    }

    public async ValueTask<ActPlan> PlanUndoAsync(Finding before, string remedy, ActPlan done, CancellationToken cancel)
    {
        (MarkTarget target, ClusterFacts facts) = await UndoableAsync(before, remedy, cancel).ConfigureAwait(false);
        SettingsView now = SettingsView.Of(facts);
        (EntryEdit[] lists, ValueEdit[] values) = UndoEdits(target, remedy, done, now);
        return new ActPlan
        {
            Values = Values(Touched(target, now)),
            Requests = [$"PUT /_cluster/settings {Requests.Settings([.. lists.Select(edit => (edit.Scope, edit.Key, Spelling.Edit(now.Get(edit.Scope, edit.Key), edit.Remove, edit.Add), false)), .. values.Select(edit => (edit.Scope, edit.Key, edit.Value, false))])}"],
        };
    }

    public async ValueTask<ActReport> UndoAsync(Finding before, string remedy, ActPlan done, ActSettings settings, CancellationToken cancel)
    {
        SettingsView first = await BeginAsync(cancel).ConfigureAwait(false);
        if (await parts.Guards.CheckAsync(parts.Client, cancel).ConfigureAwait(false) is { } forbids)
        {
            return Refuse(ClearingReasons.Refused, forbids);
        }

        await Task.Delay(parts.Settle, parts.Clock, cancel).ConfigureAwait(false);
        (MarkTarget target, ClusterFacts facts) = await UndoableAsync(before, remedy, cancel).ConfigureAwait(false);
        SettingsView now = SettingsView.Of(facts);
        if (first.Difference(now) is { } changed)
        {
            return Refuse(ClearingReasons.Changed, $"{changed} was changed by somebody within {Durations.Format(parts.Settle)}: look at it again");
        }

        (EntryEdit[] lists, ValueEdit[] values) = UndoEdits(target, remedy, done, now);
        ChangeResult result = await Settings().ChangeAsync(new SettingsChange { Facts = facts, Lists = lists, Values = values }, cancel).ConfigureAwait(false);
        return Report(result, $"{target.Entry} is back in {target.Setting}");
    }

    public void Dispose()
    {
        parts.Client.Dispose();
        parts.Writer.Dispose();
    }

    private const string UndoName = "Undo";

    private const int MaxLogged = 512 << 10;

    private static string Name(string scope, string key) => $"{scope}:{key}";

    private static (string Scope, string Key) Id(string name) => name.IndexOf(':', StringComparison.Ordinal) is > 0 and var at ? (name[..at], name[(at + 1)..]) : ("persistent", name);

    private static IEnumerable<(string Scope, string Key, string Raw)> Touched(MarkTarget target, SettingsView now)
    {
        foreach (string scope in (string[])["persistent", "transient"])
        {
            foreach ((string key, SettingValue value) in scope == "transient" ? now.Transient : now.Persistent)
            {
                bool exclusion = key.StartsWith(SettingNames.Exclude, StringComparison.Ordinal) && target.Setting.StartsWith(SettingNames.Exclude, StringComparison.Ordinal);
                if (exclusion || target.Marks.Any(mark => (mark.Scope, mark.Setting) == (scope, key)))
                {
                    yield return (scope, key, value.Raw);
                }
            }
        }
    }

    /// <summary>What stands in the log before an act. Its outcome repeats each list several times, and one that the log cannot take is found out too late.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>: the lists are too long.</exception>
    private static ImmutableSortedDictionary<string, string> Values(IEnumerable<(string Scope, string Key, string Raw)> touched)
    {
        var values = touched.ToImmutableSortedDictionary(item => Name(item.Scope, item.Key), item => item.Raw, StringComparer.Ordinal);
        return values.Values.Sum(value => (long)value.Length) <= MaxLogged ? values : throw new ZombieOpsException(
            ErrorIds.BadArgument, ExitCode.BadUsage, $"the lists of exclusions are longer than {MaxLogged} characters together, which is more than the audit log takes for one act", "shorten them by hand, entry by entry");
    }

    private static string? UndoRequest(MarkTarget target, string remedy, SettingsView now) => remedy is SearchRemedies.RemoveEntry or SearchRemedies.ResetSetting
        ? $"PUT /_cluster/settings {Requests.Settings([.. target.Marks.Where(mark => mark.Scope is "persistent" or "transient").Select(mark => (mark.Scope, mark.Setting, now.Raw(mark.Scope, mark.Setting), false))])}"
        : null;

    private static ActReport Refuse(string reason, string says) => new() { Done = false, Reason = reason, Says = says };

    private static ActReport Report(ChangeResult result, string done)
    {
        var facts = new SortedDictionary<string, string>(result.Facts.ToDictionary(), StringComparer.Ordinal);
        for (int i = 0; i < result.Requests.Count; i++)
        {
            facts[$"request{i + 1}"] = result.Requests[i];
        }

        string? undo = result.Before.Count == 0 ? null : $"PUT /_cluster/settings {Requests.Settings(result.Before.Select(pair => (pair.Key.Scope, pair.Key.Key, (string?)pair.Value, false)))}";
        if (undo is not null)
        {
            facts["undo"] = undo;
        }

        return new ActReport
        {
            Done = result.Done,
            Reason = result.Reason,
            Unfinished = result.Unfinished,
            Says = !result.Done ? result.Says : result.CameBack ? $"{done}, and another writer put it back at once; {result.Says}" : result.Says.Contains("; ", StringComparison.Ordinal) ? $"{done}; {result.Says[(result.Says.IndexOf("; ", StringComparison.Ordinal) + 2)..]}" : done,
            SeenGone = result.Done,
            Facts = facts.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Plan = result.Requests.Count == 0 ? null : new ActPlan
            {
                Values = result.Before.ToImmutableSortedDictionary(pair => Name(pair.Key.Scope, pair.Key.Key), pair => pair.Value, StringComparer.Ordinal),
                Requests = result.Requests,
                Undo = undo,
            },
        };
    }

    private async Task<SettingsView> BeginAsync(CancellationToken cancel)
    {
        parts.Client.Begin();
        return await SettingsView.ReadAsync(parts.Client, cancel).ConfigureAwait(false);
    }

    private SettingsWriter Settings() => new(parts.Client, parts.Writer, parts.Clock) { Hook = parts.Hook, AckTimeout = parts.AckTimeout };

    private async Task<ActReport> RemoveEntryAsync(MarkTarget target, ScanReport report, ClusterFacts facts, CancellationToken cancel)
    {
        var zombies = report.Findings.Where(finding => finding is { Verdict: Verdict.Zombie, Kind: SearchKinds.Exclusion }).Select(finding => (MarkTarget)finding.Target)
            .Select(mark => (mark.Scope, mark.Setting, mark.Entry)).ToHashSet();
        var change = new SettingsChange
        {
            Facts = facts,
            Lists = [new EntryEdit(target.Scope, target.Setting, [target.Entry], [])],
            Values = [.. target.Marks.Skip(1).Select(mark => new ValueEdit(mark.Scope, mark.Setting, SettingsView.Of(facts).Raw(mark.Scope, mark.Setting), null))],
            Expendable = (scope, key, entry) => zombies.Contains((scope, key, entry)),
        };
        ChangeResult result = await Settings().ChangeAsync(change, cancel).ConfigureAwait(false);
        string with = string.Concat(target.Marks.Skip(1).Select(mark => mark.Setting.StartsWith(DrainRecord.Prefix, StringComparison.Ordinal) ? ", and its record with it" : $", and {mark.Setting} is back to its default"));
        return Report(result, $"{target.Entry} is out of {target.Scope} {target.Setting}{with}");
    }

    private async Task<ActReport> ResetAsync(MarkTarget target, ClusterFacts facts, CancellationToken cancel)
    {
        ChangeResult result = await Settings().ChangeAsync(
            new SettingsChange { Facts = facts, Values = [new ValueEdit(target.Scope, target.Setting, SettingsView.Of(facts).Raw(target.Scope, target.Setting), null)] }, cancel).ConfigureAwait(false);
        return Report(result, target.Setting.StartsWith(DrainRecord.Prefix, StringComparison.Ordinal) ? $"{target.Scope} {target.Setting} is gone" : $"{target.Scope} {target.Setting} is back to its default");
    }

    private async Task<ActReport> VotingAsync(ScanReport report, ClusterFacts facts, MarkTarget target)
    {
        // They go all at once, so each has to be a zombie, and right before the request no other may have come.
        Finding[] voters = [.. report.Findings.Where(finding => finding.Kind == SearchKinds.Voting)];
        if (voters.FirstOrDefault(voter => voter.Verdict != Verdict.Zombie) is { } live)
        {
            return Refuse(ClearingReasons.Refused, $"they can be deleted only all at once, and {live.Target} is {live.Verdict}, reason {live.Reason}");
        }

        StateAnswer now = await StateAsync().ConfigureAwait(false);
        if (now.Uuid != target.ClusterUuid || !now.Voting.ToHashSet().SetEquals(facts.Voting))
        {
            return Refuse(ClearingReasons.Changed, "the voting exclusions were changed by somebody in the meantime: look at them again");
        }

        const string Path = "_cluster/voting_config_exclusions?wait_for_removal=false";
        WriteAnswer answer = await parts.Writer.SendAsync(HttpMethod.Delete, parts.Client.Server!, Path, null).ConfigureAwait(false);
        if (answer.State == WriteState.Refused)
        {
            return Refuse(answer.Reason!, answer.Says);
        }

        var facts2 = ImmutableSortedDictionary<string, string>.Empty.Add("request1", $"DELETE /{Path}").Add("deleted", string.Join(", ", facts.Voting.Select(voter => $"{voter.NodeName} ({voter.NodeId})")));
        StateAnswer after;
        try
        {
            after = await StateAsync().ConfigureAwait(false);
        }
        catch (ZombieOpsException e)
        {
            return new ActReport { Done = false, Reason = ClearReasons.TimedOut, Unfinished = true, Says = $"the request was sent, and what became of it cannot be seen: {e.Message}", Facts = facts2 };
        }

        return after.Voting.Count == 0
            ? new ActReport { Done = true, SeenGone = true, Says = $"all {facts.Voting.Count} voting exclusions are deleted", Facts = facts2 }
            : new ActReport { Done = false, Reason = ClearReasons.TimedOut, Unfinished = answer.State == WriteState.Unknown, Says = $"{after.Voting.Count} voting exclusions are there after the request; {answer.Says}", Facts = facts2 };
    }

    private async Task<StateAnswer> StateAsync()
    {
        using JsonDocument answer = await parts.Client.GetAsync(StateAnswer.Path(parts.Client.MasterTimeout, whole: false), CancellationToken.None).ConfigureAwait(false);
        return StateAnswer.Read(answer.RootElement);
    }

    /// <summary>Sends a deletion. Whether the thing is gone is for the look after it to say.</summary>
    private async Task<ActReport> DeleteAsync(string path, string done)
    {
        WriteAnswer answer = await parts.Writer.SendAsync(HttpMethod.Delete, parts.Client.Server!, path, null).ConfigureAwait(false);
        return answer.State == WriteState.Refused
            ? Refuse(answer.Reason!, answer.Says)
            : new ActReport { Done = true, Says = answer.Says.Length > 0 ? answer.Says : done, Facts = ImmutableSortedDictionary<string, string>.Empty.Add("request1", $"DELETE /{path}") };
    }

    /// <summary>Checks that nothing has changed since that makes bringing a mark back dangerous.</summary>
    /// <exception cref="ZombieOpsException">Something has.</exception>
    private async Task<(MarkTarget Target, ClusterFacts Facts)> UndoableAsync(Finding before, string remedy, CancellationToken cancel)
    {
        if (before.Target is not MarkTarget target || remedy is not (SearchRemedies.RemoveEntry or SearchRemedies.ResetSetting))
        {
            throw CannotUndo($"'{Names.ToKebab(remedy)}' cannot be undone by this tool", "set it again by hand, if it is needed");
        }

        (_, ClusterFacts facts) = await parts.Look(new ScanRequest(), cancel).ConfigureAwait(false);
        if (facts.Uuid != target.ClusterUuid)
        {
            throw CannotUndo($"another cluster answers: {Printable.Clean(facts.Name)} ({facts.Uuid}) and not {target.ClusterUuid}", "give the address of the cluster that was changed");
        }

        if (facts.Unread.Count > 0)
        {
            throw CannotUndo($"not everything could be read: {facts.Unread[0]}", "run it again");
        }

        if (remedy == SearchRemedies.RemoveEntry)
        {
            if (SettingsView.Of(facts).Get(target.Scope, target.Setting)?.Entries.Contains(target.Entry) == true)
            {
                throw CannotUndo($"{target.Entry} is in {target.Scope} {target.Setting} already", "nothing is left to do");
            }

            var matcher = new NodeMatcher(facts.Nodes);
            IReadOnlyList<NodeFacts> nodes = matcher.Match(target.Setting[SettingNames.Exclude.Length..], target.Entry);
            if (nodes.FirstOrDefault(node => node.Id != target.NodeId) is { } other)
            {
                throw CannotUndo($"{target.Entry} names the node {other.Name} now, which it did not name before", "exclude that node by hand, if that is what you want");
            }

            var excluded = MarkReader.Exclusions(facts, matcher).Where(mark => !mark.Shadowed && mark.InForce != false).SelectMany(mark => mark.Nodes).Concat(nodes).Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
            if (facts.Nodes.Values.Where(node => node.HoldsData != false).All(node => excluded.Contains(node.Id)))
            {
                throw CannotUndo("every node that may hold data would be excluded then", "take another exclusion away first");
            }
        }

        return (target, facts);
    }

    private static (EntryEdit[] Lists, ValueEdit[] Values) UndoEdits(MarkTarget target, string remedy, ActPlan done, SettingsView now)
    {
        EntryEdit[] lists = remedy == SearchRemedies.RemoveEntry ? [new EntryEdit(target.Scope, target.Setting, [], [target.Entry])] : [];
        var values = new List<ValueEdit>();
        foreach (MarkedSetting mark in target.Marks.Skip(lists.Length))
        {
            // What somebody has set since is left alone.
            if (now.Raw(mark.Scope, mark.Setting) is null && done.Values.TryGetValue(Name(mark.Scope, mark.Setting), out string? was))
            {
                values.Add(new ValueEdit(mark.Scope, mark.Setting, null, was));
            }
        }

        return (lists, [.. values]);
    }

    private static ZombieOpsException CannotUndo(string message, string next) => new(ErrorIds.CannotUndo, ExitCode.BadUsage, message, next);
}
