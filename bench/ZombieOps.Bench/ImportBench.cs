using System.Globalization;

namespace ZombieOps.Bench;

/// <summary><c>Import-Module</c> in a running pwsh, against importing a module that pwsh itself ships.</summary>
internal static class ImportBench
{
    public static int Run(string module)
    {
        var ours = new List<double>();
        var theirs = new List<double>();
        for (int round = -1; round < 9; round++)
        {
            string script = "$null = Get-Date; Import-Module Microsoft.PowerShell.Utility; "
                + "$a = [Diagnostics.Stopwatch]::StartNew(); Import-Module '" + module + "'; $a.Stop(); "
                + "$b = [Diagnostics.Stopwatch]::StartNew(); Import-Module ThreadJob -ErrorAction SilentlyContinue; $b.Stop(); "
                + "'{0} {1}' -f $a.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture), $b.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)";
            string[] fields = Tools.Run("pwsh", "-NoProfile", "-NonInteractive", "-Command", script).Output.Split(' ');
            if (round >= 0)
            {
                ours.Add(double.Parse(fields[0], CultureInfo.InvariantCulture));
                theirs.Add(double.Parse(fields[1], CultureInfo.InvariantCulture));
            }
        }

        Console.WriteLine($"Import-Module ZombieOps {Tools.Text(Tools.Median(ours), 1)} ms, ThreadJob {Tools.Text(Tools.Median(theirs), 1)} ms (medians of 9 fresh pwsh)");
        return 0;
    }
}
