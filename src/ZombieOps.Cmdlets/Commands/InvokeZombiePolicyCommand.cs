using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using ZombieOps.Cmdlets.Completers;
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
[OutputType(typeof(PolicyReport), typeof(string))]
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

    /// <summary>The one source that is meant, such as <c>process</c>: what else the policy names is left alone. A policy without it is an error.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string? Source { get; set; }

    /// <summary>Secrets by the name that an option of the policy ending in <c>-env</c> gives them: secure strings, or credentials whose password is meant. They stay in memory.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Secret { get; set; } = new Hashtable();

    /// <summary>Clears nothing where the state directory is not there yet, or lies in the directory for temporary files.</summary>
    [Parameter]
    public SwitchParameter RequireState { get; set; }

    /// <summary>What is written: the report, the report as JSON, or a summary of bounded size as one line of JSON. With JSON nothing else is said on any other stream but errors.</summary>
    [Parameter]
    public PolicyOutput As { get; set; }

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
        HashSet<string> agreed = [.. policy.Sources.Where(source => IsMeant(source) && source.Clear.Allowed.Count > 0 && Agreed(source)).Select(source => source.Name)];
        var request = new PolicyRequest
        {
            DryRun = IsDryRun(),
            Plan = Plan is null ? null : Clearing.PlanFile.Load(FilePath(Plan)),
            RequireApproval = RequireApproval,
            Agreed = source => agreed.Contains(source.Name),
            Source = Source,
            StateRefused = RequireState ? NotLasting : static _ => null,
        };
        PolicyReport report = Wait(new PolicyRunner(policy, surroundings).RunAsync(request, Stop));
        WriteObject(As switch
        {
            PolicyOutput.Json => ZombieJson.Write(report),
            PolicyOutput.Summary => ZombieJson.Write(PolicySummary.Of(report)),
            _ => report,
        });
        // They are in the JSON, and a shell that is started with -File prints them where the JSON goes.
        foreach (string warning in As == PolicyOutput.Report ? Warnings(policy, report) : [])
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

    /// <inheritdoc/>
    protected override EngineOptions Surroundings()
    {
        foreach (DictionaryEntry entry in Secret)
        {
            if (Unwrapped(entry.Value) is not (SecureString or PSCredential))
            {
                // The value is not shown: a plain text in its place may be the secret.
                throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"the secret '{entry.Key}' is neither a secure string nor a credential", "give one, as Get-Credential or Get-Secret make it");
            }
        }

        EngineOptions options = base.Surroundings();
        return options with { Variable = name => Find(name) ?? options.Variable(name) };
    }

    // The secret is made plain only when a source asks for it.
    private string? Find(string name) => Unwrapped(Secret[name]) switch
    {
        SecureString text => new NetworkCredential("", text).Password,
        PSCredential credential => credential.GetNetworkCredential().Password,
        _ => null,
    };

    private static object? Unwrapped(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private bool IsMeant(PolicySource source) => Source is null || string.Equals(source.Source.Name, Source, StringComparison.OrdinalIgnoreCase);

    private static string? NotLasting(string state)
    {
        string full = System.IO.Path.GetFullPath(state);
        if (!Directory.Exists(full))
        {
            return $"the state directory {full} is not there, so no earlier run can have kept its ledger and audit log in it";
        }

        string temporary = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(System.IO.Path.GetTempPath()));
        return full == temporary || full.StartsWith(temporary + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? $"the state directory {full} is one for temporary files, which may be gone before the next run"
            : null;
    }

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
        if (As != PolicyOutput.Report && IsDryRun())
        {
            // What would be done is in the JSON; "What if:" would stand in front of it.
            return true;
        }

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

/// <summary>What <c>Invoke-ZombiePolicy</c> writes.</summary>
public enum PolicyOutput
{
    /// <summary>The report as an object.</summary>
    Report,

    /// <summary>The report as JSON, as <c>zombieops run --output json</c> writes it but in one line.</summary>
    Json,

    /// <summary>A summary as one line of JSON, of bounded size whatever was found.</summary>
    Summary,
}
