using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace ZombieOps.Integration.Tests.PowerShell;

public sealed class ModuleAssemblyTests
{
    [Fact]
    public void The_module_ships_no_assembly_but_its_own_and_keeps_what_it_brings_along_apart() => Assert.Equal(
        ["ZombieOps.Cmdlets.dll", "ZombieOps.Core.dll", "dependencies/YamlDotNet.dll", "dependencies/ZombieOps.Yaml.dll"],
        Directory.EnumerateFiles(ModuleStage.Module, "*.dll", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(ModuleStage.Module, file)).Order(StringComparer.Ordinal));

    [Fact]
    public void The_engine_knows_no_PowerShell()
    {
        string[] references = References("ZombieOps.Core.dll");
        Assert.NotEmpty(references);
        Assert.All(references, name => Assert.True(name.StartsWith("System.", StringComparison.Ordinal) || name is "Microsoft.Win32.Primitives" or "ZombieOps.Yaml", name));
        Assert.DoesNotContain(references, name => name.Contains("Automation", StringComparison.Ordinal));
        Assert.DoesNotContain(
            typeof(ZombieEngine).Assembly.GetReferencedAssemblies(), name => name.Name!.Contains("Automation", StringComparison.Ordinal));
    }

    [Fact]
    public void The_cmdlets_need_nothing_but_PowerShell_and_the_engine() => Assert.All(
        References("ZombieOps.Cmdlets.dll"),
        name => Assert.True(name.StartsWith("System.", StringComparison.Ordinal) || name is "ZombieOps.Core" or "netstandard", name));

    private static string[] References(string assembly)
    {
        using FileStream file = File.OpenRead(Path.Combine(ModuleStage.Module, assembly));
        using var reader = new PEReader(file);
        MetadataReader metadata = reader.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
