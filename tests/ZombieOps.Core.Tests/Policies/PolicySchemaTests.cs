using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Policies;

namespace ZombieOps.Core.Tests.Policies;

public sealed class PolicySchemaTests
{
    private const string Name = "docs/schema/zombieops-policy-1.schema.json";

    /// <summary>The published schema is what the reader goes by, so neither can change without the other.</summary>
    [Fact]
    public void The_published_schema_is_the_one_that_the_reader_goes_by()
    {
        string schema = PolicySchema.Create().ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
        string path = RepositoryRoot.File(Name);
        if (!File.Exists(path) || File.ReadAllText(path) != schema)
        {
            string now = Path.Combine(Path.GetTempPath(), Path.GetFileName(Name));
            File.WriteAllText(now, schema);
            Assert.Fail($"{Name} is not what the reader takes: look at the difference to {now} and copy it over if it is meant");
        }
    }

    [Fact]
    public void Every_key_that_the_schema_names_is_one_that_the_reader_knows()
    {
        JsonObject schema = PolicySchema.Create();
        foreach (string key in schema["properties"]!.AsObject().Select(property => property.Key))
        {
            Assert.DoesNotContain(Read($"{key}: {{}}\n"), fault => fault.Says.Contains("has no key", StringComparison.Ordinal));
        }

        foreach (string key in schema["$defs"]!["source"]!["properties"]!.AsObject().Select(property => property.Key))
        {
            Assert.DoesNotContain(Read($"sources: [{{{key}: 5}}]\n"), fault => fault.Says.Contains("has no key", StringComparison.Ordinal));
        }

        static IReadOnlyList<PolicyFault> Read(string yaml) => PolicyReader.Parse(System.Text.Encoding.UTF8.GetBytes(yaml), "/p", DateTimeOffset.UnixEpoch).Faults;
    }

    [Fact]
    public void Every_example_names_the_schema_and_has_no_fault()
    {
        string[] files = Directory.GetFiles(RepositoryRoot.File("deploy/policy"), "*.yaml");
        Assert.Equal(2, files.Length);
        foreach (string file in files)
        {
            Assert.StartsWith($"# yaml-language-server: $schema={PolicySchema.Url}\n", File.ReadAllText(file), StringComparison.Ordinal);
            PolicyReading reading = PolicyReader.Read(file, new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero));
            Assert.Empty(reading.Faults);
        }
    }
}
