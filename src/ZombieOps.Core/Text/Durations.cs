using System.Buffers;
using System.Globalization;
using System.Text;

namespace ZombieOps.Text;

/// <summary>
/// Durations as people write them: <c>90s</c>, <c>5m</c>, <c>1h30m</c>, <c>2d</c>, <c>250ms</c>, <c>1.5h</c>. One parser for the command
/// line, the cmdlets and configuration files.
/// </summary>
public static class Durations
{
    // Longest unit first: they have to come in this order, each at most once.
    private static readonly (string Unit, double Seconds)[] Units = [("w", 604800), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001)];

    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.");
    private static readonly SearchValues<char> EndOfUnit = SearchValues.Create("0123456789. ");

    /// <summary>What a duration may look like, for help texts and errors.</summary>
    public const string Syntax = "a number and a unit, such as 90s, 5m, 1h30m, 2d or 250ms";

    /// <summary>Reads a duration.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>: it is none. A number without a unit is none, but for 0.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out TimeSpan duration)
        ? duration
        : throw new ZombieOpsException(ErrorIds.BadArgument, ExitCode.BadUsage, $"'{Printable.Clean(text)}' is no duration", $"give {Syntax}");

    /// <summary>Reads a duration; false where the text is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration, never negative.</param>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest is "0")
        {
            return true;
        }

        if (rest.Contains(':'))
        {
            // hh:mm:ss as .NET and PowerShell write a TimeSpan; "5:30" could be minutes or hours, so both colons are asked for.
            return rest.Count(':') == 2
                && TimeSpan.TryParse(rest, CultureInfo.InvariantCulture, out duration) && duration >= TimeSpan.Zero;
        }

        double seconds = 0;
        int next = 0;
        bool any = false;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(Number);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            rest = rest[digits..];
            int letters = rest.IndexOfAny(EndOfUnit);
            ReadOnlySpan<char> unit = letters < 0 ? rest : rest[..letters];
            int place = next;
            while (place < Units.Length && !unit.Equals(Units[place].Unit, StringComparison.OrdinalIgnoreCase))
            {
                place++;
            }

            if (place == Units.Length)
            {
                return false;
            }

            seconds += number * Units[place].Seconds;
            next = place + 1;
            rest = rest[unit.Length..].TrimStart();
            any = true;
        }

        if (!any || !(seconds < TimeSpan.MaxValue.TotalSeconds - 1))
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    /// <summary>Writes a duration for a table, the two greatest units: <c>3d4h</c>, <c>5m12s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    /// <param name="duration">The duration; a negative one counts as none.</param>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.FromSeconds(1))
        {
            return duration < TimeSpan.FromMilliseconds(1) ? "0s" : string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalMilliseconds}ms");
        }

        (int Amount, string Unit)[] parts = [((int)duration.TotalDays, "d"), (duration.Hours, "h"), (duration.Minutes, "m"), (duration.Seconds, "s")];
        int first = Array.FindIndex(parts, part => part.Amount > 0);
        var text = new StringBuilder();
        foreach ((int amount, string unit) in parts.AsSpan(first, Math.Min(2, parts.Length - first)))
        {
            if (amount > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{amount}{unit}");
            }
        }

        return text.ToString();
    }
}
