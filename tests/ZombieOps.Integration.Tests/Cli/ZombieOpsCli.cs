using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ZombieOps.Integration.Tests.Cli;

/// <summary>The built command line, run as a user runs it, on a state and a configuration directory of its own.</summary>
internal sealed class ZombieOpsCli : IDisposable
{
    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("zombieops-cli-");

    /// <summary>Path of the executable beside the tests.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "zombieops");

    public ZombieOpsCli() => Directory.CreateDirectory(Config);

    /// <summary>State directory of this test; not there until something is written.</summary>
    public string State => Path.Combine(home.FullName, "state");

    /// <summary>Configuration directory of this test, empty at first.</summary>
    public string Config => Path.Combine(home.FullName, "config");

    /// <summary>A path that is free to be used.</summary>
    public string File(string name) => Path.Combine(home.FullName, name);

    /// <summary>Runs it to its end, with standard input at its end and no terminal.</summary>
    public CliResult Run(params string[] args) => Exec(Executable, args);

    /// <summary>Runs a shell command in which <c>$ZOMBIEOPS</c> is the executable.</summary>
    public CliResult Shell(string command) => Exec("/bin/sh", ["-c", command]);

    /// <summary>Starts it and comes back at once.</summary>
    public Process Start(string program, IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = home.FullName };
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        start.Environment["ZOMBIEOPS"] = Executable;
        start.Environment["ZOMBIEOPS_STATE"] = State;
        start.Environment["ZOMBIEOPS_CONFIG"] = Config;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return Process.Start(start)!;
    }

    public void Dispose() => home.Delete(recursive: true);

    private CliResult Exec(string program, IEnumerable<string> args)
    {
        using Process process = Start(program, args);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(120_000))
        {
            process.Kill();
            throw new TimeoutException($"{program} {string.Join(' ', args)} does not end");
        }

        return new CliResult(process.ExitCode, output, error.Result);
    }
}

/// <summary>How a run ended.</summary>
internal sealed record CliResult(int Exit, string Out, string Err)
{
    /// <summary>Fails with everything that was printed unless the exit code is that one.</summary>
    public CliResult Exits(int code, [CallerArgumentExpression(nameof(code))] string? _ = null)
    {
        Xunit.Assert.True(code == Exit, $"exit code {Exit} instead of {code}\n--- out\n{Out}\n--- err\n{Err}");
        return this;
    }

    /// <summary>Fails unless it is this error, in one line with a next step and no stack trace.</summary>
    public CliResult Fails(int code, string errorId)
    {
        Exits(code);
        string[] lines = Err.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Xunit.Assert.Contains(lines, line => line.StartsWith($"zombieops: error {errorId}: ", StringComparison.Ordinal));
        Xunit.Assert.Contains(lines, line => line.StartsWith("  next: ", StringComparison.Ordinal) && line.Length > 10);
        Xunit.Assert.DoesNotContain("   at ", Err, StringComparison.Ordinal);
        return this;
    }
}
