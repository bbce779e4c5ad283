using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ZombieOps.Files;

namespace ZombieOps.Audit.Forwarding;

/// <summary>Hands bytes of any size over a Unix socket: a memory file (memfd_create(2)) that is sealed, and its descriptor in an otherwise empty datagram (unix(7), SCM_RIGHTS).</summary>
internal static partial class MemoryFile
{
    // linux/memfd.h, linux/fcntl.h, asm-generic/socket.h.
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;
    private const int SealAll = 1 | 2 | 4 | 8;
    private const int SolSocket = 1;
    private const int ScmRights = 1;

    public static unsafe void Send(SafeHandle socket, ReadOnlySpan<byte> bytes)
    {
        int made = memfd_create("zombieops-audit", CloseOnExec | AllowSealing);
        if (made < 0)
        {
            throw new PosixException(Marshal.GetLastPInvokeError(), "memfd_create");
        }

        using var file = new SafeFileHandle(made, ownsHandle: true);
        Posix.WriteAll(file, bytes, "memfd");
        // The journal takes only what nobody can change under its eyes.
        if (fcntl(made, AddSeals, SealAll) < 0)
        {
            throw new PosixException(Marshal.GetLastPInvokeError(), "memfd");
        }

        Control control = new() { Length = 20, Level = SolSocket, Type = ScmRights, Descriptor = made };
        Message message = new() { Control = (nint)(&control), ControlLength = (nuint)sizeof(Control) };
        bool added = false;
        try
        {
            socket.DangerousAddRef(ref added);
            while (sendmsg((int)socket.DangerousGetHandle(), &message, 0) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno != Posix.EINTR)
                {
                    throw new PosixException(errno, "sendmsg");
                }
            }
        }
        finally
        {
            if (added)
            {
                socket.DangerousRelease();
            }
        }
    }

    /// <summary><c>struct msghdr</c> of 64 bits (recvmsg(2)).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public nint Name;
        public nuint NameLength;
        public nint Parts;
        public nuint PartCount;
        public nint Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary><c>struct cmsghdr</c> of 64 bits with one descriptor (cmsg(3)).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Control
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
        public int Padding;
    }

#pragma warning disable IDE1006, SYSLIB1054 // The names are those of the system's library.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint sendmsg(int socket, Message* message, int flags);
#pragma warning restore IDE1006, SYSLIB1054
}
