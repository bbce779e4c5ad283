using System.CommandLine;
using ZombieOps.Cli.Hosting;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops protected</c>.</summary>
internal static class ProtectedCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("protected", "List the names that are never ended and whose units are never restarted").WithExamples(
            "zombieops protected",
            "echo 'my-database*' >> /etc/zombieops/protected-names   # add one; the built-in ones stay");
        command.SetAction(_ =>
        {
            foreach (ProtectedName name in ProtectedNames.Load(EngineOptions.FromEnvironment()).All)
            {
                shell.Out.WriteLine($"{name.Pattern,-28} {shell.Palette.Faint(name.From)}");
            }
        });
        return command;
    }
}
