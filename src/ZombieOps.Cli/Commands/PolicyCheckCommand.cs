using System.CommandLine;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Policies;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops policy check</c>.</summary>
internal static class PolicyCheckCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("check", "Show everything that is wrong with a policy file, and what to write instead").WithExamples(
            "zombieops policy check policy.yaml",
            "zombieops policy check policy.yaml --scan           # look at its sources as well; clears and writes nothing",
            "zombieops policy check policy.yaml --output json | jq .faults");
        var file = new Argument<string>("file") { Description = "The policy", HelpName = "FILE" };
        var scan = new Option<bool>("--scan") { Description = "Look at its sources as well: options that do not work, exemptions that match nothing or too much" };
        command.Arguments.Add(file);
        command.Options.Add(scan);
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var state = new StateFeature(command);
        command.SetAction(async result =>
        {
            EngineOptions surroundings = state.Read(result);
            PolicyReading reading = PolicyReader.Read(result.GetValue(file)!, surroundings.Clock.GetUtcNow());
            if (result.GetValue(scan) && reading.Policy is { } policy)
            {
                IReadOnlyList<PolicyFault> seen = await Progress.WhileAsync(shell, "scanning", new PolicyRunner(policy, surroundings).TryAsync(shell.Cancel)).ConfigureAwait(false);
                reading = reading with { Faults = [.. reading.Faults.Concat(seen).OrderBy(fault => fault.Line)] };
            }

            PolicyCheckReport report = reading.Report();
            if (output.Read(result) == OutputFormat.Json)
            {
                shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
            }
            else
            {
                PolicyWriter.Faults(shell.Out, shell.Palette, report.Path, report.Faults);
                int errors = report.Faults.Count(fault => fault.Kind == FaultKind.Error);
                shell.Out.WriteLine($"{report.Path}: {PolicyWriter.Count(errors, "error")}, {PolicyWriter.Count(report.Faults.Count - errors, "warning")}");
            }

            return (int)(!report.Valid ? ExitCode.BadUsage : report.Faults.Count > 0 ? ExitCode.FindingsLeft : ExitCode.Clean);
        });
        return command;
    }
}
