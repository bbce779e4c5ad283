using System.Globalization;
using ZombieOps.Clearing;
using ZombieOps.Core.Tests.Clearing;
using ZombieOps.Core.Tests.Search;
using ZombieOps.Model;
using ZombieOps.Sweeping;

namespace ZombieOps.Core.Tests.Sweeping;

/// <summary>The real engine, ledger, audit log and metrics on a <see cref="FakeWorld"/> and a <see cref="FakeClock"/>.</summary>
internal sealed class SweepFixture : IDisposable
{
    public SweepFixture() => Engine.Options = Engine.Options with { Clock = Clock };

    public EngineFixture Engine { get; } = new();

    public FakeWorld World => Engine.World;

    public FakeClock Clock { get; } = new();

    public string MetricsPath => Engine.Directories.File("state/metrics/process.prom");

    public static SweepRequest Request(params string[] allowed) => new() { Clear = EngineFixture.Request(allowed) };

    public async Task<SweepReport> SweepAsync(SweepRequest? request = null, CancellationToken cancel = default)
    {
        using ZombieEngine engine = Engine.Engine();
        return await engine.SweepAsync(request ?? Request(), cancel);
    }

    /// <summary>Samples of the metrics file by name with labels; the label of the source left out.</summary>
    public Dictionary<string, double> Metrics(string? path = null) => File.ReadAllLines(path ?? MetricsPath)
        .Where(line => !line.StartsWith('#'))
        .Select(line => (Name: line[..line.LastIndexOf(' ')].Replace("source=\"process\"", "", StringComparison.Ordinal).Replace("{,", "{", StringComparison.Ordinal).Replace("{}", "", StringComparison.Ordinal), Value: line[(line.LastIndexOf(' ') + 1)..]))
        .ToDictionary(sample => sample.Name, sample => double.Parse(sample.Value, CultureInfo.InvariantCulture));

    public double Seconds => Clock.Now.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>Names of all files of the state directory with their size.</summary>
    public SortedDictionary<string, long> Files()
    {
        string state = Engine.Directories.File("state");
        return Directory.Exists(state)
            ? new(Directory.EnumerateFiles(state, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(state, file), file => new FileInfo(file).Length), StringComparer.Ordinal)
            : [];
    }

    public void Dispose() => Engine.Dispose();
}
