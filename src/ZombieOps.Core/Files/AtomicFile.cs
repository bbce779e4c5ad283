using Microsoft.Win32.SafeHandles;

namespace ZombieOps.Files;

/// <summary>A file that a reader sees whole or not at all, also after a crash: temporary file, flush, rename(2), flush of the directory.</summary>
internal static class AtomicFile
{
    /// <summary>Puts a file in the place of another.</summary>
    /// <param name="path">The file; its directory has to be there.</param>
    /// <param name="bytes">All that it is to hold.</param>
    /// <param name="mode">Its permissions, whatever the umask is.</param>
    /// <param name="temporary">Path in the same directory that nobody else uses; what a crash left there is removed.</param>
    /// <param name="step">Called between two steps; null for nothing.</param>
    /// <exception cref="IOException">It could not be written; the file that was there is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">As for <see cref="IOException"/>.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode, string temporary, Action? step = null)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new IOException("this system has no files of the kind that it needs");
        }

        try
        {
            // Never through what lies there: a hard link planted in a directory that others may write would be overwritten.
            File.Delete(temporary);
            using (SafeFileHandle made = Posix.OpenFile(temporary, Posix.ReadWrite | Posix.Create | Posix.Exclusive, Convert.ToInt32("600", 8)))
            {
                File.SetUnixFileMode(made, mode);
                Posix.WriteAll(made, bytes[..(bytes.Length / 2)], temporary);
                step?.Invoke();
                Posix.WriteAll(made, bytes[(bytes.Length / 2)..], temporary);
                Posix.SyncData(made, temporary);
            }

            step?.Invoke();
            Posix.Rename(temporary, path);
            step?.Invoke();
            Posix.SyncDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Remove(temporary);
            throw;
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // What went wrong before is told; the next write removes it.
        }
    }
}
