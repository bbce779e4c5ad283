using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using Xunit;

namespace ZombieOps.Integration.Tests.PowerShell;

/// <summary>Another module may have brought another YamlDotNet along, which has none of the types that this one needs.</summary>
public sealed class OtherYamlTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("zombieops-yaml-");

    public void Dispose() => directory.Delete(recursive: true);

    [Theory]
    [InlineData("99.0.0.0", "first")]
    [InlineData("1.0.0.0", "first")]
    [InlineData("99.0.0.0", "last")]
    [InlineData("1.0.0.0", "last")]
    public async Task A_kubeconfig_is_read_whatever_YamlDotNet_the_session_has(string version, string when)
    {
        string pwsh = Machine.Needs("pwsh");
        string other = Path.Combine(directory.FullName, "YamlDotNet.dll");
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("YamlDotNet") { Version = Version.Parse(version) }, typeof(object).Assembly);
        assembly.DefineDynamicModule("YamlDotNet").DefineType("YamlDotNet.Other", TypeAttributes.Public).CreateType();
        assembly.Save(other);
        string config = Path.Combine(directory.FullName, "config");
        await File.WriteAllTextAsync(config, "contexts: [{name: prod, context: {cluster: c}}]\n", TestContext.Current.CancellationToken);
        string load = $"[void][Reflection.Assembly]::LoadFrom('{other}')";
        string script = $$"""
            $ErrorActionPreference = 'Stop'
            {{(when == "first" ? load : "")}}
            Import-Module '{{Path.Combine(ModuleStage.Module, "ZombieOps.psd1")}}'
            [void](Get-Command Get-Zombie).Parameters
            $values = [Collections.Generic.Dictionary[string, string]]::new()
            $values['url'] = 'http://127.0.0.1:9'
            $values['kubeconfig'] = '{{config}}'
            $values['kube-context'] = 'other'
            try { [void][ZombieOps.ZombieEngine]::new([ZombieOps.EngineOptions]::new(), 'search', $values) } catch { "next: $($_.Exception.InnerException.NextStep)" }
            "verdict: $([ZombieOps.Model.Verdict]::Zombie)"
            {{(when == "last" ? load : "")}}
            "other: $([YamlDotNet.Other].Assembly.GetName().Version)"
            [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'YamlDotNet' } | ForEach-Object { "$($_.GetName().Version) in $([Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name)" } | Sort-Object
            """;
        string[] lines = (await RunAsync(pwsh, script)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ((string[])["next: it has: prod", "verdict: Zombie", $"other: {version}", $"{version} in Default", "16.0.0.0 in ZombieOps dependencies"]).Order(StringComparer.Ordinal),
            lines.Order(StringComparer.Ordinal));
    }

    private static async Task<string> RunAsync(string pwsh, string script)
    {
        var start = new ProcessStartInfo(pwsh, ["-NoProfile", "-NonInteractive", "-Command", script]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
        string output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, await errors + output);
        return output;
    }
}
