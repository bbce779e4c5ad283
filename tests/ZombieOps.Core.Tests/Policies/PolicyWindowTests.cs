using System.Globalization;
using System.Text;
using Xunit;
using ZombieOps.Policies;

namespace ZombieOps.Core.Tests.Policies;

public sealed class PolicyWindowTests
{
    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    private static PolicyWindows Windows(string windows)
    {
        PolicyReading reading = PolicyReader.Parse(Encoding.UTF8.GetBytes($"schema: zombieops-policy/1\nsources: [{{source: process}}]\nwindows: [{windows}]\n"), "/p", At("2026-11-24"));
        return reading.Require().Windows!;
    }

    [Theory]
    // 2026-11-24 is a Tuesday; Berlin is an hour ahead of UTC in winter and two in summer.
    [InlineData("{zone: UTC}", "2026-11-24 12:00", true)]
    [InlineData("{days: tue, zone: UTC}", "2026-11-24 23:59:59.999", true)]
    [InlineData("{days: tue, zone: UTC}", "2026-11-25 00:00", false)]
    [InlineData("{days: tue, zone: Europe/Berlin}", "2026-11-23 22:59", false)]
    [InlineData("{days: tue, zone: Europe/Berlin}", "2026-11-23 23:00", true)]
    [InlineData("{from: '09:00', to: '17:00', zone: Europe/Berlin}", "2026-11-24 07:59", false)]
    [InlineData("{from: '09:00', to: '17:00', zone: Europe/Berlin}", "2026-11-24 08:00", true)]
    [InlineData("{from: '09:00', to: '17:00', zone: Europe/Berlin}", "2026-11-24 15:59:59", true)]
    [InlineData("{from: '09:00', to: '17:00', zone: Europe/Berlin}", "2026-11-24 16:00", false)]
    [InlineData("{from: '09:00', to: '17:00', zone: Europe/Berlin}", "2026-07-01 07:00", true)]
    // Over midnight it is of the day on which it opens.
    [InlineData("{days: tue, from: '22:00', to: '05:00', zone: UTC}", "2026-11-24 04:59", false)]
    [InlineData("{days: tue, from: '22:00', to: '05:00', zone: UTC}", "2026-11-24 22:00", true)]
    [InlineData("{days: tue, from: '22:00', to: '05:00', zone: UTC}", "2026-11-25 04:59", true)]
    [InlineData("{days: tue, from: '22:00', to: '05:00', zone: UTC}", "2026-11-25 05:00", false)]
    [InlineData("{days: tue, from: '22:00', to: '05:00', zone: UTC}", "2026-11-25 22:00", false)]
    [InlineData("{from: '22:00', to: '24:00', zone: UTC}", "2026-11-24 23:59", true)]
    [InlineData("{days: mon, zone: UTC}, {days: tue, zone: UTC}", "2026-11-24 12:00", true)]
    // 2027-03-28 in Berlin: after 01:59:59 comes 03:00, so this window does not open; what reaches over the gap does.
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-03-28 00:59:59", false)]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-03-28 01:00", false)]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-03-29 00:30", true)]
    [InlineData("{from: '02:30', to: '04:00', zone: Europe/Berlin}", "2027-03-28 00:59:59", false)]
    [InlineData("{from: '02:30', to: '04:00', zone: Europe/Berlin}", "2027-03-28 01:00", true)]
    [InlineData("{from: '02:30', to: '04:00', zone: Europe/Berlin}", "2027-03-28 02:00", false)]
    // 2027-10-31 in Berlin: 02:00 to 03:00 is there twice, and the window with it.
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-10-30 23:59", false)]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-10-31 00:00", true)]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-10-31 00:59", true)]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-10-31 01:00", true)]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-10-31 01:59", true)]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-10-31 02:00", false)]
    public void The_clock_on_the_wall_decides(string windows, string now, bool open)
    {
        string? closed = Windows(windows).ClosedBecause(At(now));
        Assert.Equal(open, closed is null);
        Assert.Equal(open, Windows(windows).Open(At(now)) is not null);
    }

    [Theory]
    [InlineData("{days: wed, from: '09:00', to: '10:00', zone: Europe/Berlin}", "2026-11-24 12:00", "2026-11-25 08:00")]
    [InlineData("{days: tue, from: '22:00', to: '05:00', zone: UTC}", "2026-11-25 05:00", "2026-12-01 22:00")]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-03-27 12:00", "2027-03-29 00:00")]
    [InlineData("{from: '02:30', to: '04:00', zone: Europe/Berlin}", "2027-03-27 12:00", "2027-03-28 01:00")]
    [InlineData("{from: '02:00', to: '03:00', zone: Europe/Berlin}", "2027-10-30 12:00", "2027-10-31 00:00")]
    [InlineData("{days: sun, from: '12:00', to: '13:00', zone: UTC}, {days: thu, from: '12:00', to: '13:00', zone: UTC}", "2026-11-24 12:00", "2026-11-26 12:00")]
    public void What_is_closed_says_when_it_opens(string windows, string now, string opens)
    {
        PolicyWindows all = Windows(windows);
        Assert.Equal(At(opens), all.All.Min(window => window.OpensNext(At(now))));
        Assert.Contains("the next opens ", all.ClosedBecause(At(now)), StringComparison.Ordinal);
        Assert.Null(all.ClosedBecause(At(opens)));
        Assert.NotNull(all.ClosedBecause(At(opens) - TimeSpan.FromSeconds(1)));
    }

    /// <summary>Minute by minute through a year of three zones, against a walk along the wall clock that knows nothing of offsets.</summary>
    [Theory]
    [InlineData("Europe/Berlin", 365 * 60 - 60 + 60)]
    [InlineData("America/New_York", 365 * 60)]
    [InlineData("UTC", 365 * 60)]
    public void Over_a_year_the_hours_that_are_missing_and_there_twice_even_out(string zone, int minutes)
    {
        PolicyWindow window = Assert.Single(Windows($"{{from: '02:00', to: '03:00', zone: {zone}}}").All);
        DateTimeOffset start = TimeZoneInfo.ConvertTimeToUtc(new DateTime(2027, 1, 1), window.Zone);
        DateTimeOffset end = TimeZoneInfo.ConvertTimeToUtc(new DateTime(2028, 1, 1), window.Zone);
        int open = 0;
        for (DateTimeOffset now = start; now < end; now += TimeSpan.FromMinutes(1))
        {
            open += window.IsOpen(now) ? 1 : 0;
        }

        // New York repeats the hour from 01:00, so its window misses one hour of the year.
        Assert.Equal(zone == "America/New_York" ? minutes - 60 : minutes, open);
    }
}
