using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Reflection.Emit;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Integration.Tests.PowerShell;

namespace ZombieOps.Integration.Tests.Packaging;

/// <summary>The module's package, made from what the build of the tests has staged, and installed by a pwsh that has nothing else.</summary>
public sealed class ModulePackageTests : IDisposable
{
    private const long Epoch = 1_800_000_000;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("zombieops-module-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task The_same_module_gives_the_same_bytes_and_the_version_is_the_one()
    {
        string first = await PackAsync("first"), second = await PackAsync("second");
        Assert.Equal(PackedProgram.Hash(first), PackedProgram.Hash(second));
        Assert.Equal($"ZombieOps.{PackedProgram.Version}.nupkg", Path.GetFileName(first));
        using ZipArchive zip = ZipFile.OpenRead(first);
        Assert.Single(zip.Entries.Select(entry => entry.LastWriteTime.DateTime).Distinct());
        Assert.Contains(zip.Entries, entry => entry.FullName == "dependencies/YamlDotNet.dll");
        using var reader = new StreamReader(zip.GetEntry("_rels/.rels")!.Open());
        string[] ids = [.. Regex.Matches(await reader.ReadToEndAsync(TestContext.Current.CancellationToken), "Id=\"([^\"]*)\"").Select(match => match.Groups[1].Value)];
        Assert.Equal(ids.Distinct(), ids);
    }

    [Theory]
    [InlineData("99.0.0.0")]
    [InlineData("1.0.0.0")]
    public async Task It_installs_from_a_folder_into_a_clean_pwsh_and_works_with_another_YamlDotNet_loaded_first(string version)
    {
        string package = await PackAsync("repository");
        string other = Path.Combine(directory.FullName, "YamlDotNet.dll");
        // Not the library but an assembly with its name: all that a module of another version has in common with the right one.
        var assembly = new PersistedAssemblyBuilder(new AssemblyName("YamlDotNet") { Version = Version.Parse(version) }, typeof(object).Assembly);
        assembly.DefineDynamicModule("YamlDotNet").DefineType("YamlDotNet.Other", TypeAttributes.Public).CreateType();
        assembly.Save(other);
        string config = Path.Combine(directory.FullName, "kubeconfig");
        await File.WriteAllTextAsync(config, "contexts: [{name: prod, context: {cluster: c}}]\n", TestContext.Current.CancellationToken);

        await RunAsync($"""
            Register-PSResourceRepository -Name local -Uri '{Path.GetDirectoryName(package)}' -Trusted
            Install-PSResource -Name ZombieOps -Repository local
            """);
        string[] said = (await RunAsync($$"""
            [void][Reflection.Assembly]::LoadFrom('{{other}}')
            Import-Module ZombieOps
            $module = Get-Module ZombieOps
            "$($module.Version) $($module.ExportedCmdlets.Count -ge 3) $($module.ModuleBase.StartsWith($HOME))"
            "found: $(@(Get-Zombie -Id $PID -ErrorAction SilentlyContinue -ErrorVariable problem).Count) $($problem[0].FullyQualifiedErrorId)"
            "help: $((Get-Help Get-Zombie).Synopsis)"
            $values = [Collections.Generic.Dictionary[string, string]]::new()
            $values['url'] = 'http://127.0.0.1:9'
            $values['kubeconfig'] = '{{config}}'
            $values['kube-context'] = 'other'
            try { [void][ZombieOps.ZombieEngine]::new([ZombieOps.EngineOptions]::new(), 'search', $values) } catch { "next: $($_.Exception.InnerException.NextStep)" }
            "other: $([YamlDotNet.Other].Assembly.GetName().Version)"
            """)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                $"{PackedProgram.Version} True True",
                "found: 0 NotAZombie,ZombieOps.Cmdlets.Commands.GetZombieCommand",
                "help: Finds zombie processes and explains why they are there.",
                "next: it has: prod",
                $"other: {version}",
            ],
            said);
    }

    [Fact]
    public async Task The_bill_of_materials_names_what_the_module_ships_and_nothing_else()
    {
        string package = await PackAsync("bill"), bill = Path.Combine(directory.FullName, "bill.json");
        string assets = Path.Combine(ModuleStage.Repository, "src", "ZombieOps.Cmdlets", "obj", "project.assets.json");
        await RunAsync($"& '{Tool("BuildSbom.ps1")}' -Assets '{assets}' -Artifact '{package}' -Name ZombieOps -Version {PackedProgram.Version} -Epoch {Epoch} -Output '{bill}'");
        using JsonDocument read = JsonDocument.Parse(await File.ReadAllBytesAsync(bill, TestContext.Current.CancellationToken));
        JsonElement root = read.RootElement;
        Assert.Equal(("CycloneDX", "1.5", 1), (Text(root, "bomFormat"), Text(root, "specVersion"), root.GetProperty("version").GetInt32()));
        Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", Text(root, "serialNumber"));
        Assert.Equal("2027-01-15T08:00:00Z", Text(root.GetProperty("metadata"), "timestamp"));
        JsonElement about = root.GetProperty("metadata").GetProperty("component");
        Assert.Equal((PackedProgram.Version, PackedProgram.Hash(package)), (Text(about, "version"), Text(about.GetProperty("hashes")[0], "content")));
        using ZipArchive zip = ZipFile.OpenRead(package);
        string[] shipped = [.. zip.Entries.Select(entry => Path.GetFileNameWithoutExtension(entry.Name)).Where(name => zip.Entries.Any(entry => entry.Name == name + ".dll") && !name.StartsWith("ZombieOps", StringComparison.Ordinal))];
        JsonElement[] components = [.. root.GetProperty("components").EnumerateArray()];
        Assert.Equal(shipped, components.Select(component => Text(component, "name")));
        Assert.All(components, component =>
        {
            Assert.Equal("library", Text(component, "type"));
            Assert.Equal($"pkg:nuget/{Text(component, "name")}@{Text(component, "version")}", Text(component, "purl"));
            Assert.Matches("^[0-9a-f]{128}$", Text(component.GetProperty("hashes")[0], "content"));
            Assert.NotEmpty(Text(component.GetProperty("licenses")[0], "expression"));
        });
        // Every reference has something that it refers to (the format's own rule).
        var references = components.Append(about).Select(component => Text(component, "bom-ref")).ToHashSet();
        Assert.All(root.GetProperty("dependencies").EnumerateArray(), dependency =>
        {
            Assert.Contains(Text(dependency, "ref"), references);
            Assert.All(dependency.GetProperty("dependsOn").EnumerateArray(), on => Assert.Contains(on.GetString()!, references));
        });

        static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
    }

    private static string Tool(string name) => Path.Combine(ModuleStage.Repository, "tools", name);

    private async Task<string> PackAsync(string name)
    {
        // The help is made beside what was staged, in a copy: other tests read that at the same time.
        string module = Path.Combine(directory.FullName, "staged", "ZombieOps"), output = Path.Combine(directory.FullName, name);
        if (!Directory.Exists(module))
        {
            Machine.Needs("pwsh");
            foreach (string file in Directory.EnumerateFiles(ModuleStage.Module, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/en-US/", StringComparison.Ordinal)))
            {
                string copy = Path.Combine(module, Path.GetRelativePath(ModuleStage.Module, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            await RunAsync($"& '{Tool("BuildHelp.ps1")}' -Module '{module}'");
        }

        await RunAsync($"& '{Tool("PackModule.ps1")}' -Module '{module}' -Output '{output}' -Epoch {Epoch}");
        return Assert.Single(Directory.GetFiles(output));
    }

    /// <summary>Runs a script in a pwsh whose home is empty and whose module path has nothing but what comes with PowerShell.</summary>
    private async Task<string> RunAsync(string script)
    {
        string pwsh = Machine.Needs("pwsh"), home = Path.Combine(directory.FullName, "home");
        Directory.CreateDirectory(home);
        // What comes with PowerShell is found by PSHOME; the user's own folder is where it installs to.
        string clean = "$ErrorActionPreference = 'Stop'; $env:PSModulePath = \"$HOME/.local/share/powershell/Modules:$PSHOME/Modules\"\n" + script;
        var start = new ProcessStartInfo(pwsh, ["-NoProfile", "-NonInteractive", "-Command", clean]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Clear();
        start.Environment["HOME"] = home;
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
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
