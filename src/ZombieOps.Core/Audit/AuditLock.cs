using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit;

/// <summary>
/// The lock between processes, on the file <c>lock</c>. It is flock(2): the kernel drops it when its holder dies, however that
/// happens, so a lock is never left behind.
/// </summary>
internal sealed class AuditLock(string directory) : IDisposable
{
    private readonly string path = AuditPaths.Lock(directory);
    private SafeFileHandle? file;

    /// <summary>Takes the lock, making its file if need be.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.AuditBusy"/> after <paramref name="timeout"/>.</exception>
    /// <exception cref="PosixException">The file cannot be opened.</exception>
    public void Take(TimeSpan timeout)
    {
        long begun = Stopwatch.GetTimestamp();
        for (int pause = 0; ; pause = Math.Min(pause + 1, 20))
        {
            file ??= Posix.OpenFile(path, Posix.ReadWrite | Posix.Create, Convert.ToInt32("640", 8));
            if (Posix.TryLock(file, Posix.LockExclusive, path))
            {
                if (IsStillTheLock(file))
                {
                    return;
                }

                // Somebody removed the file: others lock another one by now.
                file.Dispose();
                file = null;
            }
            else if (Stopwatch.GetElapsedTime(begun) >= timeout)
            {
                throw Busy(path, timeout);
            }
            else
            {
                Thread.Sleep(Math.Max(pause, 1));
            }
        }
    }

    public void Release()
    {
        if (file is not null)
        {
            Posix.Unlock(file);
        }
    }

    public void Dispose() => file?.Dispose();

    /// <summary>
    /// Takes a lock to read by, against writers only. Null where there is no lock file or it may not be opened: a reader
    /// must not need to write.
    /// </summary>
    public static SafeFileHandle? TakeShared(string directory, TimeSpan timeout, CancellationToken cancel)
    {
        string path = AuditPaths.Lock(directory);
        SafeFileHandle file;
        try
        {
            file = Posix.OpenFile(path, Posix.ReadOnly);
        }
        catch (PosixException missing) when (missing.Errno is Posix.ENOENT or Posix.EACCES or Posix.EPERM or Posix.ELOOP)
        {
            return null;
        }

        try
        {
            long begun = Stopwatch.GetTimestamp();
            while (!Posix.TryLock(file, Posix.LockShared, path))
            {
                cancel.ThrowIfCancellationRequested();
                if (Stopwatch.GetElapsedTime(begun) >= timeout)
                {
                    throw Busy(path, timeout);
                }

                Thread.Sleep(2);
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ZombieOpsException Busy(string path, TimeSpan timeout) => new(
        ErrorIds.AuditBusy,
        ExitCode.NotPermitted,
        $"the audit log is held by another process for more than {timeout.TotalSeconds:0.#} s ({path})",
        $"see who holds it with 'fuser {path}' and try again");

    private bool IsStillTheLock(SafeFileHandle held)
    {
        try
        {
            return Posix.Identify(held, path) is not { } mine || (Posix.Identify(path) is { } there && there.IsSameFile(mine));
        }
        catch (PosixException gone) when (gone.Errno == Posix.ENOENT)
        {
            return false;
        }
    }
}
