using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>A process held by a pidfd: it cannot turn into another one that got the same pid (pidfd_open(2)).</summary>
internal sealed class PidHandle : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes a pidfd over.</summary>
    internal PidHandle(int pid, int descriptor)
        : base(ownsHandle: true)
    {
        Pid = pid;
        SetHandle(descriptor);
    }

    /// <summary>The pid it was opened by.</summary>
    internal int Pid { get; }

    /// <summary>The file descriptor. Valid only while the handle is kept alive.</summary>
    internal int Descriptor => (int)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}

/// <summary>A systemd unit to restart, and whose manager it belongs to.</summary>
/// <param name="Name">Unit name with its suffix.</param>
/// <param name="UserId">User id where it belongs to a user's own manager; null for the system's.</param>
internal sealed record UnitToRestart(string Name, uint? UserId);

/// <summary>What <c>systemctl</c> said.</summary>
/// <param name="Started">Whether it could be run at all.</param>
/// <param name="TimedOut">Whether it had not ended in time. systemd goes on with the job by itself.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Says">The first lines of what it wrote to standard error, or why it could not be run.</param>
internal sealed record UnitRestartReply(bool Started, bool TimedOut, int ExitCode, string Says);

/// <summary>
/// The lowest layer of the process remedies: nothing else in the process source can change anything. Tests put one in its place that
/// counts or forbids.
/// </summary>
internal interface IProcessControl
{
    /// <summary>Opens a pidfd.</summary>
    /// <param name="pid">Process id.</param>
    /// <param name="error">The errno where it returns null; ENOSYS before Linux 5.3.</param>
    PidHandle? Open(int pid, out int error);

    /// <summary>Sends a signal through a pidfd.</summary>
    /// <returns>0, or the errno.</returns>
    int Signal(PidHandle process, int signal);

    /// <summary>Waits until a process has ended.</summary>
    /// <returns>Whether it has.</returns>
    bool WaitForEnd(PidHandle process, TimeSpan timeout, CancellationToken cancel);

    /// <summary>Makes a parent wait for one child. See <see cref="Reaper"/>.</summary>
    ReapReply Reap(ReapRequest request, CancellationToken cancel);

    /// <summary>Asks systemd to restart a unit.</summary>
    UnitRestartReply RestartUnit(UnitToRestart unit, TimeSpan timeout, CancellationToken cancel);
}
