using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Integration.Tests.Remedies;

/// <summary>Forbids everything: whatever reaches it is a dry run that is none.</summary>
internal sealed class ForbiddingProcessControl : IProcessControl
{
    public PidHandle? Open(int pid, out int error) => throw Forbidden("open");

    public int Signal(PidHandle process, int signal) => throw Forbidden("signal");

    public bool WaitForEnd(PidHandle process, TimeSpan timeout, CancellationToken cancel) => throw Forbidden("wait");

    public ReapReply Reap(ReapRequest request, CancellationToken cancel) => throw Forbidden("reap");

    public UnitRestartReply RestartUnit(UnitToRestart unit, TimeSpan timeout, CancellationToken cancel) => throw Forbidden("restart");

    private static InvalidOperationException Forbidden(string what) => new($"forbidden: {what}");
}

/// <summary>Counts, and passes on to the real kernel.</summary>
internal sealed class CountingProcessControl : IProcessControl
{
    private readonly LinuxProcessControl real = new();

    internal List<int> Signals { get; } = [];

    internal int Reaps { get; private set; }

    internal List<UnitToRestart> Restarts { get; } = [];

    /// <summary>What an act may find when it comes too late: runs right before the pidfd is opened.</summary>
    internal Action? BeforeOpen { get; set; }

    internal int Acts => Signals.Count + Reaps + Restarts.Count;

    public PidHandle? Open(int pid, out int error)
    {
        BeforeOpen?.Invoke();
        return real.Open(pid, out error);
    }

    public int Signal(PidHandle process, int signal)
    {
        Signals.Add(signal);
        return real.Signal(process, signal);
    }

    public bool WaitForEnd(PidHandle process, TimeSpan timeout, CancellationToken cancel) => real.WaitForEnd(process, timeout, cancel);

    public ReapReply Reap(ReapRequest request, CancellationToken cancel)
    {
        Reaps++;
        return real.Reap(request, cancel);
    }

    public UnitRestartReply RestartUnit(UnitToRestart unit, TimeSpan timeout, CancellationToken cancel)
    {
        Restarts.Add(unit);
        return new UnitRestartReply(true, false, 0, "");
    }
}

/// <summary>A kernel before 5.3, which has no pidfd.</summary>
internal sealed class FakeOldKernelControl : IProcessControl
{
    public PidHandle? Open(int pid, out int error)
    {
        error = Errno.NoSys;
        return null;
    }

    public int Signal(PidHandle process, int signal) => throw new InvalidOperationException("a signal without a pidfd");

    public bool WaitForEnd(PidHandle process, TimeSpan timeout, CancellationToken cancel) => throw new InvalidOperationException();

    public ReapReply Reap(ReapRequest request, CancellationToken cancel) => throw new InvalidOperationException();

    public UnitRestartReply RestartUnit(UnitToRestart unit, TimeSpan timeout, CancellationToken cancel) => throw new InvalidOperationException();
}
