using System.CommandLine;
using System.Globalization;
using ZombieOps.Cli.Hosting;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops man</c>, hidden: the manual page, for whoever makes a package.</summary>
internal static class ManCommand
{
    public static Command Create(Shell shell, RootCommand root)
    {
        var date = new Option<DateOnly?>("--date")
        {
            Description = "Date in the foot of the page, such as 2027-03-31",
            HelpName = "DATE",
            CustomParser = result =>
            {
                if (DateOnly.TryParseExact(result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
                {
                    return day;
                }

                result.AddError($"'{result.Tokens[0].Value}' is no date for --date: write it like 2027-03-31");
                return null;
            },
        };
        var command = new Command("man", "Print the manual page, made from the same texts as --help") { Hidden = true }.WithExamples(
            "zombieops man | man -l -",
            "zombieops man --date 2027-03-31 > zombieops.1");
        command.Options.Add(date);
        command.SetAction(result => ManPage.Write(shell.Out, root, result.GetValue(date)));
        return command;
    }
}
