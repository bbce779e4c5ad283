using System.CommandLine;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Policies;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops run</c>.</summary>
internal static class RunCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("run", "Carry a policy out once: one safe tick for each of its sources, one report; never asks").WithExamples(
            "zombieops run --policy /etc/zombieops/policy.yaml --quiet",
            "zombieops run --policy policy.yaml --dry-run        # what it would do; writes nothing at all",
            "zombieops run --policy policy.yaml --plan plan.json --require-approval",
            "zombieops run --policy policy.yaml --output json | jq '.sources[].sweep.exitReason'");
        Option<string?> policyFile = Typed.FilePath("--policy", "The policy");
        policyFile.Required = true;
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be done; writes nothing at all and tells nobody" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print only when something was done, is left to do or is wrong" };
        command.Options.Add(policyFile);
        command.Options.Add(dryRun);
        Option<string?> planFile = Typed.FilePath("--plan", "Act on what this plan holds and on nothing else, as far as the policy allows it");
        var approval = new Option<bool>("--require-approval") { Description = "Act only on a plan that somebody else than its author has approved, also where the policy does not say so" };
        command.Options.Add(planFile);
        command.Options.Add(approval);
        command.Options.Add(quiet);
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var state = new StateFeature(command);
        command.SetAction(async result =>
        {
            EngineOptions surroundings = state.Read(result);
            Policy policy = PolicyWriter.Load(shell, result.GetValue(policyFile)!, surroundings);
            var request = new PolicyRequest
            {
                DryRun = result.GetValue(dryRun),
                Plan = result.GetValue(planFile) is { } plan ? Clearing.PlanFile.Load(plan) : null,
                RequireApproval = result.GetValue(approval),
            };
            PolicyReport report = await Progress.WhileAsync(shell, "running the policy", new PolicyRunner(policy, surroundings).RunAsync(request, shell.Cancel)).ConfigureAwait(false);
            bool worthTelling = PolicyWriter.IsWorthTelling(report);
            if (policy.Notify is { } notify && !report.DryRun && (worthTelling || notify.When == NotifyWhen.Always)
                && await Notifier.TellAsync(notify, ZombieJson.Write(report), Secrets(policy), shell.Err).ConfigureAwait(false) is { } failure)
            {
                report = report.With(failure);
                worthTelling = true;
            }

            if (!result.GetValue(quiet) || worthTelling)
            {
                PolicyWriter.Write(shell, report, output.Read(result));
            }

            return report.Exit;
        });
        return command;
    }

    private static IEnumerable<string> Secrets(Policy policy) => policy.Sources.SelectMany(source => source.Options).Where(option => option.Key.EndsWith("-env", StringComparison.Ordinal)).Select(option => option.Value);
}
