using System.Globalization;
using System.Text;

namespace ZombieOps.Text;

/// <summary>Durations as people write them on a command line: <c>90s</c>, <c>5m</c>, <c>1h30m</c>, <c>2d</c>, <c>250ms</c>, <c>0</c>.</summary>
public static class Durations
{
    /// <summary>One example of each form, for messages and help.</summary>
    public const string Examples = "250ms, 90s, 5m, 1h30m, 2d or 0";

    /// <summary>The longest time that this tool waits for anything. (The timers of .NET end at 49 days.)</summary>
    public static TimeSpan LongestPause { get; } = TimeSpan.FromDays(1);

    /// <summary>Reads a duration, or says what is wrong with it.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>: it is none.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out TimeSpan duration)
        ? duration
        : throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"'{Printable.Clean(text)}' is no duration", $"give a number with a unit: {Examples}");

    /// <summary>Reads a duration. Units may stand together, the greater first; a bare number other than 0 has no unit and is refused.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration, never negative and at most 10,000 days.</param>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
        {
            return true;
        }

        double milliseconds = 0;
        double lastUnit = double.MaxValue;
        int at = 0;
        while (text is not null && at < text.Length)
        {
            int begin = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }

            int unitAt = at;
            while (at < text.Length && char.IsAsciiLetterLower(text[at]))
            {
                at++;
            }

            double unit = text[unitAt..at] switch { "d" => 86_400_000, "h" => 3_600_000, "m" => 60_000, "s" => 1_000, "ms" => 1, _ => 0 };
            if (unit == 0 || unit >= lastUnit
                || !double.TryParse(text.AsSpan(begin, unitAt - begin), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            lastUnit = unit;
            milliseconds += number * unit;
        }

        if (string.IsNullOrEmpty(text) || milliseconds > 10_000 * 86_400_000d)
        {
            return false;
        }

        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    /// <summary>Writes a duration short enough for a table: its two greatest units, cut and not rounded.</summary>
    /// <param name="duration">The duration.</param>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.FromSeconds(1))
        {
            return duration <= TimeSpan.Zero ? "0s" : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (int)duration.TotalMilliseconds)}ms");
        }

        var text = new StringBuilder();
        int units = 0;
        foreach ((long value, string unit) in (ReadOnlySpan<(long, string)>)
            [((long)duration.TotalDays, "d"), (duration.Hours, "h"), (duration.Minutes, "m"), (duration.Seconds, "s")])
        {
            if (units > 0 || value > 0)
            {
                if (value > 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{value}{unit}");
                }

                if (++units == 2)
                {
                    break;
                }
            }
        }

        return text.ToString();
    }
}
