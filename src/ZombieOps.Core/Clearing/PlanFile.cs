using System.Security.Cryptography;
using System.Text.Json;
using ZombieOps.Model;

namespace ZombieOps.Clearing;

/// <summary>Reads and writes plan files.</summary>
public static class PlanFile
{
    /// <summary>Longest file that is read.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Reads a plan.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.PlanUnreadable"/>, <see cref="ErrorIds.PlanVersionUnknown"/>.</exception>
    public static Plan Read(string path) => Load(path).Plan;

    /// <summary>Reads a plan once, with the hash of what was read. Nothing that happens to the file afterwards changes what is acted on.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.PlanUnreadable"/>, <see cref="ErrorIds.PlanVersionUnknown"/>.</exception>
    public static PlanDocument Load(string path)
    {
        byte[] json = [];
        Plan plan = Parse(path, () => json = ReadBounded(path));
        return new PlanDocument(Path.GetFullPath(path), plan, Convert.ToHexString(SHA256.HashData(json)).ToLowerInvariant());
    }

    /// <summary>The bytes that <see cref="Write"/> writes.</summary>
    /// <param name="plan">The plan.</param>
    public static byte[] Bytes(Plan plan) => [.. JsonSerializer.SerializeToUtf8Bytes(plan, ZombieJson.Info<Plan>(indented: true)), (byte)'\n'];

    /// <summary>Refuses a plan that is not of this host as it has been since its last boot.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.PlanVersionUnknown"/>, <see cref="ErrorIds.PlanFromAnotherHost"/>, <see cref="ErrorIds.PlanFromAnotherBoot"/>.</exception>
    internal static void Check(EngineOptions options, Plan plan)
    {
        if (plan.Schema != ScanReport.CurrentSchema)
        {
            throw new ZombieOpsException(
                ErrorIds.PlanVersionUnknown, ExitCode.BadUsage, $"the plan has schema '{plan.Schema}'", $"make it anew: this build knows '{ScanReport.CurrentSchema}'");
        }

        if (plan.Scan.Host != options.Host)
        {
            throw new ZombieOpsException(
                ErrorIds.PlanFromAnotherHost, ExitCode.BadUsage, $"the plan was made on host '{plan.Scan.Host}' and this is '{options.Host}'", "make a plan on this host");
        }

        string bootId = HostIdentity.BootId(options);
        if (plan.Scan.BootId.Length == 0 || plan.Scan.BootId != bootId)
        {
            throw new ZombieOpsException(
                ErrorIds.PlanFromAnotherBoot, ExitCode.BadUsage, "the plan was made before this host's last boot", "make it anew");
        }
    }

    // A pipe or a device has no length to ask for, and may have no end.
    private static byte[] ReadBounded(string path)
    {
        using FileStream file = File.OpenRead(path);
        using var whole = new MemoryStream();
        byte[] piece = new byte[64 << 10];
        for (int read; (read = file.Read(piece)) > 0;)
        {
            whole.Write(piece, 0, read);
            if (whole.Length > MaxBytes)
            {
                throw new IOException($"it is longer than {MaxBytes >> 20} MB");
            }
        }

        return whole.ToArray();
    }

    private static Plan Parse(string path, Func<byte[]> read)
    {
        try
        {
            byte[] json = read();
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
                file.Write(Bytes(plan));
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
