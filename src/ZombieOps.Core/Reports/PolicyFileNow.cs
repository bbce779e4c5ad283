using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;
using ZombieOps.Policies;

namespace ZombieOps.Reports;

/// <summary>Holds a policy's file against the hash that a run has named.</summary>
internal static class PolicyFileNow
{
    /// <summary>Compares. The path comes from a log, so nothing but a regular file of a policy's size is read.</summary>
    public static ReportFileNow Compare(string path, string sha256)
    {
        try
        {
            using SafeFileHandle file = Posix.OpenFile(path, Posix.ReadOnly);
            if (Posix.Identify(file, path) is { IsRegular: false })
            {
                return ReportFileNow.Unreadable;
            }

            byte[] bytes = new byte[PolicyReader.MaxBytes + 1];
            int done = 0;
            while (done < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(done), done) is var got and > 0)
            {
                done += got;
            }

            return Convert.ToHexString(SHA256.HashData(bytes.AsSpan(0, done))).Equals(sha256, StringComparison.OrdinalIgnoreCase) ? ReportFileNow.Same : ReportFileNow.Changed;
        }
        catch (PosixException gone) when (gone.Errno == Posix.ENOENT)
        {
            return ReportFileNow.Missing;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return ReportFileNow.Unreadable;
        }
    }
}
