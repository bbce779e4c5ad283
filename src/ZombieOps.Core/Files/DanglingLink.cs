namespace ZombieOps.Files;

/// <summary>Tells a file that is not there from one that is meant to be: a symbolic link whose target is missing.</summary>
internal static class DanglingLink
{
    /// <summary>Whether a path is such a link.</summary>
    /// <remarks>Existence is asked of the target: a link itself exists, whatever it points to.</remarks>
    public static bool At(string path) => Path.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target && !Path.Exists(target.FullName);
}
