using System.Diagnostics;
using System.Globalization;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes.Facts;
using ZombieOps.Sources.Processes.Table;

namespace ZombieOps.Bench;

/// <summary>The scan of a large process table against a single-threaded C loop over the same files and against <c>ps</c>.</summary>
internal static class ScanBench
{
    private const int Rounds = 9;

    public static int Run(string[] args)
    {
        int live = args.Length > 1 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 45_000;
        int zombies = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5_000;
        string? executable = args.Length > 2 ? args[2] : null;
        string loop = Tools.Compile("statloop");
        string forest = Tools.Compile("forest");
        const string PidMax = "/proc/sys/kernel/pid_max";
        string before = File.ReadAllText(PidMax).Trim();
        if (int.Parse(before, CultureInfo.InvariantCulture) < live + zombies + 10_000)
        {
            File.WriteAllText(PidMax, "4194304");
        }

        using Process trees = Process.Start(new ProcessStartInfo(forest, [$"{live}", $"{zombies}"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            if (trees.StandardOutput.ReadLine() != "ready")
            {
                Console.Error.WriteLine("the processes could not be made");
                return 1;
            }

            Measure(loop, executable);
        }
        finally
        {
            trees.StandardInput.Close();
            trees.WaitForExit();
            File.WriteAllText(PidMax, before);
        }

        return 0;
    }

    private static void Measure(string loop, string? executable)
    {
        using ISource source = SourceCatalog.All[0].Open(new EngineOptions(), new Dictionary<string, string>());
        var request = new ScanRequest { Settle = TimeSpan.Zero };
        string state = Directory.CreateTempSubdirectory("zombieops-bench-").FullName;
        const string output = "ndjson";
        if (executable is not null)
        {
            // What the ledger knows needs no settling pause, as in every scan but the first.
            Tools.Run(executable, "scan", "--state", state, "--output", output);
        }

        var ours = new List<double>();
        var c = new List<double>();
        var ps = new List<double>();
        var native = new List<double>();
        var passes = new List<double>();
        ScanReport report = null!;
        string counted = "";
        long before = 0;
        for (int round = -2; round < Rounds; round++)
        {
            long began = Stopwatch.GetTimestamp();
            report = source.ScanAsync(request, default).AsTask().GetAwaiter().GetResult();
            double mine = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            double pass = Pass();
            string[] fields = Tools.Run(loop).Output.Split(' ');
            double ps1 = Tools.Run("ps", "-eo", "pid,ppid,stat,comm").Milliseconds;
            double whole = executable is null ? 0 : Tools.Run(executable, "scan", "--state", state, "--no-ledger", "--output", output).Milliseconds;
            if (round == 0)
            {
                before = Environment.WorkingSet;
            }

            if (round >= 0)
            {
                ours.Add(mine);
                passes.Add(pass);
                c.Add(double.Parse(fields[2], CultureInfo.InvariantCulture));
                ps.Add(ps1);
                native.Add(whole);
                counted = $"{fields[0]} processes, {fields[1]} of them Z";
            }
        }

        Console.WriteLine($"C loop saw {counted}; the scan saw {report.Counts.Scanned} processes and made {report.Findings.Count} findings");
        Row("the pass over the table alone", passes, c, ps);
        Row("scan, in process, findings built", ours, c, ps);
        if (executable is not null)
        {
            Row("zombieops scan -o ndjson, whole native process", native, c, ps);
            Directory.Delete(state, recursive: true);
        }

        Console.WriteLine($"C loop, one thread            {Tools.Text(Tools.Median(c), 1),8} ms");
        Console.WriteLine($"ps -eo pid,ppid,stat,comm     {Tools.Text(Tools.Median(ps), 1),8} ms");
        Console.WriteLine($"working set, first and last round: {before / 1048576} MiB, {Environment.WorkingSet / 1048576} MiB");
    }

    private static double Pass()
    {
        using ProcDirectory proc = ProcDirectory.Open("/proc", out _)!;
        long began = Stopwatch.GetTimestamp();
        ProcessTable.Scan(proc.Descriptor, Environment.ProcessorCount, default);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static void Row(string name, List<double> values, List<double> c, List<double> ps)
    {
        double againstC = Tools.Median(values.Zip(c, (a, b) => a / b));
        double againstPs = Tools.Median(ps.Zip(values, (a, b) => a / b));
        Console.WriteLine($"{name}: {Tools.Text(Tools.Median(values), 1)} ms = {Tools.Text(againstC)} x the C loop, {Tools.Text(againstPs, 1)} x faster than ps (medians of {values.Count} pairs)");
    }
}
