using System.CommandLine;
using ZombieOps.Audit;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops audit anchor</c>.</summary>
internal static class AuditAnchorCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("anchor", "Print the last record's number and hash, to be kept elsewhere").WithExamples(
            "zombieops audit anchor | ssh vault 'cat >> anchors'");
        var state = new StateFeature(command, withExemptions: false);
        command.SetAction(result =>
        {
            AuditVerification seen = AuditVerifier.Verify(AuditVerifier.DirectoryOf(state.Read(result)), null, shell.Cancel);
            if (!seen.Ok)
            {
                throw new ZombieOpsException(
                    ErrorIds.AuditBroken, ExitCode.FindingsLeft, $"the audit log in {seen.Directory} does not verify: {seen.Faults[0]}", "see 'zombieops audit verify'; an anchor would hide it");
            }

            if (seen.Head is not { } head)
            {
                throw new ZombieOpsException(
                    ErrorIds.BadArgument, ExitCode.BadUsage, $"the audit log in {seen.Directory} has no records yet", "there is nothing to anchor before the first run of 'clear'");
            }

            shell.Out.WriteLine(head.ToString());
            return (int)ExitCode.Clean;
        });
        return command;
    }
}
