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
            "zombieops clear --plan plan.json --yes              # act on it");
        var file = new Option<string>("--output", "-o") { Description = "File to write; - for standard output", HelpName = "FILE", Required = true, Recursive = true };
        command.Options.Add(file);
        var remedies = new RemedyFeature(command);
        var filter = new FilterFeature(command);
        var scan = new ScanFeature(command, withLedger: true);
        var state = new StateFeature(command);
        SourceFeature.Attach(command, [], async (result, source, options) =>
        {
            using var engine = new ZombieEngine(state.Read(result), source.Name, options);
            ScanReport report = await Progress.WhileAsync(shell, "scanning", engine.ScanAsync(scan.Read(result, filter.Read(result, source)), shell.Cancel)).ConfigureAwait(false);
            Plan plan = engine.MakePlan(report, remedies.Read(result));
            string path = result.GetValue(file)!;
            if (path == "-")
            {
                shell.Out.WriteLine(ZombieJson.Write(plan, indented: true));
            }
            else
            {
                PlanFile.Write(path, plan);
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
        return command;
    }
}
