using System.Globalization;
using System.Runtime.InteropServices;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Finds a <c>syscall</c> instruction (0f 05) in the executable mappings of a process, the kernel's own vdso first.</summary>
internal static class SyscallFinder
{
    /// <summary>What was found.</summary>
    /// <param name="Address">The address; 0 where there is none.</param>
    /// <param name="Denied">Whether the permission is missing (ptrace access, proc_pid_maps(5)).</param>
    /// <param name="HasManagedRuntime">Whether the process holds a .NET runtime, which ends itself when a child of it is reaped by another.</param>
    /// <param name="Is32Bit">Whether every mapping lies in the lower 4 GiB.</param>
    internal readonly record struct Found(ulong Address, bool Denied, bool HasManagedRuntime, bool Is32Bit);

    /// <summary>Looks.</summary>
    /// <param name="look">Where procfs is.</param>
    /// <param name="pid">The process.</param>
    internal static Found In(ProcLook look, int pid)
    {
        LookState state = ProcLook.ReadText(look.Path(pid, "maps"), out string maps);
        if (state != LookState.Read)
        {
            return new Found(0, state == LookState.Denied, false, false);
        }

        var ranges = new List<(ulong From, ulong To, int Rank)>();
        bool managed = false;
        bool low = true;
        foreach (string line in maps.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // address perms offset dev inode pathname
            string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            string name = parts.Length > 5 ? parts[5].Trim() : "";
            string[] bounds = parts[0].Split('-');
            if (parts.Length < 2 || bounds.Length != 2
                || !ulong.TryParse(bounds[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong from)
                || !ulong.TryParse(bounds[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong to))
            {
                continue;
            }

            managed |= name.EndsWith("/libcoreclr.so", StringComparison.Ordinal) || name.EndsWith("/libSystem.Native.so", StringComparison.Ordinal);
            // The vsyscall page is the kernel's: it can be named in no register of a live program.
            if (name != "[vsyscall]")
            {
                low &= to <= 0x1_0000_0000;
                if (parts[1].Contains('x', StringComparison.Ordinal))
                {
                    ranges.Add((from, to, name == "[vdso]" ? 0 : name.Contains("/libc", StringComparison.Ordinal) || name.Contains("/ld-", StringComparison.Ordinal) ? 1 : 2));
                }
            }
        }

        try
        {
            using FileStream memory = new(look.Path(pid, "mem"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return new Found(First((at, block) => RandomAccess.Read(memory.SafeFileHandle, block, (long)at)), false, managed, low);
        }
        catch (UnauthorizedAccessException)
        {
            // The file is its owner's, whatever CAP_SYS_PTRACE says; the call asks for that one alone (process_vm_readv(2)).
            bool denied = false;
            ulong address = First((at, block) => Read(pid, at, block, ref denied));
            return new Found(address, denied, managed, low);
        }
        catch (IOException)
        {
            // The process ended, or its memory cannot be read: nothing was found.
        }

        return new Found(0, false, managed, low);

        ulong First(Reader read) => ranges.OrderBy(range => range.Rank).Select(range => Search(read, range.From, range.To)).FirstOrDefault(address => address is not null) ?? 0;
    }

    /// <summary>Reads bytes at an address; gives how many.</summary>
    private delegate int Reader(ulong at, Span<byte> block);

    private static unsafe int Read(int pid, ulong at, Span<byte> block, ref bool denied)
    {
        fixed (byte* start = block)
        {
            nint read = Libc.ProcessVmReadV(pid, new IoVector((nuint)start, (nuint)block.Length), 1, new IoVector((nuint)at, (nuint)block.Length), 1, 0);
            denied |= read < 0 && Marshal.GetLastPInvokeError() == Errno.NotPermitted;
            return (int)read;
        }
    }

    private static ulong? Search(Reader reader, ulong from, ulong to)
    {
        byte[] block = new byte[64 * 1024];
        // Four megabytes of code without a system call are not a C library.
        ulong end = Math.Min(to, from + (4UL << 20));
        for (ulong at = from; at < end; at += (ulong)block.Length - 1)
        {
            int wanted = (int)Math.Min((ulong)block.Length, end - at);
            int read = reader(at, block.AsSpan(0, wanted));
            if (read < 2)
            {
                return null;
            }

            int found = block.AsSpan(0, read).IndexOf((ReadOnlySpan<byte>)[0x0f, 0x05]);
            if (found >= 0)
            {
                return at + (ulong)found;
            }
        }

        return null;
    }
}
