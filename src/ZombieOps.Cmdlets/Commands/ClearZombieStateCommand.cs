using System.Management.Automation;
using ZombieOps.Clearing;
using ZombieOps.Cmdlets.Binding;
using ZombieOps.Cmdlets.Completers;
using ZombieOps.Cmdlets.Errors;
using ZombieOps.Model;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>
/// Clears findings through their owner, one at a time: fresh look, confirmation, audit intent, act, proof, audit outcome. It collects the
/// pipeline first, because the limits hold for all of it.
/// </summary>
[Cmdlet(VerbsCommon.Clear, "ZombieState", DefaultParameterSetName = FindingSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = "https://github.com/zombieops/zombieops/blob/main/docs/en-US/Clear-ZombieState.md")]
[OutputType(typeof(ClearResult))]
public sealed class ClearZombieStateCommand : EngineCommand
{
    private const string FindingSet = "InputObject";
    private const string PlanSet = "Plan";
    private readonly List<Finding> selected = [];

    /// <summary>The findings to clear.</summary>
    [Parameter(ParameterSetName = FindingSet, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public Finding[] InputObject { get; set; } = [];

    /// <summary>A plan file, as <c>zombieops plan</c> writes it. Nothing that is not in it is touched.</summary>
    [Parameter(ParameterSetName = PlanSet, Mandatory = true)]
    [Alias("PlanPath")]
    [ValidateNotNullOrEmpty]
    public string Plan { get; set; } = "";

    /// <summary>Acts only if another person than the plan's author has approved it.</summary>
    [Parameter(ParameterSetName = PlanSet)]
    public SwitchParameter RequireApproval { get; set; }

    /// <summary>Codes of the remedies that may run. Those that need no naming run without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemedyCompleter))]
    public string[] Remedy { get; set; } = [];

    /// <summary>A zombie younger than this is left alone.</summary>
    [Parameter]
    [Duration]
    public TimeSpan MinAge { get; set; } = new ScanSettings().MinAge;

    /// <summary>Most findings of one source that may be acted on. More clear nothing.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaxCount { get; set; }

    /// <summary>Greatest share (0 to 1) of all that was scanned that may be acted on. More clears nothing.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MaxShare { get; set; }

    /// <summary>Most acts of one source that move data; what is over it is left for the next run. Without it the source's own bound.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaxMoves { get; set; }

    /// <summary>How long to watch, after the first and after the last act, for what comes back.</summary>
    [Parameter]
    [Duration]
    public TimeSpan Watch { get; set; }

    /// <summary>How long an owner gets to act on a request.</summary>
    [Parameter]
    [Duration]
    public TimeSpan Grace { get; set; } = new ClearRequest().Grace;

    /// <summary>
    /// Options of the findings' source by name, as the command line has them: <c>@{ url = 'https://es:9200'; settle = '30s' }</c>. A finding of this session brings
    /// its connection along; what is given here goes before that.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public System.Collections.Hashtable SourceOption { get; set; } = [];

    /// <summary>Why, for the audit log: a ticket, a sentence.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>While this file exists nothing is cleared. Without it <c>stop</c> in the configuration directory.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StopFile { get; set; }

    /// <summary>Writes a result for each finding.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == FindingSet)
        {
            selected.AddRange(InputObject);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Guarded(() =>
    {
        if (ParameterSetName == PlanSet)
        {
            PlanDocument plan = PlanFile.Load(FilePath(Plan));
            ClearAll([(plan.SourceName(), null, engine => engine.BeginAsync(plan, Request(engine), Stop))]);
        }
        else
        {
            ClearAll([.. selected.GroupBy(finding => (finding.Source, With: FoundWith.Of(finding))).Select(group =>
                (group.Key.Source, group.Key.With, (Func<ZombieEngine, ValueTask<ClearingRun>>)(engine => engine.BeginAsync([.. group], Request(engine), Stop))))]);
        }
    });

    /// <inheritdoc/>
    protected override EngineOptions Surroundings()
    {
        EngineOptions options = base.Surroundings();
        return StopFile is null ? options : options with { StopFile = FilePath(StopFile) };
    }

    /// <summary>Whether nothing may change, by -WhatIf or by a caller's. ShouldProcess has the last word on each act all the same.</summary>
    private bool IsDryRun() => MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? whatIf)
        ? ((SwitchParameter)whatIf).IsPresent
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    private ClearRequest Request(ZombieEngine engine) => new()
    {
        Allowed = Allowed(engine),
        DryRun = IsDryRun(),
        RequireApproval = RequireApproval,
        Why = Reason,
        Grace = Grace,
        Scan = new ScanSettings { MinAge = MinAge },
        Limits = Limits(engine.Source.Limits),
    };

    /// <summary>The limits that were given, the rest as the source has them.</summary>
    private ClearLimits Limits(ClearLimits usual)
    {
        Dictionary<string, object> given = MyInvocation.BoundParameters;
        return usual with
        {
            MaxCount = given.ContainsKey(nameof(MaxCount)) ? MaxCount : usual.MaxCount,
            MaxShare = given.ContainsKey(nameof(MaxShare)) ? MaxShare : usual.MaxShare,
            MaxMoves = given.ContainsKey(nameof(MaxMoves)) ? MaxMoves : usual.MaxMoves,
            Watch = given.ContainsKey(nameof(Watch)) ? Watch : usual.Watch,
        };
    }

    /// <summary>The remedies that were named, in the words of one source; a name that no source has is left for the engine to refuse.</summary>
    private HashSet<string> Allowed(ZombieEngine engine)
    {
        var allowed = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in Remedy)
        {
            string code = Text.Names.ToPascal(name);
            bool Same(Sources.RemedyInfo remedy) => string.Equals(remedy.Code, code, StringComparison.OrdinalIgnoreCase);
            if (engine.Source.Remedies.FirstOrDefault(Same) is { } own)
            {
                allowed.Add(own.Code);
            }
            else if (!Sources.SourceCatalog.All.Any(source => source.Remedies.Any(Same)))
            {
                allowed.Add(code);
            }
        }

        return allowed;
    }

    /// <summary>Options of a source: those that the findings were found with, and those that were given.</summary>
    private Dictionary<string, string> Options(string source, FoundWith? with)
    {
        var options = new Dictionary<string, string>(with?.Options ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry given in SourceOption)
        {
            string name = LanguagePrimitives.ConvertTo<string>(given.Key);
            Sources.SourceOption known = Sources.SourceCatalog.Find(source)?.Options.FirstOrDefault(option => option.Name == name) ?? throw new ZombieOpsException(
                ErrorIds.BadArgument, ExitCode.BadUsage, $"the source '{source}' has no option '{Text.Printable.Clean(name)}'", $"see 'zombieops clear {source} --help' for its options");
            string value = LanguagePrimitives.ConvertTo<string>(given.Value);
            options[name] = known.IsPath ? FilePath(value) : value;
        }

        return options;
    }

    /// <summary>Prepares every source before acting on the first, so that a limit that one of them crosses clears nothing.</summary>
    private void ClearAll(IReadOnlyList<(string Source, FoundWith? With, Func<ZombieEngine, ValueTask<ClearingRun>> Begin)> sources)
    {
        var opened = new List<IDisposable>();
        var drivers = new List<RunDriver>();
        try
        {
            foreach ((string source, FoundWith? with, Func<ZombieEngine, ValueTask<ClearingRun>> begin) in sources)
            {
                EngineOptions surroundings = Surroundings();
                var engine = new ZombieEngine(with is null ? surroundings : surroundings with { Variable = with.Variable }, source, Options(source, with));
                opened.Add(engine);
                ClearingRun run = Wait(begin(engine));
                opened.Add(run);
                drivers.Add(new RunDriver(this, run, source, PassThru, Stop));
            }

            foreach (RunDriver driver in drivers)
            {
                driver.Drive();
            }
        }
        finally
        {
            // Whatever ended the pipeline, every run that began is closed in the audit log.
            foreach (RunDriver driver in drivers)
            {
                driver.Close();
            }

            opened.Reverse();
            opened.ForEach(item => item.Dispose());
        }
    }
}
