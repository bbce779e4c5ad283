using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace ZombieOps.Cli.Hosting;

/// <summary>The manual page, man(7): names, options, examples and exit codes come from the command tree, so it says what <c>--help</c> says.</summary>
internal static class ManPage
{
    private static readonly (string Name, string Text)[] Environment =
    [
        ("ZOMBIEOPS_STATE", "Directory of ledger and audit log, where --state does not name one."),
        ("ZOMBIEOPS_CONFIG", "Directory of exemptions.json, protected-names and stop in place of /etc/zombieops. It has to exist."),
        ("XDG_STATE_HOME, HOME", "Where the state directory of a user other than root is looked for."),
        ("NO_COLOR", "When set and not empty, no colours are written."),
    ];

    private static readonly (string Name, string Text)[] Files =
    [
        ("/etc/zombieops/exemptions.json", "What is to be left alone, who says so, why, and until when."),
        ("/etc/zombieops/protected-names", "Names that are never ended, one a line, besides the built-in ones."),
        ("/etc/zombieops/stop", "While this file exists nothing is cleared."),
        ("/var/lib/zombieops", "State directory of root: ledger, metrics and, in audit/, the audit log. Others have ~/.local/state/zombieops."),
    ];

    /// <summary>Writes the page.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="root">The whole command tree.</param>
    /// <param name="date">Date in the foot; null for none.</param>
    public static void Write(TextWriter output, RootCommand root, DateOnly? date)
    {
        string version = typeof(ManPage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        string day = date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";
        output.Write($".TH ZOMBIEOPS 1 \"{day}\" \"zombieops {version}\" \"User Commands\"\n.nh\n.ad l\n");
        output.Write($".SH NAME\nzombieops \\- {Escape(LowerFirst(root.Description!).TrimEnd('.'))}\n");
        output.Write(".SH SYNOPSIS\n.B zombieops\n.I command\n.RI [ options ]\n");
        output.Write($".SH DESCRIPTION\n{Escape(root.Description!)}\nEach command has a section below; a command that is named after another takes the options of that one as well.\n");
        Options(output, root);
        output.Write(".SH COMMANDS\n");
        foreach (Command command in Visible(root))
        {
            Section(output, command, "zombieops");
        }

        output.Write(".SH EXIT STATUS\n");
        foreach ((int code, string meaning) in HelpText.ExitCodes)
        {
            Item(output, $"\\fB{code}\\fR", meaning);
        }

        output.Write(".SH ENVIRONMENT\n");
        foreach ((string name, string text) in Environment)
        {
            Item(output, $"\\fB{Escape(name)}\\fR", text);
        }

        output.Write(".SH FILES\n");
        foreach ((string name, string text) in Files)
        {
            Item(output, $"\\fI{Escape(name)}\\fR", text);
        }

        Examples(output, root, ".SH EXAMPLES\n");
        output.Write(".SH SEE ALSO\n.BR ps (1),\n.BR wait (2),\n.BR proc (5)\n");
    }

    private static void Section(TextWriter output, Command command, string parent)
    {
        string path = $"{parent} {command.Name}";
        string arguments = string.Concat(command.Arguments.Where(argument => !argument.Hidden).Select(argument => $" \\fI{Escape(argument.Name)}\\fR"));
        output.Write($".SS \"\\fB{Escape(path)}\\fR{arguments}\"\n{Escape(command.Description ?? "")}.\n");
        foreach (Argument argument in command.Arguments.Where(argument => !argument.Hidden && argument.Description is not null))
        {
            Item(output, $"\\fI{Escape(argument.Name)}\\fR", argument.Description!);
        }

        Options(output, command);
        Examples(output, command, ".PP\nExamples:\n.PP\n");
        foreach (Command below in Visible(command))
        {
            Section(output, below, path);
        }
    }

    private static void Options(TextWriter output, Command command)
    {
        foreach (Option option in command.Options.Where(option => !option.Hidden))
        {
            // A short name first, as people type it. The names that begin with a slash are another system's.
            string names = string.Join(", ", option.Aliases.Append(option.Name).Where(name => name.StartsWith('-')).Distinct().OrderBy(name => name.Length).Select(name => $"\\fB{Escape(name)}\\fR"));
            string value = option.HelpName is { } help ? $" \\fI{Escape(help)}\\fR" : "";
            Item(output, names + value, option.Description ?? "");
        }
    }

    private static void Examples(TextWriter output, Command command, string heading)
    {
        if (HelpText.ExamplesOf(command) is { Count: > 0 } examples)
        {
            output.Write($"{heading}.nf\n.RS\n");
            foreach (string example in examples)
            {
                output.Write(Escape(example) + "\n");
            }

            output.Write(".RE\n.fi\n");
        }
    }

    private static void Item(TextWriter output, string term, string text) => output.Write($".TP\n{term}\n{Escape(text)}\n");

    private static IEnumerable<Command> Visible(Command command) => command.Subcommands.Where(sub => !sub.Hidden);

    private static string LowerFirst(string text) => char.ToLowerInvariant(text[0]) + text[1..];

    /// <summary>Text as groff_char(7) wants it: a hyphen that may be copied, quotes that stay what they are, no line that reads like a request.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        if (text.StartsWith('.') || text.StartsWith('\''))
        {
            escaped.Append("\\&");
        }

        foreach (char letter in text)
        {
            escaped.Append(letter switch
            {
                '\\' => "\\e",
                '-' => "\\-",
                '\'' => "\\(aq",
                '"' => "\\(dq",
                '`' => "\\(ga",
                '^' => "\\(ha",
                '~' => "\\(ti",
                > '~' => $"\\[u{(int)letter:X4}]",
                _ => letter.ToString(),
            });
        }

        return escaped.ToString();
    }
}
