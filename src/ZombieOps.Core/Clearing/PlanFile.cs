using System.Text.Json;
using ZombieOps.Model;

namespace ZombieOps.Clearing;

/// <summary>Reads and writes plan files.</summary>
public static class PlanFile
{
    /// <summary>Reads a plan.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.PlanUnreadable"/>, <see cref="ErrorIds.PlanVersionUnknown"/>.</exception>
    public static Plan Read(string path)
    {
        try
        {
            byte[] json = File.ReadAllBytes(path);
            CheckVersion(path, json);
            Plan plan = JsonSerializer.Deserialize(json, ZombieJson.Info<Plan>()) ?? throw new JsonException("it holds null");
            var ids = new HashSet<string>(StringComparer.Ordinal);
            if (plan.Scan.Findings.FirstOrDefault(finding => !ids.Add(finding.Id)) is { } twice)
            {
                throw new JsonException($"the finding '{twice.Id}' is in it twice");
            }

            return plan.Steps.FirstOrDefault(step => !ids.Contains(step.FindingId)) is { } stray
                ? throw new JsonException($"a step names '{stray.FindingId}', which is no finding of the plan")
                : plan;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException or NullReferenceException)
        {
            throw new ZombieOpsException(
                ErrorIds.PlanUnreadable,
                ExitCode.BadUsage,
                $"the plan {path} cannot be read: {(e is NullReferenceException or ArgumentException ? "a part of it is missing" : e.Message)}",
                "make it anew with 'zombieops plan -o FILE'",
                e);
        }
    }

    /// <summary>Writes a plan: the whole file or none of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plan">The plan.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.CannotWrite"/>.</exception>
    public static void Write(string path, Plan plan)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                JsonSerializer.Serialize(file, plan, ZombieJson.Info<Plan>(indented: true));
                file.WriteByte((byte)'\n');
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            try
            {
                File.Delete(temporary);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                // The message below is what matters.
            }

            throw new ZombieOpsException(ErrorIds.CannotWrite, ExitCode.BadUsage, $"the plan {path} cannot be written: {e.Message}", "name another file", e);
        }
    }

    private static void CheckVersion(string path, byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        string? schema = document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("schema", out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : throw new JsonException("it names no schema");
        if (schema != ScanReport.CurrentSchema)
        {
            throw new ZombieOpsException(
                ErrorIds.PlanVersionUnknown,
                ExitCode.BadUsage,
                $"the plan {path} has schema '{schema}' and this build knows '{ScanReport.CurrentSchema}'",
                "make it anew with this build, or use the build that made it");
        }
    }
}
