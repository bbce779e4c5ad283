using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Core.Tests.Model;

public sealed class SchemaTests
{
    private const string Name = "docs/schema/zombieops-1.schema.json";

    /// <summary>The published schema is what the records say, so neither can change without the other.</summary>
    [Fact]
    public void The_published_schema_is_the_one_that_is_written()
    {
        var definitions = new JsonObject();
        foreach (JsonTypeInfo info in (JsonTypeInfo[])[ZombieJson.Info<ScanReport>(), ZombieJson.Info<HeadroomReport>(), ZombieJson.Info<Plan>(), ZombieJson.Info<PlanReview>(), ZombieJson.Info<ClearReport>(), ZombieJson.Info<SweepReport>(), ZombieJson.Info<PolicyReport>(), ZombieJson.Info<PolicySummary>(), ZombieJson.Info<ZombieOps.Policies.PolicyCheckReport>(), ZombieJson.Info<PolicyDecision>(), ZombieJson.Info<StatusReport>(), ZombieJson.Info<AuditRecord>(), ZombieJson.Info<ZombieOps.Reports.PeriodReport>()])
        {
            definitions[char.ToLowerInvariant(info.Type.Name[0]) + info.Type.Name[1..]] = info.GetJsonSchemaAsNode();
        }

        foreach (SourceRegistration source in SourceCatalog.All)
        {
            definitions[$"{source.TargetJson.Type}Target"] = source.TargetJson.Info.GetJsonSchemaAsNode();
        }

        string schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = ScanReport.CurrentSchema,
            ["$defs"] = definitions,
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
        string path = RepositoryRoot.File(Name);
        if (!File.Exists(path) || File.ReadAllText(path) != schema)
        {
            string now = Path.Combine(Path.GetTempPath(), Path.GetFileName(Name));
            File.WriteAllText(now, schema);
            Assert.Fail($"{Name} is not what the records write: look at the difference to {now} and copy it over if it is meant");
        }
    }
}
