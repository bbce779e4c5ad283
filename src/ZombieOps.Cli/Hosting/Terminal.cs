using System.Runtime.InteropServices;
using System.Text;
using ZombieOps.Cli.Drill;

namespace ZombieOps.Cli.Hosting;

/// <summary>The terminal, without the console classes: those change its settings and install a SIGCHLD handler.</summary>
internal static unsafe class Terminal
{
    /// <summary>Width of the terminal in columns; a great number where there is none.</summary>
    public static int Width(bool isTerminal)
    {
        const nuint GetWindowSize = 0x5413;
        ushort* size = stackalloc ushort[4];
        return isTerminal && Libc.ioctl(1, GetWindowSize, size) == 0 && size[1] > 20 ? size[1] : int.MaxValue;
    }

    /// <summary>Reads a line from standard input; null at its end or when cancelled.</summary>
    public static string? ReadLine(CancellationToken cancel)
    {
        var line = new List<byte>();
        while (!cancel.IsCancellationRequested)
        {
            // A short wait each time: a read that a signal interrupts is restarted, and Ctrl-C has to get through.
            var ready = new Libc.PollFd { Fd = 0, Events = 1 };
            if (Libc.poll(&ready, 1, 100) != 1)
            {
                continue;
            }

            byte one;
            nint count = Libc.read(0, &one, 1);
            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EIntr)
            {
                continue;
            }

            if (count <= 0)
            {
                return line.Count > 0 ? Encoding.UTF8.GetString([.. line]) : null;
            }

            if (one == (byte)'\n')
            {
                return Encoding.UTF8.GetString([.. line]);
            }

            line.Add(one);
        }

        return null;
    }
}
