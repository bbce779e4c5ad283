using Xunit;

namespace ZombieOps.Integration.Tests;

/// <summary>What this machine has. A test that needs more is skipped by the name of what is missing.</summary>
internal static class Machine
{
    /// <summary>Path of a program on PATH; null where there is none.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, program))
        .FirstOrDefault(File.Exists);

    /// <summary>Path of a program on PATH; skips the test where there is none.</summary>
    public static string Needs(string program)
    {
        string? path = Find(program);
        Assert.SkipWhen(path is null, program);
        return path!;
    }
}
