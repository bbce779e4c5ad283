using System.Runtime.InteropServices;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>The page that the tool and the reap helper share. Offsets are those of <c>reaper.s</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct ReapPage
{
    /// <summary>Size of the mapping in bytes.</summary>
    internal const int Size = 4096;

    /// <summary><see cref="Gate"/>: the helper may be cancelled or killed.</summary>
    internal const int Open = 0;

    /// <summary><see cref="Gate"/>: the helper is in the unsafe window and may not be killed.</summary>
    internal const int InWindow = 1;

    /// <summary><see cref="Gate"/>: the helper may not enter the window any more.</summary>
    internal const int Cancelled = 2;

    /// <summary>Who may do what; changed by compare-and-swap, but for the way out of the window.</summary>
    [FieldOffset(0x00)]
    internal int Gate;

    /// <summary>The last step that was reached.</summary>
    [FieldOffset(0x04)]
    internal int Step;

    /// <summary>A <see cref="ReapOutcome"/>.</summary>
    [FieldOffset(0x08)]
    internal int Outcome;

    /// <summary>Error number of the call that failed.</summary>
    [FieldOffset(0x0c)]
    internal int Errno;

    /// <summary>Pid of the parent.</summary>
    [FieldOffset(0x10)]
    internal int Parent;

    /// <summary>Pid of the zombie.</summary>
    [FieldOffset(0x14)]
    internal int Zombie;

    /// <summary>Pidfd of the parent.</summary>
    [FieldOffset(0x18)]
    internal int ParentFd;

    /// <summary>Pidfd of the zombie.</summary>
    [FieldOffset(0x1c)]
    internal int ZombieFd;

    /// <summary>Address of a syscall instruction in the parent.</summary>
    [FieldOffset(0x20)]
    internal ulong SyscallAddress;

    /// <summary>Deadline for a stop, CLOCK_MONOTONIC seconds.</summary>
    [FieldOffset(0x28)]
    internal long DeadlineSeconds;

    /// <summary>Deadline for a stop, nanoseconds of that second.</summary>
    [FieldOffset(0x30)]
    internal long DeadlineNanoseconds;

    /// <summary>Step at which the helper kills itself (tests only); 0 never.</summary>
    [FieldOffset(0x38)]
    internal int DieAt;

    /// <summary>How often a stop may be of no use.</summary>
    [FieldOffset(0x3c)]
    internal int Tries;

    /// <summary>The last wait status.</summary>
    [FieldOffset(0x40)]
    internal int Status;

    /// <summary>The smaller pidfd.</summary>
    [FieldOffset(0x44)]
    internal int LowFd;

    /// <summary>The greater pidfd.</summary>
    [FieldOffset(0x48)]
    internal int HighFd;

    /// <summary>Pause between two looks, seconds.</summary>
    [FieldOffset(0x50)]
    internal long NapSeconds;

    /// <summary>Pause between two looks, nanoseconds.</summary>
    [FieldOffset(0x58)]
    internal long NapNanoseconds;
}
