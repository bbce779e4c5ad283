using System.CommandLine;
using ZombieOps.Cli.Hosting;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops audit</c>.</summary>
internal static class AuditCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("audit", "Verify, show, anchor and forward the audit log").WithExamples(
            "zombieops audit verify",
            "zombieops audit show --since 1h",
            "zombieops audit anchor > /elsewhere/anchor          # keep it where this host cannot write",
            "zombieops audit verify --anchor \"$(cat /elsewhere/anchor)\"");
        command.Subcommands.Add(AuditVerifyCommand.Create(shell));
        command.Subcommands.Add(AuditShowCommand.Create(shell));
        command.Subcommands.Add(AuditAnchorCommand.Create(shell));
        command.Subcommands.Add(AuditForwardCommand.Create(shell));
        return command;
    }
}
