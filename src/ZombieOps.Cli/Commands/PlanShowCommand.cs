using System.CommandLine;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops plan show</c>.</summary>
internal static class PlanShowCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("show", "Show a plan: who made it, what it does, its SHA-256, and who approved it").WithExamples(
            "zombieops plan show plan.json",
            "zombieops plan show plan.json --output json | jq '.approvals[] | select(.holds)'");
        var file = new Argument<string>("FILE") { Description = "The plan" };
        command.Arguments.Add(file);
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var state = new StateFeature(command, withExemptions: false);
        command.SetAction(result =>
        {
            PlanReview review = PlanApprovals.Review(state.Read(result), PlanFile.Load(result.GetValue(file)!));
            if (output.Read(result) == OutputFormat.Json)
            {
                shell.Out.WriteLine(ZombieJson.Write(review, indented: true));
            }
            else
            {
                PlanWriter.Write(shell, review);
            }

            return (int)ExitCode.Clean;
        });
        return command;
    }
}
