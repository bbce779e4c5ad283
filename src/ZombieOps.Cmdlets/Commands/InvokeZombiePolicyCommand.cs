using System.Management.Automation;
using ZombieOps.Cmdlets.Errors;
using ZombieOps.Model;
using ZombieOps.Policies;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>
/// Carries a policy out once: one safe tick for each of its sources, one report. The policy is the agreement, so nothing is asked unless -Confirm is given.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "ZombiePolicy", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low,
    HelpUri = "https://github.com/zombieops/zombieops/blob/main/docs/en-US/Invoke-ZombiePolicy.md")]
[OutputType(typeof(PolicyReport))]
public sealed class InvokeZombiePolicyCommand : EngineCommand
{
    /// <summary>The policy.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PolicyFile")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>A plan file. Nothing that is not in it is touched, and of what is in it only what the policy allows.</summary>
    [Parameter]
    [Alias("PlanPath")]
    [ValidateNotNullOrEmpty]
    public string? Plan { get; set; }

    /// <summary>Acts only on a plan that another person than its author has approved, also where the policy does not say so.</summary>
    [Parameter]
    public SwitchParameter RequireApproval { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guarded(() =>
    {
        EngineOptions surroundings = Surroundings();
        PolicyReading reading = PolicyReader.Read(FilePath(Path), surroundings.Clock.GetUtcNow());
        if (reading.Policy is not { } policy)
        {
            ThrowTerminatingError(ErrorFactory.BadPolicy(reading));
            return;
        }

        // Asked here and not in the run, which may go on in another thread than the pipeline's.
        HashSet<string> agreed = [.. policy.Sources.Where(source => source.Clear.Allowed.Count > 0 && Agreed(source)).Select(source => source.Name)];
        var request = new PolicyRequest { DryRun = IsDryRun(), Plan = Plan is null ? null : Clearing.PlanFile.Load(FilePath(Plan)), RequireApproval = RequireApproval, Agreed = source => agreed.Contains(source.Name) };
        PolicyReport report = Wait(new PolicyRunner(policy, surroundings).RunAsync(request, Stop));
        WriteObject(report);
        foreach (string warning in Warnings(policy, report))
        {
            WriteWarning(Printable.Clean(ErrorFactory.InPowerShell(warning)));
        }

        // After the object, so that -ErrorAction Stop ends the script and not the report.
        foreach (SweepFailure failure in report.Failures)
        {
            WriteError(ErrorFactory.Failed(failure, report));
        }

        foreach (PolicySourceReport source in report.Sources)
        {
            foreach (SweepFailure failure in source.Failure is { } own ? [own] : source.Sweep?.Failures ?? [])
            {
                WriteError(ErrorFactory.Failed(failure, source));
            }

            foreach (string because in source.Sweep?.Scan?.IncompleteBecause ?? [])
            {
                WriteError(ErrorFactory.NotSeen(because, source.Name));
            }

            foreach (ClearResult result in (source.Sweep?.Clear?.Results ?? []).Where(result => result.Outcome is ClearOutcome.Failed or ClearOutcome.NotPermitted or ClearOutcome.Reasserted))
            {
                WriteError(result.ToRecord());
            }

            if (source.Sweep?.Clear is { StoppedBecause: { } stopped } clear)
            {
                WriteError(ErrorFactory.Stopped(stopped, clear.Results.Count(result => result.Reason == Clearing.ClearReasons.RunStopped), clear.RunId));
            }
        }
    });

    private static IEnumerable<string> Warnings(Policy policy, PolicyReport report)
    {
        foreach (PolicySourceReport source in report.Sources)
        {
            foreach (string warning in source.OnlyScannedBecause is { } only ? [$"only scanned: {only}", .. source.Sweep?.Warnings ?? []] : source.Sweep?.Warnings ?? [])
            {
                yield return $"{source.Name}: {warning}";
            }
        }

        foreach (string warning in report.Warnings.Concat(report.Unused))
        {
            yield return warning;
        }

        if (policy.Notify is { } notify && !report.DryRun)
        {
            yield return $"the command of 'notify' (line {notify.Line}) was not run: only 'zombieops run' does, and here the report is the output";
        }
    }

    /// <summary>Whether nothing may change, by -WhatIf or by a caller's.</summary>
    private bool IsDryRun() => MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? whatIf)
        ? ((SwitchParameter)whatIf).IsPresent
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    private bool Agreed(PolicySource source)
    {
        string remedies = string.Join(", ", source.Clear.Allowed.Order(StringComparer.Ordinal));
        try
        {
            // In a dry run PowerShell only says what it would ask for, and the tick goes on to show what would be done.
            return ShouldProcess(Printable.Clean($"{source.Name}, policy line {source.Line}"), $"Clear up to {source.Clear.Limits.MaxCount} findings with {remedies}") || IsDryRun();
        }
        catch (Exception e) when (e is InvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException)
        {
            ThrowTerminatingError(ErrorFactory.CannotAsk(e, source.Name));
            throw;
        }
    }
}
