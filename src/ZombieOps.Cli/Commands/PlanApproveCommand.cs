using System.CommandLine;
using System.Globalization;
using ZombieOps.Audit;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops plan approve</c>.</summary>
internal static class PlanApproveCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("approve", "Approve a plan that somebody else made: its very bytes, for a time, in the audit log").WithExamples(
            "zombieops plan show plan.json                       # read it first",
            "zombieops plan approve plan.json --why 'CHG-4711, looked at with the team'",
            "zombieops plan approve plan.json --why CHG-4711 --for 2h --sha256 9f86d0…   # only if it is the file that was read",
            "zombieops clear --plan plan.json --require-approval --yes");
        var file = new Argument<string>("FILE") { Description = "The plan" };
        var why = new Option<string>("--why") { Description = "Why, for the audit log: a ticket, a sentence", HelpName = "TEXT", Required = true };
        Option<TimeSpan?> lasts = Typed.Duration("--for", "How long the approval holds; default 24h, at most 30d");
        var expected = new Option<string?>("--sha256") { Description = "Approve only if the file has this SHA-256, as 'plan show' printed it", HelpName = "HASH" };
        command.Arguments.Add(file);
        command.Options.Add(why);
        command.Options.Add(lasts);
        command.Options.Add(expected);
        var state = new StateFeature(command, withExemptions: false);
        command.SetAction(result =>
        {
            PlanDocument document = PlanFile.Load(result.GetValue(file)!);
            if (result.GetValue(expected) is { } hash && !string.Equals(hash, document.Sha256, StringComparison.OrdinalIgnoreCase))
            {
                throw Failure.BadArgument($"the plan {document.Path} has the SHA-256 {document.Sha256}", "it is not the one that was read: see 'zombieops plan show'");
            }

            // Shown first: what is approved is what was read here, whatever becomes of the file.
            PlanWriter.Steps(shell, document);
            AuditRecord approved = PlanApprovals.Approve(state.Read(result), document, result.GetValue(why)!, result.GetValue(lasts) ?? PlanApprovals.UsualTime);
            shell.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{shell.Palette.Good("approved")} by {AuditText.Who(approved)} until {approved.Expires!.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z: record {approved.Sequence} of the audit log"));
            return (int)ExitCode.Clean;
        });
        return command;
    }
}
