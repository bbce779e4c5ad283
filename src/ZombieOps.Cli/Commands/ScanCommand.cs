using System.CommandLine;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops scan</c>.</summary>
internal static class ScanCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("scan", "Show what looks alive and is not, and why").WithExamples(
            "zombieops scan                                      # everything, as a table",
            "zombieops scan --output wide --min-age 5m",
            "zombieops scan --cause parent-not-waiting --unit 'web-*.service'",
            "zombieops scan --output json | jq '.findings[].cause'",
            "zombieops scan --output ndjson --no-ledger | tail -n 1   # the counts alone");
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Wide, OutputFormat.Json, OutputFormat.Ndjson);
        var scan = new ScanFeature(command, withLedger: true);
        var filter = new FilterFeature(command);
        var state = new StateFeature(command);
        SourceFeature.Attach(command, [], async (result, source, options) =>
        {
            var settings = scan.Read(result, filter.Read(result, source));
            using var engine = new ZombieEngine(state.Read(result), source.Name, options);
            ScanReport report = await Progress.WhileAsync(shell, "scanning", engine.ScanAsync(settings, shell.Cancel)).ConfigureAwait(false);
            ScanWriter.Write(shell, report, output.Read(result));
            return (int)ReportExit.Of(report);
        });
        return command;
    }
}
