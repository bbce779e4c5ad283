using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace ZombieOps.Integration.Tests.Sweeping;

/// <summary>A file of metrics as a collector reads it.</summary>
internal static class MetricsFile
{
    /// <summary>The samples by name with labels. Fails where the file is not whole.</summary>
    public static Dictionary<string, double> Read(string path)
    {
        string text = File.ReadAllText(path);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        string[] lines = text.TrimEnd('\n').Split('\n');
        Assert.StartsWith("zombieops_sweep_duration_seconds{", lines[^1], StringComparison.Ordinal);
        return lines.Where(line => line[0] != '#')
            .Select(line => line.Split("} "))
            .ToDictionary(parts => parts[0] + "}", parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Whether promtool is here: on PATH, or unpacked beside the system.</summary>
    public static string NeedsPromtool()
    {
        string unpacked = Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/root", ".cache/zombieops/prometheus-3/usr/bin/promtool");
        return File.Exists(unpacked) ? unpacked : Machine.Needs("promtool");
    }

    /// <summary>Fails unless Prometheus' own tool finds nothing to say of the file.</summary>
    public static void Check(string promtool, string path)
    {
        using Process process = Process.Start(new ProcessStartInfo(promtool, ["check", "metrics", "--extended"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        process.StandardInput.Write(File.ReadAllText(path));
        process.StandardInput.Close();
        string said = process.StandardError.ReadToEnd();
        string table = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && said.Length == 0, said);
        Assert.Contains("zombieops_build_info", table, StringComparison.Ordinal);
    }
}
