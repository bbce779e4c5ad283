using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;
using ZombieOps.Core.Tests.Clearing;
using ZombieOps.Model;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Core.Tests.Model;

public sealed class ModelJsonTests
{
    [Fact]
    public void A_report_comes_back_as_it_was_written()
    {
        string json = ZombieJson.Write(Report());

        Assert.Equal(json, ZombieJson.Write(ZombieJson.Read<ScanReport>(json)));
    }

    [Fact]
    public void The_fields_are_the_documented_ones()
    {
        JsonObject report = JsonNode.Parse(ZombieJson.Write(Report()))!.AsObject();

        Assert.Equal("zombieops/1", (string)report["schema"]!);
        Assert.Equal(
            ["schema", "host", "bootId", "scannedAt", "complete", "incompleteBecause", "warnings", "counts", "findings"],
            report.Select(field => field.Key));
        JsonObject finding = report["findings"]![0]!.AsObject();
        foreach (string name in (string[])["id", "source", "kind", "verdict", "reason", "cause", "target", "owner", "firstSeen", "age", "evidence", "remedies"])
        {
            Assert.True(finding.ContainsKey(name), name);
        }

        Assert.Equal("Zombie", (string)finding["verdict"]!);
        Assert.Equal(300.0, (double)finding["age"]!);
        Assert.Equal(7, (int)finding["target"]!["pid"]!);
        Assert.Equal(7, (int)finding["target"]!["startTime"]!);
    }

    [Fact]
    public void Unknown_fields_are_skipped_and_a_target_may_name_its_type_anywhere()
    {
        JsonObject report = JsonNode.Parse(ZombieJson.Write(Report()))!.AsObject();
        report["newField"] = new JsonObject { ["x"] = 1 };
        JsonObject target = report["findings"]![0]!["target"]!.AsObject();
        target.Remove("type");
        target["newField"] = "y";
        target["type"] = "process";

        ScanReport read = ZombieJson.Read<ScanReport>(report.ToJsonString());

        Assert.Equal(7, Assert.IsType<ProcessTarget>(read.Findings[0].Target).Pid);
    }

    [Fact]
    public void A_target_of_a_source_that_is_not_here_is_kept_as_it_was()
    {
        JsonObject report = JsonNode.Parse(ZombieJson.Write(Report()))!.AsObject();
        report["findings"]![0]!["target"] = JsonNode.Parse("""{"type":"moon","phase":[1,2]}""");

        ScanReport read = ZombieJson.Read<ScanReport>(report.ToJsonString());

        Assert.IsType<UnknownTarget>(read.Findings[0].Target);
        Assert.Contains("""{"type":"moon","phase":[1,2]}""", ZombieJson.Write(read));
    }

    [Theory]
    [InlineData(-5.0)]
    [InlineData(1e300)]
    public void An_age_that_cannot_be_counts_as_none(double age)
    {
        JsonObject report = JsonNode.Parse(ZombieJson.Write(Report()))!.AsObject();
        report["findings"]![0]!["age"] = age;

        Assert.Equal(TimeSpan.Zero, ZombieJson.Read<ScanReport>(report.ToJsonString()).Findings[0].Age);
    }

    [Fact]
    public void An_unknown_verdict_is_an_error_and_not_a_guess()
    {
        string json = ZombieJson.Write(Report()).Replace("\"Zombie\"", "\"Zombify\"", StringComparison.Ordinal);

        Assert.ThrowsAny<JsonException>(() => ZombieJson.Read<ScanReport>(json));
    }

    [Fact]
    public void Control_characters_never_reach_a_line_raw()
    {
        Finding finding = Report().Findings[0] with { Target = new ProcessTarget { Pid = 1, StartTime = 1, Command = "a\n\u001b[31m\u009bx\u0007", State = "Z" } };

        string json = ZombieJson.Write(finding);

        Assert.DoesNotContain(json, char.IsControl);
    }

    private static ScanReport Report()
    {
        using var world = new FakeWorld();
        world.Add(7);
        return world.ScanAsync(new Sources.ScanRequest(), default).AsTask().GetAwaiter().GetResult();
    }
}
