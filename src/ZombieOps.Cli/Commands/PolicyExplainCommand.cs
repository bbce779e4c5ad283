using System.CommandLine;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Cli.Output;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops policy explain</c>.</summary>
internal static class PolicyExplainCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("explain", "Show what a policy would do with one finding, and which line decides").WithExamples(
            "zombieops policy explain policy.yaml 4711",
            "zombieops policy explain policy.yaml 10.2.20.32 --source search");
        var file = new Argument<string>("file") { Description = "The policy", HelpName = "FILE" };
        var what = new Argument<string>("finding") { Description = "What to explain, in the source's own words: a process id, a token", HelpName = "FINDING" };
        var source = new Option<string?>("--source") { Description = "The source that is meant, by its name in the policy; without it the first that knows the finding", HelpName = "NAME" };
        command.Arguments.Add(file);
        command.Arguments.Add(what);
        command.Options.Add(source);
        var output = new OutputFeature(command, OutputFormat.Table, OutputFormat.Json);
        var state = new StateFeature(command);
        command.SetAction(async result =>
        {
            EngineOptions surroundings = state.Read(result);
            Policy policy = PolicyWriter.Load(shell, result.GetValue(file)!, surroundings);
            PolicyDecision decision = await DecideAsync(shell, policy, surroundings, result.GetValue(source), result.GetValue(what)!).ConfigureAwait(false);
            if (output.Read(result) == OutputFormat.Json)
            {
                shell.Out.WriteLine(ZombieJson.Write(decision, indented: true));
            }
            else
            {
                PolicyWriter.Decision(shell, decision);
            }

            return (int)(decision.Finding.Verdict == Verdict.Unknown ? ExitCode.Incomplete : ExitCode.Clean);
        });
        return command;
    }

    private static async Task<PolicyDecision> DecideAsync(Shell shell, Policy policy, EngineOptions surroundings, string? name, string what)
    {
        PolicySource[] meant = [.. policy.Sources.Where(source => name is null || source.Name == name)];
        if (meant.Length == 0)
        {
            string[] names = [.. policy.Sources.Select(source => source.Name)];
            throw Failure.BadArgument($"the policy has no source of the name '{name}'", Nearest.To(name!, names) is { } guess ? $"did you mean '{guess}'?" : $"use one of: {string.Join(", ", names)}");
        }

        ZombieOpsException? first = null;
        foreach (PolicySource source in meant)
        {
            try
            {
                return await Progress.WhileAsync(shell, $"looking at {source.Name}", new PolicyRunner(policy, surroundings).ExplainAsync(source, what, shell.Cancel)).ConfigureAwait(false);
            }
            catch (ZombieOpsException e) when (e.ErrorId is ErrorIds.BadArgument or ErrorIds.NoSuchProcess or ErrorIds.NoSuchMark or ErrorIds.NotAZombie)
            {
                // Another source may know it. The first answer is the one to tell, unless a later one knows the thing.
                first = first is null || e.ErrorId == ErrorIds.NotAZombie ? e : first;
            }
        }

        throw first!;
    }
}
