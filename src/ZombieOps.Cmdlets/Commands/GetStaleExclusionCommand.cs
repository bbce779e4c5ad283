using System.Globalization;
using System.Management.Automation;
using System.Net;
using ZombieOps.Clearing;
using ZombieOps.Cmdlets.Binding;
using ZombieOps.Cmdlets.Completers;
using ZombieOps.Model;
using ZombieOps.Sources.Search;
using ZombieOps.Text;

namespace ZombieOps.Cmdlets.Commands;

/// <summary>Finds exclusions and other marks that were left in an Elasticsearch or OpenSearch cluster. It changes nothing there.</summary>
[Cmdlet(VerbsCommon.Get, "StaleExclusion", DefaultParameterSetName = UriSet, HelpUri = "https://github.com/zombieops/zombieops/blob/main/docs/en-US/Get-StaleExclusion.md")]
[OutputType(typeof(Finding))]
public sealed class GetStaleExclusionCommand : ScanCommand
{
    private const string UriSet = "Uri";
    private const string CloudSet = "CloudId";

    // The name under which the source asks for the password. No environment variable can have it: it holds an equals sign (environ(7)).
    private const string PasswordName = "=Credential";

    private FoundWith? found;

    /// <summary>Addresses of one cluster, tried in turn.</summary>
    [Parameter(ParameterSetName = UriSet, Mandatory = true, Position = 0)]
    [Alias("Url")]
    [ValidateNotNullOrEmpty]
    public string[] Uri { get; set; } = [];

    /// <summary>Elastic Cloud id instead of an address.</summary>
    [Parameter(ParameterSetName = CloudSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? CloudId { get; set; }

    /// <summary>User and password. The password stays in memory: it is in no argument, file, variable or message.</summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>File that holds an API key, encoded or as id:key.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ApiKeyFile { get; set; }

    /// <summary>File that holds a bearer token.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? BearerFile { get; set; }

    /// <summary>Certificates of the authorities to trust instead of the system's (PEM).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CaFile { get; set; }

    /// <summary>Client certificate (PEM).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CertFile { get; set; }

    /// <summary>Key of the client certificate (PEM).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>Address of an HTTP proxy; none is used unless it is named here.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Proxy { get; set; }

    /// <summary>Context of a kubeconfig whose objects tell which drains are alive.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KubeContext { get; set; }

    /// <summary>The kubeconfig file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Kubeconfig { get; set; }

    /// <summary>Files that <c>kubectl get -o json</c> wrote, instead of a context.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? KubeFile { get; set; }

    /// <summary>Namespace to read.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KubeNamespace { get; set; }

    /// <summary>Longest time for one request, in seconds.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int? TimeoutSec { get; set; }

    /// <summary>Longest time that a node is away in a restart.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? RestartTime { get; set; }

    /// <summary>Who sets exclusions in this cluster, such as es-operator.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DrainOwner { get; set; }

    /// <summary>Longest time that a drain of that owner takes.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? MaxDrain { get; set; }

    /// <summary>Verdicts to show.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VerdictCompleter))]
    public Verdict[]? Verdict { get; set; }

    /// <summary>Does not remember what was seen, so nothing at all is written.</summary>
    [Parameter]
    public SwitchParameter NoLedger { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guarded(() =>
    {
        EngineOptions surroundings = Surroundings();
        found = new FoundWith(Connection(), surroundings.Variable);
        using var engine = new ZombieEngine(surroundings, SearchSource.Register.Name, found.Options);
        var facets = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        Add(facets, Verdict);
        Scan(engine, new FindingFilter(facets), !NoLedger);
    });

    /// <inheritdoc/>
    protected override EngineOptions Surroundings()
    {
        EngineOptions options = base.Surroundings();
        return Credential is not { } credential ? options : options with
        {
            // The password is made plain only when the source asks for it.
            Variable = name => name == PasswordName ? new NetworkCredential("", credential.Password).Password : options.Variable(name),
        };
    }

    /// <inheritdoc/>
    protected override object Shown(Finding finding)
    {
        FoundWith.Remember(finding, found!);
        // It stays a Finding; the name before its type's selects the view of marks.
        PSObject shown = PSObject.AsPSObject(finding);
        shown.TypeNames.Insert(0, "ZombieOps.Model.Finding#SearchMark");
        return shown;
    }

    private Dictionary<string, string> Connection()
    {
        (string Name, string? Value)[] options =
        [
            ("url", ParameterSetName == UriSet ? string.Join(',', Uri) : null),
            ("cloud-id", CloudId),
            ("user", Credential?.UserName),
            ("password-env", Credential is null ? null : PasswordName),
            ("api-key-file", Path(ApiKeyFile)),
            ("bearer-file", Path(BearerFile)),
            ("ca-file", Path(CaFile)),
            ("cert-file", Path(CertFile)),
            ("key-file", Path(KeyFile)),
            ("proxy", Proxy),
            ("kube-context", KubeContext),
            ("kubeconfig", Path(Kubeconfig)),
            ("kube-file", KubeFile is null ? null : string.Join(',', KubeFile.Select(FilePath))),
            ("kube-namespace", KubeNamespace),
            ("timeout", TimeoutSec is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds}s") : null),
            ("restart-time", Exact(RestartTime)),
            ("drain-owner", DrainOwner),
            ("max-drain", Exact(MaxDrain)),
        ];
        // What the source does not know it would not look at, and so not say that it is missing.
        string? unknown = options.Where(option => option.Value is not null && SearchSource.Register.Options.All(known => known.Name != option.Name)).Select(option => option.Name).FirstOrDefault();
        if (unknown is not null)
        {
            throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"this version of the source 'search' does not know '{unknown}'", "leave it out");
        }

        return options.Where(option => option.Value is not null).ToDictionary(option => option.Name, option => option.Value!, StringComparer.Ordinal);

        string? Path(string? file) => file is null ? null : FilePath(file);
    }

    /// <summary>Whole milliseconds rounded up, so that no bound becomes shorter than it was given.</summary>
    private static string? Exact(TimeSpan? time) => time is { } span ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalMilliseconds):0}ms") : null;
}
