using System.Globalization;
using System.Text;

namespace ZombieOps.Reports;

/// <summary>Writes HTML. What is foreign goes through <see cref="Text"/> alone, which lets nothing of it be markup and nothing of it be hidden.</summary>
internal sealed class Html(TextWriter to)
{
    /// <summary>Writes markup of our own.</summary>
    public Html Raw(string markup)
    {
        to.Write(markup);
        return this;
    }

    /// <summary>Writes markup of our own with numbers in it, in the invariant culture.</summary>
    public Html Format(FormattableString markup) => Raw(markup.ToString(CultureInfo.InvariantCulture));

    /// <summary>Writes text as content or as a quoted attribute's value.</summary>
    /// <param name="text">The text; null for nothing.</param>
    /// <param name="attribute">Whether it is an attribute's value, in which nothing can be marked.</param>
    public Html Text(string? text, bool attribute = false)
    {
        foreach (Rune rune in (text ?? "").EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&':
                    to.Write("&amp;");
                    break;
                case '<':
                    to.Write("&lt;");
                    break;
                case '>':
                    to.Write("&gt;");
                    break;
                case '"':
                    to.Write("&quot;");
                    break;
                case '\'':
                    to.Write("&#39;");
                    break;
                default:
                    if (ReportText.IsHidden(rune))
                    {
                        to.Write(attribute ? $"⟨{ReportText.Name(rune)}⟩" : $"<span class=\"hid\">{ReportText.Name(rune)}</span>");
                    }
                    else
                    {
                        to.Write(rune.ToString());
                    }

                    break;
            }
        }

        return this;
    }

    /// <summary>Writes a foreign name: set apart, so that its direction of writing does not reach out of it.</summary>
    public Html Name(string? text) => Raw("<bdi class=\"name\">").Text(text).Raw("</bdi>");

    /// <summary>Writes a time.</summary>
    public Html Time(DateTimeOffset? at) => at is { } time
        ? Format($"<time datetime=\"{time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\">{time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z</time>")
        : Raw("–");

    /// <summary>Begins a table: a caption for who cannot see it, and a header row that is repeated on every sheet of paper.</summary>
    public Html Table(string caption, params ReadOnlySpan<string> heads)
    {
        Raw("<table><caption>").Text(caption).Raw("</caption><thead><tr>");
        foreach (string head in heads)
        {
            Raw("<th scope=\"col\">").Text(head).Raw("</th>");
        }

        return Raw("</tr></thead>");
    }

    /// <summary>Begins a cell. On a narrow screen its column's name stands before it.</summary>
    public Html Cell(string head) => Raw("<td data-h=\"").Text(head, attribute: true).Raw("\">");
}
