using System.CommandLine;
using ZombieOps.Clearing;
using ZombieOps.Sources;
using ZombieOps.Text;

namespace ZombieOps.Cli.Options;

/// <summary>How far one run may go.</summary>
internal sealed class LimitsFeature
{
    private readonly Option<int?> maxCount = Typed.Count("--max-count", $"Most findings that one run may act on; default {Default(limits => $"{limits.MaxCount}")}");
    private readonly Option<double?> maxShare = Typed.Share("--max-share", $"Greatest share of all that was scanned, 0.25 or 25%; default {Default(limits => $"{limits.MaxShare * 100:0}%")}");
    private readonly Option<int?> maxMoves = Typed.Count("--max-moves", $"Most acts of one run that move data, the rest is left for the next run; default {Default(limits => limits.MaxMoves is { } most ? $"{most}" : "no bound")}");
    private readonly Option<TimeSpan?> watch = Typed.Duration("--watch", $"How long to watch for what comes back; default {Default(limits => Durations.Format(limits.Watch))}");
    private readonly Option<TimeSpan?> grace = Typed.Duration("--grace", "How long an owner gets to act on a request; default 10s");
    private readonly Option<string?> stopFile = Typed.FilePath("--stop-file", "While this file exists nothing is cleared");

    /// <summary>Adds the options to a command and what is below it.</summary>
    public LimitsFeature(Command command)
    {
        foreach (Option option in (Option[])[maxCount, maxShare, maxMoves, watch, grace, stopFile])
        {
            option.Recursive = true;
            command.Options.Add(option);
        }
    }

    /// <summary>The request with the limits that were given, the rest as the source has them.</summary>
    public ClearRequest Apply(ClearRequest request, SourceRegistration source, ParseResult result) => request with
    {
        Grace = result.GetValue(grace) ?? request.Grace,
        Limits = source.Limits with
        {
            MaxCount = result.GetValue(maxCount) ?? source.Limits.MaxCount,
            MaxShare = result.GetValue(maxShare) ?? source.Limits.MaxShare,
            MaxMoves = result.GetValue(maxMoves) ?? source.Limits.MaxMoves,
            Watch = result.GetValue(watch) ?? source.Limits.Watch,
        },
    };

    /// <summary>A default for the help: where sources differ, each with its name.</summary>
    private static string Default(Func<ClearLimits, string> show)
    {
        string[] values = [.. SourceCatalog.All.Select(source => show(source.Limits))];
        return values.Distinct().Count() == 1 ? values[0] : string.Join(", ", SourceCatalog.All.Select((source, i) => $"{values[i]} for {source.Name}"));
    }

    /// <summary>The surroundings with the stop file that was given.</summary>
    public EngineOptions Apply(EngineOptions options, ParseResult result) =>
        result.GetValue(stopFile) is { } path ? options with { StopFile = Path.GetFullPath(path) } : options;
}
