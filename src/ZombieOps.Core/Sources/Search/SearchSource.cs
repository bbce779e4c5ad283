using ZombieOps.Clearing;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources.Search.Clearing;
using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Sources.Search.Client;
using ZombieOps.Sources.Search.Judging;
using ZombieOps.Sources.Search.Marks;
using ZombieOps.Sources.Search.Owners;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search;

/// <summary>The marks of an Elasticsearch (7 and later) or OpenSearch cluster that say "leave this node, zone or index alone".</summary>
public sealed class SearchSource : ISource, IExplains
{
    private readonly EngineOptions options;
    private readonly SearchConnection connection;
    private readonly SearchClient client;
    private readonly JudgeSettings settings;
    private readonly ActGuards guards;
    private readonly TimeSpan settle;
    private readonly Func<SearchConnection, HttpMessageHandler>? network;
    private readonly IOwnerObjects? kubernetes;

    /// <summary>One on a made-up network.</summary>
    /// <param name="options">Clock, environment and host.</param>
    /// <param name="values">The source's options by name.</param>
    /// <param name="handler">What talks to the network; null for the real one.</param>
    /// <param name="kubernetes">What talks to Kubernetes; null for the real one.</param>
    internal SearchSource(
        EngineOptions options, IReadOnlyDictionary<string, string> values, Func<SearchConnection, HttpMessageHandler>? handler = null, Func<KubeConnection, HttpMessageHandler>? kubernetes = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        settings = Declared(values) with { OptionName = options.OptionName };
        guards = ActGuards.Read(values.GetValueOrDefault("despite"));
        settle = ConnectionOptions.Pause(values, "settle", TimeSpan.FromSeconds(20));
        network = handler;
        connection = ConnectionOptions.Read(values, options.Variable);
        this.kubernetes = OwnerOptions.Open(values, options, connection.Timeout, kubernetes);
        client = new SearchClient(connection, options.Clock, handler?.Invoke(connection));
    }

    /// <summary>Its line in <see cref="SourceCatalog"/>.</summary>
    public static SourceRegistration Register { get; } = new()
    {
        Name = "search",
        Summary = "Exclusions and other marks that were left in an Elasticsearch or OpenSearch cluster",
        Options = SearchCatalog.Options,
        Causes = SearchCatalog.Causes,
        Remedies = SearchCatalog.Remedies,
        TakesMarks = true,
        OwnerKinds = ["Pod", "StatefulSet", "ElasticsearchDataSet", "OpenSearchCluster", "Elasticsearch", "DrainOwner", "Declared"],
        // A watch longer than es-operator's longest interval (30 s), after which it has put back what it still wants. Marks are few, so a share of them says nothing.
        Limits = new ClearLimits { MaxShare = 1, MaxMoves = 1, VerifyTimeout = TimeSpan.FromSeconds(5), Watch = TimeSpan.FromSeconds(60) },
        BoundToHost = false,
        TargetJson = ("search-mark", SearchJsonContext.Default.MarkTarget),
        Open = (options, values) => new SearchSource(options, values),
    };

    /// <inheritdoc/>
    public SourceRegistration Registration => Register;

    /// <inheritdoc/>
    public async ValueTask<ScanReport> ScanAsync(ScanRequest request, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        return (await LookAsync(request, cancel).ConfigureAwait(false)).Report;
    }

    /// <inheritdoc/>
    public async ValueTask<Recheck> RecheckAsync(Finding finding, ScanRequest request, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(request);
        if (finding.Target is not MarkTarget target)
        {
            return new Recheck(RecheckState.Unknown, null, "the finding names no mark that can be looked at");
        }

        try
        {
            (ScanReport report, ClusterFacts facts) = await LookAsync(request, cancel).ConfigureAwait(false);
            if (facts.Uuid != target.ClusterUuid)
            {
                return new Recheck(RecheckState.Unknown, null, $"another cluster answers: {Printable.Clean(facts.Name)} ({facts.Uuid}) and not {target.ClusterUuid}");
            }

            if (report.Findings.FirstOrDefault(now => now.Id == finding.Id) is { } fresh)
            {
                return new Recheck(RecheckState.Present, fresh, "it is still set");
            }

            // Only settings are always read. Whatever else failed, or was not asked for in a large cluster, may have held it.
            string? unseen = target.Scope is "persistent" or "transient" ? null : facts.Unread.Concat(facts.Unasked).FirstOrDefault();
            return unseen is not null
                ? new Recheck(RecheckState.Unknown, null, unseen)
                : new Recheck(RecheckState.Gone, null, "it is no longer set");
        }
        catch (ZombieOpsException e)
        {
            return new Recheck(RecheckState.Unknown, null, e.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Finding> ExplainAsync(string what, ScanRequest request, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(what);
        ArgumentNullException.ThrowIfNull(request);
        (ScanReport report, ClusterFacts facts) = await LookAsync(request, cancel).ConfigureAwait(false);
        Finding[] fits = [.. report.Findings.Where(finding => finding.Target is MarkTarget target && (finding.Id == what || target.Entry == what || target.Node == what))];
        return fits switch
        {
            [var one] => one,
            [] => throw new ZombieOpsException(
                ErrorIds.NoSuchMark, ExitCode.BadUsage, $"the cluster {Printable.Clean(facts.Name)} has no mark '{Printable.Clean(what)}'", "zombieops scan search lists the marks there are"),
            _ => throw new ZombieOpsException(
                ErrorIds.BadArgument, ExitCode.BadUsage, $"'{Printable.Clean(what)}' is in {fits.Length} marks", $"give one's identity: {string.Join(", ", fits.Take(4).Select(fit => $"'{Printable.Clean(fit.Id)}'"))}"),
        };
    }

    /// <inheritdoc/>
    public IActuator OpenActuator() => new SearchActuator(new ActuatorParts
    {
        Clock = options.Clock,
        Look = LookAsync,
        Client = new SearchClient(connection, options.Clock, network?.Invoke(connection)),
        Writer = new SearchWriter(connection, options.Clock, network?.Invoke(connection)),
        Guards = guards,
        Settle = settle,
        Hook = WriteHook,
        AckTimeout = AckTimeout,
    });

    /// <summary>Is told of each step of a change; for tests.</summary>
    internal Func<WriteStep, Task>? WriteHook { get; init; }

    /// <summary>See <see cref="SettingsWriter.AckTimeout"/>; for tests.</summary>
    internal string? AckTimeout { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        kubernetes?.Dispose();
    }

    private static JudgeSettings Declared(IReadOnlyDictionary<string, string> values)
    {
        var usual = new JudgeSettings();
        string? owner = values.GetValueOrDefault("drain-owner");
        if (owner is { Length: 0 })
        {
            throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, "'drain-owner' is empty", "name who sets exclusions, or leave it out");
        }

        bool bound = values.ContainsKey("max-drain");
        if ((owner is null && bound) || (owner is not null and not JudgeSettings.EsOperator && !bound))
        {
            throw new ZombieOpsException(
                ErrorIds.BadArgument,
                ExitCode.BadUsage,
                owner is null ? "'max-drain' is given and nobody to whom it applies" : $"how long a drain of '{Printable.Clean(owner)}' takes at most is not known",
                "give --drain-owner and --max-drain together; only for es-operator the bound is known");
        }

        return usual with
        {
            DrainOwner = owner,
            MaxDrain = ConnectionOptions.Duration(values, "max-drain", usual.MaxDrain),
            RestartTime = ConnectionOptions.Duration(values, "restart-time", usual.RestartTime),
        };
    }

    private async Task<(ScanReport Report, ClusterFacts Facts)> LookAsync(ScanRequest request, CancellationToken cancel)
    {
        ClusterFacts facts = await new ClusterReader(client, options.Clock).ReadAsync(cancel).ConfigureAwait(false);
        IReadOnlyList<Mark> marks = MarkReader.Read(facts);

        // Kubernetes comes after the marks, so that what is seen at rest is so after the mark was seen; without a mark there is nothing to ask it about.
        OwnerFacts? owners = kubernetes is null || marks.Count == 0 ? null : await OwnerReader.ReadAsync(kubernetes, facts, marks, options.Clock.GetUtcNow(), cancel).ConfigureAwait(false);
        (IReadOnlyList<Finding> findings, ScanMemory memory) = MarkFindings.Make(facts, marks, settings with { MinAge = request.MinAge }, request.Sightings, owners);
        string[] unread = [.. facts.Unread, .. owners?.Unread ?? [], .. owners?.Old is { } old ? (string[])[old] : []];
        int unseen = findings.Count(finding => finding.Verdict == Verdict.Unknown);
        var report = new ScanReport
        {
            Host = options.Host,
            BootId = HostIdentity.BootId(options),
            ScannedAt = facts.ReadAt,
            Complete = unread.Length == 0 && unseen == 0,
            IncompleteBecause = unseen == 0 ? unread : [.. unread, $"{unseen} marks could not be judged; their evidence says what is missing"],
            Warnings = connection.IsExposed ? [.. facts.Unasked, "the credentials travel unencrypted: the address begins with http"] : facts.Unasked,
            Counts = new ScanCounts { Scanned = MarkReader.Count(marks) },
            Memory = memory,
            Findings = [],
        };
        return (report.WithFindings(findings), facts);
    }
}
