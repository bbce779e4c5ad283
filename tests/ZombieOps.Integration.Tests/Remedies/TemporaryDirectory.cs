namespace ZombieOps.Integration.Tests.Remedies;

/// <summary>A directory that goes with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("zombieops-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
