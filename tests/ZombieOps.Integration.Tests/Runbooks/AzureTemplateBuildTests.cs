using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Integration.Tests.PowerShell;

namespace ZombieOps.Integration.Tests.Runbooks;

/// <summary>The template of Azure Automation, by the real compiler where the machine has one (on PATH, or named by <c>ZOMBIEOPS_BICEP</c>).</summary>
public sealed class AzureTemplateBuildTests
{
    [Fact]
    public async Task The_compiler_makes_of_the_template_the_JSON_that_is_kept_and_has_nothing_to_say()
    {
        string? bicep = Environment.GetEnvironmentVariable("ZOMBIEOPS_BICEP") ?? Machine.Find("bicep");
        Assert.SkipWhen(bicep is null, "bicep (ZOMBIEOPS_BICEP)");
        string source = Path.Combine(ModuleStage.Repository, "deploy/azure/main.bicep");
        var start = new ProcessStartInfo(bicep!, ["build", source, "--stdout"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string built = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (process.ExitCode, await errors));
        Assert.Equal(Plain(await File.ReadAllTextAsync(Path.ChangeExtension(source, ".json"), TestContext.Current.CancellationToken)), Plain(built));
    }

    // Version and hash of the compiler are no part of the template.
    private static string Plain(string json)
    {
        JsonObject template = JsonNode.Parse(json)!.AsObject();
        template["metadata"]!.AsObject().Remove("_generator");
        return template.ToJsonString();
    }
}
