using System.Globalization;
using System.Text;

namespace ZombieOps.Text;

/// <summary>Makes a name that a program chose for itself safe to print: it may hold escape sequences and line breaks.</summary>
public static class Printable
{
    /// <summary>The text with <c>?</c> for every character that a terminal could obey or that changes the direction of writing.</summary>
    /// <param name="text">A name from outside.</param>
    public static string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int first = 0;
        while (first < text.Length && text[first] is >= ' ' and <= '~')
        {
            first++;
        }

        if (first == text.Length)
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            clean.Append(Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? "?" : rune.ToString());
        }

        return clean.ToString();
    }
}
