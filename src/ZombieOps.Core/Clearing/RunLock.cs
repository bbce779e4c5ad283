using Microsoft.Win32.SafeHandles;
using ZombieOps.Audit;
using ZombieOps.Files;

namespace ZombieOps.Clearing;

/// <summary>
/// Tells whether another run works with the same audit log: each run holds <c>runs.lock</c> beside it, shared, for as long as it may act. It is flock(2), which the
/// kernel drops when its holder dies, on this host or on another that mounts the same directory.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly SafeFileHandle file;

    private RunLock(SafeFileHandle file) => this.file = file;

    /// <summary>Holds it for a run.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.CannotWrite"/>.</exception>
    public static RunLock Hold(EngineOptions options)
    {
        string path = Path(options);
        try
        {
            SafeFileHandle file = Open(path);

            // Who looks for other runs holds it alone for a moment.
            for (int i = 0; i < 500; i++)
            {
                if (Posix.TryLock(file, Posix.LockShared, path))
                {
                    return new RunLock(file);
                }

                Thread.Sleep(10);
            }

            file.Dispose();
            throw new IOException("another run holds it alone");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ZombieOpsException(ErrorIds.CannotWrite, ExitCode.NotPermitted, $"nothing is cleared: the lock {path} cannot be held: {e.Message}", "mend it, or give --state DIR", e);
        }
    }

    /// <summary>Whether no run holds it now. What cannot be told counts as a run.</summary>
    public static bool NobodyRuns(EngineOptions options)
    {
        string path = Path(options);
        try
        {
            using SafeFileHandle file = Open(path);
            return Posix.TryLock(file, Posix.LockExclusive, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static string Path(EngineOptions options) => System.IO.Path.Combine(AuditVerifier.DirectoryOf(options), "runs.lock");

    private static SafeFileHandle Open(string path) => Posix.OpenFile(path, Posix.ReadWrite | Posix.Create, Convert.ToInt32("640", 8));
}
