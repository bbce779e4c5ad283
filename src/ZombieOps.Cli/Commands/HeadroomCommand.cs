using System.CommandLine;
using System.Globalization;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops headroom</c>.</summary>
internal static class HeadroomCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("headroom", "Show who runs out of processes first, and how many of those in use are dead").WithExamples(
            "zombieops headroom                        # limits of cgroups, users and the host, the nearest first",
            "zombieops headroom --output json | jq '.rows[] | select(.share > 0.8)'");
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var noLedger = new Option<bool>("--no-ledger") { Description = "Do not keep this look for the next one's growth" };
        command.Options.Add(noLedger);
        var state = new StateFeature(command);
        SourceFeature.Attach(command, [], async (result, source, options) =>
        {
            using var engine = new ZombieEngine(state.Read(result), source.Name, options);
            HeadroomReport report = await engine.HeadroomAsync(!result.GetValue(noLedger), shell.Cancel).ConfigureAwait(false);
            if (output.Read(result) == OutputFormat.Json)
            {
                shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
            }
            else
            {
                Write(shell, report);
            }

            return (int)(report.Complete ? ExitCode.Clean : ExitCode.Incomplete);
        });
        return command;
    }

    private static void Write(Shell shell, HeadroomReport report)
    {
        var table = new TextTable("USED", "MAX", "SHARE", "DEAD", "PER HOUR", "FULL IN", "LIMIT", "OF");
        foreach (HeadroomRow row in report.Rows)
        {
            table.Add(
                Number(row.Used),
                Number(row.Max),
                row.Share.ToString("P0", CultureInfo.InvariantCulture),
                row.Dead is { } dead ? Number(dead) : "?",
                row.PerHour is { } rate ? rate.ToString("+0.#;-0.#;0", CultureInfo.InvariantCulture) : "-",
                row.FullIn is { } full ? Durations.Format(full) : "-",
                row.Limit,
                row.Name);
        }

        table.Write(shell);
        ScanWriter.Messages(shell, report.Warnings, report.Complete, report.IncompleteBecause);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
