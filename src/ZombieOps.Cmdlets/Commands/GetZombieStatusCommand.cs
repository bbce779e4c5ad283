using System.Management.Automation;
using ZombieOps.Cmdlets.Binding;
using ZombieOps.Cmdlets.Errors;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Sweeping;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>Tells whether the schedule ticks: last complete scan, how the last tick ended, audit log, window, stop file. It writes nothing.</summary>
[Cmdlet(VerbsCommon.Get, "ZombieStatus", HelpUri = "https://github.com/zombieops/zombieops/blob/main/docs/en-US/Get-ZombieStatus.md")]
[OutputType(typeof(StatusReport))]
public sealed class GetZombieStatusCommand : EngineCommand
{
    /// <summary>The policy whose sources are meant; without it every source that was swept into the state directory.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PolicyFile")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Age of the last complete scan from which on a tick is missing; without it twice the usual distance between ticks.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? MaxAge { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guarded(() =>
    {
        EngineOptions surroundings = Surroundings();
        PolicyReading? reading = Path is null ? null : PolicyReader.Read(FilePath(Path), surroundings.Clock.GetUtcNow());
        if (reading is { Policy: null })
        {
            ThrowTerminatingError(ErrorFactory.BadPolicy(reading));
            return;
        }

        StatusReport report = SweepStatus.Read(surroundings, new StatusRequest { Policy = reading?.Policy, MaxAge = MaxAge });
        WriteObject(report);
        foreach (string warning in report.Warnings)
        {
            WriteWarning(Printable.Clean(ErrorFactory.InPowerShell(warning)));
        }
    });
}
