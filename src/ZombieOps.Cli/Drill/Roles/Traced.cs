using System.Globalization;
using System.Runtime.InteropServices;

namespace ZombieOps.Cli.Drill.Roles;

/// <summary>
/// A parent that waits as it should for a child that another process traces and does not wait for: the parent gets the child only when
/// the tracer has waited or ended (ptrace(2)).
/// </summary>
internal static unsafe class Traced
{
    public static int Play(string[] args)
    {
        (int childInput, int letGo) = Spawn.Pipe();
        (int childSays, int childOutput) = Spawn.Pipe();
        int child = Stage.StartRole(["tracee"], childInput, childOutput);
        // It has to have allowed the tracer before the tracer asks.
        _ = Stage.ReadLine(childSays);

        (int tracerSays, int tracerOutput) = Spawn.Pipe();
        (int tracerInput, _) = Spawn.Pipe();
        int tracer = Stage.StartRole(["tracer", child.ToString(CultureInfo.InvariantCulture)], tracerInput, tracerOutput);
        _ = Libc.close(tracerOutput);
        string? answer = Stage.ReadLine(tracerSays);
        if (answer != "seized")
        {
            Stage.Skip(answer ?? "the tracer has ended");
            return Stage.UntilTheEnd();
        }

        _ = Libc.close(letGo);
        _ = ProcFs.Await(child, "Z");
        Stage.Ready([child], $"tracer={tracer}");
        _ = Stage.Reap(child);
        _ = Stage.Reap(tracer);
        return Stage.UntilTheEnd();
    }

    /// <summary>The tracer: attaches and never waits.</summary>
    public static int PlayTracer(string[] args)
    {
        int pid = int.Parse(args[0], CultureInfo.InvariantCulture);
        if (Libc.ptrace(Libc.PtraceSeize, pid, 0, 0) == 0)
        {
            Stage.Say("seized");
        }
        else
        {
            Stage.Say($"tracing is not allowed here (Yama's ptrace_scope or a seccomp filter): {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        return Stage.UntilTheEnd();
    }

    /// <summary>The traced child: ends when its standard input does.</summary>
    public static int PlayTracee(string[] args)
    {
        Stage.Say("here");
        return Stage.UntilTheEnd();
    }
}
