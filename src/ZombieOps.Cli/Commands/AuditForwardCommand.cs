using System.CommandLine;
using ZombieOps.Audit.Forwarding;
using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Text;

namespace ZombieOps.Cli.Commands;

/// <summary><c>zombieops audit forward</c>.</summary>
internal static class AuditForwardCommand
{
    public static Command Create(Shell shell)
    {
        var command = new Command("forward", "Send the records that have not been sent yet to the journal or to syslog").WithExamples(
            "zombieops audit forward --to journald",
            "zombieops audit forward --to journald,syslog --state /var/lib/zombieops",
            "journalctl SYSLOG_IDENTIFIER=zombieops ZOMBIEOPS_KIND=Outcome -o verbose");
        string[] words = [.. Enum.GetNames<ForwardTarget>().Select(Names.ToKebab)];
        Option<string[]> to = Typed.List("--to", $"Where to: {string.Join(", ", words)}", "TARGET");
        to.Required = true;
        to.CompletionSources.Add(words);
        Option<string?> socket = Typed.FilePath("--socket", "Its socket, if it is not where it usually is", "PATH");
        command.Options.Add(to);
        command.Options.Add(socket);
        var state = new StateFeature(command, withExemptions: false);
        command.SetAction(result =>
        {
            ForwardTarget[] targets = [.. result.GetValue(to)!.Select(word => Array.IndexOf(words, word) is >= 0 and var at
                ? (ForwardTarget)at
                : throw Failure.BadArgument($"nothing can be forwarded to '{word}'", $"use one of: {string.Join(", ", words)}")).Distinct()];
            if (targets.Length == 0)
            {
                throw Failure.BadArgument("--to names nothing", $"use one of: {string.Join(", ", words)}");
            }

            EngineOptions options = state.Read(result);
            if (result.GetValue(socket) is { } path)
            {
                options = targets.Length == 1
                    ? targets[0] == ForwardTarget.Journald ? options with { JournalSocket = path } : options with { SyslogSocket = path }
                    : throw Failure.BadArgument("--socket is of one target, and several were given", "forward to each by itself");
            }

            ZombieOpsException? failed = null;
            foreach (ForwardTarget target in targets)
            {
                try
                {
                    Write(shell, AuditForwarder.Forward(options, target, shell.Cancel));
                }
                catch (ZombieOpsException e) when (failed is null && targets.Length > 1)
                {
                    // One receiver that is away keeps nothing from the other.
                    failed = e;
                }
            }

            return failed is null ? (int)ExitCode.Clean : throw failed;
        });
        return command;
    }

    private static void Write(Shell shell, ForwardReport report)
    {
        foreach (string warning in report.Warnings)
        {
            shell.Err.WriteLine($"zombieops: {shell.ErrPalette.Careful("warning")}: {Printable.Clean(warning)}");
        }

        string last = report.Last is { } anchor ? $"; the last one is {anchor}" : "";
        shell.Out.WriteLine($"{Names.ToKebab(report.To.ToString())}: {report.Sent} {(report.Sent == 1 ? "record" : "records")} forwarded{last}");
    }
}
