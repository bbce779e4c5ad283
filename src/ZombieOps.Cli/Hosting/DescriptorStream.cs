using System.Runtime.InteropServices;
using ZombieOps.Cli.Drill;

namespace ZombieOps.Cli.Hosting;

/// <summary>
/// Standard output and error as plain file descriptors. The console classes change a terminal's settings on the first write and install a
/// SIGCHLD handler, which a tool that makes and judges zombies must not have.
/// </summary>
internal sealed unsafe class DescriptorStream(int descriptor) : Stream
{
    private bool readerIsGone;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0 && !readerIsGone)
        {
            nint count;
            fixed (byte* start = buffer)
            {
                count = Libc.write(descriptor, start, (nuint)buffer.Length);
            }

            if (count >= 0)
            {
                buffer = buffer[(int)count..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            switch (error)
            {
                case Libc.EIntr:
                    break;
                case Libc.EAgain:
                    // Somebody else has made the terminal non-blocking.
                    var ready = new Libc.PollFd { Fd = descriptor, Events = 4 };
                    _ = Libc.poll(&ready, 1, 1_000);
                    break;
                case Libc.EPipe:
                case Libc.EBadF:
                    // Nobody reads any more, or nobody ever did: what is left to say has no listener.
                    readerIsGone = true;
                    break;
                default:
                    throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
