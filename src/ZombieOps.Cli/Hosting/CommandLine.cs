using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ZombieOps.Cli.Commands;
using ZombieOps.Text;

namespace ZombieOps.Cli.Hosting;

/// <summary>The whole command line: all commands, how it is parsed and what it exits with.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments.</param>
    public static int Run(string[] args)
    {
        using var interrupts = new Interrupts();
        Shell shell = Shell.OfProcess(interrupts.Token);
        int exit;
        try
        {
            exit = Invoke(Build(shell), args, shell);
            shell.Out.Flush();
        }
#pragma warning disable CA1031 // The last resort: one line instead of a stack trace.
        catch (Exception error)
#pragma warning restore CA1031
        {
            exit = Failure.Report(shell, error);
            Flush(shell.Out);
        }

        return exit;
    }

    /// <summary>The root command with everything below it.</summary>
    public static RootCommand Build(Shell shell)
    {
        var root = new RootCommand("Finds, explains and clears zombie processes, and keeps an audit log that verifies.").WithExamples(
            "zombieops drill                                     # see all of it on real zombies, in seconds",
            "zombieops scan                                      # what is there, and why",
            "zombieops explain 4711                              # everything about one",
            "zombieops clear --dry-run --allow reap              # what would be done",
            "zombieops audit verify                              # what was done is what was written");
        root.Subcommands.Add(ScanCommand.Create(shell));
        root.Subcommands.Add(ExplainCommand.Create(shell));
        root.Subcommands.Add(HeadroomCommand.Create(shell));
        root.Subcommands.Add(ClearCommand.Create(shell));
        root.Subcommands.Add(UndoCommand.Create(shell));
        root.Subcommands.Add(MarkCommand.Create(shell));
        root.Subcommands.Add(MarkCommand.CreateUnmark(shell));
        root.Subcommands.Add(SweepCommand.Create(shell));
        root.Subcommands.Add(RunCommand.Create(shell));
        root.Subcommands.Add(StatusCommand.Create(shell));
        root.Subcommands.Add(PolicyCommand.Create(shell));
        root.Subcommands.Add(PlanCommand.Create(shell));
        root.Subcommands.Add(AuditCommand.Create(shell));
        root.Subcommands.Add(ReportCommand.Create(shell));
        root.Subcommands.Add(ProtectedCommand.Create(shell));
        root.Subcommands.Add(DrillCommand.Create(shell));
        root.Subcommands.Add(CompletionCommand.Create(shell));
        root.Subcommands.Add(ManCommand.Create(shell, root));
        root.SetAction(_ =>
        {
            root.Parse(["--help"]).Invoke(Streams(shell));
            return (int)ExitCode.BadUsage;
        });
        HelpText.Attach(root);
        return root;
    }

    private static int Invoke(RootCommand root, string[] args, Shell shell)
    {
        // Response files would read a file for any argument that begins with @; nothing here needs that.
        ParseResult result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction)
        {
            throw UsageError(result);
        }

        return result.InvokeAsync(Streams(shell), shell.Cancel).GetAwaiter().GetResult();
    }

    private static InvocationConfiguration Streams(Shell shell) => new()
    {
        Output = shell.Out,
        Error = shell.Err,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    private static ZombieOpsException UsageError(ParseResult result)
    {
        Command command = result.CommandResult.Command;
        string path = string.Join(' ', Path(command).Reverse());
        string help = $"see '{path} --help'";
        foreach (string word in result.UnmatchedTokens)
        {
            IEnumerable<string> known = word.StartsWith('-')
                ? Chain(command).SelectMany(level => level.Options.Where(option => !option.Hidden && (level == command || option.Recursive))).SelectMany(option => option.Aliases.Prepend(option.Name))
                : command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name);
            string message = word.StartsWith('-') ? $"'{path}' has no option '{word}'" : $"'{path}' does not take '{word}'";
            return Failure.BadArgument(message, Nearest.To(word, known) is { } guess ? $"did you mean '{guess}'? {help}" : help);
        }

        return Failure.BadArgument(result.Errors[0].Message.TrimEnd('.'), help);
    }

    private static IEnumerable<string> Path(Command command) => Chain(command).Select(level => level is RootCommand ? "zombieops" : level.Name);

    private static IEnumerable<Command> Chain(Command command)
    {
        for (Command? level = command; level is not null; level = level.Parents.OfType<Command>().FirstOrDefault())
        {
            yield return level;
        }
    }

    private static void Flush(TextWriter writer)
    {
        try
        {
            writer.Flush();
        }
        catch (IOException)
        {
            // Said already, or nobody is there to read it.
        }
    }
}
