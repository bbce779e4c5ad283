using System.CommandLine;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Sweeping;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops sweep</c>.</summary>
internal static class SweepCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("sweep", "One safe tick, made for cron: reconcile, scan, record, clear what is allowed, write metrics; never asks").WithExamples(
            "zombieops sweep                                     # scan, record, write metrics; clears nothing",
            "zombieops sweep --quiet --allow continue,reap --min-age 10m --max-count 5",
            "zombieops sweep --dry-run --allow reap              # what the tick would do; writes nothing at all",
            "zombieops sweep search --url https://es:9200 --ledger /var/lib/zombieops --metrics /var/lib/node_exporter/zombieops-search.prom");
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var remedies = new RemedyFeature(command);
        var filter = new FilterFeature(command);
        var scan = new ScanFeature(command, withLedger: false);
        var limits = new LimitsFeature(command);
        var state = new StateFeature(command);
        Option<string?> metrics = Typed.FilePath("--metrics", "Write the metrics here; default metrics/SOURCE.prom in the state directory");
        Option<string[]> label = Typed.List("--label", "Labels for all metrics, such as cluster=logs", "NAME=VALUE,...");
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done; writes nothing at all" };
        var why = new Option<string?>("--why") { Description = "Why, for the audit log", HelpName = "TEXT" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print only when something was done, is left to do or is wrong" };
        foreach (Option option in (Option[])[metrics, label, dryRun, why, quiet])
        {
            option.Recursive = true;
            command.Options.Add(option);
        }

        SourceFeature.Attach(command, [], async (result, source, options) =>
        {
            var request = new SweepRequest
            {
                Clear = limits.Apply(
                    new ClearRequest
                    {
                        Allowed = remedies.Read(result),
                        DryRun = result.GetValue(dryRun),
                        Why = result.GetValue(why),
                        Scan = scan.Read(result, filter.Read(result, source)),
                    },
                    source,
                    result),
                MetricsFile = result.GetValue(metrics) is { } file ? Path.GetFullPath(file) : null,
                Labels = Labels(result.GetValue(label)!),
            };
            using var engine = new ZombieEngine(limits.Apply(state.Read(result), result), source.Name, options);
            SweepReport report = await Progress.WhileAsync(shell, "sweeping", engine.SweepAsync(request, shell.Cancel)).ConfigureAwait(false);
            if (!result.GetValue(quiet) || SweepWriter.IsWorthAMail(report))
            {
                SweepWriter.Write(shell, report, output.Read(result));
            }

            return report.Exit;
        });
        return command;
    }

    private static Dictionary<string, string> Labels(string[] pairs)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pair in pairs)
        {
            int at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw Failure.BadArgument($"'{pair}' is no label for --label", "write it like cluster=logs");
            }

            labels[pair[..at]] = pair[(at + 1)..];
        }

        return labels;
    }
}
