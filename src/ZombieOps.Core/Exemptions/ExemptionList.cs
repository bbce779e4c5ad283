using System.Text.Json;
using System.Text.Json.Serialization;
using ZombieOps.Files;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.Exemptions;

/// <summary>The file's shape.</summary>
internal sealed record ExemptionFile
{
    public IReadOnlyList<Exemption>? Exemptions { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ExemptionFile))]
internal sealed partial class ExemptionJsonContext : JsonSerializerContext;

/// <summary>All exemptions in force, and what should be known of the others.</summary>
public sealed class ExemptionList
{
    private readonly string path;
    private readonly IReadOnlyList<Exemption> all;
    private readonly Action<Exemption> matched;

    private ExemptionList(string path, IReadOnlyList<Exemption> inFile, EngineOptions options)
    {
        this.path = path;
        all = [.. options.Exemptions, .. inFile];
        matched = options.ExemptionMatched;
    }

    /// <summary>All of them, in force or not, those of the policy first.</summary>
    public IReadOnlyList<Exemption> All => all;

    /// <summary>The reason code of a finding that an exemption protects.</summary>
    public const string ExemptReason = "Exempt";

    /// <summary>
    /// Reads <see cref="EngineOptions.ExemptionsFile"/>, or <c>exemptions.json</c> in the configuration directory if it is there, and adds
    /// <see cref="EngineOptions.Exemptions"/>.
    /// </summary>
    /// <param name="options">Where to look.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.ExemptionsUnreadable"/>: a file that is there, or was named, and cannot be read.</exception>
    public static ExemptionList Load(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string path = options.ExemptionsFile ?? Path.Combine(options.ConfigDirectory, "exemptions.json");
        try
        {
            // A file that is there and cannot be opened must not read as "nothing is exempt", so no File.Exists first.
            byte[] json = File.ReadAllBytes(path);
            ExemptionFile? file = JsonSerializer.Deserialize(json, ExemptionJsonContext.Default.ExemptionFile);
            return file?.Exemptions is { } list && list.All(entry => entry is not null)
                ? new ExemptionList(path, list, options)
                : throw new JsonException("it holds no list \"exemptions\"");
        }
        catch (Exception e) when (options.ExemptionsFile is null && e is FileNotFoundException or DirectoryNotFoundException
            && !(options.ConfigDirectoryNamed && e is DirectoryNotFoundException) && !DanglingLink.At(path) && !DanglingLink.At(options.ConfigDirectory))
        {
            return new ExemptionList(path, [], options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ZombieOpsException(
                ErrorIds.ExemptionsUnreadable,
                e is UnauthorizedAccessException ? ExitCode.NotPermitted : ExitCode.BadUsage,
                $"the exemptions in {path} cannot be read: {e.Message}",
                "mend the file, or name another with --exemptions FILE; nothing is cleared without knowing what is exempt",
                e);
        }
    }

    /// <summary>Those in force that spoke of a finding of the last whole scan.</summary>
    internal IReadOnlyCollection<Exemption> Matched { get; private set; } = [];

    /// <summary>Those in force at a time.</summary>
    internal IReadOnlyList<Exemption> InForce(DateTimeOffset now) => [.. all.Where(exemption => exemption.LapsedBecause(now) is null)];

    /// <summary>Protects what is exempt and says what is wrong with the list.</summary>
    /// <param name="report">A whole scan, before any filter: an exemption that matches nothing in it is reported.</param>
    /// <param name="now">The time that expiry dates are held against.</param>
    public ScanReport Apply(ScanReport report, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (all.Count == 0)
        {
            return report;
        }

        var warnings = new List<string>(report.Warnings);
        var used = new HashSet<Exemption>(ReferenceEqualityComparer.Instance);
        var findings = report.Findings.Select(finding => Judge(finding, now, used)).ToList();
        Matched = used;
        foreach (Exemption exemption in used)
        {
            matched(exemption);
        }

        // What a policy declares is for all of its sources: only it can tell that one matches nothing.
        foreach (Exemption exemption in all.Where(exemption => exemption.DeclaredAt is null))
        {
            if (exemption.LapsedBecause(now) is { } why)
            {
                warnings.Add($"exemption ({exemption}) does not apply: {why}");
            }
            else if (!used.Contains(exemption))
            {
                warnings.Add($"exemption ({exemption}) of {exemption.Owner} matches nothing");
            }
        }

        return report.WithFindings(findings) with { Warnings = warnings };
    }

    /// <summary>One finding as the exemptions leave it.</summary>
    /// <param name="finding">The finding.</param>
    /// <param name="now">The time that expiry dates are held against.</param>
    public Finding Apply(Finding finding, DateTimeOffset now) => Judge(finding, now, []);

    private Finding Judge(Finding finding, DateTimeOffset now, HashSet<Exemption> used)
    {
        Exemption? exemption = null;
        foreach (Exemption candidate in all)
        {
            if (candidate.LapsedBecause(now) is null && candidate.Fits(finding))
            {
                used.Add(candidate);
                exemption ??= candidate;
            }
        }

        // What is protected or could not be seen stays so, for the graver reason.
        if (exemption is null || finding.Verdict is Verdict.Protected or Verdict.Unknown)
        {
            return finding;
        }

        return finding with
        {
            Verdict = Verdict.Protected,
            Reason = ExemptReason,
            Remedies = [],
            Evidence =
            [
                .. finding.Evidence,
                new Evidence
                {
                    Fact = "Exemption",
                    State = EvidenceState.Live,
                    Source = exemption.DeclaredAt ?? path,
                    Says = $"left alone for {exemption.Owner} until {exemption.Expires}: {exemption.Reason}",
                    At = now,
                },
            ],
        };
    }
}
