using Xunit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Search;
using ZombieOps.Sources.Search.Clearing;
using Client = ZombieOps.Sources.Search.Client;

namespace ZombieOps.Core.Tests.Search;

/// <summary>
/// Thousands of made-up histories of a cluster: drains that end, drains that are cut off, restarts, replaced machines, failing reads, scans at odd times. The
/// history knows which marks somebody still wants; a scan that calls one of those a zombie is wrong.
/// </summary>
public sealed class GeneratedWorldTests
{
    // ZOMBIEOPS_WORLDS=10000 makes the whole run of it.
    private static readonly int Worlds = int.TryParse(Environment.GetEnvironmentVariable("ZOMBIEOPS_WORLDS"), out int asked) ? asked : 2500;

    [Fact]
    public async Task No_mark_that_a_live_operation_uses_is_ever_called_a_zombie()
    {
        var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int seed = 0; seed < Worlds; seed++)
        {
            using var history = new History(seed);
            await history.RunAsync(clear => reasons[$"Clear {clear}"] = reasons.GetValueOrDefault($"Clear {clear}") + 1, (finding, wanted) =>
            {
                string key = $"{finding.Verdict} {finding.Reason}";
                reasons[key] = reasons.GetValueOrDefault(key) + 1;
                Assert.False(finding.Verdict == Verdict.Zombie && wanted, $"world {seed}: {finding.Reason} {finding.Target}\n{string.Join('\n', finding.Evidence)}");
            });
        }

        // The worlds would prove nothing if these did not come up.
        foreach (string key in (string[])
            ["Clear Done", "Clear Refused", "Clear Raced", "Zombie Gone", "Zombie Reincarnated", "Zombie Abandoned", "Protected LiveDrain", "Protected Joining", "ReportOnly StalledDrain", "ReportOnly Foreign", "ReportOnly TooYoung", "ReportOnly Dormant", "Unknown NotSeen"])
        {
            Assert.True(reasons.GetValueOrDefault(key) > 5, $"{key}: {reasons.GetValueOrDefault(key)} of {string.Join(", ", reasons)}");
        }
    }

    /// <summary>A ledger in memory: what the real one keeps (see its own tests), without a file for each of tens of thousands of scans.</summary>
    private sealed class FakeLedger(TimeProvider clock) : ISightings
    {
        private readonly Dictionary<string, List<Sample>> samples = [];
        private Dictionary<string, (DateTimeOffset First, DateTimeOffset Last)> seen = [];

        public IReadOnlyList<Sample> Samples(string series) => samples.TryGetValue(series, out List<Sample>? list) ? list : [];

        public Sighting Of(string findingId) => seen.TryGetValue(findingId, out (DateTimeOffset First, DateTimeOffset Last) entry)
            ? new Sighting(entry.First, clock.GetUtcNow() - entry.First, AgeSource.Ledger) { LastSeen = entry.Last }
            : new Sighting(clock.GetUtcNow(), TimeSpan.Zero, AgeSource.FirstSight);

        public void Record(ScanReport report)
        {
            DateTimeOffset now = clock.GetUtcNow();
            ScanMemory memory = report.Memory!;
            foreach ((string series, long value) in memory.Counts)
            {
                (samples.TryGetValue(series, out List<Sample>? list) ? list : samples[series] = []).Add(new Sample(series, now, 0, value));
            }

            var next = report.Findings.Select(finding => finding.Id).Concat(memory.Also).Distinct()
                .ToDictionary(id => id, id => (seen.TryGetValue(id, out (DateTimeOffset First, DateTimeOffset Last) entry) && !memory.Anew.Contains(id) ? entry.First : now, now));
            foreach ((string id, (DateTimeOffset First, DateTimeOffset Last) entry) in seen)
            {
                if (!next.ContainsKey(id) && !(report.Complete && memory.Covers!(id)))
                {
                    next[id] = entry;
                }
            }

            seen = next;
        }
    }

    private sealed class History : IDisposable
    {
        private const string Exclude = "cluster.routing.allocation.exclude.";

        private readonly Random random;
        private readonly SearchFixture fixture = new();
        private readonly FakeCluster cluster;
        private readonly FakeLedger ledger;
        private readonly bool declared;

        // Marks that somebody still wants, by key and entry, with when that ends at the latest.
        private readonly Dictionary<(string Key, string Entry), Operation> operations = [];

        // Shards of each run of a node as they were last reported.
        private readonly Dictionary<string, (int Shards, DateTimeOffset At)> counted = [];
        private DateTimeOffset looked;
        private int ids;

        public History(int seed)
        {
            random = new Random(seed);
            ledger = new FakeLedger(fixture.Clock);
            cluster = new FakeCluster { OpenSearch = random.Next(2) == 0 };
            declared = random.Next(2) == 0;
            if (declared)
            {
                fixture.Values["drain-owner"] = "es-operator";
            }

            for (int i = 1; i <= 4; i++)
            {
                cluster.Nodes.Add(new FakeNode { Id = NewId(), Name = $"es-{i}", Ip = $"10.0.0.{i}", EphemeralId = NewId(), StartedAt = fixture.Clock.Now - TimeSpan.FromDays(9) });
            }
        }

        public async Task RunAsync(Action<string> cleared, Action<Finding, bool> check)
        {
            for (int step = 0; step < 18; step++)
            {
                for (int i = random.Next(3); i > 0; i--)
                {
                    Event();
                }

                Live();
                cluster.Broken.Clear();
                if (random.Next(12) == 0)
                {
                    cluster.Broken.Add(((string[])["nodes", "routing", "indices", "explain"])[random.Next(4)]);
                }

                FakeSearchServer server = cluster.WritableServer();
                bool raced = false;
                using var source = new SearchSource(fixture.Options, fixture.Values, _ => new SearchFixture.Lent(server))
                {
                    WriteHook = async step =>
                    {
                        if (step == WriteStep.FinalRead && !raced && random.Next(3) == 0)
                        {
                            raced = true;
                            await RaceAsync(server);
                        }
                    },
                };
                ScanReport report = await source.ScanAsync(new ScanRequest { Sightings = ledger }, CancellationToken.None);
                ledger.Record(report);
                looked = fixture.Clock.Now;
                if (report.Complete)
                {
                    cluster.Nodes.ForEach(node => node.Met |= node.Up);
                }

                foreach (Finding finding in report.Findings)
                {
                    var target = (MarkTarget)finding.Target;
                    check(finding, operations.ContainsKey((target.Setting, target.Entry)));
                    Assert.False(HasFallen(target) && finding.Verdict is Verdict.Zombie or Verdict.ReportOnly && finding.Reason != SearchReasons.Pattern, $"shards left since the last read, and it is {finding.Reason}: {target}");
                }

                foreach (MarkTarget target in report.Findings.Select(finding => (MarkTarget)finding.Target).Where(target => !cluster.Broken.Contains("nodes") && !cluster.Broken.Contains("routing") && target is { EphemeralId: not null, Shards: not null }))
                {
                    counted[target.EphemeralId!] = (target.Shards!.Value, fixture.Clock.Now);
                }

                Assert.Equal(cluster.Broken.Count == 0 || (cluster.Broken.Contains("explain") && report.Complete), report.Complete);
                if (random.Next(3) == 0 && report.Findings.FirstOrDefault(finding => finding is { Verdict: Verdict.Zombie, Kind: SearchKinds.Exclusion }) is { } zombie)
                {
                    await ClearAsync(source, zombie, cleared, () => raced);
                }

                fixture.Clock.Now += TimeSpan.FromMinutes(random.Next(2) == 0 ? random.Next(1, 18) : random.Next(20, 110));
            }
        }

        /// <summary>
        /// Clears one zombie, and holds against each other what was there before and what is there then: nobody else's entry may be missing, no list that was in
        /// force may be out of it, none that was not may be in it.
        /// </summary>
        private async Task ClearAsync(SearchSource source, Finding zombie, Action<string> cleared, Func<bool> raced)
        {
            var target = (MarkTarget)zombie.Target;
            Dictionary<string, string> lists = Lists(), force = cluster.InForce.ToDictionary();
            int writes = cluster.Writes.Count;
            using IActuator actuator = source.OpenActuator();
            ActReport act;
            try
            {
                act = await actuator.ActAsync(zombie, SearchRemedies.RemoveEntry, new ActSettings { Guard = new ScanRequest { Sightings = ledger } }, CancellationToken.None);
            }
            catch (ZombieOpsException)
            {
                Assert.DoesNotContain(cluster.Writes.Skip(writes), write => write.Who == "tool");
                return;
            }

            string story = $"{zombie.Target}: {act.Says}\nbefore {Show(lists)}, in force {Show(force)}\nafter {Show(Lists())}, in force {Show(cluster.InForce)}\n{string.Join('\n', cluster.Writes.Skip(writes))}";
            var wanted = lists.SelectMany(list => Client.SettingsAnswer.Entries(list.Value).Select(entry => (list.Key, entry)))
                .Where(item => item != (target.Setting, target.Entry)).Concat(operations.Keys.Where(item => item != (target.Setting, target.Entry)).Select(item => (item.Key, item.Entry))).Distinct();
            foreach ((string key, string entry) in wanted)
            {
                Assert.True(Entries(key).Select(one => one.Trim()).Contains(entry), $"{key} {entry} is lost: {story}");
            }

            if (!raced())
            {
                // A list whose last entry went is out of force with it.
                Assert.True(force.Keys.Where(key => cluster.Persistent.ContainsKey(key)).All(cluster.InForce.ContainsKey), $"out of force: {story}");
                Assert.True(cluster.InForce.Keys.All(key => force.ContainsKey(key)), $"woken: {story}");
                Assert.True(act.Done == !Entries(target.Setting).Contains(target.Entry), story);
                foreach ((string key, string value) in lists.Where(list => list.Key != target.Setting))
                {
                    Assert.True(cluster.Persistent[key] == value, $"spelling: {story}");
                }
            }

            if (act.Done)
            {
                // As the watch of a run does: the ledger sees that the mark is gone, or a new one in its place would pass for the old.
                cluster.Broken.Clear();
                ledger.Record(await source.ScanAsync(new ScanRequest { Sightings = ledger }, CancellationToken.None));
            }

            cleared(raced() ? "Raced" : act.Done ? "Done" : act.Reason!);
        }

        private static string Show(IReadOnlyDictionary<string, string> lists) => string.Join(" ", lists.Select(list => $"{list.Key[Exclude.Length..]}='{list.Value}'"));

        private Dictionary<string, string> Lists() => cluster.Persistent.Where(pair => pair.Key.StartsWith(Exclude, StringComparison.Ordinal)).ToDictionary();

        /// <summary>Somebody begins a drain between the tool's final read and its request, as drainers do: reads the list, adds a node, writes it.</summary>
        private async Task RaceAsync(FakeSearchServer server)
        {
            FakeNode? node = cluster.Nodes.FirstOrDefault(node => node.Up && operations.Values.All(operation => operation.Node != node));
            if (node is null)
            {
                return;
            }

            Drain(node);
            for (int i = 0, target = server.Count + 8; i < 1000 && server.Count < target; i++)
            {
                await Task.Delay(1);
            }
        }

        public void Dispose() => fixture.Dispose();

        private bool HasFallen(MarkTarget target) => target is { EphemeralId: { } run, Shards: { } shards }
            && counted.TryGetValue(run, out (int Shards, DateTimeOffset At) before) && shards < before.Shards && fixture.Clock.Now - before.At < TimeSpan.FromHours(2);

        private string NewId() => $"n{++ids}";

        private void Event()
        {
            FakeNode node = cluster.Nodes[random.Next(cluster.Nodes.Count)];
            bool wanted = operations.Values.Any(operation => operation.Node == node);
            switch (random.Next(7))
            {
                case 0 or 1 when node.Up && !wanted && operations.Count < 2:
                    Drain(node);
                    break;
                case 2 when wanted:
                    // The drainer is killed: the mark stays and nobody wants it any more.
                    operations.Remove(operations.First(pair => pair.Value.Node == node).Key);
                    break;
                case 3 when node.Up && node.Met:
                    // A restart, seen or not: it is over within the ten minutes that are declared.
                    (node.Up, node.Met, node.BackAt) = (false, false, fixture.Clock.Now + TimeSpan.FromMinutes(random.Next(1, 9)));
                    break;
                case 3 when !node.Up && fixture.Clock.Now >= node.BackAt && fixture.Clock.Now - looked > TimeSpan.FromMinutes(20):
                    // Restarted twice, and back in between unseen: away at two looks in a row and never gone. Twice between two looks that are close is not among these worlds: no scan
                    // can tell it.
                    node.BackAt = fixture.Clock.Now + TimeSpan.FromMinutes(random.Next(1, 9));
                    break;
                case 4 when node.Up && !wanted:
                    // The machine is given up and another takes its name and address.
                    (node.Id, node.EphemeralId, node.StartedAt, node.Shards, node.Leaving) = (NewId(), NewId(), fixture.Clock.Now, 0, 0);
                    break;
                case 5 when node.Up && !wanted && cluster.Nodes.Count > 2:
                    cluster.Nodes.Remove(node);
                    break;
                case 6 when cluster.Nodes.Count < 6:
                    int next = ++ids;
                    cluster.Nodes.Add(new FakeNode { Id = NewId(), Name = $"es-{next}", Ip = $"10.0.1.{next}", EphemeralId = NewId(), StartedAt = fixture.Clock.Now });
                    break;
            }
        }

        private void Drain(FakeNode node)
        {
            string key = Exclude + (random.Next(2) == 0 ? "_ip" : "_name");
            string entry = key.EndsWith("_ip", StringComparison.Ordinal) ? node.Ip : node.Name;
            string[] there = Entries(key);
            if (!there.Contains(entry))
            {
                cluster.Put("persistent", key, string.Join(',', [.. there, entry]));
            }
            else if (random.Next(2) == 0)
            {
                // As a drainer does that sets its mark anew: an old one is gone for a moment.
                Remove(key, entry);
                cluster.Put("persistent", key, string.Join(',', [.. Entries(key), entry]));
            }

            TimeSpan longest = declared ? TimeSpan.FromHours(8) : TimeSpan.FromHours(40);
            // Somebody who finds the mark there already and relies on it leaves no trace at all: no scan can tell, and so it is not among these worlds.
            bool held = !declared && !there.Contains(entry) && random.Next(3) == 0;
            operations[(key, entry)] = new Operation(node, fixture.Clock.Now + (longest * random.NextDouble()), held);
        }

        /// <summary>Lets time have its effect: nodes come back, shards move, drains end.</summary>
        private void Live()
        {
            foreach (FakeNode node in cluster.Nodes)
            {
                if (!node.Up && fixture.Clock.Now >= node.BackAt)
                {
                    (node.Up, node.EphemeralId, node.StartedAt) = (true, NewId(), node.BackAt);
                }

                node.Leaving = 0;
                if (!node.Up)
                {
                    continue;
                }

                if (!cluster.Excludes(node))
                {
                    node.Shards = node.Shards == 0 && random.Next(3) > 0 ? 3 : node.Shards;
                }
                else if (node.Shards > 0 && random.Next(3) > 0)
                {
                    node.Shards--;
                    node.Leaving = Math.Min(node.Shards, random.Next(2));
                }
            }

            foreach (((string key, string entry), Operation operation) in operations.ToList())
            {
                bool over = fixture.Clock.Now >= operation.Until;
                bool empty = operation.Node is { Up: true, Shards: 0 };
                if (over || (empty && !operation.Held))
                {
                    operations.Remove((key, entry));
                    Remove(key, entry);
                    if (!operation.Held && cluster.Nodes.Count > 2)
                    {
                        cluster.Nodes.Remove(operation.Node);
                    }
                }
            }
        }

        private string[] Entries(string key) => cluster.Persistent.GetValueOrDefault(key, "").Split(',', StringSplitOptions.RemoveEmptyEntries);

        private void Remove(string key, string entry)
        {
            string left = string.Join(',', Entries(key).Where(one => one != entry));
            cluster.Put("persistent", key, left.Length == 0 ? null : left);
        }

        /// <param name="Node">The node that it drains.</param>
        /// <param name="Until">When it is over at the latest.</param>
        /// <param name="Held">Whether the empty node is kept: somebody works on it.</param>
        private sealed record Operation(FakeNode Node, DateTimeOffset Until, bool Held);
    }
}
