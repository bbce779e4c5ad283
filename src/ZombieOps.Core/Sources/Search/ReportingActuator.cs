using ZombieOps.Model;

namespace ZombieOps.Sources.Search;

/// <summary>The door through which this source would change something. This version has none: it refuses every act.</summary>
internal sealed class ReportingActuator : IActuator
{
    public ValueTask<ActReport> ActAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel) => ValueTask.FromResult(new ActReport
    {
        Done = false,
        Reason = "Refused",
        Says = "this version only reports search marks: the remedy holds the request for a person to send",
    });

    public void Dispose()
    {
    }
}
