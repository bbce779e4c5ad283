using ZombieOps.Model;

namespace ZombieOps.Sources.Processes;

/// <summary>The process table of a Linux host, kernel 4.18 or later.</summary>
public sealed class ProcessSource : ISource
{
    private ProcessSource()
    {
    }

    /// <summary>Its line in <see cref="SourceCatalog"/>.</summary>
    public static SourceRegistration Register { get; } = new()
    {
        Name = "process",
        Summary = "Defunct processes of this host",
        Causes = [],
        Remedies = [],
        TargetJson = ("process", ProcessJsonContext.Default.ProcessTarget),
        Open = (_, _) => new ProcessSource(),
    };

    /// <inheritdoc/>
    public SourceRegistration Registration => Register;

    /// <inheritdoc/>
    public ValueTask<ScanReport> ScanAsync(ScanRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<Recheck> RecheckAsync(Finding finding, ScanRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IActuator OpenActuator() => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
