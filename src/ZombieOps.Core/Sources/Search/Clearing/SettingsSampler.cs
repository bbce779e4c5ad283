using ZombieOps.Sources.Search.Client;

namespace ZombieOps.Sources.Search.Clearing;

/// <summary>
/// Reads the settings over and over while a request is under way. There is no compare-and-swap and no history, so a value that another writer set between the
/// final read and the request is seen only by who looks in that very moment. It is there for as long as the servers take to publish and store a cluster
/// state, which is many reads long. (A long poll for a metadata version does not help: its answer leaves the settings out.)
/// </summary>
internal sealed class SettingsSampler
{
    // A request may take as long as its time-out: after so many reads there is a pause between two, and never an end before that of the request.
    private const int FastReads = 4000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private const int Readers = 6;

    private readonly List<SettingsLook> seen = [];
    private readonly Task[] readers;
    private volatile bool stopped;
    private int reads;
    private int epoch;

    private SettingsSampler(SearchClient client) => readers = [.. Enumerable.Range(0, Readers).Select(_ => Task.Run(() => ReadAsync(client)))];

    /// <summary>How many answers came.</summary>
    public int Reads => reads;

    /// <summary>Begins to read, so that its connections are open when it counts.</summary>
    public static SettingsSampler Start(SearchClient client) => new(client);

    /// <summary>Forgets what was seen, and what was asked for, until now: it may be older than the final read.</summary>
    public void Begin()
    {
        lock (seen)
        {
            seen.Clear();
            epoch++;
        }
    }

    /// <summary>Ends it.</summary>
    /// <returns>What was seen, in the order of the answers; what did not change is there once.</returns>
    public async Task<IReadOnlyList<SettingsLook>> StopAsync()
    {
        stopped = true;
        await Task.WhenAll(readers).ConfigureAwait(false);
        return seen;
    }

    private async Task ReadAsync(SearchClient client)
    {
        try
        {
            while (!stopped)
            {
                if (Interlocked.Increment(ref reads) > FastReads)
                {
                    await Task.Delay(Pause).ConfigureAwait(false);
                }

                int began, of;
                lock (seen)
                {
                    (began, of) = (seen.Count, epoch);
                }

                SettingsView now = await SettingsView.ReadAsync(client, CancellationToken.None).ConfigureAwait(false);
                lock (seen)
                {
                    if (of != epoch)
                    {
                        continue;
                    }

                    if (seen.Count == 0 || seen[^1].View.Difference(now, SettingNames.Exclude) is not null)
                    {
                        seen.Add(new SettingsLook(now, began));
                    }
                }

                await Task.Yield();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ZombieOpsException)
        {
            // Fewer looks; the reads that decide are made by themselves.
        }
    }
}

/// <summary>One of several looks at once: an answer may be overtaken by one that was asked for later.</summary>
/// <param name="View">What it showed.</param>
/// <param name="Began">How many answers were there when it was asked for: it is surely later than those, and than no other.</param>
internal sealed record SettingsLook(SettingsView View, int Began);
