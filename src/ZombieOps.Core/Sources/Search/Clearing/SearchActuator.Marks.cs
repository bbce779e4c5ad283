using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ZombieOps.Clearing;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Judging;
using ZombieOps.Sources.Search.Marks;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>Sets an exclusion together with the record of who wants it and until when, in one request, and takes both away in one.</summary>
internal sealed partial class SearchActuator : IMarks
{
    // Two writers that meet overwrite each other; each puts back what it saw of the other, and looks for its own again.
    private const int MarkTries = 5;
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(500);

    public async ValueTask<MarkPlan> PlanMarkAsync(MarkRequest request, ScanRequest guard, CancellationToken cancel)
    {
        (ScanReport report, ClusterFacts facts) = await parts.Look(guard, cancel).ConfigureAwait(false);
        MarkEdit edit = Decide(request, facts);
        SettingsView now = SettingsView.Of(facts);
        Finding before = report.Findings.FirstOrDefault(finding => finding.Id == edit.Id) ?? Made(edit, facts);
        var values = new Dictionary<string, string>(Values(Touched((MarkTarget)before.Target, now)), StringComparer.Ordinal);
        foreach ((string scope, string key) in (ReadOnlySpan<(string, string)>)[(edit.Scope, edit.Setting), (edit.Scope, edit.Record)])
        {
            // A key that was not there has to be known as well, where what is left half done is to be found again.
            values[Name(scope, key)] = now.Raw(scope, key) ?? "";
        }

        IEnumerable<(string Scope, string Key, string? Value, bool AsArray)> changes = [
            .. edit.Lists.Select(list => (list.Scope, list.Key, Spelling.Edit(now.Get(list.Scope, list.Key), list.Remove, list.Add), false)),
            .. edit.Values.Select(value => (value.Scope, value.Key, value.Value, false))];
        return new MarkPlan(
            before,
            new ActPlan { Values = values.ToImmutableSortedDictionary(StringComparer.Ordinal), Requests = edit.Nothing ? [] : [$"PUT /_cluster/settings {Requests.Settings(changes)}"] },
            edit.Does,
            edit.Nothing);
    }

    public async ValueTask<ActReport> MarkAsync(MarkRequest request, ScanRequest guard, CancellationToken cancel)
    {
        var requests = new List<string>();
        try
        {
            return await MarkAsync(request, guard, requests, cancel).ConfigureAwait(false);
        }
        catch (ZombieOpsException e) when (requests.Count > 0)
        {
            // Where another owner holds it, all was seen; whatever else went wrong left a request behind of which nobody knows.
            return new ActReport { Done = false, Reason = e.ErrorId, Says = $"{e.Message}; {e.NextStep}", Unfinished = e.ErrorId != ErrorIds.MarkHeld, Plan = new ActPlan { Requests = [.. requests] } };
        }
    }

    private async Task<ActReport> MarkAsync(MarkRequest request, ScanRequest guard, List<string> requests, CancellationToken cancel)
    {
        string note = "";
        for (int i = 1; ; i++)
        {
            CancellationToken ends = requests.Count == 0 ? cancel : CancellationToken.None;
            parts.Client.Begin();
            (ScanReport report, ClusterFacts facts) = await parts.Look(guard, ends).ConfigureAwait(false);
            _ = await SettingsView.ReadAsync(parts.Client, ends).ConfigureAwait(false);
            MarkEdit edit = Decide(request, facts);
            if (edit.Nothing)
            {
                return Marked(requests, edit, $"{edit.Does}{note}");
            }

            var zombies = report.Findings.Where(finding => finding is { Verdict: Verdict.Zombie, Kind: SearchKinds.Exclusion }).Select(finding => (MarkTarget)finding.Target)
                .Select(mark => (mark.Scope, mark.Setting, mark.Entry)).ToHashSet();
            ChangeResult result = await Settings().ChangeAsync(
                new SettingsChange { Facts = facts, Lists = edit.Lists, Values = edit.Values, Expendable = (scope, key, entry) => zombies.Contains((scope, key, entry)) }, ends).ConfigureAwait(false);
            requests.AddRange(result.Requests);
            note = result.Says.IndexOf("; ", StringComparison.Ordinal) is > 0 and var at ? result.Says[at..] : note;
            if (!result.Done && (result.Reason != ClearingReasons.Changed || i == MarkTries))
            {
                return Report(result, edit.Does) with { Facts = Facts(requests, edit) };
            }

            ActReport? proof = await ProofAsync(request, edit, requests, note).ConfigureAwait(false);
            if (proof is { Done: true } && !request.TakeAway && i < MarkTries)
            {
                // One who had read the list before this write writes it back within moments, and puts the entry back only if it looks. So look once more.
                await Task.Delay(Linger, parts.Clock, CancellationToken.None).ConfigureAwait(false);
                SettingsView after = await SettingsView.ReadAsync(parts.Client, CancellationToken.None).ConfigureAwait(false);
                if (after.Get(edit.Scope, edit.Setting)?.Entries.Contains(edit.Entry) != true)
                {
                    continue;
                }
            }

            if (proof is not null || i == MarkTries)
            {
                return proof ?? new ActReport { Done = false, Reason = ClearingReasons.Changed, Says = "other writers changed the same settings meanwhile each time: look at the settings", Facts = Facts(requests, edit) };
            }
        }
    }

    /// <summary>Whether it is as it has to be, by a fresh look; null where another writer has overwritten it.</summary>
    private async Task<ActReport?> ProofAsync(MarkRequest request, MarkEdit edit, List<string> requests, string note)
    {
        (ScanReport report, ClusterFacts facts) = await parts.Look(new ScanRequest(), CancellationToken.None).ConfigureAwait(false);
        SettingsView now = SettingsView.Of(facts);
        bool listed = now.Get(edit.Scope, edit.Setting)?.Entries.Contains(edit.Entry) == true;
        string? record = now.Raw(edit.Scope, edit.Record);
        if (request.TakeAway)
        {
            return listed || record is not null ? null : Marked(requests, edit, $"{edit.Entry} is out of {edit.Scope} {edit.Setting}, and its record with it{note}");
        }

        if (!listed || record != edit.Values[0].Value)
        {
            return null;
        }

        string done = $"{edit.Entry} is in {edit.Scope} {edit.Setting} until {DrainRecord.Time(edit.Declared!.Expires)}";
        return (report.Findings.FirstOrDefault(finding => finding.Id == edit.Id)?.Target as MarkTarget)?.InForce switch
        {
            true => Marked(requests, edit, $"{done} and in force{note}"),
            null => Marked(requests, edit, $"{done}; whether it is in force cannot be told, as there is no shard to ask about or no node that it names{note}"),
            _ => new ActReport { Done = false, Reason = ClearingReasons.Changed, Says = $"{done}, and it is not in force: another exclusion was changed in the same moment; mark it again", Facts = Facts(requests, edit) },
        };
    }

    private static ActReport Marked(List<string> requests, MarkEdit edit, string says) =>
        new() { Done = true, Says = says, SeenGone = edit.Declared is null, Facts = Facts(requests, edit), Plan = new ActPlan { Requests = [.. requests] } };

    private static ImmutableSortedDictionary<string, string> Facts(List<string> requests, MarkEdit edit)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["record"] = $"{edit.Scope} {edit.Record}" };
        for (int i = 0; i < requests.Count; i++)
        {
            facts[$"request{i + 1}"] = requests[i];
        }

        if (edit.Declared is { } declared)
        {
            (facts["owner"], facts["expires"]) = (declared.Owner, DrainRecord.Time(declared.Expires));
        }

        return facts.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    /// <summary>What a request comes to as things are now.</summary>
    /// <exception cref="ZombieOpsException">It may not be.</exception>
    private MarkEdit Decide(MarkRequest request, ClusterFacts facts)
    {
        MarkEdit edit = Asked(request, facts);
        IReadOnlyDictionary<string, SettingValue> settings = facts.Settings(edit.Scope);
        bool listed = settings.GetValueOrDefault(edit.Setting)?.Entries.Contains(edit.Entry) == true;
        FoundRecord? found = FoundRecord.Of(settings, edit.Attribute, edit.Entry);
        DateTimeOffset now = DrainRecord.ToSecond(facts.ReadAt);
        string? wrong = found is null ? "no record says whose it is" : found.Problem is { } problem ? $"its record cannot be read: {problem}" : Lease.Untrue(found.Declared!, now);
        if (wrong is null && found!.Declared!.Owner != request.Owner)
        {
            throw new ZombieOpsException(
                ErrorIds.MarkHeld,
                ExitCode.FindingsLeft,
                $"{edit.Entry} is declared by {Printable.Clean(found.Declared.Owner)} until {DrainRecord.Time(found.Declared.Expires)}: {Printable.Clean(found.Declared.Why)}",
                found.Declared.Expires < now ? "ask that owner, or let it lapse: 'zombieops sweep search --allow remove-entry,remove-record'" : "wait until then, or ask that owner");
        }

        DrainRecord? own = wrong is null ? found!.Declared : null;
        if (request.TakeAway)
        {
            if (!listed && found is null)
            {
                return edit with { Nothing = true, Does = $"{edit.Entry} is not in {edit.Scope} {edit.Setting}: nothing is left to do" };
            }

            return own is null
                ? throw Cannot($"{edit.Entry} is in {edit.Scope} {(listed ? edit.Setting : edit.Record)}, and {wrong}", "'zombieops explain search' says what is known of it; take it away with 'zombieops clear search' once it is a zombie")
                : edit with
                {
                    Does = $"take {edit.Entry} out of {edit.Scope} {edit.Setting}, with its record",
                    Lists = listed ? [new EntryEdit(edit.Scope, edit.Setting, [edit.Entry], [])] : [],
                    Values = [new ValueEdit(edit.Scope, edit.Record, found!.Raw, null)],
                };
        }

        if ((listed || found is not null) && own is null && !request.Adopt)
        {
            throw Cannot($"{edit.Entry} is in {edit.Scope} {(listed ? edit.Setting : edit.Record)} already, and {wrong}", "it may be somebody else's drain: find out whose, or take it over with --adopt");
        }

        if (!(listed && own is not null))
        {
            CheckNodes(edit, facts);
        }

        bool renews = listed && own is not null;
        var declared = new DrainRecord(request.Owner, renews ? own!.Since : now, now + request.For, request.Why ?? "", renews ? now : null);
        return edit with
        {
            Does = $"{(renews ? "keep" : "put")} {edit.Entry} {(renews ? "in" : "into")} {edit.Scope} {edit.Setting} until {DrainRecord.Time(declared.Expires)}",
            Lists = [new EntryEdit(edit.Scope, edit.Setting, [], [edit.Entry])],
            Values = [new ValueEdit(edit.Scope, edit.Record, found?.Raw, declared.Write())],
            Declared = declared,
        };
    }

    private void CheckNodes(MarkEdit edit, ClusterFacts facts)
    {
        if (!facts.NodesSeen || facts.Unread.Count > 0)
        {
            throw new ZombieOpsException(ErrorIds.CannotMark, ExitCode.Incomplete, $"not everything could be read{(facts.Unread.Count > 0 ? $": {facts.Unread[0]}" : ", as a node came or went")}", "run it again");
        }

        if (edit.Nodes.Count > 1)
        {
            throw Cannot($"{edit.Entry} names {edit.Nodes.Count} nodes", "mark each by its name: --attribute _name");
        }

        if (edit.Nodes.Count == 0 && !parts.Guards.IsOff(ActGuards.NoNode))
        {
            throw Cannot($"no node of {Printable.Clean(facts.Name)} has the {edit.Attribute} {edit.Entry}", $"look at GET _cat/nodes?h=ip,name, or say '--despite {ActGuards.NoNode}'");
        }

        var excluded = MarkReader.Exclusions(facts, new NodeMatcher(facts.Nodes)).Where(mark => !mark.Shadowed && mark.InForce != false).SelectMany(mark => mark.Nodes).Concat(edit.Nodes)
            .Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        if (!parts.Guards.IsOff(ActGuards.EveryNode) && facts.Nodes.Values.Where(node => node.HoldsData != false).All(node => excluded.Contains(node.Id)))
        {
            throw Cannot("every node that may hold data would be excluded then, and nothing would move", $"take another exclusion away first, or say '--despite {ActGuards.EveryNode}'");
        }
    }

    /// <summary>What is asked for, with everything that is no use refused.</summary>
    private static MarkEdit Asked(MarkRequest request, ClusterFacts facts)
    {
        string entry = request.Entry.Trim();
        string attribute = request.Attribute ?? (IsAddress(entry) ? "_ip" : "_name");
        if (Array.IndexOf(DrainRecord.Attributes, attribute) < 0)
        {
            throw Bad($"'{Printable.Clean(attribute)}' names no single node", $"use one of: {string.Join(", ", DrainRecord.Attributes)}");
        }

        if (entry.Length == 0 || entry.AsSpan().IndexOfAny(',', '*') >= 0 || entry.Any(char.IsControl) || entry == MarkReader.Sentinel || (attribute == "_ip" && !IsAddress(entry)))
        {
            throw Bad($"'{Printable.Clean(entry)}' is no {attribute} of a node", attribute == "_ip" ? "give an address like 10.2.3.9, or --attribute _name" : "give the name of one node, without commas and '*'");
        }

        if (request.Scope is not ("persistent" or "transient"))
        {
            throw Bad($"'{Printable.Clean(request.Scope)}' is no scope", "use persistent or transient");
        }

        if (request.Owner.Trim() is not { Length: > 0 and <= DrainRecord.MaxOwner } owner || owner != request.Owner)
        {
            throw Bad("the owner is empty, too long or begins or ends with a blank", $"give a name of 1 to {DrainRecord.MaxOwner} characters");
        }

        if (!request.TakeAway && (string.IsNullOrWhiteSpace(request.Why) || request.Why.Length > DrainRecord.MaxWhy))
        {
            throw Bad("it is not said why, or too long", $"say in at most {DrainRecord.MaxWhy} characters why, for everybody who finds the mark");
        }

        if (!request.TakeAway && (request.For < TimeSpan.FromSeconds(1) || request.For > DrainRecord.MaxLife))
        {
            throw Bad($"a life of {Durations.Format(request.For)} is not allowed", $"give 1s to {Durations.Format(DrainRecord.MaxLife)}, and renew it while it is wanted");
        }

        string setting = SettingNames.Exclude + attribute;
        return new MarkEdit
        {
            Id = SearchIdentity.Format(facts.Uuid, request.Scope, setting, entry),
            Scope = request.Scope,
            Setting = setting,
            Attribute = attribute,
            Entry = entry,
            Record = DrainRecord.Key(attribute, entry),
            Nodes = new NodeMatcher(facts.Nodes).Match(attribute, entry),
        };
    }

    // IPAddress takes "5" and "010.0.0.1" as well, which the servers do not.
    private static bool IsAddress(string text) => IPAddress.TryParse(text, out IPAddress? address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text) && !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal);

    /// <summary>A mark that is not there yet, for the log.</summary>
    private static Finding Made(MarkEdit edit, ClusterFacts facts)
    {
        NodeFacts? node = edit.Nodes is [var one] ? one : null;
        return new Finding
        {
            Id = edit.Id,
            Source = SearchSource.Register.Name,
            Kind = SearchKinds.Exclusion,
            Verdict = Verdict.Protected,
            Reason = SearchReasons.Leased,
            Cause = SearchCauses.Unknown,
            Target = new MarkTarget
            {
                ClusterUuid = facts.Uuid,
                Cluster = facts.Name,
                Product = facts.Product == SearchProduct.OpenSearch ? "opensearch" : "elasticsearch",
                Scope = edit.Scope,
                Setting = edit.Setting,
                Entry = edit.Entry,
                Node = node?.Name,
                NodeId = node?.Id,
                EphemeralId = node?.EphemeralId,
                NodeStartedAt = node?.StartedAt,
                Shards = node?.Shards?.Count,
                Leaving = node?.Shards?.Leaving,
                DeclaredBy = edit.Declared?.Owner,
                ExpiresAt = edit.Declared?.Expires,
            },
            FirstSeen = facts.ReadAt,
            Age = TimeSpan.Zero,
            AgeFrom = AgeSource.FirstSight,
        };
    }

    private static ZombieOpsException Cannot(string message, string next) => new(ErrorIds.CannotMark, ExitCode.BadUsage, message, next);

    private static ZombieOpsException Bad(string message, string next) => new(ErrorIds.BadArgument, ExitCode.BadUsage, message, next);

    /// <summary>A request for a mark, held against the cluster.</summary>
    private sealed record MarkEdit
    {
        public required string Id { get; init; }

        public required string Scope { get; init; }

        public required string Setting { get; init; }

        public required string Attribute { get; init; }

        public required string Entry { get; init; }

        /// <summary>Name of the setting that holds the record.</summary>
        public required string Record { get; init; }

        public required IReadOnlyList<NodeFacts> Nodes { get; init; }

        public IReadOnlyList<EntryEdit> Lists { get; init; } = [];

        public IReadOnlyList<ValueEdit> Values { get; init; } = [];

        /// <summary>What is declared; null where it is taken away.</summary>
        public DrainRecord? Declared { get; init; }

        public string Does { get; init; } = "";

        public bool Nothing { get; init; }
    }
}
