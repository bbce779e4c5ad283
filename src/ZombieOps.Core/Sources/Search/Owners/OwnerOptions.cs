using ZombieOps.Sources.Kubernetes.Client;
using ZombieOps.Text;

namespace ZombieOps.Sources.Search.Owners;

/// <summary>Makes the door to Kubernetes of the source's options.</summary>
internal static class OwnerOptions
{
    public const string Context = "kube-context";
    public const string Config = "kubeconfig";
    public const string Files = "kube-file";
    public const string Space = "kube-namespace";

    /// <summary>The options, for the catalog.</summary>
    public static IReadOnlyList<SourceOption> All { get; } =
    [
        new(Context, $"Kubernetes context whose objects tell which drains are alive; {InCluster.Name} is the pod's own service account"),
        new(Config, "kubeconfig file; default KUBECONFIG or ~/.kube/config", IsPath: true),
        new(Files, "Instead of a context: files that kubectl get -o json wrote, separated by commas"),
        new(Space, "Namespace to read; default all"),
    ];

    /// <summary>Makes it; null where Kubernetes is not asked for.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>, <see cref="ErrorIds.KubeconfigUnusable"/>.</exception>
    public static IOwnerObjects? Open(IReadOnlyDictionary<string, string> values, EngineOptions options, TimeSpan timeout, Func<KubeConnection, HttpMessageHandler>? handler = null)
    {
        string? context = values.GetValueOrDefault(Context);
        string? config = values.GetValueOrDefault(Config);
        string? files = values.GetValueOrDefault(Files);
        string? space = values.GetValueOrDefault(Space);
        if (context is { Length: 0 } || space is { Length: 0 })
        {
            throw Bad($"'{(context is { Length: 0 } ? Context : Space)}' is empty", "name one, or leave it out");
        }

        if (files is not null)
        {
            string[] paths = files.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return context is not null || config is not null ? throw Bad($"'{Files}' does not go together with '{(context is null ? Config : Context)}'", "give one of them")
                : paths.Length == 0 ? throw Bad($"'{Files}' names no file", "give files that kubectl get -o json wrote")
                : paths.FirstOrDefault(path => !File.Exists(path)) is { } none ? throw Bad($"the file {Printable.Clean(none)} of '{Files}' is not there", "give files that kubectl get -o json wrote")
                : new FileObjects(paths, space);
        }

        if (context is null && config is null)
        {
            return space is null ? null : throw Bad($"'{Space}' is given and no Kubernetes to which it applies", $"give '{Context}' or '{Files}' as well");
        }

        KubeConnection connection = context == InCluster.Name && config is null ? InCluster.Read(options, timeout) : Kubeconfig.Read(config, context, options.Variable, timeout);
        return new ServerObjects(new KubeClient(connection, options.Clock, handler?.Invoke(connection)), space);
    }

    private static ZombieOpsException Bad(string message, string next) => new(ErrorIds.BadArgument, ExitCode.BadUsage, message, next);
}
