using ZombieOps.Text;

namespace ZombieOps.Cli.Hosting;

/// <summary>Errors as a person and a script read them: one line that names the thing, one line with the next step.</summary>
internal static class Failure
{
    /// <summary>Variable that turns stack traces on.</summary>
    public const string DebugVariable = "ZOMBIEOPS_DEBUG";

    /// <summary>Writes an error and gives the exit code.</summary>
    public static int Report(Shell shell, Exception error)
    {
        ZombieOpsException known = error switch
        {
            ZombieOpsException own => own,
            OperationCanceledException => new ZombieOpsException(ErrorIds.Interrupted, ExitCode.Incomplete, "interrupted: there is no result", "run it again"),
            IOException io => new ZombieOpsException(
                ErrorIds.CannotWrite, ExitCode.Incomplete, $"a file or standard output could not be used: {io.Message}", "look at that place: full disk, read-only file system, or gone", io),
            _ => new ZombieOpsException(
                ErrorIds.Internal, ExitCode.Incomplete, $"{error.GetType().Name}: {error.Message}", $"this is a fault in zombieops: report it with the output of {DebugVariable}=1"),
        };
        try
        {
            shell.Err.WriteLine($"zombieops: {shell.ErrPalette.Bad("error")} {known.ErrorId}: {OneLine(known.Message)}");
            shell.Err.WriteLine($"  next: {OneLine(known.NextStep)}");
            if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(DebugVariable)))
            {
                shell.Err.WriteLine(error);
            }
        }
        catch (IOException)
        {
            // A log on a full disk, perhaps the very error that was to be told: the exit code is all that is left.
        }

        return (int)known.ExitCode;
    }

    /// <summary>An error of usage.</summary>
    public static ZombieOpsException BadArgument(string message, string nextStep) => new(ErrorIds.BadArgument, ExitCode.BadUsage, message, nextStep);

    private static string OneLine(string text) => Printable.Clean(text.ReplaceLineEndings(" "));
}
