using System.Globalization;

namespace ZombieOps.Policies;

/// <summary>One span of the week in which clearing is allowed, by the clock on the wall of one time zone.</summary>
/// <param name="Line">Line on which it begins.</param>
/// <param name="Days">Days on which it opens.</param>
/// <param name="From">Time of day at which it opens.</param>
/// <param name="To">Time of day at which it closes, at most 24 hours. One that is earlier than <paramref name="From"/> is of the next day.</param>
/// <param name="Zone">The time zone.</param>
public sealed record PolicyWindow(int Line, IReadOnlySet<DayOfWeek> Days, TimeSpan From, TimeSpan To, TimeZoneInfo Zone)
{
    /// <summary>
    /// Whether it is open. The clock on the wall decides: where it skips the hour the window does not open, where it shows the hour twice the window is
    /// open twice.
    /// </summary>
    /// <param name="now">The time.</param>
    public bool IsOpen(DateTimeOffset now)
    {
        DateTime wall = TimeZoneInfo.ConvertTime(now, Zone).DateTime;
        return From < To
            ? Days.Contains(wall.DayOfWeek) && wall.TimeOfDay >= From && wall.TimeOfDay < To
            : (Days.Contains(wall.DayOfWeek) && wall.TimeOfDay >= From) || (Days.Contains(wall.AddDays(-1).DayOfWeek) && wall.TimeOfDay < To);
    }

    /// <summary>When it opens next; null where that is more than ten days away.</summary>
    /// <param name="now">The time.</param>
    public DateTimeOffset? OpensNext(DateTimeOffset now)
    {
        DateTime today = TimeZoneInfo.ConvertTime(now, Zone).Date;
        for (int day = -1; day <= 10; day++)
        {
            // Where the clock skips the beginning, what is left of the window opens after the gap.
            DateTime wall = today.AddDays(day) + From;
            while (Zone.IsInvalidTime(wall))
            {
                wall = wall.AddMinutes(1);
            }

            foreach (TimeSpan offset in Zone.IsAmbiguousTime(wall) ? Zone.GetAmbiguousTimeOffsets(wall).OrderDescending().ToArray() : [Zone.GetUtcOffset(wall)])
            {
                var at = new DateTimeOffset(DateTime.SpecifyKind(wall, DateTimeKind.Unspecified), offset);
                if (at > now && IsOpen(at))
                {
                    return at;
                }
            }
        }

        return null;
    }

    /// <summary>The days of a span on which the clock skips the whole window, so that it does not open.</summary>
    /// <param name="from">The beginning of the span.</param>
    /// <param name="days">Its length.</param>
    public IReadOnlyList<DateOnly> Skipped(DateTimeOffset from, int days)
    {
        var skipped = new List<DateOnly>();
        DateTime first = TimeZoneInfo.ConvertTime(from, Zone).Date;
        for (int day = 0; day < days && From < To; day++)
        {
            DateTime date = first.AddDays(day);
            if (Days.Contains(date.DayOfWeek) && Zone.IsInvalidTime(date + From) && Zone.IsInvalidTime(date + To - TimeSpan.FromMinutes(1)))
            {
                skipped.Add(DateOnly.FromDateTime(date));
            }
        }

        return skipped;
    }
}

/// <summary>The times at which a policy allows clearing.</summary>
/// <param name="Line">Line of the list.</param>
/// <param name="All">The windows; one that is open is enough.</param>
public sealed record PolicyWindows(int Line, IReadOnlyList<PolicyWindow> All)
{
    /// <summary>Why nothing may be cleared at a time; null where it may.</summary>
    /// <param name="now">The time.</param>
    public string? ClosedBecause(DateTimeOffset now)
    {
        if (All.Any(window => window.IsOpen(now)))
        {
            return null;
        }

        (PolicyWindow Window, DateTimeOffset? At) next = All.Select(window => (window, window.OpensNext(now))).OrderBy(item => item.Item2 ?? DateTimeOffset.MaxValue).First();
        DateTimeOffset wall = TimeZoneInfo.ConvertTime(now, next.Window.Zone);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"it is {wall:ddd yyyy-MM-dd HH:mm} in {next.Window.Zone.Id}, outside of the windows (line {Line}); {(next.At is { } at ? $"the next opens {at:ddd yyyy-MM-dd HH:mm zzz} (line {next.Window.Line})" : "none opens within ten days")}");
    }

    /// <summary>When the next one opens; null where none does within ten days.</summary>
    /// <param name="now">The time.</param>
    public DateTimeOffset? OpensNext(DateTimeOffset now) => All.Min(window => window.OpensNext(now));

    /// <summary>The window that is open at a time; null where none is.</summary>
    /// <param name="now">The time.</param>
    public PolicyWindow? Open(DateTimeOffset now) => All.FirstOrDefault(window => window.IsOpen(now));
}
