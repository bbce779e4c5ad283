using System.CommandLine;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops plan</c>.</summary>
internal static class PlanCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("plan", "Write down what would be cleared, to be reviewed and then acted on").WithExamples(
            "zombieops plan -o plan.json --allow reap            # scan and write the plan",
            "zombieops plan -o - --cause parent-stopped --allow continue | jq .steps",
            "zombieops plan show plan.json                       # read it",
            "zombieops clear --plan plan.json --yes              # act on it",
            "zombieops plan approve plan.json --why CHG-4711     # by somebody else, for 'clear --require-approval'");
        var file = new Option<string>("--output", "-o") { Description = "File to write; - for standard output", HelpName = "FILE", Required = true };
        command.Options.Add(file);
        var remedies = new RemedyFeature(command);
        var filter = new FilterFeature(command);
        var scan = new ScanFeature(command, withLedger: true);
        var state = new StateFeature(command);
        SourceFeature.Attach(command, [], async (result, source, options) =>
        {
            EngineOptions surroundings = state.Read(result);
            using var engine = new ZombieEngine(surroundings, source.Name, options);
            ScanSettings settings = scan.Read(result, filter.Read(result, source));
            ScanReport report = await Progress.WhileAsync(shell, "scanning", engine.ScanAsync(settings, shell.Cancel)).ConfigureAwait(false);
            Plan plan = engine.MakePlan(report, remedies.Read(result));
            string path = result.GetValue(file)!;
            if (path == "-")
            {
                shell.Out.Write(System.Text.Encoding.UTF8.GetString(PlanFile.Bytes(plan)));
            }
            else
            {
                PlanFile.Write(path, plan);
            }

            if (settings.Remember && plan.Steps.Count > 0)
            {
                Remember(shell, surroundings, plan);
            }

            ScanWriter.Messages(shell, report.Warnings, report.Complete, report.IncompleteBecause);
            foreach (PlanStep step in plan.Steps)
            {
                Finding finding = plan.Scan.Findings.First(item => item.Id == step.FindingId);
                shell.Err.WriteLine(Printable.Clean($"  {Names.ToKebab(step.Remedy)} {finding.Target}, {Names.ToKebab(finding.Cause)}"));
            }

            int left = report.Findings.Count(finding => finding.Verdict == Verdict.Zombie) - plan.Steps.Count;
            int young = report.Findings.Count(finding => finding.Reason == "TooYoung");
            shell.Err.WriteLine(
                $"{plan.Steps.Count} {(plan.Steps.Count == 1 ? "step" : "steps")} planned"
                + (left > 0 ? $"; {left} more {(left == 1 ? "has" : "have")} no remedy that was allowed (see --allow)" : "")
                + (young > 0 ? $"; {young} {(young == 1 ? "is" : "are")} too young (see --min-age; ages begin with the first scan)" : ""));
            return (int)(report.Complete ? ExitCode.Clean : ExitCode.Incomplete);
        });

        // What says how a plan is made is not for the commands that take one.
        foreach (Option option in command.Options)
        {
            option.Recursive = false;
            foreach (Command sub in command.Subcommands)
            {
                sub.Options.Add(option);
            }
        }

        command.Subcommands.Add(PlanShowCommand.Create(shell));
        command.Subcommands.Add(PlanApproveCommand.Create(shell));
        return command;
    }

    /// <summary>Writes down who made it. Without that it is as good a plan, and only cannot be approved.</summary>
    private static void Remember(Shell shell, EngineOptions surroundings, Plan plan)
    {
        try
        {
            PlanApprovals.Remember(surroundings, plan);
        }
        catch (ZombieOpsException e)
        {
            shell.Err.WriteLine($"zombieops: {shell.ErrPalette.Careful("warning")}: {Printable.Clean($"the plan cannot be approved, because who made it is not in the audit log: {e.Message}")}");
        }
    }
}
