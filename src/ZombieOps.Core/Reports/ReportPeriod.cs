using System.Globalization;
using ZombieOps.Exemptions;
using ZombieOps.Text;

namespace ZombieOps.Reports;

/// <summary>Reads the ends of a period as people write them.</summary>
public static class ReportPeriod
{
    /// <summary>One example of each form, for messages and help.</summary>
    public const string Examples = "2026-11-01, 2026-11-01T06:00+01:00, -7d or now";

    private const int DateLength = 10;

    /// <summary>
    /// Reads both ends. Each is a date, a date with a time (UTC without a zone), <c>now</c>, or a duration before now with or without a minus. The beginning belongs to
    /// the period and the end does not; a date alone as the end counts that whole day in.
    /// </summary>
    /// <param name="from">The beginning; null for seven days before now.</param>
    /// <param name="to">The end; null for now.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>: one is no time, or the period ends before it begins, or has not begun.</exception>
    public static (DateTimeOffset From, DateTimeOffset To) Read(string? from, string? to, DateTimeOffset now)
    {
        DateTimeOffset begin = Moment(from ?? "-7d", "--from", now, wholeDay: false);
        DateTimeOffset end = Moment(to ?? "now", "--to", now, wholeDay: true);
        return end <= begin ? throw Bad($"the period would end at {Utc(end)}, before it begins at {Utc(begin)}", "give an earlier --from or a later --to")
            : begin >= now ? throw Bad($"the period begins at {Utc(begin)}, and that is still to come", "give an earlier --from")
            : (begin, end);
    }

    /// <summary>A time as reports write it: to the second, UTC.</summary>
    internal static string Utc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset Moment(string text, string option, DateTimeOffset now, bool wholeDay)
    {
        string trimmed = text.Trim();
        if (trimmed == "now")
        {
            return now;
        }

        if (Durations.TryParse(trimmed.StartsWith('-') ? trimmed[1..] : trimmed, out TimeSpan ago))
        {
            return now - ago;
        }

        if (!Exemption.TryReadExpiry(trimmed, out DateTimeOffset at) || at.Year > 9000)
        {
            throw Bad($"'{Printable.Clean(text)}' is no time for {option}", $"write it like {Examples}");
        }

        return wholeDay && trimmed.Length == DateLength ? at.AddDays(1) : at;
    }

    private static ZombieOpsException Bad(string message, string next) => new(ErrorIds.BadArgument, ExitCode.BadUsage, message, next);
}
