using System.Runtime.InteropServices;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Runs the reap helper of <c>reaper.s</c>: starts it, waits for it by its pid, and ends it where it overruns outside the unsafe window.</summary>
internal static unsafe class Reaper
{
    // A signal storm of 1 kHz spoils about one stop in twenty: sixty-four in a row do not happen by chance.
    private const int Tries = 64;
    private const int NapNanoseconds = 200_000;
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private static readonly object CodeLock = new();
    private static nint code;

    /// <summary>Reaps one child of one process. It takes milliseconds, and at most the deadline and four seconds.</summary>
    internal static ReapReply Run(ReapRequest request, CancellationToken cancel)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux())
        {
            return new ReapReply(ReapOutcome.NoHelper, Errno.NoSys, 0);
        }

        nint entry = Code(out int error);
        if (entry == 0)
        {
            return new ReapReply(ReapOutcome.NoHelper, error, 0);
        }

        nint memory = Libc.MemoryMap(0, ReapPage.Size, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | Libc.MapAnonymous, -1, 0);
        if (memory == -1)
        {
            return new ReapReply(ReapOutcome.NoHelper, Marshal.GetLastPInvokeError(), 0);
        }

        var page = (ReapPage*)memory;
        bool mayUnmap = true;
        try
        {
            Fill(page, request);
            if (cancel.IsCancellationRequested)
            {
                return new ReapReply(ReapOutcome.Cancelled, 0, 0);
            }

            long helper = ((delegate* unmanaged<ReapPage*, long>)entry)(page);
            if (helper < 0)
            {
                return new ReapReply(ReapOutcome.NoHelper, (int)-helper, 0);
            }

            return Await(page, (int)helper, request.Deadline + Slack, cancel, out mayUnmap);
        }
        finally
        {
            if (mayUnmap)
            {
                _ = Libc.MemoryUnmap(memory, ReapPage.Size);
            }
        }
    }

    private static void Fill(ReapPage* page, ReapRequest request)
    {
        int parentFd = request.Parent.Descriptor;
        int zombieFd = request.Zombie.Descriptor;
        Libc.Now(out long seconds, out long nanoseconds);
        nanoseconds += request.Deadline.Ticks % TimeSpan.TicksPerSecond * 100;
        seconds += (request.Deadline.Ticks / TimeSpan.TicksPerSecond) + (nanoseconds / 1_000_000_000);
        page->Parent = request.Parent.Pid;
        page->Zombie = request.Zombie.Pid;
        page->ParentFd = parentFd;
        page->ZombieFd = zombieFd;
        page->LowFd = Math.Min(parentFd, zombieFd);
        page->HighFd = Math.Max(parentFd, zombieFd);
        page->SyscallAddress = request.SyscallAddress;
        page->DeadlineSeconds = seconds;
        page->DeadlineNanoseconds = nanoseconds % 1_000_000_000;
        page->DieAt = request.DieAt;
        page->Tries = Tries;
        page->NapNanoseconds = NapNanoseconds;
    }

    private static ReapReply Await(ReapPage* page, int helper, TimeSpan limit, CancellationToken cancel, out bool mayUnmap)
    {
        mayUnmap = true;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        bool killed = false;
        // wait4 by this one pid, with __WALL since its exit signal is none; never a wait for "any child".
        while (Libc.Wait4(helper, out _, Libc.WaitNoHang | Libc.WaitAll, 0) == 0)
        {
            bool over = watch.Elapsed > limit;
            if ((over || cancel.IsCancellationRequested) && !killed)
            {
                // Whoever wins this swap decides: the helper then never enters the window, or it is in it and is left alone.
                int gate = Interlocked.CompareExchange(ref page->Gate, ReapPage.Cancelled, ReapPage.Open);
                if (over && gate != ReapPage.InWindow)
                {
                    _ = Libc.Kill(helper, Libc.SigKill);
                    killed = true;
                }
                else if (over && watch.Elapsed > limit + Slack)
                {
                    mayUnmap = false;
                    Adopt(helper, (nint)page);
                    return new ReapReply(ReapOutcome.LeftInWindow, 0, Volatile.Read(ref page->Step));
                }
            }

            Thread.Sleep(watch.ElapsedMilliseconds < 5 ? 0 : 1);
        }

        var outcome = (ReapOutcome)Volatile.Read(ref page->Outcome);
        // One that was ended here for being late has not died by itself.
        return new ReapReply(killed && outcome == ReapOutcome.HelperDied ? ReapOutcome.NoStop : outcome, page->Errno, page->Step);
    }

    /// <summary>Waits for a helper that was left in the window, so that this tool does not leave a zombie of its own.</summary>
    private static void Adopt(int helper, nint page)
    {
        var thread = new Thread(() =>
        {
            while (Libc.Wait4(helper, out _, Libc.WaitAll, 0) == -1 && Marshal.GetLastPInvokeError() == Errno.Interrupted)
            {
            }

            _ = Libc.MemoryUnmap(page, ReapPage.Size);
        })
        {
            IsBackground = true,
            Name = "zombieops-reap-helper",
        };
        thread.Start();
    }

    private static nint Code(out int error)
    {
        error = 0;
        lock (CodeLock)
        {
            if (code != 0)
            {
                return code;
            }

            ReadOnlySpan<byte> bytes = ReaperCode.Bytes;
            nint memory = Libc.MemoryMap(
                0, (nuint)bytes.Length, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapAnonymous, -1, 0);
            if (memory == -1)
            {
                error = Marshal.GetLastPInvokeError();
                return 0;
            }

            bytes.CopyTo(new Span<byte>((void*)memory, bytes.Length));
            if (Libc.MemoryProtect(memory, (nuint)bytes.Length, Libc.ProtRead | Libc.ProtExec) != 0)
            {
                // SELinux without execmem, or a service with MemoryDenyWriteExecute.
                error = Marshal.GetLastPInvokeError();
                _ = Libc.MemoryUnmap(memory, (nuint)bytes.Length);
                return 0;
            }

            code = memory;
            return code;
        }
    }
}
