using System.Globalization;
using ZombieOps.Cli.Hosting;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>Writes how the sweeps are getting on. The first line is the one that a monitor shows.</summary>
internal static class StatusWriter
{
    /// <summary>Writes it to standard output, and what could not be seen to standard error.</summary>
    public static void Write(Shell shell, StatusReport report)
    {
        Palette palette = shell.Palette;
        string[] late = [.. report.Entries.Where(entry => entry.OverdueBecause is not null).Select(entry => $"{entry.Name}: {entry.OverdueBecause}")];
        bool ok = report.Exit == (int)ExitCode.Clean;
        string says = ok ? string.Join("; ", report.Entries.Select(Short)) : late.Length > 0 ? string.Join("; ", late) : "no tick is known";
        shell.Out.WriteLine($"{(ok ? palette.Good("OK") : palette.Bad("OVERDUE"))}: {Line(says)}");
        if (report.Entries.Count > 0)
        {
            var table = new TextTable("NAME", "LAST TICK", "COMPLETE SCAN", "AT MOST", "SAW", "CLEARED", "EXIT", "OPEN", "RUNS", "STATE DIRECTORY");
            foreach (StatusEntry entry in report.Entries)
            {
                table.Add(
                    entry.Name,
                    entry.LastTick is { } last ? Ago(report.At - last.StartedAt) : "never",
                    entry.Age is { } age ? Ago(age) : "never",
                    Durations.Format(entry.MaxAge),
                    Saw(entry.LastTick),
                    entry.LastTick is { } did ? Number(did.Cleared) : "-",
                    entry.LastTick is { } end ? $"{Number(end.Exit)} {end.Reason}" : "-",
                    entry.OpenIntents is { } open ? Number(open) : "?",
                    entry.Running switch { true => "now", false => "no", null => "?" },
                    entry.StateDirectory);
            }

            table.Write(shell);
        }

        void Row(string label, string text) => shell.Out.WriteLine($"{palette.Bold(label.PadRight(11))} {Line(text)}");
        foreach (StatusAudit audit in report.Entries.Select(entry => entry.Audit).DistinctBy(audit => audit.Directory))
        {
            Row("audit log", $"{audit.Directory}: {audit.Problem ?? (audit.Head is { } head ? $"record {head.Sequence}, {head.Hash[..12]}…" : "no record yet")}");
        }

        foreach (string stop in report.StopFiles)
        {
            Row("stopped", $"nothing is cleared: {stop}");
        }

        if (report.ClosedBecause is { } closed)
        {
            Row("window", closed);
        }

        foreach (string exemption in report.Exemptions)
        {
            Row("exemption", exemption);
        }

        shell.Out.Flush();
        foreach (string warning in report.Warnings)
        {
            shell.Err.WriteLine($"zombieops: {shell.ErrPalette.Careful("warning")}: {Line(warning)}");
        }
    }

    private static string Short(StatusEntry entry) => $"{entry.Name} {(entry.Age is { } age ? Ago(age) : "never")}, {(entry.LastTick?.Zombies is { } zombies ? PolicyWriter.Count(zombies, "zombie") : "zombies not known")}";

    private static string Saw(SweepTick? tick) => tick?.Scanned is { } scanned
        ? $"{PolicyWriter.Count(tick.Zombies ?? 0, "zombie")} of {Number(scanned)}{(tick.Complete ? "" : ", incomplete")}"
        : tick is null ? "-" : "nothing";

    private static string Ago(TimeSpan age) => $"{Durations.Format(age)} ago";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Line(string text) => Printable.Clean(text.ReplaceLineEndings(" "));
}
