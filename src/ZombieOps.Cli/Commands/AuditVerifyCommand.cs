using System.CommandLine;
using ZombieOps.Audit;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops audit verify</c>.</summary>
internal static class AuditVerifyCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("verify", "Check that no record was changed, dropped, reordered or cut off").WithExamples(
            "zombieops audit verify                              # exit 0: it is what was written; 1: it is not",
            "zombieops audit verify --anchor 4711:9f86d0…        # that record has to be there, unchanged",
            "zombieops audit verify --output json | jq .faults");
        var anchor = new Option<string?>("--anchor") { Description = "A record that has to be there, as 'audit anchor' printed it", HelpName = "SEQUENCE:HASH" };
        command.Options.Add(anchor);
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var state = new StateFeature(command, withExemptions: false);
        command.SetAction(result =>
        {
            AuditAnchor? expected = result.GetValue(anchor) is { } text ? AuditAnchor.Parse(text) : null;
            AuditVerification seen = AuditVerifier.Verify(AuditVerifier.DirectoryOf(state.Read(result)), expected, shell.Cancel);
            if (output.Read(result) == OutputFormat.Json)
            {
                shell.Out.WriteLine(ZombieJson.Write(seen, indented: true));
            }
            else
            {
                Write(shell, seen);
            }

            bool unread = seen.Faults.Any(fault => fault.Kind == AuditFaultKind.Unreadable);
            // A log that is not there proves nothing: a mistyped directory must not look like a clean one.
            return (int)(seen.Ok && seen.Records == 0 ? ExitCode.Incomplete : seen.Ok ? ExitCode.Clean : unread ? ExitCode.Incomplete : ExitCode.FindingsLeft);
        });
        return command;
    }

    private static void Write(Shell shell, AuditVerification seen)
    {
        foreach (AuditFault fault in seen.Faults)
        {
            shell.Out.WriteLine($"{shell.Palette.Bad(Names.ToKebab(fault.Kind.ToString()))}  {Printable.Clean(fault.ToString())}");
        }

        if (seen.FaultCount > seen.Faults.Count)
        {
            shell.Out.WriteLine($"and {seen.FaultCount - seen.Faults.Count} more");
        }

        foreach (string note in seen.Notes)
        {
            shell.Out.WriteLine($"{shell.Palette.Careful("note")}: {Printable.Clean(note)}");
        }

        string records = seen.Records == 1 ? "1 record" : $"{seen.Records} records";
        if (seen.Ok && seen.Records == 0)
        {
            shell.Out.WriteLine($"{shell.Palette.Careful("nothing to verify")}: there are no records in {seen.Directory}; if there should be, check --state and who ran the tool");
            return;
        }

        shell.Out.WriteLine(seen.Ok
            ? $"{shell.Palette.Good("intact")}: {records} in {seen.Directory}{(seen.Head is { } head ? $", head {head}" : "")}"
            : $"{shell.Palette.Bad("NOT INTACT")}: {seen.FaultCount} fault{(seen.FaultCount == 1 ? "" : "s")} in {records} of {seen.Directory}");
    }
}
