namespace ZombieOps.Integration.Tests.PowerShell;

/// <summary>The module as the build of this project has staged it.</summary>
internal static class ModuleStage
{
    /// <summary>Directory that holds the directory <c>ZombieOps</c>.</summary>
    public static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "ModuleStage");

    /// <summary>The module's own directory.</summary>
    public static string Module { get; } = Path.Combine(Root, "ZombieOps");

    /// <summary>Root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    private static string FindRepository()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "ZombieOps.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("the tests do not run from within the repository");
    }
}
