namespace ZombieOps.Sources.Search;

/// <summary>Names of cluster settings, the same in both products.</summary>
internal static class SettingNames
{
    public const string Allocation = "cluster.routing.allocation.";
    public const string Exclude = Allocation + "exclude.";
    public const string Require = Allocation + "require.";
    public const string Include = Allocation + "include.";
    public const string AllocationEnable = Allocation + "enable";
    public const string RebalanceEnable = "cluster.routing.rebalance.enable";
    public const string Awareness = Allocation + "awareness.attributes";
    public const string Blocks = "cluster.blocks.";
    public const string IndexAllocation = "index.routing.allocation.";
    public const string IndexWriteBlock = "index.blocks.write";
}
