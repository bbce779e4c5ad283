using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZombieOps.Files;

/// <summary>A system call on a file that failed, with its errno.</summary>
internal sealed class PosixException(int errno, string path)
    : IOException(Marshal.GetPInvokeErrorMessage(errno))
{
    public int Errno { get; } = errno;

    public string Path { get; } = path;
}

/// <summary>What <c>statx(2)</c> says of a file.</summary>
internal readonly record struct FileIdentity(uint Links, ushort Mode, ulong Inode, ulong Device, long Length)
{
    // inode(7): S_IFMT and S_IFREG.
    public bool IsRegular => (Mode & 0xF000) == 0x8000;

    public bool IsSameFile(FileIdentity other) => Inode == other.Inode && Device == other.Device;
}

/// <summary>The few calls that a durable, locked, append-only file needs and that .NET does not offer as they are.</summary>
internal static partial class Posix
{
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int ELOOP = 40;
    public const int EDQUOT = 122;
    public const int EPERM = 1;
    private const int EINVAL = 22;

    // open(2): the values that all of Linux shares.
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Append = 0x400;
    private const int NonBlock = 0x800;
    private const int CloseOnExec = 0x80000;

    public const int LockShared = 1;
    public const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int LockRelease = 8;

    private const int CurrentDirectory = -100;
    private const int NoFollowPath = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStats = 0x7ff;

    // asm-generic/fcntl.h, and arch/{arm,arm64,powerpc}/include/uapi/asm/fcntl.h which differ from it.
    private static readonly bool ArmLike = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le;

    private static readonly int NoFollow = ArmLike ? 0x8000 : 0x20000;
    private static readonly int DirectoryOnly = ArmLike ? 0x4000 : 0x10000;

    private static volatile bool noStatx;

    /// <summary>Opens a file, never through a symbolic link in its last part, never blocking on a FIFO.</summary>
    public static SafeFileHandle OpenFile(string path, int flags, int mode = 0)
    {
        while (true)
        {
            int fd = open(path, flags | CloseOnExec | NoFollow | NonBlock, mode);
            if (fd >= 0)
            {
                return new SafeFileHandle(fd, ownsHandle: true);
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != EINTR)
            {
                throw new PosixException(errno, path);
            }
        }
    }

    /// <summary>Writes all of it at the handle's own position (the end, for a handle opened to append).</summary>
    public static unsafe void WriteAll(SafeFileHandle file, ReadOnlySpan<byte> bytes, string path)
    {
        while (!bytes.IsEmpty)
        {
            nint written;
            fixed (byte* start = bytes)
            {
                written = write(file, start, (nuint)bytes.Length);
            }

            if (written < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno == EINTR)
                {
                    continue;
                }

                throw new PosixException(errno, path);
            }

            bytes = bytes[(int)written..];
        }
    }

    /// <summary>Brings data and length to disk; what only the inode's times say may be late, as fdatasync(2) has it.</summary>
    public static void SyncData(SafeFileHandle file, string path)
    {
        while (fdatasync(file) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != EINTR)
            {
                throw new PosixException(errno, path);
            }
        }
    }

    /// <summary>Brings a directory's entries to disk. A file system that knows no such thing (EINVAL) has nothing to bring.</summary>
    public static void SyncDirectory(string path)
    {
        int fd = open(path, CloseOnExec | DirectoryOnly, 0);
        if (fd < 0)
        {
            throw new PosixException(Marshal.GetLastPInvokeError(), path);
        }

        using var handle = new SafeFileHandle(fd, ownsHandle: true);
        while (fsync(handle) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == EINVAL)
            {
                return;
            }

            if (errno != EINTR)
            {
                throw new PosixException(errno, path);
            }
        }
    }

    /// <summary>Takes a lock on the open file description if nobody else holds one against it (flock(2)).</summary>
    public static bool TryLock(SafeFileHandle file, int kind, string path)
    {
        while (flock(file, kind | LockNonBlocking) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == EAGAIN)
            {
                return false;
            }

            if (errno != EINTR)
            {
                throw new PosixException(errno, path);
            }
        }

        return true;
    }

    /// <summary>Lets go of a lock.</summary>
    public static void Unlock(SafeFileHandle file) => _ = flock(file, LockRelease);

    /// <summary>Cuts a file; for a handle opened to append too.</summary>
    public static void SetLength(SafeFileHandle file, long length, string path)
    {
        while (ftruncate(file, length) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != EINTR)
            {
                throw new PosixException(errno, path);
            }
        }
    }

    /// <summary>Moves a file over another in one step (rename(2)).</summary>
    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0)
        {
            throw new PosixException(Marshal.GetLastPInvokeError(), to);
        }
    }

    /// <summary>What is at a path, a symbolic link itself and not what it points to; null where the system does not tell.</summary>
    /// <exception cref="PosixException">There is nothing, or it may not be looked at.</exception>
    public static unsafe FileIdentity? Identify(string path)
    {
        StatxBuffer buffer;
        return Statx(CurrentDirectory, path, NoFollowPath, &buffer, path);
    }

    /// <summary>What an open file is; null where the system does not tell.</summary>
    public static unsafe FileIdentity? Identify(SafeFileHandle file, string path)
    {
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            StatxBuffer buffer;
            return Statx((int)file.DangerousGetHandle(), "", EmptyPath, &buffer, path);
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    private static unsafe FileIdentity? Statx(int at, string name, int flags, StatxBuffer* buffer, string path)
    {
        if (noStatx)
        {
            return null;
        }

        try
        {
            if (statx(at, name, flags, BasicStats, buffer) == 0)
            {
                return new FileIdentity(buffer->Links, buffer->Mode, buffer->Inode, ((ulong)buffer->Major << 32) | buffer->Minor, (long)buffer->Size);
            }
        }
        catch (EntryPointNotFoundException)
        {
            noStatx = true; // glibc before 2.28
            return null;
        }

        int errno = Marshal.GetLastPInvokeError();
        if (errno is 38 or EPERM)
        {
            noStatx = true; // ENOSYS, and EPERM from seccomp filters older than the call
            return null;
        }

        throw new PosixException(errno, path);
    }

    // statx(2), struct statx: the same on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxBuffer
    {
        [FieldOffset(16)] public uint Links;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(136)] public uint Major;
        [FieldOffset(140)] public uint Minor;
    }

#pragma warning disable IDE1006, SYSLIB1054 // the C library's own names
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint write(SafeFileHandle fd, byte* bytes, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle fd, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(SafeFileHandle fd, long length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int directory, string path, int flags, uint mask, StatxBuffer* buffer);
#pragma warning restore IDE1006, SYSLIB1054
}
