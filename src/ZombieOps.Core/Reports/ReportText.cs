using System.Globalization;
using System.Text;

namespace ZombieOps.Reports;

/// <summary>Foreign text in a report: bounded, and with nothing in it that is not seen.</summary>
internal static class ReportText
{
    /// <summary>The longest foreign value that a report holds; the audit log has the rest.</summary>
    public const int Max = 2000;

    /// <summary>A value that is no longer than a report holds, and says where it was cut.</summary>
    public static string? Cut(string? text, int max = Max)
    {
        if (text is null || text.Length <= max)
        {
            return text;
        }

        int end = char.IsHighSurrogate(text[max - 1]) ? max - 1 : max;
        return string.Create(CultureInfo.InvariantCulture, $"{text[..end]}… ({text.Length - end} more characters)");
    }

    /// <summary>Whether a character would not be seen as what it is: it moves the cursor, turns the direction of writing, or has no width.</summary>
    public static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse
        || (rune.Value != ' ' && Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator);

    /// <summary>A hidden character by its number.</summary>
    public static string Name(Rune rune) => string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");

    /// <summary>The text with each hidden character as <c>⟨U+202E⟩</c>.</summary>
    public static string Visible(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = IsHidden(rune) ? visible.Append('⟨').Append(Name(rune)).Append('⟩') : visible.Append(rune.ToString());
        }

        return visible.ToString();
    }

    /// <summary>A number with its noun.</summary>
    public static string Count(long number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");
}
