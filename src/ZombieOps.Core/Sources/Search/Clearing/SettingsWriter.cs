using ZombieOps.Sources.Search.Client;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>
/// Changes cluster settings in clusters that have no compare-and-swap, without losing what others write, and on Elasticsearch without putting other exclusions
/// out of force. Each change: final read, one request, read back, restore what the request overwrote, write plain spellings again, and proof of what is in force.
/// </summary>
/// <param name="client">Reads. Its set of requests has begun: the writer sends to the server that it reads from.</param>
/// <param name="writer">Writes.</param>
/// <param name="clock">Clock of the pauses.</param>
internal sealed class SettingsWriter(SearchClient client, SearchWriter writer, TimeProvider clock)
{
    /// <summary>Is told of each step and may hold it up; for tests.</summary>
    public Func<WriteStep, Task>? Hook { get; init; }

    /// <summary>How long the server may wait for its nodes before it says <c>acknowledged: false</c>; null for a little less than the time-out.</summary>
    public string? AckTimeout { get; init; }

    /// <summary>Makes the change.</summary>
    /// <param name="change">The change.</param>
    /// <param name="cancel">Ends it before its first request; what has begun is brought to its end.</param>
    /// <exception cref="ZombieOpsException">Something could not be read before anything was sent.</exception>
    public Task<ChangeResult> ChangeAsync(SettingsChange change, CancellationToken cancel) => new ChangeRun(client, writer, clock, change, Hook, AckTimeout).RunAsync(cancel);
}
