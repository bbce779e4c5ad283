using System.Runtime.InteropServices;
using Xunit;
using ZombieOps.Audit;
using ZombieOps.Files;
using static ZombieOps.Tests.Audit.AuditFolder;

namespace ZombieOps.Tests.Audit;

public sealed partial class AuditDurabilityTests
{
    [Fact]
    public void What_was_appended_is_on_disk_when_the_call_returns()
    {
        using AuditFolder folder = AuditFolder.OnDisk();
        if (!CanTell(Path.Combine(folder.State, "probe")))
        {
            Assert.Skip("needs cachestat(2) (Linux 6.5) and a temporary directory on a disk");
        }

        using AuditLog log = folder.Open();
        for (int i = 0; i < 20; i++)
        {
            log.Append([Note("one"), Note("two")]);
            Assert.Equal(0, Unflushed(folder.Segments[0]));
        }
    }

    // Another flush on the same disk may take a fresh page with it, so one look is not enough.
    private static bool CanTell(string probe)
    {
        for (int i = 0; i < 200; i++)
        {
            File.AppendAllText(probe, new string('x', 5000));
            if (Unflushed(probe) is not { } pages || pages > 0)
            {
                return Unflushed(probe) is not null;
            }
        }

        return false;
    }

    /// <summary>Pages of a file that are dirty or on their way to disk; null where the kernel cannot tell.</summary>
    private static unsafe long? Unflushed(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = Posix.OpenFile(path, Posix.ReadOnly);
        ulong* range = stackalloc ulong[2];
        (range[0], range[1]) = (0, 0); // all of it
        ulong* seen = stackalloc ulong[5]; // cache, dirty, writeback, evicted, recently evicted
        return syscall(451, (int)file.DangerousGetHandle(), range, seen, 0) == 0 ? (long)(seen[1] + seen[2]) : null;
    }

#pragma warning disable IDE1006 // the C library's own name
    [LibraryImport("libc")]
    private static unsafe partial nint syscall(nint number, int fd, ulong* range, ulong* seen, uint flags);
#pragma warning restore IDE1006
}
