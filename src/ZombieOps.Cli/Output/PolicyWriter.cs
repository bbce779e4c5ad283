using ZombieOps.Cli.Hosting;
using ZombieOps.Cli.Options;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>Writes what is wrong with a policy, what it decides and what a run of it did.</summary>
internal static class PolicyWriter
{
    /// <summary>Reads a policy, and writes everything that is wrong where it cannot be used.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.PolicyInvalid"/> or <see cref="ErrorIds.PolicyUnreadable"/>.</exception>
    public static Policy Load(Shell shell, string path, EngineOptions surroundings)
    {
        PolicyReading reading = PolicyReader.Read(path, surroundings.Clock.GetUtcNow());
        if (reading.Policy is null)
        {
            Faults(shell.Err, shell.ErrPalette, reading.Path, [.. reading.Faults.Where(fault => fault.StopsRun)]);
        }

        return reading.Require();
    }

    /// <summary>One line for each fault, as compilers write them, and one with what to write instead.</summary>
    public static void Faults(TextWriter writer, Palette palette, string path, IReadOnlyList<PolicyFault> faults)
    {
        foreach (PolicyFault fault in faults)
        {
            string kind = fault.Kind == FaultKind.Error ? palette.Bad("error") : palette.Careful("warning");
            writer.WriteLine($"{Printable.Clean(path)}:{fault.Line}:{fault.Column}: {kind}: {Line(fault.Says)}");
            writer.WriteLine($"  next: {Line(fault.Instead)}");
        }
    }

    /// <summary>What the policy would do, which line decides, and what else bears on it.</summary>
    public static void Decision(Shell shell, PolicyDecision decision)
    {
        Palette palette = shell.Palette;
        string answer = decision.Answer switch
        {
            PolicyAnswer.Clear => palette.Good("clear it"),
            PolicyAnswer.ClearLater => palette.Careful("clear it, but not now"),
            PolicyAnswer.OnlyReport => palette.Careful("only report it"),
            _ => palette.Bold("leave it alone"),
        };
        void Row(string label, string text) => shell.Out.WriteLine($"{palette.Bold(label.PadRight(9))} {text}");
        Row("what", Line($"{decision.Finding.Target}, {Names.ToKebab(decision.Finding.Cause)}, age {FindingText.Age(decision.Finding)}, from {decision.Source}"));
        Row("would", answer);
        Row("because", Line(decision.Because));
        Row("decided", decision.Line is { } line ? $"{Line(decision.Path)}:{line}" : "by no line of the policy");
        if (decision.Remedies.Count > 0)
        {
            Row("remedies", string.Join(", then ", decision.Remedies.Select(Names.ToKebab)));
        }

        foreach (string note in decision.Notes)
        {
            Row("note", Line(note));
        }
    }

    /// <summary>Whether somebody should read of this run.</summary>
    public static bool IsWorthTelling(PolicyReport report) =>
        report.Exit != (int)ExitCode.Clean || report.Warnings.Count > 0 || report.Failures.Count > 0
        || report.Sources.Any(source => source.Sweep is null || SweepWriter.IsWorthAMail(source.Sweep));

    /// <summary>Writes a run to standard output, and what is wrong to standard error.</summary>
    public static void Write(Shell shell, PolicyReport report, OutputFormat format)
    {
        bool table = format == OutputFormat.Table;
        if (!table)
        {
            shell.Out.WriteLine(ZombieJson.Write(report, indented: true));
        }

        foreach (PolicySourceReport source in report.Sources)
        {
            if (table && source.OnlyScannedBecause is { } only)
            {
                shell.Out.WriteLine($"{shell.Palette.Careful("only scanned".PadRight(13))} {Line($"{source.Name}: {only}")}");
            }

            if (source.Sweep is { } sweep)
            {
                SweepWriter.Write(shell, sweep, format, source.Name, withJson: false);
            }

            if (source.Failure is { } failure)
            {
                if (table)
                {
                    shell.Out.WriteLine($"{source.Name}: no tick; exit {failure.Exit} {failure.ErrorId}");
                    shell.Out.Flush();
                }

                SweepWriter.Failure(shell, failure, source.Name);
            }
        }

        foreach (string warning in report.Warnings.Concat(report.Unused))
        {
            shell.Err.WriteLine($"zombieops: {shell.ErrPalette.Careful("warning")}: {Line(warning)}");
        }

        foreach (SweepFailure failure in report.Failures)
        {
            SweepWriter.Failure(shell, failure, null);
        }

        if (table)
        {
            string end = report.DryRun ? "dry run, nothing was written; " : "";
            shell.Out.WriteLine($"{report.Name ?? "policy"}: {Count(report.Sources.Count, "source")}; {end}exit {report.Exit} {report.ExitReason}");
        }
    }

    /// <summary>A number with its word.</summary>
    public static string Count(int number, string word) => number == 1 ? $"1 {word}" : $"{number} {word}s";

    private static string Line(string text) => Printable.Clean(text.ReplaceLineEndings(" "));
}
