using System.CommandLine;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops mark</c> and <c>zombieops unmark</c>.</summary>
internal static class MarkCommand
{
    /// <summary>Sets or renews.</summary>
    public static Command Create(Shell shell)
    {
        var command = new Command("mark", "Set a mark with an owner, a reason and an end, or renew it").WithExamples(
            "zombieops mark search 10.2.3.9 --url https://es:9200 --owner drain-job --why 'ticket 4711' --for 2h",
            "zombieops mark search es-data-3 --url https://es:9200 --owner drain-job --why 'ticket 4711' --for 30m --dry-run");
        var why = new Option<string>("--why") { Description = "Why, for everybody who finds the mark, and for the audit log", HelpName = "TEXT", Recursive = true };
        Option<TimeSpan?> life = Typed.Duration("--for", "How long it is wanted from now on, 7d at most; run it again to renew it");
        var adopt = new Option<bool>("--adopt") { Description = "Take over a mark that is there and that nobody has declared", Recursive = true };
        life.Recursive = true;
        foreach (Option option in (Option[])[why, life, adopt])
        {
            command.Options.Add(option);
        }

        return Attach(shell, command, (request, result) => request with
        {
            Why = result.GetValue(why) ?? throw Failure.BadArgument("it is not said why", "give --why TEXT: everybody who finds the mark reads it"),
            For = result.GetValue(life) ?? throw Failure.BadArgument("it is not said for how long", "give --for DURATION, 7d at most; it can be renewed"),
            Adopt = result.GetValue(adopt),
        });
    }

    /// <summary>Takes away.</summary>
    public static Command CreateUnmark(Shell shell)
    {
        var command = new Command("unmark", "Take away a mark that was set with 'mark', with its record").WithExamples(
            "zombieops unmark search 10.2.3.9 --url https://es:9200 --owner drain-job");
        var why = new Option<string?>("--why") { Description = "Why, for the audit log", HelpName = "TEXT", Recursive = true };
        command.Options.Add(why);
        return Attach(shell, command, (request, result) => request with { TakeAway = true, Why = result.GetValue(why) });
    }

    private static Command Attach(Shell shell, Command command, Func<MarkRequest, ParseResult, MarkRequest> more)
    {
        var entry = new Argument<string>("ENTRY") { Description = "Address or name of the node" };
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var state = new StateFeature(command, withExemptions: false);
        var owner = new Option<string>("--owner") { Description = "Who wants it; only the same owner can renew it or take it away", HelpName = "NAME", Recursive = true };
        var attribute = new Option<string?>("--attribute") { Description = "What ENTRY is: _ip, _name, _host or _id; default _ip for an address and _name otherwise", HelpName = "NAME", Recursive = true };
        var scope = new Option<string>("--scope") { Description = "Where it is kept: persistent or transient", HelpName = "NAME", Recursive = true, DefaultValueFactory = _ => "persistent" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done; changes nothing at all", Recursive = true };
        Option<string?> stopFile = Typed.FilePath("--stop-file", "While this file exists nothing is changed");
        stopFile.Recursive = true;
        foreach (Option option in (Option[])[owner, attribute, scope, dryRun, stopFile])
        {
            command.Options.Add(option);
        }

        SourceFeature.Attach(
            command,
            [entry],
            async (result, source, options) =>
            {
                EngineOptions surroundings = state.Read(result);
                surroundings = result.GetValue(stopFile) is { } path ? surroundings with { StopFile = Path.GetFullPath(path) } : surroundings;
                string who = result.GetValue(owner) ?? throw Failure.BadArgument("it is not said who wants it", "give --owner NAME, the same each time");
                MarkRequest request = more(
                    new MarkRequest(result.GetValue(entry)!, who) { Attribute = result.GetValue(attribute), Scope = result.GetValue(scope)!, DryRun = result.GetValue(dryRun) }, result);
                using var engine = new ZombieEngine(surroundings, source.Name, options);
                ClearReport report = await Progress.WhileAsync(shell, "marking", engine.MarkAsync(request, shell.Cancel)).ConfigureAwait(false);
                if (output.Read(result) == OutputFormat.Json)
                {
                    shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
                }
                else
                {
                    ClearWriter.Line(shell, report.Results[0]);
                }

                ClearWriter.Summary(shell, report);
                return (int)ReportExit.Of(report);
            },
            takes: source => source.TakesMarks);
        return command;
    }
}
