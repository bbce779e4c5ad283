using System.CommandLine;
using ZombieOps.Cli.Hosting;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops policy</c>.</summary>
internal static class PolicyCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("policy", "Check a policy file, and explain what it does with one finding").WithExamples(
            "zombieops policy check policy.yaml",
            "zombieops policy check policy.yaml --scan           # also: options that do not work, exemptions that match nothing",
            "zombieops policy explain policy.yaml 4711");
        command.Subcommands.Add(PolicyCheckCommand.Create(shell));
        command.Subcommands.Add(PolicyExplainCommand.Create(shell));
        return command;
    }
}
