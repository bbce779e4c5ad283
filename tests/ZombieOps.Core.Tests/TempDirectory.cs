namespace ZombieOps.Core.Tests;

/// <summary>A directory of its own that goes with the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public TempDirectory() => Path = Directory.CreateTempSubdirectory("zombieops-test-").FullName;

    public string Path { get; }

    public static implicit operator string(TempDirectory directory) => directory.Path;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
