using System.CommandLine;
using ZombieOps.Clearing;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops clear</c>.</summary>
internal static class ClearCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("clear", "Put zombies to rest through their owner, each verified and written to the audit log").WithExamples(
            "zombieops clear --dry-run                           # what would be done; changes nothing",
            "zombieops clear --cause parent-not-waiting --min-age 5m --allow reap",
            "zombieops clear --allow reap,end-parent --max-count 5 --yes --why 'ticket 4711'",
            "zombieops clear --plan plan.json --yes              # exactly what was reviewed, nothing else",
            "zombieops clear --plan plan.json --require-approval --yes   # and only if somebody else approved it");
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json, OutputFormat.Ndjson);
        var remedies = new RemedyFeature(command);
        var filter = new FilterFeature(command);
        var scan = new ScanFeature(command, withLedger: false);
        var limits = new LimitsFeature(command);
        var state = new StateFeature(command);
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done; changes nothing at all", Recursive = true };
        var plan = new Option<string?>("--plan") { Description = "Act on what this plan holds and on nothing else", HelpName = "FILE", Recursive = true };
        var approval = new Option<bool>("--require-approval") { Description = "Act only on a plan that somebody else than its author has approved", Recursive = true };
        var why = new Option<string?>("--why") { Description = "Why, for the audit log", HelpName = "TEXT", Recursive = true };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask before each act", Recursive = true };
        foreach (Option option in (Option[])[dryRun, plan, approval, why, yes])
        {
            command.Options.Add(option);
        }

        SourceFeature.Attach(command, [], async (result, source, options) =>
        {
            bool agreed = result.GetValue(yes) || result.GetValue(dryRun);
            if (!agreed && !shell.CanAsk)
            {
                throw Failure.BadArgument("nobody can be asked: this is not a terminal", "give --yes or --dry-run");
            }

            string? planFile = result.GetValue(plan);
            if (planFile is not null && filter.IsGiven(result))
            {
                throw Failure.BadArgument("a plan says by itself what is meant, and a filter was given as well", "leave the filters out, or make a narrower plan");
            }

            if (result.GetValue(approval) && planFile is null)
            {
                throw Failure.BadArgument("--require-approval is about a plan, and none was given", "give --plan FILE");
            }

            IReadOnlySet<string> allowed = remedies.Read(result);
            if (result.GetValue(approval) && allowed.Count > 0)
            {
                throw Failure.BadArgument("what was approved is the plan as it is, and --allow would add to it", "leave --allow out, or make a plan with it");
            }

            var request = limits.Apply(
                new ClearRequest
                {
                    Allowed = allowed,
                    RequireApproval = result.GetValue(approval),
                    DryRun = result.GetValue(dryRun),
                    Why = result.GetValue(why),
                    Scan = scan.Read(result, filter.Read(result, source)),
                },
                source,
                result);
            using var engine = new ZombieEngine(limits.Apply(state.Read(result), result), source.Name, options);
            ValueTask<ClearingRun> begin = planFile is null ? engine.BeginAsync(request, shell.Cancel) : engine.BeginAsync(PlanFile.Load(planFile), request, shell.Cancel);
            using ClearingRun run = await Progress.WhileAsync(shell, "scanning", begin).ConfigureAwait(false);
            try
            {
                return (int)ReportExit.Of(await DriveAsync(shell, run, agreed, request.Scan.Filter.Facets.ContainsKey("cause"), output.Read(result)).ConfigureAwait(false));
            }
            catch (IOException) when (!run.Ended)
            {
                // Nobody can be told any more: nothing more is done, and the log says where the run ended.
                await run.EndAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
                throw;
            }
        });
        return command;
    }

    /// <summary>Takes a run step by step: asks where it has to, acts, writes each result as soon as it is there.</summary>
    private static async Task<ClearReport> DriveAsync(Shell shell, ClearingRun run, bool agreed, bool byCause, OutputFormat format)
    {
        while (await run.NextAsync(shell.Cancel).ConfigureAwait(false) is { } step)
        {
            ClearResult? outcome = step.Result;
            if (outcome is null)
            {
                Answer answer = agreed ? Answer.Yes : Ask(shell, step, run.Remaining);
                agreed |= answer == Answer.All;
                outcome = answer is Answer.Yes or Answer.All
                    ? await Progress.WhileAsync(shell, $"clearing {step.Finding.Target}", run.ActAsync(step, shell.Cancel)).ConfigureAwait(false)
                    : run.Decline(step);
                if (answer == Answer.Quit)
                {
                    Show(outcome);
                    break;
                }
            }

            Show(outcome);
        }

        ClearReport report = await Progress.WhileAsync(shell, "watching for what comes back", run.EndAsync(shell.Cancel)).ConfigureAwait(false);
        switch (format)
        {
            case OutputFormat.Json:
                shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
                break;
            case OutputFormat.Ndjson:
                // A result may have become "came back" at the end, so nothing is written before it.
                foreach (ClearResult result in report.Results)
                {
                    shell.Out.WriteLine(ZombieJson.Write(result));
                }

                shell.Out.WriteLine(ZombieJson.Write(report with { Results = [] }));
                break;
            default:
                foreach (ClearResult back in report.Results.Where(result => result.Outcome == ClearOutcome.Reasserted))
                {
                    ClearWriter.Line(shell, back);
                }

                break;
        }

        ClearWriter.Summary(shell, report, byCause);
        return report;

        void Show(ClearResult result)
        {
            if (format == OutputFormat.Table && result.Outcome != ClearOutcome.Reasserted)
            {
                ClearWriter.Line(shell, result);
            }
        }
    }

    private static Answer Ask(Shell shell, ClearStep step, int remaining)
    {
        RemedyOffer first = step.Remedies[0];
        shell.Out.Flush();
        shell.Err.WriteLine(Printable.Clean($"{step.Finding.Target}, {Names.ToKebab(step.Finding.Cause)}, age {FindingText.Age(step.Finding)}, parent {FindingText.Parent(step.Finding)}"));
        foreach (RemedyOffer offer in step.Remedies)
        {
            shell.Err.WriteLine(Printable.Clean($"  {(offer == first ? "" : "then, if that does not help: ")}{Names.ToKebab(offer.Name)}: {offer.Does} Harm: {offer.Harm}"));
        }

        return shell.Ask($"{Names.ToKebab(first.Name)}? [y]es, [N]o, [a]ll{(remaining > 0 ? $" {remaining + 1}" : "")}, [q]uit: ")?.Trim().ToLowerInvariant() switch
        {
            "y" or "yes" => Answer.Yes,
            "a" or "all" => Answer.All,
            "q" or "quit" or null => Answer.Quit,
            _ => Answer.No,
        };
    }

    private enum Answer
    {
        No,
        Yes,
        All,
        Quit,
    }
}
