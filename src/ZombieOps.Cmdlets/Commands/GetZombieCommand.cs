using System.Management.Automation;
using ZombieOps.Clearing;
using ZombieOps.Cmdlets.Completers;
using ZombieOps.Cmdlets.Errors;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Search;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>Finds and explains zombies. It changes nothing but the ledger of what was seen.</summary>
[Cmdlet(VerbsCommon.Get, "Zombie", DefaultParameterSetName = ScanSet, HelpUri = "https://github.com/zombieops/zombieops/blob/main/docs/en-US/Get-Zombie.md")]
[OutputType(typeof(Finding))]
public sealed class GetZombieCommand : ScanCommand
{
    private const string ScanSet = "Scan";
    private const string IdSet = "Id";

    /// <summary>What to explain, in the source's own words: a pid.</summary>
    [Parameter(ParameterSetName = IdSet, Mandatory = true, Position = 0)]
    [Alias("Pid")]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Causes to show; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ScanSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CauseCompleter))]
    public string[]? Cause { get; set; }

    /// <summary>Verdicts to show.</summary>
    [Parameter(ParameterSetName = ScanSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VerdictCompleter))]
    public Verdict[]? Verdict { get; set; }

    /// <summary>Names of users to show; wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ScanSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? User { get; set; }

    /// <summary>Commands to show, as the kernel keeps them (at most 15 bytes); wildcards are allowed.</summary>
    [Parameter(ParameterSetName = ScanSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[]? Command { get; set; }

    /// <summary>The system to look at; the process table where none is named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string? Source { get; set; }

    /// <summary>Does not remember what was seen, so nothing at all is written.</summary>
    [Parameter(ParameterSetName = ScanSet)]
    public SwitchParameter NoLedger { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guarded(() =>
    {
        if (Source is not null && SourceCatalog.Find(Source) is { } named && named.Name == SearchSource.Register.Name)
        {
            // It needs an address and credentials, which are no parameters of this cmdlet.
            throw new ZombieOpsException(
                ErrorIds.BadArgument, ExitCode.BadUsage, $"the source '{named.Name}' has a cmdlet of its own", "use Get-StaleExclusion -Uri https://HOST:9200");
        }

        using var engine = new ZombieEngine(Surroundings(), Source);
        if (ParameterSetName == IdSet)
        {
            foreach (string what in Id)
            {
                Explain(engine, what);
            }
        }
        else
        {
            Scan(engine, Filter(engine.Source), !NoLedger);
        }
    });

    private void Explain(ZombieEngine engine, string what)
    {
        Finding finding;
        try
        {
            finding = Wait(engine.ExplainAsync(what, new ScanSettings { MinAge = MinAge }, Stop));
        }
        catch (ZombieOpsException e) when (e.ErrorId is ErrorIds.NoSuchProcess or ErrorIds.NotAZombie or ErrorIds.BadArgument)
        {
            WriteError(e.ToRecord(what));
            return;
        }

        WriteObject(finding);
    }

    private FindingFilter Filter(SourceRegistration source)
    {
        var facets = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (Cause is not null)
        {
            facets["cause"] = [.. Cause.Select(cause => Known(cause, source))];
        }

        Add(facets, Verdict);
        if (User is not null)
        {
            facets["user"] = User;
        }

        if (Command is not null)
        {
            facets["command"] = Command;
        }

        return new FindingFilter(facets);
    }

    /// <summary>A mistyped cause would find nothing, which reads as "no zombies": it is an error.</summary>
    private static string Known(string cause, SourceRegistration source)
    {
        string code = Names.ToPascal(cause);
        return source.Causes.Any(known => Glob.IsMatch(code, known.Code)) ? code : throw new ZombieOpsException(
            ErrorIds.BadArgument,
            ExitCode.BadUsage,
            $"the source '{source.Name}' has no cause '{cause}'",
            $"use one of: {string.Join(", ", source.Causes.Select(known => known.Code))}");
    }
}
