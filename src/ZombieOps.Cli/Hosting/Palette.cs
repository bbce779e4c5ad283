namespace ZombieOps.Cli.Hosting;

/// <summary>The few colours there are. The 16 basic ones, so that a terminal's own theme decides what they look like.</summary>
internal sealed class Palette
{
    private readonly bool on;

    private Palette(bool on) => this.on = on;

    /// <summary>No colour at all.</summary>
    public static Palette None { get; } = new(false);

    /// <summary>ANSI sequences (ECMA-48 SGR).</summary>
    public static Palette Ansi { get; } = new(true);

    public string Bold(string text) => Paint("1", text);

    public string Faint(string text) => Paint("2", text);

    public string Good(string text) => Paint("32", text);

    public string Careful(string text) => Paint("33", text);

    public string Bad(string text) => Paint("31", text);

    private string Paint(string code, string text) => on ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
