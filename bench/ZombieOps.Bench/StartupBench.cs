namespace ZombieOps.Bench;

/// <summary>Whole-process times of the native executable, against <c>/bin/true</c> and <c>ps</c> on the same process table.</summary>
internal static class StartupBench
{
    public static int Run(string executable)
    {
        string state = Directory.CreateTempSubdirectory("zombieops-bench-").FullName;
        try
        {
            var version = new List<double>();
            var scan = new List<double>();
            var nothing = new List<double>();
            var ps = new List<double>();
            for (int round = -3; round < 21; round++)
            {
                double a = Tools.Run(executable, "--version").Milliseconds;
                double b = Tools.Run(executable, "scan", "--state", state).Milliseconds;
                double c = Tools.Run("/bin/true").Milliseconds;
                double d = Tools.Run("ps", "-eo", "pid,ppid,stat,comm").Milliseconds;
                if (round >= 0)
                {
                    version.Add(a);
                    scan.Add(b);
                    nothing.Add(c);
                    ps.Add(d);
                }
            }

            Console.WriteLine($"zombieops --version {Tools.Text(Tools.Median(version), 1)} ms, empty scan {Tools.Text(Tools.Median(scan), 1)} ms, /bin/true {Tools.Text(Tools.Median(nothing), 1)} ms, ps -eo {Tools.Text(Tools.Median(ps), 1)} ms (medians of 21)");
            return 0;
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }
}
