using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Drill;

/// <summary>
/// The whole tool on real zombies: makes one of every cause below a host process of its own, scans, explains and clears them with the
/// same engine as every other command, and holds each step against what the kernel says.
/// </summary>
internal sealed class DrillRun : IDisposable
{
    private readonly Shell shell;
    private readonly TextWriter text;
    private readonly Palette palette;
    private readonly long began = Stopwatch.GetTimestamp();
    private readonly ActorHost host;
    private readonly ZombieEngine engine;
    private readonly List<DrillRow> rows = [];
    private readonly List<string> problems = [];
    private readonly CancellationToken cancel;
    private AuditVerification? audit;

    private DrillRun(Shell shell, bool quiet, CancellationToken cancel)
    {
        this.shell = shell;
        this.cancel = cancel;
        text = quiet ? TextWriter.Null : shell.Out;
        palette = shell.Palette;
        host = ActorHost.Open();
        engine = new ZombieEngine(EngineOptions.FromEnvironment() with
        {
            // Below the host's own directory, which goes with it however the drill ends.
            StateDirectory = Path.Combine(host.Directory, "state"),
            ConfigDirectory = Path.Combine(host.Directory, "config"),
            ConfigDirectoryNamed = false,
            ReapMinimumAge = TimeSpan.Zero,
        });
    }

    /// <summary>The pids of all that the drill has made, and of nothing else: the only findings that it ever looks at or acts on.</summary>
    private ScanSettings Settings => new()
    {
        MinAge = TimeSpan.Zero,
        Settle = TimeSpan.FromMilliseconds(50),
        Filter = new FindingFilter(new Dictionary<string, IReadOnlyList<string>>
        {
            ["pid"] = [.. rows.SelectMany(row => row.Actor.ZombiePids).Select(pid => pid.ToString(CultureInfo.InvariantCulture)).DefaultIfEmpty("none")],
        }),
    };

    /// <summary>Runs a drill.</summary>
    /// <param name="shell">Where it is shown.</param>
    /// <param name="format">How.</param>
    /// <param name="keepAudit">Directory that gets the audit log; null to let it go.</param>
    /// <param name="cancel">Ends it early; what it has made goes with it.</param>
    public static async Task<ExitCode> GoAsync(Shell shell, OutputFormat format, string? keepAudit, CancellationToken cancel)
    {
        if (keepAudit is not null)
        {
            Directory.CreateDirectory(keepAudit);
        }

        bool json = format == OutputFormat.Json;
        DrillReport report;
        using (var run = new DrillRun(shell, json, cancel))
        {
            report = await run.PlayAsync(keepAudit).ConfigureAwait(false);
        }

        if (json)
        {
            shell.Out.WriteLine(JsonSerializer.Serialize(report, DrillJsonContext.Default.DrillReport));
        }

        return report.Ok ? ExitCode.Clean : ExitCode.FindingsLeft;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        engine.Dispose();
        host.Dispose();
    }

    private async Task<DrillReport> PlayAsync(string? keepAudit)
    {
        text.WriteLine($"{palette.Bold("zombieops drill")}: real zombies of every cause, made below process {host.Pid}; nothing else on this host is touched");
        shell.Out.Flush();
        IReadOnlyList<Actor> actors = host.Start([.. DrillCase.All.Select(item => item.Role)]);
        rows.AddRange(DrillCase.All.Select((item, i) => new DrillRow(item, actors[i])));
        cancel.ThrowIfCancellationRequested();

        await FindAsync().ConfigureAwait(false);
        await ClearAsync().ConfigureAwait(false);
        LetOwnersAct();
        await LookAgainAsync().ConfigureAwait(false);
        VerifyAudit(keepAudit);
        return End();
    }

    private async Task FindAsync()
    {
        ScanReport report = await engine.ScanAsync(Settings, cancel).ConfigureAwait(false);
        Title($"Found and explained ({report.Counts.Scanned} processes scanned)");
        var table = new TextTable("PID", "STATE", "CAUSE", "VERDICT", "PARENT", "WHY");
        foreach (DrillRow row in rows)
        {
            if (row.Skipped)
            {
                continue;
            }

            string[] pids = [.. row.Actor.ZombiePids.Select(pid => pid.ToString(CultureInfo.InvariantCulture))];
            row.Findings.AddRange(report.Findings.Where(finding => pids.Contains(FindingText.Fact(finding, "pid"))));
            row.CheckFindings();
            foreach (Finding finding in row.Findings)
            {
                string proof = finding.Evidence.FirstOrDefault(item => item.Fact == row.Case.Proof)?.Says ?? finding.Reason;
                table.Add(
                    FindingText.Fact(finding, "pid"),
                    FindingText.Fact(finding, "state"),
                    FindingText.Cause(finding),
                    FindingText.Verdict(palette, finding.Verdict),
                    finding.Verdict == Verdict.Protected ? "-" : FindingText.Parent(finding),
                    proof);
            }
        }

        if (text != TextWriter.Null)
        {
            table.Write(shell, indent: 2);
        }

        foreach (DrillRow row in rows.Where(row => row.Skipped))
        {
            text.WriteLine($"  {palette.Careful("skipped")} {row.Role}: {row.Actor.SkippedBecause}");
        }

        if (rows.Select(row => row.InContainer).FirstOrDefault(name => name is not null) is { } container)
        {
            text.WriteLine($"  {palette.Careful("skipped")} clearing: this runs in container {Printable.Clean(container)}, and what a container owns is only reported; run the drill on a host to see it cleared");
        }

        foreach (string reason in report.IncompleteBecause)
        {
            text.WriteLine($"  {palette.Careful("note")}: of the rest of this host not all could be seen: {Printable.Clean(reason)}");
        }
    }

    private async Task ClearAsync()
    {
        Title("Cleared: guard, intent to the audit log, act, verify, outcome");
        var request = new ClearRequest
        {
            Allowed = rows.SelectMany(row => row.Case.Remedies).ToHashSet(StringComparer.Ordinal),
            Why = "drill",
            Scan = Settings,
            Grace = TimeSpan.FromSeconds(3),
            Limits = new ClearLimits { MaxShare = 1, Watch = TimeSpan.FromMilliseconds(50) },
        };
        using ClearingRun run = await engine.BeginAsync([.. rows.SelectMany(row => row.Findings)], request, cancel).ConfigureAwait(false);
        while (await run.NextAsync(cancel).ConfigureAwait(false) is { } step)
        {
            ClearResult result = step.Result ?? await run.ActAsync(step, cancel).ConfigureAwait(false);
            DrillRow row = rows.First(row => row.Findings.Any(finding => finding.Id == result.FindingId));
            row.Results.Add(result);
            Show(result, FindingText.Cause(row.Findings.First(finding => finding.Id == result.FindingId)));
        }

        ClearReport report = await run.EndAsync(cancel).ConfigureAwait(false);
        if (report.StoppedBecause is { } stopped)
        {
            problems.Add($"the run was stopped: {stopped}");
        }

        cancel.ThrowIfCancellationRequested();
        foreach (DrillRow row in rows.Where(row => !row.Skipped))
        {
            row.CheckCleared();
        }
    }

    private void Show(ClearResult result, string cause)
    {
        // What the engine rightly does not touch reads as what it is here, and not as something that went wrong.
        string outcome = (result.Outcome == ClearOutcome.Skipped ? "left alone" : Names.ToKebab(result.Outcome.ToString())).PadRight(12);
        string painted = result.Outcome switch
        {
            ClearOutcome.Cleared or ClearOutcome.AlreadyGone => palette.Good(outcome),
            ClearOutcome.Skipped => palette.Careful(outcome),
            _ => palette.Bad(outcome),
        };
        string remedy = result.Remedy is { } code ? Names.ToKebab(code) : "-";
        text.WriteLine($"  {painted} {remedy,-10} {Printable.Clean($"{result.Target}, {cause}: {result.Says}")}");
        shell.Out.Flush();
    }

    private void LetOwnersAct()
    {
        foreach (DrillRow row in rows.Where(row => !row.Skipped && row.Case.OwnerActs is not null))
        {
            if (row.Actor.TracerPid != 0)
            {
                row.Actor.EndTracer();
            }
            else if (row.Actor.Fifo is not null)
            {
                row.Actor.Unblock();
            }
            else
            {
                row.Actor.Dispose();
            }

            bool gone = row.Actor.ZombiePids.All(pid => ProcFs.AwaitGone(pid));
            text.WriteLine($"  {palette.Careful("by owner    ")} {"-",-10} {row.Role}: its owner {row.Case.OwnerActs}, and the zombie is {(gone ? "gone" : "still there")}");
            if (!gone)
            {
                row.Problems.Add("it is still there although its owner has acted");
            }
        }
    }

    private async Task LookAgainAsync()
    {
        ScanReport report = await engine.ScanAsync(Settings, cancel).ConfigureAwait(false);
        Title("Looked again");
        foreach (Finding finding in report.Findings.Where(finding => finding.Verdict != Verdict.Protected))
        {
            if (rows.Any(row => row.InContainer is not null && row.Findings.Any(item => item.Id == finding.Id)))
            {
                continue;
            }

            problems.Add($"{finding.Target} is still found: {finding.Cause}, {finding.Verdict}");
        }

        int gone = rows.SelectMany(row => row.Actor.ZombiePids.Where(_ => row.Case.Verdict != Verdict.Protected)).Count(pid => ProcFs.State(pid) is null);
        text.WriteLine($"  {gone} zombies are gone from the process table");
        foreach (DrillRow row in rows.Where(row => row.Case.Verdict == Verdict.Protected && !row.Skipped))
        {
            bool found = report.Findings.Any(finding => finding.Verdict == Verdict.Protected && finding.Reason == row.Findings.FirstOrDefault()?.Reason);
            bool alive = row.Actor.GoesOn();
            text.WriteLine($"  {row.Role} ({row.Actor.Pid}) {(alive ? "still runs" : "HAS ENDED")}: it has counted to {row.Actor.ReadCounter()}");
            if (!found || !alive)
            {
                row.Problems.Add(alive ? "the second scan does not protect it any more" : "the live program does not run any more");
            }
        }
    }

    private void VerifyAudit(string? keepAudit)
    {
        Title("Audit log");
        string directory = AuditVerifier.DirectoryOf(engine.Options);
        audit = AuditVerifier.Verify(directory, null, cancel);
        if (audit.Ok && audit.Records > 0)
        {
            text.WriteLine($"  {palette.Good("intact")}: {audit.Records} records, head {audit.Head}");
        }
        else
        {
            problems.Add(audit.Ok ? "the audit log is empty" : $"the audit log does not verify: {audit.Faults[0]}");
        }

        if (keepAudit is not null)
        {
            string to = Path.Combine(keepAudit, Path.GetFileName(directory));
            Directory.CreateDirectory(to);
            foreach (string file in Directory.EnumerateFiles(directory))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
            }

            text.WriteLine($"  kept: zombieops audit verify --state {keepAudit}");
        }
    }

    private DrillReport End()
    {
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var all = problems.Concat(rows.SelectMany(row => row.Problems.Select(problem => $"{row.Role}: {problem}"))).ToList();
        text.WriteLine();
        foreach (string problem in all)
        {
            text.WriteLine($"{palette.Bad("FAILED")} {Printable.Clean(problem)}");
        }

        int played = rows.Count(row => !row.Skipped);
        string verdict = all.Count == 0 ? palette.Good("as it should be") : palette.Bad($"{all.Count} things are not as they should be");
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{played} of {rows.Count} cases played in {seconds:F1} s: {verdict}"));
        return new DrillReport
        {
            Ok = all.Count == 0,
            Seconds = Math.Round(seconds, 3),
            AuditRecords = audit?.Records ?? 0,
            AuditIntact = audit?.Ok ?? false,
            Cases =
            [
                .. rows.Select(row => new DrillResult
                {
                    Role = row.Role,
                    Pids = row.Actor.ZombiePids,
                    Cause = row.Findings.FirstOrDefault()?.Cause,
                    Verdict = row.Findings.FirstOrDefault()?.Verdict.ToString(),
                    Remedies = [.. row.Results.Where(result => result.Outcome == ClearOutcome.Cleared).Select(result => result.Remedy!).Distinct()],
                    SkippedBecause = row.Actor.SkippedBecause,
                    Problems = row.Problems,
                }),
            ],
        };
    }

    private void Title(string title)
    {
        text.WriteLine();
        text.WriteLine(palette.Bold(title));
        shell.Out.Flush();
    }
}
