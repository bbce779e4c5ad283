using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace ZombieOps.Cli.Hosting;

/// <summary>What <c>--help</c> says beyond options: examples for each command, exit codes at the end.</summary>
internal static class HelpText
{
    private static readonly ConditionalWeakTable<Command, string[]> ExamplesByCommand = [];

    /// <summary>Exit codes and what each means.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> ExitCodes { get; } =
    [
        (0, "nothing found, or all that was selected is cleared"),
        (1, "findings are left, or a check found something"),
        (2, "bad usage"),
        (3, "incomplete: something could not be seen or done"),
        (4, "a limit was crossed or a stop file is there: nothing was cleared"),
        (5, "not permitted, or the audit log cannot be written: nothing was cleared"),
    ];

    /// <summary>Gives a command its examples, each with a comment.</summary>
    public static T WithExamples<T>(this T command, params string[] examples)
        where T : Command
    {
        ExamplesByCommand.Add(command, examples);
        return command;
    }

    /// <summary>The examples of a command; none where it has none of its own.</summary>
    public static IReadOnlyList<string> ExamplesOf(Command command) => ExamplesByCommand.TryGetValue(command, out string[]? examples) ? examples : [];

    /// <summary>Extends the help option of the root, which all commands share.</summary>
    public static void Attach(RootCommand root)
    {
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction action } help)
            {
                help.Action = new Extended(action);
            }
        }
    }

    private sealed class Extended(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int exit = inner.Invoke(parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            for (Command? command = parseResult.CommandResult.Command; command is not null; command = command.Parents.OfType<Command>().FirstOrDefault())
            {
                if (ExamplesOf(command) is { Count: > 0 } examples)
                {
                    output.WriteLine("Examples:");
                    foreach (string example in examples)
                    {
                        output.WriteLine($"  {example}");
                    }

                    output.WriteLine();
                    break;
                }
            }

            output.WriteLine("Exit codes:");
            foreach ((int code, string meaning) in ExitCodes)
            {
                output.WriteLine($"  {code}  {meaning}");
            }

            return exit;
        }
    }
}
