using System.Text;

namespace ZombieOps.Cli.Hosting;

/// <summary>What a command sees of the world outside: where it writes, whether a person looks on, and when to stop.</summary>
internal sealed class Shell
{
    private Shell(TextWriter output, TextWriter error)
    {
        Out = output;
        Err = error;
    }

    /// <summary>Results.</summary>
    public TextWriter Out { get; }

    /// <summary>Where <see cref="Out"/> writes, for what is bytes; it has to be flushed first.</summary>
    public Stream OutStream => ((StreamWriter)Out).BaseStream;

    /// <summary>Errors, warnings, progress and summaries.</summary>
    public TextWriter Err { get; }

    /// <summary>Whether a person reads the results.</summary>
    public bool OutIsTerminal { get; private init; }

    /// <summary>Whether a person reads the messages.</summary>
    public bool ErrIsTerminal { get; private init; }

    /// <summary>Whether a person can be asked.</summary>
    public bool CanAsk { get; private init; }

    /// <summary>Colours for the results; none where they would be noise.</summary>
    public Palette Palette { get; private init; } = Palette.None;

    /// <summary>Colours for the messages.</summary>
    public Palette ErrPalette { get; private init; } = Palette.None;

    /// <summary>Set by Ctrl-C and SIGTERM.</summary>
    public CancellationToken Cancel { get; private init; }

    /// <summary>The shell of this process.</summary>
    public static Shell OfProcess(CancellationToken cancel)
    {
        bool outIsTerminal = !Console.IsOutputRedirected;
        bool errIsTerminal = !Console.IsErrorRedirected;
        bool wantsColour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        return new Shell(Writer(1), Writer(2, autoFlush: true))
        {
            OutIsTerminal = outIsTerminal,
            ErrIsTerminal = errIsTerminal,
            CanAsk = errIsTerminal && !Console.IsInputRedirected,
            Palette = outIsTerminal && wantsColour ? Palette.Ansi : Palette.None,
            ErrPalette = errIsTerminal && wantsColour ? Palette.Ansi : Palette.None,
            Cancel = cancel,
        };
    }

    /// <summary>Asks on the terminal; null where the answer never came.</summary>
    public string? Ask(string question)
    {
        Out.Flush();
        Err.Write(question);
        return Terminal.ReadLine(Cancel);
    }

    private static StreamWriter Writer(int descriptor, bool autoFlush = false)
    {
        Stream stream = OperatingSystem.IsWindows()
            ? descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError()
            : new DescriptorStream(descriptor);
        return new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 16 * 1024) { AutoFlush = autoFlush, NewLine = "\n" };
    }
}
