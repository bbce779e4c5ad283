using ZombieOps.Cli.Hosting;
using ZombieOps.Text;

namespace ZombieOps.Cli.Output;

/// <summary>A table whose columns are as wide as what is in them. The last column takes what the terminal has left.</summary>
internal sealed class TextTable(params string[] headers)
{
    private const int Gap = 2;
    private readonly List<Cell[]> rows = [];

    /// <summary>One cell: its text, and how it is painted once it has its width.</summary>
    /// <param name="Text">The text.</param>
    /// <param name="Paint">How it is painted; null for not at all.</param>
    public readonly record struct Cell(string Text, Func<string, string>? Paint = null)
    {
        public static implicit operator Cell(string text) => new(text);
    }

    /// <summary>Adds a row.</summary>
    public void Add(params Cell[] cells) => rows.Add(cells);

    /// <summary>Writes it.</summary>
    /// <param name="shell">Where to.</param>
    /// <param name="indent">Spaces before each line.</param>
    public void Write(Shell shell, int indent = 0)
    {
        int width = Terminal.Width(shell.OutIsTerminal);
        int[] widths = new int[headers.Length];
        for (int column = 0; column < headers.Length; column++)
        {
            widths[column] = Math.Max(headers[column].Length, rows.Count == 0 ? 0 : rows.Max(row => Printable.Clean(row[column].Text).Length));
        }

        Line(shell, [.. headers.Select(header => new Cell(header, shell.Palette.Bold))], widths, width, indent);
        foreach (Cell[] row in rows)
        {
            Line(shell, row, widths, width, indent);
        }
    }

    private static void Line(Shell shell, Cell[] cells, int[] widths, int width, int indent)
    {
        shell.Out.Write(new string(' ', indent));
        int left = width - indent;
        for (int column = 0; column < cells.Length; column++)
        {
            bool last = column == cells.Length - 1;
            string text = Printable.Clean(cells[column].Text);
            if (text.Length > left)
            {
                text = left > 1 ? text[..(left - 1)] + "…" : "";
            }

            string padded = last ? text : text.PadRight(Math.Max(0, Math.Min(widths[column], left)));
            shell.Out.Write(cells[column].Paint is { } paint && text.Length > 0 ? paint(text) + padded[text.Length..] : padded);
            if (!last)
            {
                shell.Out.Write(new string(' ', Math.Max(0, Math.Min(Gap, left - padded.Length))));
            }

            left = Math.Max(0, left - padded.Length - Gap);
        }

        shell.Out.Write('\n');
    }
}
