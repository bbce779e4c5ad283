using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Integration.Tests.PowerShell;

namespace ZombieOps.Integration.Tests.Runbooks;

/// <summary>A script in a pwsh of its own, from the environment that cron gives: no HOME, no TERM, a short PATH, no terminal.</summary>
internal static class RunbookRun
{
    /// <summary>Runs one of the repository's scripts to its end.</summary>
    /// <param name="script">Path in the repository.</param>
    /// <param name="variables">Environment variables besides PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<(int Exit, string Out, string Err)> RunAsync(string script, IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        string pwsh = Machine.Needs("pwsh");
        var start = new ProcessStartInfo(pwsh, ["-NoProfile", "-NonInteractive", "-File", Path.Combine(ModuleStage.Repository, script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin";
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Runs one of <c>runbooks/</c> and reads the one JSON document that it may print.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="exit">The exit code that is expected.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<JsonNode> JsonAsync(string name, int exit, params string[] arguments)
    {
        (int code, string output, string errors) = await RunAsync(
            $"runbooks/{name}.ps1", new Dictionary<string, string>(), [.. arguments, "-Module", Path.Combine(ModuleStage.Module, "ZombieOps.psd1")]);
        Assert.True(code == exit, $"exit {code}\n{output}\n{errors}");
        Assert.DoesNotContain('\n', output.TrimEnd('\n'));
        return JsonNode.Parse(output)!;
    }
}
