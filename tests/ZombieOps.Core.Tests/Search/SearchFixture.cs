using ZombieOps.Model;
using ZombieOps.Clearing;
using ZombieOps.Sources.Search;

namespace ZombieOps.Core.Tests.Search;

/// <summary>The real source, engine and ledger on a made-up server and a made-up clock.</summary>
internal sealed class SearchFixture : IDisposable
{
    private readonly TempDirectory directories = new();

    public FakeClock Clock { get; } = new();

    /// <summary>The options of the source.</summary>
    public Dictionary<string, string> Values { get; } = new() { ["url"] = "http://127.0.0.1:9200" };

    public EngineOptions Options => new()
    {
        ProcRoot = directories.File("proc"),
        StateDirectory = directories.File("state"),
        ConfigDirectory = directories.File("config"),
        Host = "testhost",
        Clock = Clock,
    };

    public string File(string name) => directories.File(name);

    public SearchSource Source(HttpMessageHandler server) => new(Options, Values, _ => new Lent(server));

    /// <summary>Clears everything that the filter means, with the real engine and the real audit log.</summary>
    public async Task<ClearReport> ClearAsync(HttpMessageHandler server, Func<SearchFixture, HttpMessageHandler, SearchSource>? source = null, ClearRequest? request = null, params (string Facet, string Pattern)[] filter)
    {
        using var engine = new ZombieEngine(Options, source?.Invoke(this, server) ?? Source(server));
        var facets = filter.ToDictionary(item => item.Facet, item => (IReadOnlyList<string>)[item.Pattern]);
        using ClearingRun run = await engine.BeginAsync(request ?? new ClearRequest
        {
            Allowed = SearchSource.Register.Remedies.Select(remedy => remedy.Code).ToHashSet(),
            Limits = SearchSource.Register.Limits with { MaxMoves = 50 },
            Scan = new ScanSettings { Filter = new FindingFilter(facets) },
        });
        while (await run.NextAsync(CancellationToken.None) is { } step)
        {
            if (step.Result is null)
            {
                await run.ActAsync(step, CancellationToken.None);
            }
        }

        return await run.EndAsync(CancellationToken.None);
    }

    public async Task<ScanReport> ScanAsync(HttpMessageHandler server, TimeSpan? minAge = null)
    {
        // The handler outlives the engine's client in a test that scans twice.
        using var engine = new ZombieEngine(Options, Source(new Lent(server)));
        return await engine.ScanAsync(new ScanSettings { MinAge = minAge ?? TimeSpan.FromMinutes(1) });
    }

    /// <summary>Scans every hour for as long as it takes until everything that lasts counts.</summary>
    public async Task<ScanReport> ScanForAsync(HttpMessageHandler server, TimeSpan time)
    {
        // As often as looks at a node that is away count as one.
        for (TimeSpan at = TimeSpan.Zero; at < time; at += TimeSpan.FromMinutes(20))
        {
            await ScanAsync(server);
            Clock.Now += TimeSpan.FromMinutes(20);
        }

        return await ScanAsync(server);
    }

    public void Dispose() => directories.Dispose();

    internal sealed class Lent(HttpMessageHandler server) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker invoker = new(server, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            invoker.SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            invoker.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>A clock that stands until it is moved; pauses end at once.</summary>
internal sealed class FakeClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public List<TimeSpan> Pauses { get; } = [];

    public override long TimestampFrequency => 10_000_000;

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (Pauses)
        {
            Pauses.Add(dueTime);
        }

        return System.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
