using System.Management.Automation;
using System.Text.RegularExpressions;
using ZombieOps.Clearing;
using ZombieOps.Model;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Errors;

/// <summary>Makes error records: a stable id, a category, the thing itself and the next step. The only place that does.</summary>
internal static partial class ErrorFactory
{
    /// <summary>Id of one thing that a scan could not see.</summary>
    public const string Incomplete = "Incomplete";

    /// <summary>Id of a run that had to ask and could not.</summary>
    public const string ConfirmationNeeded = "ConfirmationNeeded";

    /// <summary>An error of the engine.</summary>
    public static ErrorRecord ToRecord(this ZombieOpsException error, object? target = null) =>
        Make(error, error.ErrorId, Category(error.ErrorId), target, Printable.Clean(error.Message), InPowerShell(error.NextStep));

    /// <summary>A finding that was to be cleared and was not.</summary>
    public static ErrorRecord ToRecord(this ClearResult result)
    {
        string message = Printable.Clean($"{result.Target}: {InPowerShell(result.Says)}");
        string next = NextStep(result);
        var error = new ZombieOpsException(
            result.Reason, result.Outcome == ClearOutcome.NotPermitted ? ExitCode.NotPermitted : ExitCode.FindingsLeft, message, next);
        ErrorCategory category = result.Outcome switch
        {
            ClearOutcome.NotPermitted => ErrorCategory.PermissionDenied,
            ClearOutcome.Reasserted => ErrorCategory.InvalidResult,
            ClearOutcome.Skipped => ErrorCategory.InvalidOperation,
            _ => Category(result.Reason),
        };
        return Make(error, result.Reason, category, result, message, next);
    }

    /// <summary>One thing that a scan could not see.</summary>
    public static ErrorRecord NotSeen(string because, string source)
    {
        string message = Printable.Clean($"the scan of '{source}' is incomplete: {because}");
        const string Next = "do not read the result as 'no zombies'; give the missing permission and scan again";
        return Make(new ZombieOpsException(Incomplete, ExitCode.Incomplete, message, Next), Incomplete, ErrorCategory.ResourceUnavailable, source, message, Next);
    }

    /// <summary>A run that stopped before its end.</summary>
    public static ErrorRecord Stopped(string because, int notTried, string runId)
    {
        string message = $"the run stopped ({because}): {notTried} findings were not tried";
        string next = because switch
        {
            ErrorIds.WindowClosed => "the next run in the policy's window goes on",
            ErrorIds.StopFilePresent => "remove the stop file when clearing may go on",
            ErrorIds.CanaryFailed => "look at the error of the first act; nothing after it was tried",
            ErrorIds.Reasserted => "mend what makes the zombies; clearing them again does not",
            ErrorIds.AuditUnwritable or ErrorIds.AuditBusy or ErrorIds.AuditBroken => "make the audit log writable; nothing is cleared without it",
            _ => "run it again when the cause is mended",
        };
        return Make(new ZombieOpsException(because, ExitCode.FindingsLeft, message, next), because, Category(because), runId, message, next);
    }

    /// <summary>A prompt that could not be shown.</summary>
    public static ErrorRecord CannotAsk(Exception inner, object target)
    {
        const string Message = "nothing more is cleared: it has to be confirmed and this session cannot ask";
        const string Next = "give -Confirm:$false in scripts and runbooks, with -WhatIf first to see what would be done";
        return Make(
            new ZombieOpsException(ConfirmationNeeded, ExitCode.BadUsage, Message, Next, inner), ConfirmationNeeded, ErrorCategory.InvalidOperation, target, Message, Next);
    }

    /// <summary>A policy with errors: all of them, a line each, so that a log holds them.</summary>
    public static ErrorRecord BadPolicy(Policies.PolicyReading reading)
    {
        Policies.PolicyFault[] errors = [.. reading.Faults.Where(fault => fault.StopsRun)];
        string message = $"the policy {Printable.Clean(reading.Path)} cannot be used:\n" + string.Join('\n', errors.Select(fault => Printable.Clean($"  line {fault.Line}, column {fault.Column}: {fault.Says}; {fault.Instead}")));
        const string Next = "mend these lines; 'zombieops policy check' shows warnings as well";
        return Make(new ZombieOpsException(ErrorIds.PolicyInvalid, ExitCode.BadUsage, message, Next), ErrorIds.PolicyInvalid, ErrorCategory.InvalidData, reading.Path, message, Next);
    }

    /// <summary>Something that a tick of a policy could not do.</summary>
    public static ErrorRecord Failed(SweepFailure failure, PolicySourceReport source) => Failed(failure, source, $"{source.Name}: ");

    /// <summary>Something that a run of a policy could not do besides its ticks.</summary>
    public static ErrorRecord Failed(SweepFailure failure, PolicyReport report) => Failed(failure, report, "");

    private static ErrorRecord Failed(SweepFailure failure, object target, string of)
    {
        string message = Printable.Clean(of + failure.Says);
        string next = InPowerShell(failure.NextStep);
        return Make(new ZombieOpsException(failure.ErrorId, (ExitCode)failure.Exit, message, next), failure.ErrorId, Category(failure.ErrorId), target, message, next);
    }

    /// <summary>The engine's texts name the command line and its flags; here they are cmdlets and parameters.</summary>
    public static string InPowerShell(string text) => Flag().Replace(Cmdlets(text), match => Parameter(match.Groups[1].Value));

    /// <summary>The parameter that stands for an option of the command line.</summary>
    public static string Parameter(string option) => option switch
    {
        "url" => "-Uri",
        "timeout" => "-TimeoutSec",
        "state" => "-StateDirectory",
        "exemptions" => "-ExemptionsFile",
        "allow" => "-Remedy",
        _ => $"-{Names.ToPascal(option)}",
    };

    // There is no cmdlet for the others, such as "zombieops plan": those stay as they are.
    private static string Cmdlets(string text) => text
        .Replace("--user with --password-file", "-Credential", StringComparison.Ordinal)
        .Replace("--user and --password-file", "-Credential", StringComparison.Ordinal)
        .Replace("zombieops scan search", "Get-StaleExclusion", StringComparison.Ordinal)
        .Replace("zombieops scan", "Get-Zombie", StringComparison.Ordinal)
        .Replace("zombieops explain", "Get-Zombie -Id", StringComparison.Ordinal)
        .Replace("zombieops run --policy", "Invoke-ZombiePolicy", StringComparison.Ordinal)
        .Replace("zombieops clear", "Clear-ZombieState", StringComparison.Ordinal);

    private static string NextStep(ClearResult result) => result.Reason switch
    {
        ClearReasons.NoAllowedRemedy => "name a remedy with -Remedy; the finding's Remedies say what each would do and could harm",
        ClearReasons.CauseChanged => "scan again and decide on what is there now",
        ClearReasons.GuardFailed or ClearReasons.NotVerified => "scan again with the rights to see it",
        ClearReasons.NotAZombie => "read the finding's Evidence: what could not be seen may not be cleared",
        ClearReasons.StillThere => "look at it with Get-Zombie -Id and choose another remedy that it offers",
        ClearReasons.CameBack => "mend what makes the zombies; clearing them again does not",
        _ when result.Outcome == ClearOutcome.NotPermitted => "run it as the owner of the process or as root",
        _ => "look at it with Get-Zombie -Id; the audit log holds what was tried",
    };

    private static ErrorCategory Category(string errorId) => errorId switch
    {
        ErrorIds.NotPermitted or ErrorIds.NotApproved or ErrorIds.ApprovalExpired or ErrorIds.SelfApproval or ErrorIds.ApproverUnknown or ErrorIds.PlanUnrecorded => ErrorCategory.PermissionDenied,
        ErrorIds.BadArgument or ErrorIds.NotAZombie or ErrorIds.CannotUndo => ErrorCategory.InvalidArgument,
        ErrorIds.ServerUnreachable => ErrorCategory.ConnectionError,
        ErrorIds.TlsFailed => ErrorCategory.SecurityError,
        ErrorIds.NotAuthorized => ErrorCategory.AuthenticationError,
        ErrorIds.NotASearchServer or ErrorIds.BadAnswer => ErrorCategory.ProtocolError,
        ErrorIds.NoQuorum => ErrorCategory.ResourceUnavailable,
        ErrorIds.ServerBusy => ErrorCategory.ResourceBusy,
        ErrorIds.NoSuchMark or ErrorIds.NoSuchProcess => ErrorCategory.ObjectNotFound,
        ErrorIds.NotLinux or ErrorIds.NoProcfs or ErrorIds.NoStateDirectory => ErrorCategory.ResourceUnavailable,
        ErrorIds.PlanUnreadable or ErrorIds.ExemptionsUnreadable or ErrorIds.ProtectedNamesUnreadable => ErrorCategory.ReadError,
        ErrorIds.PlanVersionUnknown or ErrorIds.PlanFromAnotherHost or ErrorIds.PlanFromAnotherBoot or ErrorIds.AuditBroken => ErrorCategory.InvalidData,
        ErrorIds.AuditUnwritable or ErrorIds.CannotWrite or ErrorIds.ForwardFailed => ErrorCategory.WriteError,
        ErrorIds.AuditBusy => ErrorCategory.ResourceBusy,
        ErrorIds.LimitCrossed => ErrorCategory.LimitsExceeded,
        ErrorIds.PolicyUnreadable => ErrorCategory.ReadError,
        ErrorIds.PolicyInvalid => ErrorCategory.InvalidData,
        ErrorIds.SweepBusy => ErrorCategory.ResourceBusy,
        ErrorIds.StopFilePresent or ErrorIds.Interrupted or ErrorIds.WindowClosed => ErrorCategory.OperationStopped,
        ErrorIds.CanaryFailed or ErrorIds.Reasserted or ClearReasons.StillThere or ClearReasons.NotVerified => ErrorCategory.InvalidResult,
        _ => ErrorCategory.NotSpecified,
    };

    private static ErrorRecord Make(Exception error, string id, ErrorCategory category, object? target, string message, string next) =>
        new(error, id, category, target) { ErrorDetails = new ErrorDetails(message) { RecommendedAction = next } };

    [GeneratedRegex("--([a-z]+(?:-[a-z]+)*)")]
    private static partial Regex Flag();
}
