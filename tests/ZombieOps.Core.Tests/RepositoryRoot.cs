namespace ZombieOps.Core.Tests;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string File(string name) => System.IO.Path.Combine(Path, name);

    private static string Find()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !System.IO.File.Exists(System.IO.Path.Combine(at, "ZombieOps.sln")))
        {
            at = System.IO.Path.GetDirectoryName(at);
        }

        return at ?? throw new DirectoryNotFoundException("the repository's root, with ZombieOps.sln in it");
    }
}
