using System.CommandLine;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops explain</c>.</summary>
internal static class ExplainCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("explain", "Show everything about one zombie: evidence, owner, cause, remedies").WithExamples(
            "zombieops explain 4711                     # by process id",
            "zombieops explain 4711 --output json | jq .evidence");
        var what = new Argument<string>("what") { Description = "What to explain, in the source's own words: a process id", HelpName = "PID" };
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var scan = new ScanFeature(command, withLedger: false);
        var state = new StateFeature(command);
        SourceFeature.Attach(command, [what], async (result, source, options) =>
        {
            using var engine = new ZombieEngine(state.Read(result), source.Name, options);
            Finding finding = await engine.ExplainAsync(result.GetValue(what)!, scan.Read(result, FindingFilter.All), shell.Cancel).ConfigureAwait(false);
            if (output.Read(result) == OutputFormat.Json)
            {
                shell.Out.WriteLine(ZombieJson.Write(finding, indented: true));
            }
            else
            {
                ExplainWriter.Write(shell, finding, source);
            }

            return (int)(finding.Verdict switch
            {
                Verdict.Unknown => ExitCode.Incomplete,
                Verdict.Protected => ExitCode.Clean,
                _ => ExitCode.FindingsLeft,
            });
        });
        return command;
    }
}
