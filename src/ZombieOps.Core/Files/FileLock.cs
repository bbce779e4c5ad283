using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace ZombieOps.Files;

/// <summary>
/// A lock between processes on a file of its own. It is flock(2): the kernel drops it when its holder dies, however that
/// happens, so a lock is never left behind.
/// </summary>
internal sealed class FileLock(string path) : IDisposable
{
    private SafeFileHandle? file;

    /// <summary>Takes the lock, making its file if need be. False where somebody else holds it for longer than the time-out.</summary>
    /// <exception cref="PosixException">The file cannot be opened.</exception>
    public bool Take(TimeSpan timeout)
    {
        long begun = Stopwatch.GetTimestamp();
        for (int pause = 0; ; pause = Math.Min(pause + 1, 20))
        {
            file ??= Posix.OpenFile(path, Posix.ReadWrite | Posix.Create, Convert.ToInt32("640", 8));
            if (Posix.TryLock(file, Posix.LockExclusive, path))
            {
                if (IsStillTheLock(file))
                {
                    return true;
                }

                // Somebody removed the file: others lock another one by now.
                file.Dispose();
                file = null;
            }
            else if (Stopwatch.GetElapsedTime(begun) >= timeout)
            {
                return false;
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
    /// <exception cref="TimeoutException">A writer holds it for longer than the time-out.</exception>
    public static SafeFileHandle? TakeShared(string path, TimeSpan timeout, CancellationToken cancel)
    {
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
                    throw new TimeoutException();
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
