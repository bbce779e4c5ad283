using System.CommandLine;
using ZombieOps.Cli.Drill;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops drill</c>.</summary>
internal static class DrillCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("drill", "Make real zombies of every cause, and find, explain and clear them: takes seconds, touches nothing else").WithExamples(
            "zombieops drill",
            "zombieops drill --keep-audit ./drill-audit && zombieops audit verify --state ./drill-audit",
            "zombieops drill --output json | jq .ok");
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var keep = new Option<string?>("--keep-audit") { Description = "Keep the drill's audit log in this directory", HelpName = "DIR" };
        command.Options.Add(keep);
        command.SetAction(async (result, cancel) =>
        {
            if (!OperatingSystem.IsLinux())
            {
                throw new ZombieOpsException(ErrorIds.NotLinux, ExitCode.Incomplete, "zombie processes as the drill makes them exist on Linux", "run it there, or in WSL 2");
            }

            return (int)await DrillRun.GoAsync(shell, output.Read(result), result.GetValue(keep), cancel).ConfigureAwait(false);
        });
        return command;
    }
}
