using ZombieOps.Model;

namespace ZombieOps.Reports;

/// <summary>Counts the acts of a period as they come, and keeps as many as a report holds.</summary>
internal sealed class ActTally(ReportRequest request)
{
    private const int MostIncidents = 10_000;
    private const int MostFindings = 100_000;
    private const int MostPolicies = 200;
    private const int MostBars = 62;

    /// <summary>Ages that are told apart.</summary>
    private static readonly TimeSpan[] AgeSteps = [TimeSpan.Zero, TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.FromDays(7)];

    private readonly Dictionary<string, Group> groups = new(StringComparer.Ordinal);
    private readonly HashSet<(int Group, string Finding)> findings = [];
    private readonly SortedDictionary<DateTimeOffset, SortedDictionary<string, long>> days = [];
    private readonly Dictionary<(string Path, string Sha256), PolicyUse> policies = [];
    private readonly SortedDictionary<string, long> outcomes = new(StringComparer.Ordinal);
    private readonly long[] ages = new long[AgeSteps.Length];
    private readonly List<ReportAct> grave = [];
    private readonly List<ReportAct> plain = [];
    private readonly SortedDictionary<long, long> approved = [];
    private long incidentsBeyond;

    /// <summary>Acts so far.</summary>
    public long Acts { get; private set; }

    /// <summary>Acts that were undone later.</summary>
    public long UndoneLater { get; private set; }

    /// <summary>Acts by outcome.</summary>
    public IReadOnlyDictionary<string, long> Outcomes => outcomes;

    /// <summary>Acts of an outcome.</summary>
    public long Of(ReportOutcome outcome) => outcomes.GetValueOrDefault(outcome.ToString());

    /// <summary>Length of a bar of the chart, in days.</summary>
    public int DaysOfABar { get; } = Length(request);

    /// <summary>Counts an act, and gives it with the number of its incident.</summary>
    public ReportAct Add(ReportAct act)
    {
        Acts++;
        UndoneLater += act.UndoneBy is null ? 0 : 1;
        string outcome = act.Outcome.ToString();
        Count(outcomes, outcome);
        Group group = GroupOf(act);
        act = act with { Incident = group.Number };
        group.Add(act, findings.Count < MostFindings && findings.Add((group.Number, act.FindingId ?? "")));
        DateTimeOffset at = act.At >= request.From ? act.At : act.EndedAt ?? request.From;
        DateTimeOffset begins = FirstDay(request).AddDays(Math.Floor((at - FirstDay(request)).TotalDays / DaysOfABar) * DaysOfABar);
        if (!days.TryGetValue(begins, out SortedDictionary<string, long>? day))
        {
            days[begins] = day = new(StringComparer.Ordinal);
        }

        Count(day, outcome);
        if (act is { Age: { } age, Undoes: null, Remedy: not "Mark" })
        {
            ages[Array.FindLastIndex(AgeSteps, step => age >= step)]++;
        }

        Policy(act);
        if (act.Approval is { } approval && (approved.ContainsKey(approval) || approved.Count < MostPolicies))
        {
            approved[approval] = approved.GetValueOrDefault(approval) + 1;
        }

        Keep(act);
        return act;
    }

    /// <summary>The incidents that the report holds: those of the acts that it holds, and of what needs a look first.</summary>
    public IReadOnlyList<ReportIncident> Incidents() =>
        [.. groups.Values.Select(group => group.Incident()).OrderByDescending(incident => Gravity(incident.Outcomes)).ThenBy(incident => incident.First).ThenBy(incident => incident.Number).Take(request.MaxActs)];

    /// <summary>All incidents that were told apart.</summary>
    public int IncidentCount => groups.Count;

    /// <summary>Incidents that the report does not hold.</summary>
    public long IncidentsLeftOut => Math.Max(0, groups.Count - request.MaxActs) + incidentsBeyond;

    /// <summary>The acts that the report holds.</summary>
    public IReadOnlyList<ReportAct> Kept() => [.. grave.Concat(plain.Take(request.MaxActs - grave.Count)).OrderBy(act => act.Sequence)];

    /// <summary>The days with acts.</summary>
    public IReadOnlyList<ReportDays> Days() => [.. days.Select(day => new ReportDays(day.Key, DaysOfABar, day.Value))];

    /// <summary>The ages.</summary>
    public IReadOnlyList<ReportAge> Ages() => [.. AgeSteps.Select((from, i) => new ReportAge(from, i + 1 < AgeSteps.Length ? AgeSteps[i + 1] : null, ages[i]))];

    /// <summary>The policies that the acts name, as they are now.</summary>
    public IReadOnlyList<ReportPolicy> Policies() => [.. policies.OrderBy(item => item.Value.First).Select(item => new ReportPolicy
    {
        Name = item.Value.Name,
        Path = item.Key.Path,
        Sha256 = item.Key.Sha256,
        Acts = item.Value.Acts,
        First = item.Value.First,
        Last = item.Value.Last,
        Now = PolicyFileNow.Compare(item.Key.Path, item.Key.Sha256),
    })];

    /// <summary>The approvals of the period, and those that its acts went by, each with how many did.</summary>
    /// <param name="given">All that are known.</param>
    public IReadOnlyList<ReportApproval> Approvals(IReadOnlyDictionary<long, ReportApproval> given) =>
        [.. given.Values.Where(one => one.At >= request.From || approved.ContainsKey(one.Sequence)).Select(one => one with { Acts = approved.GetValueOrDefault(one.Sequence) }).Take(request.MaxActs)];

    /// <summary>Approvals that acts name and the audit log does not have.</summary>
    public IReadOnlyList<long> Unapproved(IReadOnlyDictionary<long, ReportApproval> given) => [.. approved.Keys.Where(sequence => !given.ContainsKey(sequence))];

    /// <summary>Midnight UTC before the period.</summary>
    public static DateTimeOffset FirstDay(ReportRequest request) => new(request.From.UtcDateTime.Date, TimeSpan.Zero);

    private static int Length(ReportRequest request)
    {
        int bar = (int)Math.Ceiling(Math.Max(1, (request.To - FirstDay(request)).TotalDays) / MostBars);
        return bar is > 1 and < 7 ? 7 : bar;
    }

    private static void Count(SortedDictionary<string, long> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;

    private static int Gravity(IReadOnlyDictionary<string, long> outcomes) =>
        outcomes.ContainsKey(nameof(ReportOutcome.Open)) ? 4
        : outcomes.ContainsKey(nameof(ReportOutcome.Failed)) ? 3
        : outcomes.ContainsKey(nameof(ReportOutcome.NotPermitted)) || outcomes.ContainsKey(nameof(ReportOutcome.Reasserted)) ? 2
        : 0;

    private Group GroupOf(ReportAct act)
    {
        string key = string.Join('\0', act.Source, act.Origin ?? act.FindingId, act.Cause);
        if (groups.TryGetValue(key, out Group? group))
        {
            return group;
        }

        if (groups.Count >= MostIncidents)
        {
            incidentsBeyond++;
            return new Group(0);
        }

        return groups[key] = new Group(groups.Count + 1);
    }

    private void Policy(ReportAct act)
    {
        if (act is not { Policy: { } path, PolicySha256: { } sha256 })
        {
            return;
        }

        if (!policies.TryGetValue((path, sha256), out PolicyUse? use) && policies.Count < MostPolicies)
        {
            PolicyReason.TryRead(act.Why, out string? name, out _, out _);
            policies[(path, sha256)] = use = new PolicyUse(name, act.At);
        }

        use?.Add(act.At);
    }

    private void Keep(ReportAct act)
    {
        if (act.NeedsLook && grave.Count < request.MaxActs)
        {
            grave.Add(act);
        }
        else if (!act.NeedsLook && plain.Count + grave.Count < request.MaxActs)
        {
            plain.Add(act);
        }
    }

    private sealed class PolicyUse(string? name, DateTimeOffset first)
    {
        public string? Name { get; } = name;

        public DateTimeOffset First { get; private set; } = first;

        public DateTimeOffset Last { get; private set; } = first;

        public long Acts { get; private set; }

        public void Add(DateTimeOffset at)
        {
            Acts++;
            (First, Last) = (at < First ? at : First, at > Last ? at : Last);
        }
    }

    private sealed class Group(int number)
    {
        private readonly SortedDictionary<string, long> outcomes = new(StringComparer.Ordinal);
        private ReportAct? first;
        private (DateTimeOffset First, DateTimeOffset Last) times = (DateTimeOffset.MaxValue, DateTimeOffset.MinValue);
        private TimeSpan oldest;
        private int distinct;
        private long acts;

        public int Number => number;

        public void Add(ReportAct act, bool another)
        {
            // There may be many groups, and none of them shows evidence.
            first ??= act with { Evidence = [], Requests = [], Says = null, Why = null };
            acts++;
            distinct += another ? 1 : 0;
            times = (act.At < times.First ? act.At : times.First, act.At > times.Last ? act.At : times.Last);
            oldest = act.Age > oldest ? act.Age.Value : oldest;
            Count(outcomes, act.Outcome.ToString());
        }

        public ReportIncident Incident() => new()
        {
            Number = number,
            Source = first!.Source ?? "",
            Cause = first.Cause ?? "",
            What = first.Target ?? first.FindingId ?? "",
            Owner = first.Owner.Count > 0 ? first.Owner[0] : null,
            First = times.First,
            Last = times.Last,
            Findings = Math.Max(1, distinct),
            Acts = acts,
            Outcomes = outcomes,
            Oldest = oldest,
        };
    }
}
