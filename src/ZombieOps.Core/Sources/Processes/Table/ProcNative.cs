using System.Runtime.InteropServices;

namespace ZombieOps.Sources.Processes.Table;

/// <summary>The few system calls that reading procfs takes. All arguments are blittable; errors come back as negative errno.</summary>
internal static unsafe partial class ProcNative
{
    // O_RDONLY | O_NONBLOCK | O_CLOEXEC have these values on every Linux architecture that .NET runs on. O_NONBLOCK is for made-up
    // roots only: a FIFO in place of a file must not stop a scan.
    private const int ReadOnly = 0x800 | 0x80000;

    // The current directory for openat(2).
    private const int AtCwd = -100;

    private const int ScClockTicks = 2;

    // glibc has a wrapper since 2.30 only, and kernel 4.18 comes with glibc 2.28 (RHEL 8): arch/*/syscall tables.
    private static readonly nint GetDentsNumber = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 or Architecture.Arm => 217,
        Architecture.X86 or Architecture.S390x => 220,
        Architecture.Ppc64le => 202,
        // arm64 and all that came after it share one table (include/uapi/asm-generic/unistd.h).
        _ => 61,
    };

    /// <summary>Opens a file or directory below a directory for reading: a descriptor or a negative errno.</summary>
    public static int OpenAt(int directory, byte* path)
    {
        while (true)
        {
            int fd = OpenAtRaw(directory, path, ReadOnly, 0);
            if (fd >= 0)
            {
                return fd;
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.Interrupted)
            {
                return -errno;
            }
        }
    }

    /// <summary>Opens a directory by its path: a descriptor or a negative errno.</summary>
    public static int Open(string path)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(path + "\0");
        fixed (byte* pointer = bytes)
        {
            return OpenAt(AtCwd, pointer);
        }
    }

    /// <summary>One read: the number of bytes or a negative errno.</summary>
    public static int Read(int fd, byte* buffer, int length)
    {
        while (true)
        {
            nint count = ReadRaw(fd, buffer, length);
            if (count >= 0)
            {
                return (int)count;
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.Interrupted)
            {
                return -errno;
            }
        }
    }

    /// <summary>Target of a symbolic link: the number of bytes or a negative errno.</summary>
    public static int ReadLinkAt(int directory, byte* path, byte* buffer, int length)
    {
        nint count = ReadLinkAtRaw(directory, path, buffer, length);
        return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
    }

    /// <summary>The next entries of a directory: the number of bytes, 0 at its end, or a negative errno.</summary>
    public static int GetDents(int fd, byte* buffer, int length)
    {
        nint count = SyscallRaw(GetDentsNumber, fd, buffer, length);
        return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Closes a descriptor. Of a file that was only read there is no error to act on.</summary>
    public static void Close(int fd) => _ = CloseRaw(fd);

    /// <summary>Clock ticks a second in which procfs gives times (sysconf(3)); 100 where it does not say.</summary>
    public static long ClockTicks() => SysConfRaw(ScClockTicks) is > 0 and var ticks ? ticks : 100;

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAtRaw(int directory, byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadRaw(int fd, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    private static partial nint ReadLinkAtRaw(int directory, byte* path, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SyscallRaw(nint number, nint fd, byte* buffer, nint length);

    // Well under a microsecond for a procfs file: there is nothing to write back and nothing to wait for.
    [LibraryImport("libc", EntryPoint = "close")]
    [SuppressGCTransition]
    private static partial int CloseRaw(int fd);

    [LibraryImport("libc", EntryPoint = "sysconf")]
    private static partial nint SysConfRaw(int name);
}
