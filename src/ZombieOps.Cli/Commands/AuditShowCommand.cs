using System.CommandLine;
using System.Globalization;
using ZombieOps.Audit;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops audit show</c>.</summary>
internal static class AuditShowCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("show", "Show records of the audit log").WithExamples(
            "zombieops audit show --since 1h",
            "zombieops audit show --run 0f3c… --output ndjson | jq .result.outcome");
        Option<TimeSpan?> since = Typed.Duration("--since", "Only records younger than this");
        var run = new Option<string?>("--run") { Description = "Only records of this run", HelpName = "ID" };
        var finding = new Option<string?>("--id") { Description = "Only records of this finding", HelpName = "ID" };
        command.Options.Add(since);
        command.Options.Add(run);
        command.Options.Add(finding);
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json, OutputFormat.Ndjson);
        var state = new StateFeature(command, withExemptions: false);
        command.SetAction(result =>
        {
            EngineOptions options = state.Read(result);
            var filter = new AuditFilter
            {
                Since = result.GetValue(since) is { } age ? options.Clock.GetUtcNow() - age : null,
                RunId = result.GetValue(run),
                FindingId = result.GetValue(finding),
            };
            bool broken = false;
            IEnumerable<AuditRecord> records = AuditReader.Read(
                AuditVerifier.DirectoryOf(options),
                filter,
                fault =>
                {
                    broken = true;
                    shell.Err.WriteLine($"{shell.ErrPalette.Bad("broken")}: {Printable.Clean(fault.ToString())}");
                },
                shell.Cancel);
            Write(shell, records, output.Read(result));
            return (int)(broken ? ExitCode.FindingsLeft : ExitCode.Clean);
        });
        return command;
    }

    private static void Write(Shell shell, IEnumerable<AuditRecord> records, OutputFormat format)
    {
        if (format == OutputFormat.Table)
        {
            Table(shell, records);
            return;
        }

        // Record by record: a log may be greater than memory.
        bool list = format == OutputFormat.Json;
        bool first = true;
        foreach (AuditRecord record in records)
        {
            shell.Out.Write(list ? first ? "[\n" : ",\n" : "");
            shell.Out.Write(ZombieJson.Write(record));
            shell.Out.Write(list ? "" : "\n");
            first = false;
        }

        if (list)
        {
            shell.Out.WriteLine(first ? "[]" : "\n]");
        }
    }

    private static void Table(Shell shell, IEnumerable<AuditRecord> records)
    {
        foreach (AuditRecord record in records)
        {
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"{record.Sequence,6}  {record.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z  {AuditText.Who(record)}  {Names.ToKebab(record.Kind.ToString()),-11}  {AuditText.What(record)}");
            shell.Out.WriteLine(Printable.Clean(line));
        }
    }
}
