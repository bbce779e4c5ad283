using System.Runtime.InteropServices;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>The calls of the C library that the remedies make.</summary>
internal static partial class Libc
{
    /// <summary>Number of <c>pidfd_send_signal</c>, the same on every architecture.</summary>
    internal const int SysPidfdSendSignal = 424;

    /// <summary>Number of <c>pidfd_open</c>, the same on every architecture.</summary>
    internal const int SysPidfdOpen = 434;

    /// <summary>SIGKILL.</summary>
    internal const int SigKill = 9;

    /// <summary>SIGTERM.</summary>
    internal const int SigTerm = 15;

    /// <summary>SIGCHLD.</summary>
    internal const int SigChld = 17;

    /// <summary>SIGCONT.</summary>
    internal const int SigCont = 18;

    /// <summary>WNOHANG.</summary>
    internal const int WaitNoHang = 1;

    /// <summary>__WALL: children of any exit signal (wait(2)).</summary>
    internal const int WaitAll = 0x40000000;

    /// <summary>PROT_READ.</summary>
    internal const int ProtRead = 1;

    /// <summary>PROT_WRITE.</summary>
    internal const int ProtWrite = 2;

    /// <summary>PROT_EXEC.</summary>
    internal const int ProtExec = 4;

    /// <summary>MAP_SHARED.</summary>
    internal const int MapShared = 1;

    /// <summary>MAP_PRIVATE.</summary>
    internal const int MapPrivate = 2;

    /// <summary>MAP_ANONYMOUS (x86-64, arm64).</summary>
    internal const int MapAnonymous = 0x20;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint Syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "process_vm_readv", SetLastError = true)]
    internal static partial nint ProcessVmReadV(int pid, in IoVector local, nuint locals, in IoVector remote, nuint remotes, nuint flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(ref PollDescriptor descriptor, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    internal static partial int Wait4(int pid, out int status, int options, nint usage);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint MemoryMap(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int MemoryProtect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int MemoryUnmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "getpid")]
    internal static partial int GetPid();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint ReadLink(string path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    /// <summary>CLOCK_MONOTONIC.</summary>
    internal static void Now(out long seconds, out long nanoseconds)
    {
        _ = ClockGetTime(1, out TimeSpec time);
        seconds = time.Seconds;
        nanoseconds = time.Nanoseconds;
    }

    /// <summary>Reads a symbolic link; on failure <paramref name="error"/> holds the errno.</summary>
    internal static unsafe string? ReadLink(string path, out int error)
    {
        byte* buffer = stackalloc byte[4096];
        nint length = ReadLink(path, buffer, 4096);
        error = length < 0 ? Marshal.GetLastPInvokeError() : 0;
        return length < 0 ? null : System.Text.Encoding.UTF8.GetString(buffer, (int)length);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    /// <summary>File descriptor.</summary>
    internal int Descriptor;

    /// <summary>Events that are asked for.</summary>
    internal short Events;

    /// <summary>Events that are there.</summary>
    internal short Returned;
}
