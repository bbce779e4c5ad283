using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Search;

namespace ZombieOps.Sources;

/// <summary>Every source there is. A new one is a folder beside this file and a line in it.</summary>
public static class SourceCatalog
{
    /// <summary>The sources; the first is the one that is meant where none is named.</summary>
    public static IReadOnlyList<SourceRegistration> All { get; } =
    [
        ProcessSource.Register,
        SearchSource.Register,
    ];

    /// <summary>The source of that name, or null.</summary>
    /// <param name="name">Kebab-case name.</param>
    public static SourceRegistration? Find(string name) =>
        All.FirstOrDefault(source => string.Equals(source.Name, name, StringComparison.OrdinalIgnoreCase));
}
