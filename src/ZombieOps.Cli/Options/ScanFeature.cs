using System.CommandLine;
using ZombieOps.Clearing;
using ZombieOps.Model;

namespace ZombieOps.Cli.Options;

/// <summary>How a scan is made.</summary>
internal sealed class ScanFeature
{
    private readonly Option<TimeSpan?> minAge = Typed.Duration("--min-age", "Judge nothing that is younger; default 1m");
    private readonly Option<bool> noLedger = new("--no-ledger") { Description = "Do not remember what was seen: ages stay as they are" };

    /// <summary>Adds the options to a command and what is below it.</summary>
    public ScanFeature(Command command, bool withLedger)
    {
        minAge.Recursive = true;
        command.Options.Add(minAge);
        if (withLedger)
        {
            noLedger.Recursive = true;
            command.Options.Add(noLedger);
        }
    }

    /// <summary>The settings.</summary>
    public ScanSettings Read(ParseResult result, FindingFilter filter)
    {
        var settings = new ScanSettings { Filter = filter, Remember = !result.GetValue(noLedger) };
        return result.GetValue(minAge) is { } age ? settings with { MinAge = age } : settings;
    }
}
