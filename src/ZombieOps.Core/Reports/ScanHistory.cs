using ZombieOps.Sweeping;

namespace ZombieOps.Reports;

/// <summary>Tells from a journal of ticks when a source was not scanned.</summary>
internal sealed class ScanHistory
{
    private const int MostGaps = 200;
    private const int MostNames = 200;
    private readonly SortedDictionary<(string Source, string Name), Line> lines = [];

    /// <summary>What could not be read, one sentence each.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Ticks of the period in which an exemption matched, by its id.</summary>
    public Dictionary<string, long> Matches { get; } = new(StringComparer.Ordinal);

    /// <summary>The sources, each with what its ticks tell.</summary>
    public IReadOnlyList<ReportScanning> Sources { get; private set; } = [];

    /// <summary>Reads all journals of a state directory.</summary>
    /// <param name="state">The state directory.</param>
    /// <param name="request">The period.</param>
    /// <param name="now">Until when there can be scans.</param>
    /// <param name="acted">Sources that the audit log has acts of: one without a journal is told as not known.</param>
    /// <param name="cancel">Ends it early.</param>
    public static ScanHistory Read(string state, ReportRequest request, DateTimeOffset now, IReadOnlySet<string> acted, CancellationToken cancel)
    {
        var history = new ScanHistory();
        DateTimeOffset end = now < request.To ? now : request.To;
        foreach ((string source, TickJournal journal) in history.Journals(state))
        {
            history.Read(source, journal, request, end, cancel);
        }

        history.Sources =
        [
            .. history.lines.Select(line => line.Value.Tell(line.Key.Source, line.Key.Name, request, end)),
            .. acted.Where(source => history.lines.Keys.All(key => key.Source != source)).Order(StringComparer.Ordinal).Select(source => new Line().Tell(source, "", request, end)),
        ];
        return history;
    }

    private IReadOnlyList<(string Source, TickJournal Journal)> Journals(string state)
    {
        try
        {
            return TickJournal.All(state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problems.Add($"the record of ticks in {state}/sweep cannot be read: {e.Message}");
            return [];
        }
    }

    private void Read(string source, TickJournal journal, ReportRequest request, DateTimeOffset end, CancellationToken cancel)
    {
        long bad = 0;
        try
        {
            // The whole of it: when it begins is known only from its first line, and a gap may have begun long before the period.
            foreach (TickEntry entry in journal.Read(DateTimeOffset.MinValue, (_, _) => bad++))
            {
                cancel.ThrowIfCancellationRequested();
                string name = ReportText.Cut(entry.Name, 100) ?? "";
                if (!lines.TryGetValue((source, name), out Line? line))
                {
                    if (lines.Count >= MostNames)
                    {
                        continue;
                    }

                    lines[(source, name)] = line = new Line();
                }

                line.Add(entry, request, end);
                if (entry.At >= request.From && entry.At < request.To)
                {
                    foreach (string id in (entry.Matched ?? []).Where(id => Matches.ContainsKey(id) || Matches.Count < ExemptionMemory.Max))
                    {
                        Matches[id] = Matches.GetValueOrDefault(id) + 1;
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problems.Add($"the record of ticks of '{source}' cannot be read: {e.Message}");
        }

        if (bad > 0)
        {
            Problems.Add($"{ReportText.Count(bad, "line")} of the record of ticks of '{source}' {(bad == 1 ? "is" : "are")} no tick: a kill leaves such a line, and so does a change by hand");
        }
    }

    /// <summary>What the ticks of one system tell so far.</summary>
    private sealed class Line
    {
        private readonly List<ReportSpan> gaps = [];
        private DateTimeOffset? since;
        private DateTimeOffset? seen;
        private long ticks, complete, gapCount;
        private TimeSpan gapTotal;
        private (DateTimeOffset? First, DateTimeOffset? Last) whole;
        private int most;

        public void Add(TickEntry entry, ReportRequest request, DateTimeOffset end)
        {
            since = since is { } first && first < entry.At ? first : entry.At;
            bool inside = entry.At >= request.From && entry.At < request.To;
            ticks += inside ? 1 : 0;
            most = inside ? Math.Max(most, entry.Zombies) : most;
            if (!entry.Complete)
            {
                return;
            }

            if (inside)
            {
                complete++;
                whole = (whole.First ?? entry.At, entry.At);
            }

            Gap(seen ?? since, entry.At, request, end);
            seen = seen is { } last && last > entry.At ? last : entry.At;
        }

        public ReportScanning Tell(string source, string name, ReportRequest request, DateTimeOffset end)
        {
            Gap(seen ?? since, end, request, end);
            DateTimeOffset known = since is { } first && first < end ? first : end;
            return new ReportScanning
            {
                Source = source,
                Name = name.Length == 0 ? null : name,
                KnownSince = since,
                Ticks = ticks,
                Complete = complete,
                First = whole.First,
                Last = whole.Last,
                MaxGap = request.MaxGap,
                Gaps = gaps,
                GapCount = gapCount,
                GapTotal = gapTotal,
                Unknown = known > request.From ? new ReportSpan(request.From, known) : null,
                MostZombies = most,
            };
        }

        /// <summary>Counts the time between two complete scans, where it is longer than may be and reaches into the period.</summary>
        private void Gap(DateTimeOffset? from, DateTimeOffset to, ReportRequest request, DateTimeOffset end)
        {
            if (from is not { } begin || to - begin <= request.MaxGap)
            {
                return;
            }

            var inside = new ReportSpan(begin > request.From ? begin : request.From, to < end ? to : end);
            if (inside.To <= inside.From)
            {
                return;
            }

            gapCount++;
            gapTotal += inside.To - inside.From;
            if (gaps.Count < MostGaps)
            {
                gaps.Add(inside);
            }
        }
    }
}
