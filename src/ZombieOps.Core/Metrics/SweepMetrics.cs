using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Metrics;

/// <summary>What one tick of a sweep says to Prometheus. No series is named after a finding, so their number does not grow with what is found.</summary>
internal static class SweepMetrics
{
    private static readonly string Version = typeof(SweepMetrics).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>Writes the metrics of one tick.</summary>
    /// <param name="report">The tick.</param>
    /// <param name="whole">Its scan before any filter; null where nothing could be seen.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="labels">Labels that the user adds to each.</param>
    public static byte[] Write(SweepReport report, ScanReport? whole, TimeSpan took, IReadOnlyDictionary<string, string> labels)
    {
        var text = new MetricText([("source", report.Source), .. labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => (label.Key, label.Value))]);
        text.Gauge("zombieops_build_info", "Version of zombieops that wrote these metrics.", [([("version", Version)], 1)]);
        text.Gauge("zombieops_last_scan_timestamp_seconds", "Unix time at which the last scan began, whatever became of it.", Seconds(report.StartedAt));
        text.Gauge(
            "zombieops_last_successful_scan_timestamp_seconds",
            "Unix time at which the last scan that saw everything began; 0 where there was none.",
            report.LastSuccessfulScanAt is { } last ? Seconds(last) : 0);
        text.Gauge("zombieops_scan_complete", "Whether the last scan saw everything (1) or not (0).", whole is { Complete: true } ? 1 : 0);
        if (whole is not null)
        {
            Findings(text, report, whole);
        }

        text.Gauge(
            "zombieops_clear_results",
            "Results of the last tick's clearing by outcome; absent where it was not to clear anything.",
            report.Clear is { } clear
                ? Enum.GetValues<ClearOutcome>().Select(outcome => ((IReadOnlyList<(string, string)>)Labels(("outcome", outcome.ToString())), (double)clear.Results.Count(result => result.Outcome == outcome)))
                : []);
        text.Gauge("zombieops_open_intents", "Acts that the audit log announces and whose outcome it does not hold.", report.OpenIntents);
        text.Gauge("zombieops_recovered_intents", "Acts of interrupted runs that the last tick judged and closed.", report.Recovered.Count);
        text.Gauge("zombieops_sweep_exit_code", "Exit code of the last tick.", report.Exit);
        text.Gauge("zombieops_sweep_duration_seconds", "How long the last tick took.", took.TotalSeconds);
        return text.ToBytes();
    }

    private static void Findings(MetricText text, SweepReport report, ScanReport whole)
    {
        HashSet<string> gone = report.Gone();
        Finding[] left = [.. whole.Findings.Where(finding => !gone.Contains(finding.Id))];
        text.Gauge("zombieops_scanned", "Things that the last scan looked at.", whole.Counts.Scanned);
        text.Gauge(
            "zombieops_findings",
            "Findings that the last tick left, by verdict and its reason.",
            left.GroupBy(finding => (finding.Verdict, finding.Reason))
                .OrderBy(group => group.Key.Verdict).ThenBy(group => group.Key.Reason, StringComparer.Ordinal)
                .Select(group => ((IReadOnlyList<(string, string)>)Labels(("verdict", group.Key.Verdict.ToString()), ("reason", group.Key.Reason)), (double)group.Count())));

        // A scan that did not see everything may not say "none".
        (Verdict Verdict, Finding[] Of)[] verdicts = [.. Enum.GetValues<Verdict>().Select(verdict => (verdict, left.Where(finding => finding.Verdict == verdict).ToArray()))];
        text.Gauge(
            "zombieops_verdict_findings",
            "Findings that the last tick left, by verdict; 0 only where the scan saw everything.",
            verdicts.Where(item => item.Of.Length > 0 || whole.Complete).Select(item => ((IReadOnlyList<(string, string)>)Labels(("verdict", item.Verdict.ToString())), (double)item.Of.Length)));
        text.Gauge(
            "zombieops_finding_age_seconds",
            "Age of the oldest finding that the last tick left, by verdict.",
            verdicts.Where(item => item.Of.Length > 0).Select(item => ((IReadOnlyList<(string, string)>)Labels(("verdict", item.Verdict.ToString())), item.Of.Max(finding => finding.Age.TotalSeconds))));
    }

    private static (string Name, string Value)[] Labels(params ReadOnlySpan<(string Name, string Code)> codes)
    {
        var labels = new (string, string)[codes.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            labels[i] = (codes[i].Name, Names.ToKebab(codes[i].Code));
        }

        return labels;
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}
