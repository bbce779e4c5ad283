namespace ZombieOps.Sources.Search;

/// <summary>
/// Identity of a mark: cluster UUID, scope, setting and entry. None of the first three can hold a colon, so the text is unambiguous. What hangs
/// on a mark for the ledger alone (its node, its node's absence) has an identity of its own that begins with the mark's.
/// </summary>
internal static class SearchIdentity
{
    // A line break: no setting's entry that is looked at has one.
    private const string Side = "\n";

    /// <summary>Beginning of every identity of one cluster.</summary>
    public static string Scope(string clusterUuid) => $"search:{clusterUuid}:";

    /// <summary>The identity as findings carry it.</summary>
    public static string Format(string clusterUuid, string scope, string setting, string entry) => $"{Scope(clusterUuid)}{scope}:{setting}:{entry}";

    /// <summary>Identity of "the mark is there and names no node".</summary>
    public static string Absent(string id) => $"{id}{Side}absent";

    /// <summary>Identity of "the mark named a node when it was first seen". It is kept as long as the mark.</summary>
    public static string Named(string id) => $"{id}{Side}named";

    /// <summary>Identity of "the mark has named this node". It is kept as long as the mark, also while the node is away.</summary>
    public static string On(string id, string nodeId) => $"{id}{Side}on:{nodeId}";

    /// <summary>The mark's identity if this is the identity of a state that is kept as long as the mark; null otherwise.</summary>
    public static string? KeptWith(string identity)
    {
        int side = identity.IndexOf(Side, StringComparison.Ordinal);
        return side >= 0 && (identity.AsSpan(side + 1).StartsWith("on:") || identity.AsSpan(side + 1).SequenceEqual("named")) ? identity[..side] : null;
    }

    /// <summary>Identity of "the mark is there and the owner of its node is at rest, with this pod and at these generations".</summary>
    public static string Rest(string id, string rest) => $"{id}{Side}rest:{rest}";

    /// <summary>Identity of "the mark is there and names this run of this node, which holds nothing".</summary>
    public static string Empty(string id, string ephemeralId) => $"{id}{Side}empty:{ephemeralId}";
}
