using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ZombieOps.Bench;

/// <summary>Runs commands and does the sums.</summary>
internal static partial class Tools
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Text(double value, int digits = 2) => value.ToString("F" + digits, CultureInfo.InvariantCulture);

    /// <summary>Runs a command to its end and gives its output and wall time in milliseconds.</summary>
    public static (string Output, double Milliseconds, int ExitCode) Run(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (output, Stopwatch.GetElapsedTime(began).TotalMilliseconds, process.ExitCode);
    }

    /// <summary>Compiles a C file of <c>bench/c</c>.</summary>
    public static string Compile(string name)
    {
        string target = Path.Combine(Path.GetTempPath(), "zombieops-bench-" + name);
        string source = Path.Combine(FindUp("bench/c"), name + ".c");
        (string _, double _, int exit) = Run("cc", "-O2", "-o", target, source);
        return exit == 0 ? target : throw new InvalidOperationException($"cc could not compile {source}");
    }

    /// <summary>CPU time of all children that have ended, their own children included (getrusage(2), <c>RUSAGE_CHILDREN</c>).</summary>
    public static TimeSpan ChildrenCpu()
    {
        // struct rusage begins with two struct timeval; sixteen longs in all.
        Span<long> usage = stackalloc long[18];
        return GetRusage(-1, usage) == 0 ? TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3]) : throw new InvalidOperationException("getrusage");
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetRusage(int who, Span<long> usage);

    private static string FindUp(string relative)
    {
        for (string? at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
        {
            string path = Path.Combine(at, relative);
            if (Directory.Exists(path))
            {
                return path;
            }
        }

        throw new DirectoryNotFoundException(relative);
    }
}
