using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace ZombieOps.Core.Tests.Packaging;

/// <summary>The template of Azure Automation, as far as it can be held without Azure: its two forms say the same, and neither gives more than is needed or shows a secret.</summary>
public sealed partial class AzureTemplateTests
{
    private static readonly string Bicep = File.ReadAllText(RepositoryRoot.File("deploy/azure/main.bicep"));
    private static readonly JsonObject Template = JsonNode.Parse(File.ReadAllText(RepositoryRoot.File("deploy/azure/main.json")))!.AsObject();

    private static JsonObject[] Resources => [.. Template["resources"]!.AsArray().Select(resource => resource!.AsObject())];

    private static JsonObject Parameters => Template["parameters"]!.AsObject();

    [Fact]
    public void Both_forms_have_the_same_resources_with_the_same_versions()
    {
        string[] inBicep = [.. ResourceLine().Matches(Bicep).Where(match => !match.Groups["existing"].Success).Select(match => match.Groups["type"].Value)];
        Assert.Equal(
            [
                "Microsoft.Automation/automationAccounts@2024-10-23",
                "Microsoft.Automation/automationAccounts/runtimeEnvironments@2024-10-23",
                "Microsoft.Automation/automationAccounts/runtimeEnvironments/packages@2024-10-23",
                "Microsoft.Automation/automationAccounts/runbooks@2024-10-23",
                "Microsoft.Automation/automationAccounts/variables@2024-10-23",
                "Microsoft.Automation/automationAccounts/schedules@2024-10-23",
                "Microsoft.Automation/automationAccounts/jobSchedules@2024-10-23",
                "Microsoft.Authorization/roleAssignments@2022-04-01",
                "Microsoft.Insights/diagnosticSettings@2021-05-01-preview",
            ],
            inBicep);
        Assert.Equal(inBicep, Resources.Select(resource => $"{resource["type"]}@{resource["apiVersion"]}"));
    }

    [Fact]
    public void Both_forms_have_the_same_parameters_and_outputs_with_a_description_each()
    {
        Assert.Equal(ParameterLine().Matches(Bicep).Select(match => match.Groups["name"].Value), Parameters.Select(parameter => parameter.Key));
        Assert.Equal(OutputLine().Matches(Bicep).Select(match => match.Groups["name"].Value), Template["outputs"]!.AsObject().Select(output => output.Key));
        Assert.All(Parameters, parameter =>
        {
            string said = parameter.Value!["metadata"]!["description"]!.ToString();
            Assert.EndsWith(".", said, StringComparison.Ordinal);
            Assert.Contains($"@description('{said}')", Bicep, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_parameter_and_variable_is_used_and_none_is_used_that_is_not_there()
    {
        string used = Template["resources"]!.ToJsonString() + Template["variables"]!.ToJsonString() + Template["outputs"]!.ToJsonString();
        used = Regex.Unescape(used);
        Assert.Equal(Parameters.Select(parameter => parameter.Key).Order(StringComparer.Ordinal), Regex.Matches(used, @"parameters\('(\w+)'\)").Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(Template["variables"]!.AsObject().Select(variable => variable.Key).Order(StringComparer.Ordinal), Regex.Matches(used, @"variables\('(\w+)'\)").Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_may_hold_a_secret_is_no_plain_text_and_goes_only_where_it_has_to()
    {
        string[] secure = [.. Parameters.Where(parameter => parameter.Value!["type"]!.ToString() == "securestring").Select(parameter => parameter.Key)];
        Assert.Equal(["modulePackageUri", "runbookUri"], secure);
        Assert.All(secure, name =>
        {
            Assert.Null(Parameters[name]!["defaultValue"]);
            Assert.DoesNotContain(name, Template["outputs"]!.ToJsonString() + Template["variables"]!.ToJsonString(), StringComparison.Ordinal);
            JsonObject[] uses = [.. Resources.Where(resource => resource.ToJsonString().Contains(name, StringComparison.Ordinal))];
            Assert.Contains(Assert.Single(uses)["type"]!.ToString(), (string[])["Microsoft.Automation/automationAccounts/runtimeEnvironments/packages", "Microsoft.Automation/automationAccounts/runbooks"]);
        });
        // Addresses of files, and names of secrets: the secrets themselves have no parameter.
        Assert.DoesNotContain(Parameters.Select(parameter => parameter.Key), name => Regex.IsMatch(name, "(?i)(password|token|apikey)$"));
        // What is fetched is held to a hash, since anybody who may write to that place could run as the worker.
        Assert.All(Resources.Where(resource => resource.ToJsonString().Contains("securestring", StringComparison.Ordinal) || resource["properties"]?["publishContentLink"] is not null || resource["properties"]?["contentLink"] is not null), resource =>
            Assert.Equal("SHA256", (resource["properties"]!["contentLink"] ?? resource["properties"]!["publishContentLink"])!["contentHash"]!["algorithm"]!.ToString()));
    }

    [Fact]
    public void The_identity_may_read_one_secret_and_nothing_else()
    {
        JsonObject role = Assert.Single(Resources, resource => resource["type"]!.ToString() == "Microsoft.Authorization/roleAssignments");
        // Key Vault Secrets User (Azure built-in roles): getSecret and readMetadata.
        Assert.Equal("4633458b-17de-408a-b874-0445c86b69e6", Template["variables"]!["secretsUser"]!.ToString());
        Assert.Equal("[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', variables('secretsUser'))]", role["properties"]!["roleDefinitionId"]!.ToString());
        Assert.Equal("[resourceId('Microsoft.KeyVault/vaults/secrets', if(empty(parameters('keyVaultName')), 'not-used', parameters('keyVaultName')), parameters('keyVaultSecretName'))]", role["scope"]!.ToString());
        Assert.Equal("[not(empty(parameters('keyVaultName')))]", role["condition"]!.ToString());
        Assert.Equal("ServicePrincipal", role["properties"]!["principalType"]!.ToString());
        Assert.Equal("SystemAssigned", Resources[0]["identity"]!["type"]!.ToString());
        Assert.True((bool)Resources[0]["properties"]!["disableLocalAuth"]!);
    }

    [Fact]
    public void Each_resource_waits_for_what_it_names()
    {
        string[] types = [.. Resources.Select(resource => resource["type"]!.ToString())];
        Assert.All(Resources.Skip(1), resource =>
        {
            string[] waits = [.. (resource["dependsOn"]?.AsArray() ?? []).Select(node => Regex.Match(node!.ToString(), @"^\[resourceId\('([^']+)'").Groups[1].Value)];
            Assert.NotEmpty(waits);
            Assert.All(waits, wait => Assert.Contains(wait, types));
        });
        string[] Waits(string type) => [.. Resources.Single(resource => resource["type"]!.ToString() == type)["dependsOn"]!.AsArray().Select(node => node!.ToString())];
        // A job that starts before its module is there fails.
        Assert.Contains(Waits("Microsoft.Automation/automationAccounts/runbooks"), wait => wait.Contains("runtimeEnvironments/packages", StringComparison.Ordinal));
        Assert.Contains(Waits("Microsoft.Automation/automationAccounts/jobSchedules"), wait => wait.Contains("automationAccounts/runbooks", StringComparison.Ordinal));
        Assert.Contains(Waits("Microsoft.Automation/automationAccounts/jobSchedules"), wait => wait.Contains("automationAccounts/schedules", StringComparison.Ordinal));
    }

    [Fact]
    public void Logs_runtime_and_mode_are_what_the_page_says()
    {
        JsonObject logs = Assert.Single(Resources, resource => resource["type"]!.ToString() == "Microsoft.Insights/diagnosticSettings");
        Assert.Equal(["JobLogs", "JobStreams", "AuditEvent"], logs["properties"]!["logs"]!.AsArray().Select(log => log!["category"]!.ToString()));
        Assert.Equal(["7.4", "7.6"], Parameters["powerShellVersion"]!["allowedValues"]!.AsArray().Select(value => value!.ToString()));
        // Nothing is cleared by a template that was deployed as it is.
        Assert.Equal("Scan", Parameters["mode"]!["defaultValue"]!.ToString());
        Assert.Equal("[variables('runtimeName')]", Resources.Single(resource => resource["type"]!.ToString() == "Microsoft.Automation/automationAccounts/runbooks")["properties"]!["runtimeEnvironment"]!.ToString());
        // The name of a runtime environment takes no dots.
        Assert.Contains("replace(parameters('powerShellVersion'), '.', '-')", Template["variables"]!["runtimeName"]!.ToString(), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?m)^resource \w+ '(?<type>[^']+)' (?<existing>existing )?=")]
    private static partial Regex ResourceLine();

    [GeneratedRegex(@"(?m)^param (?<name>\w+) ")]
    private static partial Regex ParameterLine();

    [GeneratedRegex(@"(?m)^output (?<name>\w+) ")]
    private static partial Regex OutputLine();
}
