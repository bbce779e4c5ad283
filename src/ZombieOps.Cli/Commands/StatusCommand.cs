using System.CommandLine;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Sweeping;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops status</c>.</summary>
internal static class StatusCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("status", "Show whether the schedule ticks: last complete scan, last exit code, audit log, window, stop file; exits with 3 where a tick is missing").WithExamples(
            "zombieops status --policy /etc/zombieops/policies/processes.yaml",
            "zombieops status --max-age 1h                        # for a monitor: exit 3 where the last complete scan is older",
            "zombieops status --output json | jq '.entries[].lastTick.reason'");
        Option<string?> policyFile = Typed.FilePath("--policy", "The policy whose sources are meant; default every source that was swept into the state directory");
        Option<TimeSpan?> maxAge = Typed.Duration("--max-age", "Age of the last complete scan from which on a tick is missing; default twice the usual distance between ticks");
        command.Options.Add(policyFile);
        command.Options.Add(maxAge);
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var state = new StateFeature(command);
        command.SetAction(result =>
        {
            EngineOptions surroundings = state.Read(result);
            StatusReport report = SweepStatus.Read(surroundings, new StatusRequest
            {
                Policy = result.GetValue(policyFile) is { } file ? PolicyWriter.Load(shell, file, surroundings) : null,
                MaxAge = result.GetValue(maxAge),
            });
            if (output.Read(result) == OutputFormat.Json)
            {
                shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
            }
            else
            {
                StatusWriter.Write(shell, report);
            }

            return report.Exit;
        });
        return command;
    }
}
