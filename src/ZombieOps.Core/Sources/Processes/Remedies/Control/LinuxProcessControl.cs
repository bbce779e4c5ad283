using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>The real kernel and the real systemd.</summary>
internal sealed class LinuxProcessControl : IProcessControl
{
    private const int PollIn = 1;
    private static readonly string[] SystemctlPaths = ["/usr/bin/systemctl", "/bin/systemctl", "/run/current-system/sw/bin/systemctl"];

    private readonly string? systemctl;

    /// <summary>Makes one.</summary>
    /// <param name="systemctl">Path of <c>systemctl</c>; null for where distributions put it. PATH is not asked: this may run as root.</param>
    internal LinuxProcessControl(string? systemctl = null) => this.systemctl = systemctl ?? SystemctlPaths.FirstOrDefault(File.Exists);

    /// <inheritdoc/>
    public PidHandle? Open(int pid, out int error)
    {
        nint descriptor = Libc.Syscall(Libc.SysPidfdOpen, pid, 0, 0, 0);
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        return descriptor < 0 ? null : new PidHandle(pid, (int)descriptor);
    }

    /// <inheritdoc/>
    public int Signal(PidHandle process, int signal)
    {
        nint result = Libc.Syscall(Libc.SysPidfdSendSignal, process.Descriptor, signal, 0, 0);
        int error = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        GC.KeepAlive(process);
        return error;
    }

    /// <inheritdoc/>
    public bool WaitForEnd(PidHandle process, TimeSpan timeout, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            // Short turns, so that a cancellation is seen.
            double left = Math.Clamp((timeout - watch.Elapsed).TotalMilliseconds, 0, 50);
            var descriptor = new PollDescriptor { Descriptor = process.Descriptor, Events = PollIn };
            if (Libc.Poll(ref descriptor, 1, (int)Math.Ceiling(left)) > 0)
            {
                GC.KeepAlive(process);
                return true;
            }

            if (left <= 0 || cancel.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public ReapReply Reap(ReapRequest request, CancellationToken cancel)
    {
        ReapReply reply = Reaper.Run(request, cancel);
        GC.KeepAlive(request);
        return reply;
    }

    /// <inheritdoc/>
    public UnitRestartReply RestartUnit(UnitToRestart unit, TimeSpan timeout, CancellationToken cancel)
    {
        if (systemctl is null)
        {
            return new UnitRestartReply(false, false, -1, "there is no systemctl on this host");
        }

        var start = new ProcessStartInfo(systemctl)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (unit.UserId is { } user)
        {
            start.ArgumentList.Add("--user");
            if (user == Libc.GetEffectiveUserId())
            {
                start.Environment["XDG_RUNTIME_DIR"] = $"/run/user/{user}";
            }
            else
            {
                start.ArgumentList.Add($"--machine={user}@.host");
            }
        }

        start.ArgumentList.Add("--no-ask-password");
        start.ArgumentList.Add("restart");
        start.ArgumentList.Add("--");
        start.ArgumentList.Add(unit.Name);
        // What it says is matched below.
        start.Environment["LC_ALL"] = "C";
        try
        {
            using Process process = Process.Start(start) ?? throw new InvalidOperationException("no process");
            process.StandardInput.Close();
            Task<string> says = FirstAsync(process.StandardError);
            _ = FirstAsync(process.StandardOutput);
            var watch = Stopwatch.StartNew();
            while (!process.WaitForExit(50))
            {
                if (watch.Elapsed > timeout || cancel.IsCancellationRequested)
                {
                    process.Kill();
                    process.WaitForExit(1000);
                    return new UnitRestartReply(true, true, -1, Text(says));
                }
            }

            return new UnitRestartReply(true, false, process.ExitCode, Text(says));
        }
        catch (Exception problem) when (problem is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            return new UnitRestartReply(false, false, -1, $"{systemctl} could not be run: {problem.Message}");
        }
    }

    /// <summary>The beginning of what a stream holds; the rest is read and dropped, so that the writer never blocks.</summary>
    private static async Task<string> FirstAsync(StreamReader stream)
    {
        var kept = new System.Text.StringBuilder();
        char[] block = new char[512];
        int read;
        while ((read = await stream.ReadAsync(block).ConfigureAwait(false)) > 0)
        {
            kept.Append(block, 0, Math.Min(read, Math.Max(0, 500 - kept.Length)));
        }

        return string.Join(' ', kept.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    // A process that inherited the pipe may hold it open for longer than systemctl lives.
    private static string Text(Task<string> says)
    {
        try
        {
            return says.Wait(TimeSpan.FromSeconds(1)) ? says.Result : "";
        }
        catch (AggregateException)
        {
            return "";
        }
    }
}
