using ZombieOps.Sources.Search.Owners;

namespace ZombieOps.Sources.Search;

/// <summary>The options, causes and remedies of the search source, with the sentence that help and completers show.</summary>
internal static class SearchCatalog
{
    public static IReadOnlyList<SourceOption> Options { get; } =
    [
        new("url", "Address of the cluster; several, separated by commas, are tried in turn"),
        new("cloud-id", "Elastic Cloud id instead of an address"),
        new("user", "User name; the password comes from --password-file or --password-env"),
        new("password-file", "File that holds the password", IsPath: true),
        new("password-env", "Name of the environment variable that holds the password"),
        new("api-key-file", "File that holds an API key, encoded or as id:key", IsPath: true),
        new("bearer-file", "File that holds a bearer token", IsPath: true),
        new("ca-file", "Certificates of the authorities to trust instead of the system's (PEM)", IsPath: true),
        new("cert-file", "Client certificate (PEM)", IsPath: true),
        new("key-file", "Key of the client certificate (PEM)", IsPath: true),
        new("proxy", "Address of an HTTP proxy; none is used unless it is named here"),
        new("timeout", "Longest time for one request; default 10s"),
        new("drain-owner", "Who sets exclusions in this cluster, such as es-operator"),
        new("max-drain", "Longest time that a drain of that owner takes; default 8h20m, for es-operator only"),
        new("restart-time", "Longest time that a node is away in a restart; default 10m"),
        new("settle", "Pause between the two reads before something is cleared; default 20s, twice es-operator's interval"),
        new("despite", "Guards to act in spite of, separated by commas: health, relocation, disk; for a mark no-node, every-node"),
        .. OwnerOptions.All,
    ];

    public static IReadOnlyList<CodeInfo> Causes { get; } =
    [
        new(SearchCauses.NodeGone, "It names no node of the cluster"),
        new(SearchCauses.NodeReplaced, "The node that it was set for is gone, and another one has its address or name"),
        new(SearchCauses.NodeIdle, "It keeps shards off a live node that holds none"),
        new(SearchCauses.Draining, "Shards are leaving the node that it names, or the node is about to be shut down"),
        new(SearchCauses.DrainStuck, "The node that it names still holds shards and none of them moves"),
        new(SearchCauses.DrainCutOff, "The drain that it was set for was cut off"),
        new(SearchCauses.NodeStarting, "The node that it names has only just started"),
        new(SearchCauses.EveryNode, "Every node that may hold data is excluded, so nothing moves"),
        new(SearchCauses.Group, "It means a group of nodes and not one"),
        new(SearchCauses.Placeholder, "It is a placeholder that means no node"),
        new(SearchCauses.NotInForce, "It is listed and has no effect"),
        new(SearchCauses.SwitchedOff, "Placing or moving shards is switched off for the whole cluster"),
        new(SearchCauses.VoteTaken, "A node must not vote, so the cluster can lose fewer"),
        new(SearchCauses.Blocked, "Changes of the whole cluster are blocked"),
        new(SearchCauses.Filtered, "Shards may be on some nodes only"),
        new(SearchCauses.IndexPinned, "An index is pinned to one node, as a shrink does it"),
        new(SearchCauses.ZoneOut, "A zone is out of service"),
        new(SearchCauses.RecordLeft, "It declares an exclusion that is not there"),
        new(SearchCauses.Unknown, "It could not be told"),
    ];

    public static IReadOnlyList<RemedyInfo> Remedies { get; } =
    [
        new(SearchRemedies.RemoveEntry, "Takes one entry out of one setting", MustBeNamed: true),
        new(SearchRemedies.RemoveRecord, "Takes away a declaration whose exclusion is gone", MustBeNamed: true),
        new(SearchRemedies.ResetSetting, "Sets one cluster setting back to its default", MustBeNamed: true),
        new(SearchRemedies.DeleteShutdown, "Deletes one node's shutdown record", MustBeNamed: true),
        new(SearchRemedies.ClearVotingExclusions, "Deletes the voting configuration exclusions, all at once", MustBeNamed: true),
        new(SearchRemedies.UnpinIndex, "Takes the pin and the write block off one index", MustBeNamed: true),
        new(SearchRemedies.Recommission, "Takes the decommissioned zone back", MustBeNamed: true),
        new(SearchRemedies.DeleteWeights, "Deletes the routing weights", MustBeNamed: true),
    ];
}
