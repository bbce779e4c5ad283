using System.CommandLine;
using ZombieOps.Clearing;

namespace ZombieOps.Cli.Options;

/// <summary>How far one run may go.</summary>
internal sealed class LimitsFeature
{
    private static readonly ClearLimits Defaults = new();

    private readonly Option<int?> maxCount = Typed.Count("--max-count", $"Most findings that one run may act on; default {Defaults.MaxCount}");
    private readonly Option<double?> maxShare = Typed.Share("--max-share", "Greatest share of all that was scanned, 0.25 or 25%; default 25%");
    private readonly Option<TimeSpan?> watch = Typed.Duration("--watch", "How long to watch for what comes back; default 2s");
    private readonly Option<TimeSpan?> grace = Typed.Duration("--grace", "How long an owner gets to act on a request; default 10s");
    private readonly Option<string?> stopFile = Typed.FilePath("--stop-file", "While this file exists nothing is cleared");

    /// <summary>Adds the options to a command and what is below it.</summary>
    public LimitsFeature(Command command)
    {
        foreach (Option option in (Option[])[maxCount, maxShare, watch, grace, stopFile])
        {
            option.Recursive = true;
            command.Options.Add(option);
        }
    }

    /// <summary>The request with the limits that were given.</summary>
    public ClearRequest Apply(ClearRequest request, ParseResult result) => request with
    {
        Grace = result.GetValue(grace) ?? request.Grace,
        Limits = request.Limits with
        {
            MaxCount = result.GetValue(maxCount) ?? request.Limits.MaxCount,
            MaxShare = result.GetValue(maxShare) ?? request.Limits.MaxShare,
            Watch = result.GetValue(watch) ?? request.Limits.Watch,
        },
    };

    /// <summary>The surroundings with the stop file that was given.</summary>
    public EngineOptions Apply(EngineOptions options, ParseResult result) =>
        result.GetValue(stopFile) is { } path ? options with { StopFile = Path.GetFullPath(path) } : options;
}
