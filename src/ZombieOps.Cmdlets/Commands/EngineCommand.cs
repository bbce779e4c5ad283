using System.Management.Automation;
using ZombieOps.Cmdlets.Errors;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>What every cmdlet on the engine shares: where state lives, and how it is stopped.</summary>
public abstract class EngineCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource stop = new();

    /// <summary>Directory of the ledger and the audit log. Without it the one of <c>ZOMBIEOPS_STATE</c> or the user's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StateDirectory { get; set; }

    /// <summary>File of exemptions. Without it <c>exemptions.json</c> in the configuration directory, where it is there.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ExemptionsFile { get; set; }

    /// <summary>Set when the pipeline is stopped (Ctrl-C).</summary>
    protected CancellationToken Stop => stop.Token;

    /// <summary>Surroundings, as the parameters change them.</summary>
    protected virtual EngineOptions Surroundings()
    {
        EngineOptions options = EngineOptions.FromEnvironment();
        return options with
        {
            OptionName = ErrorFactory.Parameter,
            StateDirectory = StateDirectory is null ? options.StateDirectory : FilePath(StateDirectory),
            ExemptionsFile = ExemptionsFile is null ? options.ExemptionsFile : FilePath(ExemptionsFile),
        };
    }

    /// <summary>A path of the file system; PowerShell's location is not the process's working directory.</summary>
    /// <param name="path">As the user wrote it; no wildcards.</param>
    protected string FilePath(string path)
    {
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        return provider.Name == "FileSystem" ? full : throw new ZombieOpsException(
            ErrorIds.BadArgument, ExitCode.BadUsage, $"'{path}' is no path of the file system but of the provider '{provider.Name}'", "give a path of a file");
    }

    /// <summary>Waits for a step of the engine on the pipeline's own thread: nothing goes on behind its back.</summary>
    /// <typeparam name="T">What the step gives.</typeparam>
    /// <param name="step">The step.</param>
    protected static T Wait<T>(ValueTask<T> step) => step.AsTask().GetAwaiter().GetResult();

    /// <summary>Runs the cmdlet's work and turns what the engine throws into a terminating error.</summary>
    /// <param name="work">The work.</param>
    protected void Guarded(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            work();
        }
        catch (ZombieOpsException e)
        {
            ThrowTerminatingError(e.ToRecord());
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It had ended by itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the cmdlet holds.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            stop.Dispose();
        }
    }
}
