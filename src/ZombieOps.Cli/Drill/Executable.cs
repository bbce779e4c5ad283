namespace ZombieOps.Cli.Drill;

/// <summary>How this program is started once more: as native executable, as application host or through <c>dotnet</c>.</summary>
internal static class Executable
{
    /// <summary>Path and leading arguments.</summary>
    public static IReadOnlyList<string> Self { get; } = Find();

    private static string[] Find()
    {
        string? running = Environment.ProcessPath;
        bool isThisProgram = typeof(Executable).Assembly == System.Reflection.Assembly.GetEntryAssembly();
        if (isThisProgram && running is not null && Path.GetFileName(running) != "dotnet")
        {
            return [running];
        }

        // A test host or `dotnet zombieops.dll`: the application host lies beside the assembly.
        string host = Path.Combine(AppContext.BaseDirectory, "zombieops");
        return File.Exists(host) || running is null ? [host] : [running, Path.Combine(AppContext.BaseDirectory, "zombieops.dll")];
    }
}
