namespace ZombieOps;

/// <summary>An error that a person can act on: what is wrong, with the thing named, and the next step.</summary>
public sealed class ZombieOpsException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="errorId">One of <see cref="ErrorIds"/>.</param>
    /// <param name="exitCode">What the command line exits with.</param>
    /// <param name="message">What is wrong, with the thing named; one line, no full stop.</param>
    /// <param name="nextStep">What to do about it; one line, no full stop.</param>
    /// <param name="inner">What was caught, where something was.</param>
    public ZombieOpsException(string errorId, ExitCode exitCode, string message, string nextStep, Exception? inner = null)
        : base(message, inner)
    {
        ErrorId = errorId;
        ExitCode = exitCode;
        NextStep = nextStep;
    }

    /// <summary>Stable id, one of <see cref="ErrorIds"/>.</summary>
    public string ErrorId { get; }

    /// <summary>What the command line exits with.</summary>
    public ExitCode ExitCode { get; }

    /// <summary>What to do about it.</summary>
    public string NextStep { get; }
}
