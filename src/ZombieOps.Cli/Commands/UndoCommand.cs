using System.CommandLine;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops undo</c>.</summary>
internal static class UndoCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("undo", "Undo an act that the audit log holds, under the same guards").WithExamples(
            "zombieops undo search 41 --url https://es:9200 --dry-run",
            "zombieops undo search 41 --url https://es:9200 --yes --why 'ticket 4711'");
        var sequence = new Argument<long>("SEQUENCE") { Description = "Number of the act's intent or outcome, as 'clear' and 'audit show' print it" };
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var state = new StateFeature(command, withExemptions: false);
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done; changes nothing at all", Recursive = true };
        var why = new Option<string?>("--why") { Description = "Why, for the audit log", HelpName = "TEXT", Recursive = true };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask", Recursive = true };
        Option<string?> stopFile = Typed.FilePath("--stop-file", "While this file exists nothing is changed");
        stopFile.Recursive = true;
        foreach (Option option in (Option[])[dryRun, why, yes, stopFile])
        {
            command.Options.Add(option);
        }

        SourceFeature.Attach(command, [sequence], async (result, source, options) =>
        {
            bool agreed = result.GetValue(yes) || result.GetValue(dryRun);
            if (!agreed && !shell.CanAsk)
            {
                throw Failure.BadArgument("nobody can be asked: this is not a terminal", "give --yes or --dry-run");
            }

            EngineOptions surroundings = state.Read(result);
            surroundings = result.GetValue(stopFile) is { } path ? surroundings with { StopFile = Path.GetFullPath(path) } : surroundings;
            using var engine = new ZombieEngine(surroundings, source.Name, options);
            var request = new UndoRequest(result.GetValue(sequence))
            {
                DryRun = result.GetValue(dryRun),
                Why = result.GetValue(why),
                Agree = agreed ? null : plan => Agree(shell, plan),
            };
            ClearReport report = await Progress.WhileAsync(shell, "undoing", engine.UndoAsync(request, shell.Cancel)).ConfigureAwait(false);
            if (output.Read(result) == OutputFormat.Json)
            {
                shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
            }
            else
            {
                ClearWriter.Line(shell, report.Results[0]);
            }

            ClearWriter.Summary(shell, report);
            return (int)ReportExit.Of(report);
        });
        return command;
    }

    private static bool Agree(Shell shell, ActPlan plan)
    {
        foreach (string request in plan.Requests)
        {
            shell.Err.WriteLine(Printable.Clean(request));
        }

        return shell.Ask("undo? [y]es, [N]o: ")?.Trim().ToLowerInvariant() is "y" or "yes";
    }
}
