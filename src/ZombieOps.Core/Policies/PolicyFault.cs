using ZombieOps.Model;

namespace ZombieOps.Policies;

/// <summary>How grave a fault of a policy is.</summary>
public enum FaultKind
{
    /// <summary>The policy cannot be carried out as it is.</summary>
    Error,

    /// <summary>It can be, and somebody should look at this.</summary>
    Warning,
}

/// <summary>Something that is wrong with a policy, and where.</summary>
/// <param name="Kind">How grave it is.</param>
/// <param name="Line">Line, the first is 1.</param>
/// <param name="Column">Column, the first is 1.</param>
/// <param name="Says">What is wrong, with the thing named.</param>
/// <param name="Instead">What to write instead.</param>
public sealed record PolicyFault(FaultKind Kind, int Line, int Column, string Says, string Instead)
{
    /// <summary>Whether a run refuses the policy for it. An error that does not is one that a run answers by itself, on the safe side.</summary>
    public bool StopsRun { get; init; } = Kind == FaultKind.Error;
}

/// <summary>What is wrong with a policy file.</summary>
public sealed record PolicyCheckReport
{
    /// <summary>Name and version of the JSON schema.</summary>
    public string Schema { get; init; } = ScanReport.CurrentSchema;

    /// <summary>Full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it has no errors.</summary>
    public required bool Valid { get; init; }

    /// <summary>All errors and warnings, in the order of the file.</summary>
    public required IReadOnlyList<PolicyFault> Faults { get; init; }
}

/// <summary>A policy file as it was read.</summary>
/// <param name="Path">Full path of the file.</param>
/// <param name="Policy">The policy; null where an error stops it.</param>
/// <param name="Faults">All errors and warnings, in the order of the file.</param>
public sealed record PolicyReading(string Path, Policy? Policy, IReadOnlyList<PolicyFault> Faults)
{
    /// <summary>The policy.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.PolicyInvalid"/>: an error stops it. The message names the first one and how many there are.</exception>
    public Policy Require()
    {
        if (Policy is not null)
        {
            return Policy;
        }

        PolicyFault[] errors = [.. Faults.Where(fault => fault.StopsRun)];
        string more = errors.Length > 1 ? $" (and {errors.Length - 1} more)" : "";
        throw new ZombieOpsException(
            ErrorIds.PolicyInvalid,
            ExitCode.BadUsage,
            $"the policy cannot be used: {Path}:{errors[0].Line}:{errors[0].Column}: {errors[0].Says}{more}",
            $"{errors[0].Instead}; 'zombieops policy check' shows all errors");
    }

    /// <summary>As a report.</summary>
    public PolicyCheckReport Report() => new() { Path = Path, Valid = !Faults.Any(fault => fault.Kind == FaultKind.Error), Faults = Faults };
}
