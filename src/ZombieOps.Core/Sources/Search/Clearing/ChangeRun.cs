using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ZombieOps.Clearing;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Judging;
using ZombieOps.Sources.Search.Marks;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>One change on its way: rounds of final read, request and read back, until everything is as it has to be.</summary>
internal sealed class ChangeRun(SearchClient client, SearchWriter writer, TimeProvider clock, SettingsChange change, Func<WriteStep, Task>? hook, string? ackTimeout)
{
    private const int MaxRounds = 10;
    private const int ReadBackTries = 20;
    private static readonly TimeSpan ReadBackTime = TimeSpan.FromSeconds(2);

    // How long the request may wait in the master's queue, try by try, before it waits as long as any other. A request that does not get its turn at once would
    // overwrite the change that holds the master up, so it is given up and the settings are read again. Such a request is taken out of the queue unexecuted
    // (org.elasticsearch.cluster.service.MasterService, ProcessClusterEventTimeoutException; the same in OpenSearch).
    private static readonly string[] Turns = ["2ms", "4ms", "8ms", "16ms", "32ms", "64ms"];

    private readonly List<string> requests = [];
    private readonly List<string> notes = [];
    private readonly SortedDictionary<string, string> facts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Scope, string Key), string> before = [];

    /// <summary>What this run wrote last, and the plain spelling that it stands for.</summary>
    private readonly Dictionary<(string Scope, string Key), (string Raw, string Plain, bool Array)> written = [];
    private List<EntryEdit> lists = [.. change.Lists];
    private List<ValueEdit> values = [.. change.Values];
    private HashSet<(string Scope, string Key)>? armed;
    private readonly HashSet<(string Scope, string Key)> waking = [];
    private bool cameBack;
    private bool vanished;
    private bool asText;
    private int turn;
    private bool untaken;

    private bool Rearms => change.Facts.Product == SearchProduct.Elasticsearch;

    public async Task<ChangeResult> RunAsync(CancellationToken cancel)
    {
        try
        {
            return await RoundsAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (requests.Count > 0 && e is (ZombieOpsException or InvalidOperationException or JsonException))
        {
            return Result(false, ClearReasons.TimedOut, $"a request was sent, and what became of it cannot be seen: {e.Message}; look at the settings: nothing is repeated, and the next run finishes what is half done");
        }
    }

    private async Task<ChangeResult> RoundsAsync(CancellationToken cancel)
    {
        for (int round = 1; round <= MaxRounds + turn; round++)
        {
            CancellationToken ends = requests.Count == 0 ? cancel : CancellationToken.None;
            SettingsView first = await SettingsView.ReadAsync(client, ends).ConfigureAwait(false);
            ExplainFacts? explain = Rearms ? await ExplainAsync(first, ends).ConfigureAwait(false) : null;
            if (armed is null)
            {
                Adopt(first);
                if (Decide(first, explain) is { } refusal)
                {
                    return refusal;
                }
            }

            var sampler = SettingsSampler.Start(client);
            IReadOnlyList<SettingsLook> seen;
            SettingsView final, back;
            (string? Uuid, long Version) moment;
            WriteAnswer answer;
            Dictionary<(string Scope, string Key), (string? Raw, string? Plain, bool Array)> next;
            try
            {
                // The final read comes last: nothing but the request follows it.
                moment = await MomentAsync(ends).ConfigureAwait(false);
                final = await SettingsView.ReadAsync(client, ends).ConfigureAwait(false);
                sampler.Begin();
                if (moment.Uuid != change.Facts.Uuid)
                {
                    return Result(false, ClearingReasons.Refused, $"another cluster answers: {moment.Uuid} and not {change.Facts.Uuid}");
                }

                if (Rearms && first.Difference(final, SettingNames.Exclude) is not null)
                {
                    // What is in force was asked of other exclusions than these.
                    continue;
                }

                if (values.FirstOrDefault(edit => final.Raw(edit.Scope, edit.Key) != edit.Expected) is { } changed)
                {
                    if (requests.Count == 0)
                    {
                        return Result(false, ClearingReasons.Changed, $"{changed.Scope} {changed.Key} was changed by somebody in the meantime: look at it again");
                    }

                    notes.Add($"{changed.Scope} {changed.Key} was changed by somebody and is left as it is");
                    values.Remove(changed);
                }

                next = Next(final, explain);
                if (next.Count == 0 && values.Count == 0)
                {
                    if (requests.Count > 0 && armed!.Count > 0 && explain is null)
                    {
                        return Result(false, ClearReasons.TimedOut, "it was read back as it has to be, and whether the other exclusions are still in force cannot be told, as allocation explain does not answer: look at what is in force");
                    }

                    return vanished
                        ? Result(false, ClearingReasons.Changed, "another writer took it off again at once: somebody works on the same setting")
                        : Result(true, null, requests.Count == 0 ? "nothing was left to change" : "it was read back as it has to be");
                }

                string body = Body(next);
                if (hook is not null)
                {
                    await hook(WriteStep.FinalRead).ConfigureAwait(false);
                }

                ends.ThrowIfCancellationRequested();
                if (requests.Count == 0)
                {
                    foreach ((string Scope, string Key) id in next.Keys.Concat(values.Select(edit => (edit.Scope, edit.Key))))
                    {
                        if (final.Raw(id.Scope, id.Key) is { } raw)
                        {
                            before[id] = raw;
                        }
                    }
                }

                requests.Add($"PUT /_cluster/settings {body}");
                answer = await writer.SendAsync(HttpMethod.Put, client.Server!, $"_cluster/settings?flat_settings=true&master_timeout={Turn}&timeout={ackTimeout ?? client.MasterTimeout}", body).ConfigureAwait(false);
                if (hook is not null)
                {
                    await hook(WriteStep.Answered).ConfigureAwait(false);
                }

                if (answer.State == WriteState.Refused)
                {
                    if (!asText && next.Values.Any(value => value.Array) && answer.Reason == ErrorIds.BadAnswer)
                    {
                        // This server takes lists as text only.
                        asText = true;
                        requests.RemoveAt(requests.Count - 1);
                        continue;
                    }

                    return Refused(answer);
                }

                back = await ReadBackAsync(answer, next).ConfigureAwait(false);
            }
            finally
            {
                seen = await sampler.StopAsync().ConfigureAwait(false);
            }

            if (hook is not null)
            {
                await hook(WriteStep.ReadBack).ConfigureAwait(false);
            }

            bool there = seen.Select(look => look.View).Append(back).Any(view => Shows(view, next)) && (next.Count > 0 || values.All(edit => back.Raw(edit.Scope, edit.Key) == edit.Value));
            if (answer.Reason == ClearingReasons.NotItsTurn && !there && turn < Turns.Length)
            {
                turn++;
                requests.RemoveAt(requests.Count - 1);
                continue;
            }

            if (answer.Reason == ClearingReasons.NotItsTurn && there)
            {
                await RerouteAsync().ConfigureAwait(false);
            }

            if (!there && answer.State == WriteState.Unknown)
            {
                return Result(false, ClearReasons.TimedOut, $"{answer.Says}; it was not seen to have happened, and it is not repeated: look at the settings");
            }

            foreach (((string Scope, string Key) id, (string? raw, string? plain, bool array)) in next)
            {
                written.Remove(id);
                if (raw is not null && plain is not null)
                {
                    written[id] = (raw, plain, array);
                }
            }

            values.RemoveAll(edit => back.Raw(edit.Scope, edit.Key) == edit.Value || answer.State == WriteState.Answered);
            await CompareAsync(first, final, seen, back, next, moment.Version).ConfigureAwait(false);
        }

        return Result(false, ClearingReasons.Changed, $"other writers changed the same settings {MaxRounds} times meanwhile, and it did not come to rest: look at the settings and at what is in force");
    }

    private string Turn => turn < Turns.Length ? Turns[turn] : client.MasterTimeout;

    /// <summary>
    /// Has shards placed anew. A server does so by itself after a change of settings, in a second step; where that did not get its turn the change stands and no
    /// shard moves (org.elasticsearch.action.admin.cluster.settings.TransportClusterUpdateSettingsAction).
    /// </summary>
    private async Task RerouteAsync()
    {
        string path = $"_cluster/reroute?metric=none&master_timeout={client.MasterTimeout}&timeout={client.MasterTimeout}";
        requests.Add($"POST /{path}");
        WriteAnswer answer = await writer.SendAsync(HttpMethod.Post, client.Server!, path, null).ConfigureAwait(false);
        if (answer.State != WriteState.Answered)
        {
            notes.Add($"shards are placed anew only with the next change: {answer.Says}");
        }
    }

    /// <summary>Takes over the spelling that an interrupted act left.</summary>
    private void Adopt(SettingsView now)
    {
        foreach (((string Scope, string Key) id, string raw) in change.Interrupted)
        {
            if (now.Raw(id.Scope, id.Key) is { } current && Spelling.Undo(current, raw) is { } plain)
            {
                written[id] = (current, plain, false);
            }
        }
    }

    /// <summary>
    /// Decides what may be changed and which other exclusions have to stay in force. On Elasticsearch a change of one key puts every key out of force that is
    /// not in the same change, and one in it into force.
    /// </summary>
    private ChangeResult? Decide(SettingsView now, ExplainFacts? explain)
    {
        armed = [];
        foreach (EntryEdit edit in lists.Where(edit => IsExclude(edit.Key)))
        {
            string? left = Spelling.Edit(now.Get(edit.Scope, edit.Key), edit.Remove, edit.Add);
            SettingValue? persistent = now.Get("persistent", edit.Key);
            if (edit.Scope == "persistent" && now.Get("transient", edit.Key) is not null)
            {
                return Result(false, ClearingReasons.Refused, $"a transient {edit.Key} hides the persistent one: clear that first");
            }

            if (edit.Scope == "transient" && persistent?.Entries.Count > 0 && (left is null || now.Get("transient", edit.Key) is null))
            {
                return Result(false, ClearingReasons.Refused, left is null
                    ? $"with the last entry of the transient {edit.Key} gone the persistent one, '{persistent.Raw}', would come into force: clear that first"
                    : $"a transient {edit.Key} would hide the persistent one, '{persistent.Raw}'");
            }
        }

        // Where no exclusion is written none goes out of force.
        if (!Rearms || (lists.Count == 0 && change.Interrupted.Count == 0 && !values.Any(edit => IsExclude(edit.Key))))
        {
            return null;
        }

        ClusterFacts facts = change.Facts with { Persistent = now.Persistent, Transient = now.Transient, Explain = explain };
        ILookup<(string Scope, string Key), Mark> keys = MarkReader.Exclusions(facts, new NodeMatcher(facts.Nodes)).Where(mark => !mark.Shadowed && !FileMarkWords.Is(mark)).ToLookup(mark => (mark.Setting.Scope, mark.Setting.Setting));
        foreach (IGrouping<(string Scope, string Key), Mark> key in keys)
        {
            EntryEdit? edit = lists.FirstOrDefault(edit => (edit.Scope, edit.Key) == key.Key);
            bool inForce = key.Any(mark => mark.InForce == true);
            bool dormant = !inForce && key.Any(mark => mark.InForce == false);
            if (edit is not null)
            {
                if (inForce)
                {
                    armed.Add(key.Key);
                }

                if (dormant && Spelling.Edit(now.Get(edit.Scope, edit.Key), edit.Remove, edit.Add) is { } rest)
                {
                    if (SettingsAnswer.Entries(rest).All(edit.Add.Contains))
                    {
                        // All that it holds is wanted by who writes it.
                        armed.Add(key.Key);
                        waking.Add(key.Key);
                        continue;
                    }

                    return Result(false, ClearingReasons.Refused, $"{edit.Scope} {edit.Key} is listed and not in force, and writing it would bring '{rest}' into force: have whoever set those entries take them away, or clear all of them by hand in one request");
                }

                continue;
            }

            if (inForce)
            {
                armed.Add(key.Key);
            }
            else if (!dormant && !written.ContainsKey(key.Key) && !key.All(mark => mark.Entry == MarkReader.Sentinel || change.Expendable(key.Key.Scope, key.Key.Key, mark.Entry)))
            {
                return Result(false, ClearingReasons.Refused, $"whether {key.Key.Scope} {key.Key.Key} ('{key.First().Setting.Short().Value}') is in force cannot be told, because no live node fits it, and a change of another exclusion would decide it: have its entries cleared or judged first");
            }
        }

        if (lists.Count == 0)
        {
            // Only what is in force may be spelled anew: the rest would wake.
            foreach ((string Scope, string Key) id in written.Keys.Where(id => !armed.Contains(id)).ToList())
            {
                bool unknown = keys[id].All(mark => mark.InForce is null);
                if (!unknown || armed.Count > 0)
                {
                    notes.Add($"{id.Scope} {id.Key} keeps the spelling '{written[id].Raw}', which means the same: it is not in force now, and writing it would change that");
                    written.Remove(id);
                }
            }
        }

        return null;
    }

    /// <summary>What has to be written now: the raw value, and the plain spelling that it stands for. Empty where nothing has to be.</summary>
    private Dictionary<(string Scope, string Key), (string? Raw, string? Plain, bool Array)> Next(SettingsView now, ExplainFacts? explain)
    {
        var want = new Dictionary<(string Scope, string Key), (string? Plain, bool Array)>();
        foreach ((string Scope, string Key) id in lists.Select(edit => (edit.Scope, edit.Key)).Concat(armed!).Concat(written.Keys).Distinct())
        {
            SettingValue? current = now.Get(id.Scope, id.Key);
            bool array = current?.WasArray == true;
            if (current is not null && written.TryGetValue(id, out (string Raw, string Plain, bool Array) mine))
            {
                if (current.Raw == mine.Raw)
                {
                    (current, array) = (Value(mine.Plain), array || mine.Array);
                }
                else if (current.Raw.StartsWith(mine.Raw + ",", StringComparison.Ordinal))
                {
                    // Somebody has added to what stood there.
                    current = Value(mine.Plain + current.Raw[mine.Raw.Length..]);
                }
            }

            EntryEdit? edit = lists.FirstOrDefault(edit => (edit.Scope, edit.Key) == id);
            want[id] = (edit is null ? current?.Raw : Spelling.Edit(current, edit.Remove, edit.Add), array);
        }

        bool Plain((string Scope, string Key) id) => now.Raw(id.Scope, id.Key) == want[id].Plain || (want[id].Plain is null && now.Get(id.Scope, id.Key)?.Entries.Count is null or 0);
        (string Scope, string Key)[] live = [.. want.Keys.Where(id => IsExclude(id.Key) && want[id].Plain is { } plain && SettingsAnswer.Entries(plain).Count > 0)];
        bool disarmed = Rearms && explain?.InForce is { } filters && live.Any(id => armed!.Contains(id)
            && !(filters.TryGetValue(id.Key[SettingNames.Exclude.Length..], out IReadOnlySet<string>? entries) && SettingsAnswer.Entries(want[id].Plain!).All(entries.Contains)));
        disarmed |= Rearms && explain is not null && live.Any(id => waking.Contains(id) && explain.InForce?.ContainsKey(id.Key[SettingNames.Exclude.Length..]) != true);
        if (!disarmed && want.Keys.All(Plain))
        {
            return [];
        }

        if (!Rearms || !want.Keys.Any(id => IsExclude(id.Key)))
        {
            return want.Where(pair => !Plain(pair.Key)).ToDictionary(pair => pair.Key, pair => (pair.Value.Plain, pair.Value.Plain, pair.Value.Array));
        }

        // Every key that is to be in force has to be another text than it is now: all plain where that is so, all spelled anew otherwise.
        bool allPlain = live.All(id => !Plain(id));
        return want.Where(pair => live.Contains(pair.Key) || !Plain(pair.Key)).ToDictionary(
            pair => pair.Key,
            pair => (allPlain || !live.Contains(pair.Key) ? pair.Value.Plain : Spelling.Respell(pair.Value.Plain!, now.Raw(pair.Key.Scope, pair.Key.Key)), pair.Value.Plain, pair.Value.Array));
    }

    /// <summary>Reads what is there after a request; waits a little for one whose answer was lost.</summary>
    private async Task<SettingsView> ReadBackAsync(WriteAnswer answer, Dictionary<(string Scope, string Key), (string? Raw, string? Plain, bool Array)> next)
    {
        long began = clock.GetTimestamp();
        for (int i = 1; ; i++)
        {
            SettingsView back;
            try
            {
                back = await SettingsView.ReadAsync(client, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ZombieOpsException) when (i < ReadBackTries && clock.GetElapsedTime(began) < ReadBackTime)
            {
                // What cut the answer off may cut the read off as well, and be over in a moment.
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock).ConfigureAwait(false);
                continue;
            }

            if (answer.State == WriteState.Answered || answer.Reason == ClearingReasons.NotItsTurn || i == ReadBackTries || (Shows(back, next) && values.All(edit => back.Raw(edit.Scope, edit.Key) == edit.Value)))
            {
                return back;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), clock).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Finds out what the request overwrote. A state that still held what this request changed came before it: what somebody had added there is lost and is
    /// added again; what somebody had taken out there was written back and is taken out again. What goes after the request was in place is somebody's own doing.
    /// </summary>
    private async Task CompareAsync(SettingsView first, SettingsView final, IReadOnlyList<SettingsLook> looks, SettingsView back, Dictionary<(string Scope, string Key), (string? Raw, string? Plain, bool Array)> next, long version)
    {
        // An edit that finds everything as it wants it tells no state apart.
        List<EntryEdit> edits = [.. lists.Where(edit => edit.Remove.Any(entry => Has(final, edit, entry)) || edit.Add.Any(entry => !Has(final, edit, entry)))];
        List<EntryEdit> all = lists;
        SettingsView[] seen = [.. looks.Select(look => look.View)];

        // Where no look met this request's own state, the read back may: then every other one came before it. A look that was under way when that state was first met
        // may be of before it.
        int ours = seen.Append(back).ToList().FindIndex(view => Shows(view, next));
        bool Early(SettingsView view, int place) => edits.Count > 0
            ? edits.Any(edit => edit.Remove.Any(entry => Has(view, edit, entry)) || edit.Add.Any(entry => !Has(view, edit, entry)))
            : ours >= 0 && looks[place].Began <= ours && !Shows(view, next);

        if (edits.Any(edit => edit.Remove.Any(entry => Has(back, edit, entry))))
        {
            cameBack = true;
        }

        if (requests.Count == 1 && all.Any(edit => edit.Add.Any(entry => !Has(back, edit, entry))))
        {
            vanished = true;
        }

        lists = [];
        foreach (((string Scope, string Key) id, _) in next)
        {
            HashSet<string> Entries(SettingsView view) => [.. view.Get(id.Scope, id.Key)?.Entries ?? []];
            HashSet<string> was = Entries(final), now = Entries(back);
            SettingsView? last = null;
            var later = new HashSet<string>(StringComparer.Ordinal);
            for (int i = 0; i < seen.Length; i++)
            {
                if (!Early(seen[i], i))
                {
                    later.UnionWith(Entries(seen[i]));
                }
                else if (seen[i].Raw(id.Scope, id.Key) != final.Raw(id.Scope, id.Key))
                {
                    last = seen[i];
                }
            }

            if (last is null)
            {
                continue;
            }

            EntryEdit? own = all.FirstOrDefault(edit => (edit.Scope, edit.Key) == id);
            HashSet<string> then = Entries(last);
            string[] lost = [.. then.Where(entry => !was.Contains(entry) && !now.Contains(entry) && !later.Contains(entry) && own?.Remove.Contains(entry) != true)];
            string[] undead = [.. was.Where(entry => !then.Contains(entry) && now.Contains(entry) && own?.Remove.Contains(entry) != true && own?.Add.Contains(entry) != true)];
            if (lost.Length + undead.Length > 0)
            {
                lists.Add(new EntryEdit(id.Scope, id.Key, undead, lost));
            }

            if (lost.Length > 0)
            {
                Note("restored", $"{id.Scope} {id.Key}: {string.Join(',', lost)}");
                notes.Add($"another writer added {string.Join(", ", lost)} to {id.Key} in the same moment and was overwritten: added again");
            }

            if (undead.Length > 0)
            {
                Note("removedAgain", $"{id.Scope} {id.Key}: {string.Join(',', undead)}");
                notes.Add($"another writer took {string.Join(", ", undead)} out of {id.Key} in the same moment and was overwritten: taken out again");
            }
        }

        (_, long after) = await MomentAsync(CancellationToken.None).ConfigureAwait(false);
        Note("stateVersions", string.Create(CultureInfo.InvariantCulture, $"{version} to {after}"));

        // A change that moves no shard moves the version by one. More, with nothing seen, is something else that changed in the same moment: it may have been this setting.
        int others = seen.Append(back).Append(first).Count(view => view.Difference(final, SettingNames.Exclude) is not null && !Shows(view, next));
        if (version >= 0 && after - version > 1 + others && !MovesShards())
        {
            Note("unseenChanges", (after - version - 1 - others).ToString(CultureInfo.InvariantCulture));
            notes.Add("the cluster state changed once more in the same moment, and what changed was not seen: if somebody excluded a node just then, look whether the entry is there");
        }
    }

    private bool MovesShards()
    {
        var matcher = new NodeMatcher(change.Facts.Nodes);
        return change.Values.Count > 0 || change.Lists.Any(edit => IsExclude(edit.Key) && edit.Remove.Concat(edit.Add).Any(entry => matcher.Match(edit.Key[SettingNames.Exclude.Length..], entry).Count > 0));
    }

    private static bool Has(SettingsView view, EntryEdit edit, string entry) => view.Get(edit.Scope, edit.Key)?.Entries.Contains(entry) == true;

    private static bool Shows(SettingsView view, Dictionary<(string Scope, string Key), (string? Raw, string? Plain, bool Array)> next) =>
        next.All(pair => pair.Value.Array && view.Get(pair.Key.Scope, pair.Key.Key) is { WasArray: true } list
            ? list.Entries.ToHashSet().SetEquals(SettingsAnswer.Entries(pair.Value.Raw ?? ""))
            : view.Raw(pair.Key.Scope, pair.Key.Key) == pair.Value.Raw);

    private static bool IsExclude(string key) => key.StartsWith(SettingNames.Exclude, StringComparison.Ordinal);

    private static SettingValue Value(string raw) => new(raw, SettingsAnswer.Entries(raw));

    private async Task<ExplainFacts?> ExplainAsync(SettingsView now, CancellationToken cancel)
    {
        foreach (ShardName shard in change.Facts.Nodes.Values.OrderBy(node => node.Id, StringComparer.Ordinal).Select(node => node.Shards?.Sample).OfType<ShardName>().Distinct().Take(3))
        {
            try
            {
                using JsonDocument answer = await client.ExplainAllocationAsync(ExplainAnswer.Body(shard), cancel).ConfigureAwait(false);
                return ExplainAnswer.Read(answer.RootElement, shard, now.Exclusions());
            }
            catch (ZombieOpsException)
            {
                // The index may be gone by now: another shard does as well.
            }
        }

        return null;
    }

    private async Task<(string? Uuid, long Version)> MomentAsync(CancellationToken cancel)
    {
        using JsonDocument answer = await client.GetAsync($"_cluster/state/version?master_timeout={client.MasterTimeout}", cancel).ConfigureAwait(false);
        return (Json.Text(answer.RootElement, "cluster_uuid"), answer.RootElement.TryGetProperty("version", out JsonElement version) && version.TryGetInt64(out long number) ? number : -1);
    }

    private string Body(Dictionary<(string Scope, string Key), (string? Raw, string? Plain, bool Array)> next) => Judging.Requests.Settings(
        [
            .. next.Select(pair => (pair.Key.Scope, pair.Key.Key, pair.Value.Raw, pair.Value.Array && !asText && pair.Value.Raw == pair.Value.Plain)),
            .. values.Select(edit => (edit.Scope, edit.Key, edit.Value, false)),
        ]);

    private void Note(string name, string value) => facts[name] = facts.TryGetValue(name, out string? there) ? $"{there}; {value}" : value;

    private ChangeResult Refused(WriteAnswer answer)
    {
        untaken = requests.Count == 1;
        return Result(false, answer.Reason, untaken ? answer.Says : $"the first request was carried out and a later one was not: {answer.Says}; the next run finishes it");
    }

    private ChangeResult Result(bool done, string? reason, string says)
    {
        if (notes.Count > 0)
        {
            facts["notes"] = string.Join("; ", notes);
        }

        return new ChangeResult
        {
            Done = done,
            Reason = reason,
            Unfinished = !done && requests.Count > 0 && !untaken,
            Says = notes.Count > 0 ? $"{says}; {string.Join("; ", notes)}" : says,
            CameBack = cameBack,
            Requests = [.. requests],
            Before = before,
            Facts = facts.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }
}
