using Xunit;
using System.Runtime.InteropServices;

namespace ZombieOps.Integration.Tests.Processes;

/// <summary>Signals to processes that a test has started.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Cont = 18;
    public const int Stop = 19;

    public static void Send(int pid, int signal) => Assert.Equal(0, SendRaw(pid, signal));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendRaw(int pid, int signal);
}
