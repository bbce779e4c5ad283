using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Table;

namespace ZombieOps.Sources.Processes.Facts;

/// <summary>
/// One open directory of procfs. For a process it stays bound to that very process: when another one takes the pid, every read
/// through it fails with ESRCH (fs/proc/base.c).
/// </summary>
internal sealed unsafe class ProcDirectory : IDisposable
{
    private const int FirstBytes = 4096;

    private int fd;

    private ProcDirectory(int fd) => this.fd = fd;

    /// <summary>The descriptor.</summary>
    public int Descriptor => fd;

    /// <summary>Opens a directory by path. The error is an errno, 0 for none.</summary>
    public static ProcDirectory? Open(string path, out int errno) => From(ProcNative.Open(path), out errno);

    /// <summary>Opens the directory of a process.</summary>
    public ProcDirectory? OpenPid(int pid, out int errno)
    {
        byte* path = stackalloc byte[PidPath.Length];
        PidPath.Write(new Span<byte>(path, PidPath.Length), default, pid, default);
        return From(ProcNative.OpenAt(fd, path), out errno);
    }

    /// <summary>Opens a directory below this one.</summary>
    /// <param name="name">Its name with a final zero.</param>
    /// <param name="errno">The error, 0 for none.</param>
    public ProcDirectory? OpenBelow(ReadOnlySpan<byte> name, out int errno)
    {
        fixed (byte* path = name)
        {
            return From(ProcNative.OpenAt(fd, path), out errno);
        }
    }

    /// <summary>Reads a small file in one read: the number of bytes, or a negative errno.</summary>
    /// <param name="name">Its name with a final zero.</param>
    /// <param name="buffer">Where to. A file that fills it counts as too long to be trusted and comes back torn.</param>
    public int Read(ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        fixed (byte* path = name, bytes = buffer)
        {
            int file = ProcNative.OpenAt(fd, path);
            if (file < 0)
            {
                return file;
            }

            int count = ProcNative.Read(file, bytes, buffer.Length);
            ProcNative.Close(file);
            return count;
        }
    }

    /// <summary>Reads a file whole, into the buffer where it fits.</summary>
    /// <param name="name">Its name with a final zero.</param>
    /// <param name="buffer">Room for the ordinary length.</param>
    /// <param name="errno">The error, 0 for none.</param>
    public ReadOnlySpan<byte> ReadText(scoped ReadOnlySpan<byte> name, Span<byte> buffer, out int errno)
    {
        const int Most = 1 << 20;
        int count = Read(name, buffer);
        errno = count < 0 ? -count : 0;
        return count < 0 ? default
            : count < buffer.Length ? buffer[..count]
            : ReadAll(name, Most, out errno);
    }

    /// <summary>Reads a file of a process whole, by its pid, into the buffer where it fits.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="suffix">A slash and the file's name.</param>
    /// <param name="buffer">Room for the ordinary length.</param>
    /// <param name="errno">The error, 0 for none.</param>
    public ReadOnlySpan<byte> ReadTextOf(int pid, scoped ReadOnlySpan<byte> suffix, Span<byte> buffer, out int errno)
    {
        Span<byte> path = stackalloc byte[PidPath.Length];
        PidPath.Write(path, default, pid, suffix);
        return ReadText(path, buffer, out errno);
    }

    /// <summary>Reads a file to its end.</summary>
    /// <param name="name">Its name with a final zero.</param>
    /// <param name="most">Bytes to read at most.</param>
    /// <param name="errno">The error, 0 for none.</param>
    public byte[] ReadAll(ReadOnlySpan<byte> name, int most, out int errno)
    {
        fixed (byte* path = name)
        {
            int file = ProcNative.OpenAt(fd, path);
            if (file < 0)
            {
                errno = -file;
                return [];
            }

            byte[] bytes = new byte[Math.Min(FirstBytes, most)];
            int length = 0;
            errno = 0;
            while (true)
            {
                if (length == bytes.Length)
                {
                    if (length == most)
                    {
                        break;
                    }

                    Array.Resize(ref bytes, Math.Min(bytes.Length * 2, most));
                }

                int count;
                fixed (byte* target = bytes)
                {
                    count = ProcNative.Read(file, target + length, bytes.Length - length);
                }

                if (count <= 0)
                {
                    errno = -count;
                    break;
                }

                length += count;
            }

            ProcNative.Close(file);
            return errno == 0 ? bytes[..length] : [];
        }
    }

    /// <summary>Target of a symbolic link; null where it could not be read.</summary>
    /// <param name="name">Its name with a final zero.</param>
    /// <param name="errno">The error, 0 for none.</param>
    public string? ReadLink(ReadOnlySpan<byte> name, out int errno)
    {
        byte* buffer = stackalloc byte[FirstBytes];
        fixed (byte* path = name)
        {
            int count = ProcNative.ReadLinkAt(fd, path, buffer, FirstBytes);
            errno = count < 0 ? -count : 0;
            return count < 0 ? null : Ascii.Text(new ReadOnlySpan<byte>(buffer, count));
        }
    }

    /// <summary>
    /// The number in a link to a namespace such as <c>pid:[4026531836]</c> (namespaces(7)); null where it could not be read. That takes
    /// the right to trace for reading.
    /// </summary>
    /// <param name="name">The link's name with a final zero.</param>
    /// <param name="errno">The error, 0 for none.</param>
    public ulong? ReadNamespace(ReadOnlySpan<byte> name, out int errno)
    {
        const int Most = 64;
        byte* buffer = stackalloc byte[Most];
        fixed (byte* path = name)
        {
            int count = ProcNative.ReadLinkAt(fd, path, buffer, Most);
            errno = count < 0 ? -count : 0;
            if (count <= 0)
            {
                return null;
            }

            var text = new ReadOnlySpan<byte>(buffer, count);
            int open = text.IndexOf((byte)'[');
            return open >= 0 && text[^1] == (byte)']' && Ascii.TryDecimal(text[(open + 1)..^1], out ulong number) ? number : null;
        }
    }

    /// <summary><see cref="ReadNamespace"/> of a process, by its pid.</summary>
    public ulong? ReadNamespaceOf(int pid, out int errno)
    {
        Span<byte> path = stackalloc byte[PidPath.Length];
        PidPath.Write(path, default, pid, "/ns/pid"u8);
        return ReadNamespace(path, out errno);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        int open = Interlocked.Exchange(ref fd, -1);
        if (open >= 0)
        {
            ProcNative.Close(open);
        }
    }

    private static ProcDirectory? From(int result, out int errno)
    {
        errno = result < 0 ? -result : 0;
        return result < 0 ? null : new ProcDirectory(result);
    }
}
