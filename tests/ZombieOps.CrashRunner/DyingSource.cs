using System.Runtime.InteropServices;
using ZombieOps.Model;
using ZombieOps.Sources;

namespace ZombieOps.CrashRunner;

/// <summary>
/// The real source, with a step counted before and after every call. The engine writes intents and outcomes between these calls, so dying
/// at each of them in turn is dying at every step of a run.
/// </summary>
internal sealed class DyingSource(ISource real, int dieAt, Func<IActuator> open) : ISource
{
    private int steps;

    public SourceRegistration Registration => real.Registration;

    public async ValueTask<ScanReport> ScanAsync(ScanRequest request, CancellationToken cancel)
    {
        Step();
        ScanReport report = await real.ScanAsync(request, cancel);
        Step();
        return report;
    }

    public async ValueTask<Recheck> RecheckAsync(Finding finding, ScanRequest request, CancellationToken cancel)
    {
        Step();
        Recheck look = await real.RecheckAsync(finding, request, cancel);
        Step();
        return look;
    }

    public IActuator OpenActuator()
    {
        Step();
        return new DyingActuator(this, open());
    }

    public void Dispose() => real.Dispose();

    /// <summary>Counts a step, and ends the process at the one that it was told.</summary>
    public void Step()
    {
        if (++steps == dieAt)
        {
            Die();
        }
    }

    /// <summary>Ends this process as kill -9 does.</summary>
    public static void Die()
    {
        _ = kill(Environment.ProcessId, 9);
        Thread.Sleep(Timeout.Infinite);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);

    private sealed class DyingActuator(DyingSource owner, IActuator real) : IActuator
    {
        public async ValueTask<ActReport> ActAsync(Finding fresh, string remedy, ActSettings settings, CancellationToken cancel)
        {
            owner.Step();
            ActReport report = await real.ActAsync(fresh, remedy, settings, cancel);
            owner.Step();
            return report;
        }

        public void Dispose() => real.Dispose();
    }
}
