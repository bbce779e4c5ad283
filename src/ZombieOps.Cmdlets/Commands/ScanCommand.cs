using System.Management.Automation;
using ZombieOps.Clearing;
using ZombieOps.Cmdlets.Binding;
using ZombieOps.Cmdlets.Errors;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>What every cmdlet that looks for findings shares: the scan, and how what it saw and did not see is written.</summary>
public abstract class ScanCommand : EngineCommand
{
    /// <summary>A finding younger than this is reported and not offered for clearing.</summary>
    [Parameter]
    [Duration]
    public TimeSpan MinAge { get; set; } = new ScanSettings().MinAge;

    /// <summary>Scans once and writes errors, warnings and findings.</summary>
    /// <param name="engine">The engine on the source that is meant.</param>
    /// <param name="filter">Which findings to write.</param>
    /// <param name="remember">Whether the ledger keeps what was seen.</param>
    protected void Scan(ZombieEngine engine, FindingFilter filter, bool remember)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ScanReport report = Wait(engine.ScanAsync(new ScanSettings { MinAge = MinAge, Remember = remember, Filter = filter }, Stop));

        // Errors come first: "| Select-Object -First 1" must not swallow that something was not seen.
        foreach (string because in report.IncompleteBecause)
        {
            WriteError(ErrorFactory.NotSeen(because, engine.Source.Name));
        }

        if (!report.Complete && report.IncompleteBecause.Count == 0)
        {
            WriteError(ErrorFactory.NotSeen("no reason was given", engine.Source.Name));
        }

        foreach (string warning in report.Warnings)
        {
            WriteWarning(Printable.Clean(ErrorFactory.InPowerShell(warning)));
        }

        foreach (Finding finding in report.Findings)
        {
            WriteObject(Shown(finding));
        }
    }

    /// <summary>A finding as it is written; a cmdlet may give it a name that selects a view.</summary>
    /// <param name="finding">The finding.</param>
    protected virtual object Shown(Finding finding) => finding;

    /// <summary>Adds the verdicts to show to a filter's facets.</summary>
    /// <param name="facets">The facets.</param>
    /// <param name="verdicts">The verdicts; null for all.</param>
    protected static void Add(IDictionary<string, IReadOnlyList<string>> facets, Verdict[]? verdicts)
    {
        ArgumentNullException.ThrowIfNull(facets);
        if (verdicts is not null)
        {
            facets["verdict"] = [.. verdicts.Select(verdict => verdict.ToString())];
        }
    }
}
