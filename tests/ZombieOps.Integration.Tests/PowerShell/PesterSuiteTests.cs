using System.Diagnostics;
using Xunit;

namespace ZombieOps.Integration.Tests.PowerShell;

/// <summary>The Pester suite as one test, for those who run nothing but <c>dotnet test</c>.</summary>
public sealed class PesterSuiteTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_Pester_suite_passes_on_the_module_as_it_was_built()
    {
        string? pwsh = Machine.Find("pwsh");
        Assert.SkipWhen(pwsh is null, "pwsh");
        (int found, string major) = await RunAsync(
            pwsh!, "-Command", "(Get-Module -ListAvailable Pester | Sort-Object Version -Descending | Select-Object -First 1).Version.Major");
        Assert.SkipUnless(found == 0 && int.TryParse(major.Trim(), out int version) && version >= 5, "Pester 5 or later");

        (int noHelp, string says) = await RunAsync(
            pwsh!, "-File", Path.Combine(ModuleStage.Repository, "tools", "BuildHelp.ps1"), "-Module", ModuleStage.Module);
        Assert.True(noHelp == 0, says);
        (int failed, string output) = await RunAsync(
            pwsh!, "-File", Path.Combine(ModuleStage.Repository, "tools", "PesterTest.ps1"), "-ModuleRoot", ModuleStage.Root);

        string[] names = [.. output.Split('\n').Where(line => line.StartsWith("FAILED: ", StringComparison.Ordinal))];
        Assert.True(failed == 0 && names.Length == 0, names.Length > 0 ? string.Join('\n', names) : $"exit code {failed}:\n{output}");
        Assert.Contains("Tests Passed: ", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string pwsh, params string[] arguments)
    {
        var start = new ProcessStartInfo(pwsh, ["-NoProfile", "-NonInteractive", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output + await errors);
    }
}
