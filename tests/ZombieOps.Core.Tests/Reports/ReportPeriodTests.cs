using Xunit;
using ZombieOps.Reports;

namespace ZombieOps.Core.Tests.Reports;

public sealed class ReportPeriodTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 20, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-11-01", "2026-11-02", "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z")] // a date alone as the end counts that day in
    [InlineData("2026-11-01", "2026-11-01", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")]
    [InlineData("2026-11-01T00:00", "2026-11-02T00:00", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")]
    [InlineData("2026-11-01T00:00+01:00", "2026-11-02T00:00-05:00", "2026-10-31T23:00:00Z", "2026-11-02T05:00:00Z")]
    [InlineData("-7d", "now", "2026-11-17T20:00:00Z", "2026-11-24T20:00:00Z")]
    [InlineData("7d", "-1d", "2026-11-17T20:00:00Z", "2026-11-23T20:00:00Z")]
    [InlineData("1h30m", "0", "2026-11-24T18:30:00Z", "2026-11-24T20:00:00Z")]
    [InlineData(null, null, "2026-11-17T20:00:00Z", "2026-11-24T20:00:00Z")]
    [InlineData("2026-11-24", "2026-11-30", "2026-11-24T00:00:00Z", "2026-12-01T00:00:00Z")] // a period may end later than now
    [InlineData(" 2026-11-23 08:15:30.5Z ", "now", "2026-11-23T08:15:30.5Z", "2026-11-24T20:00:00Z")]
    public void Both_ends_are_read_as_UTC(string? from, string? to, string begins, string ends)
    {
        (DateTimeOffset begin, DateTimeOffset end) = ReportPeriod.Read(from, to, Now);
        Assert.Equal(DateTimeOffset.Parse(begins, System.Globalization.CultureInfo.InvariantCulture), begin);
        Assert.Equal(DateTimeOffset.Parse(ends, System.Globalization.CultureInfo.InvariantCulture), end);
    }

    /// <summary>The day on which Berlin sets its clocks back has 25 hours, and the one on which it sets them forward 23.</summary>
    [Theory]
    [InlineData("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00", 25)]
    [InlineData("2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", 23)]
    [InlineData("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", 1)]
    public void A_local_day_has_the_hours_that_its_offsets_say(string from, string to, int hours)
    {
        (DateTimeOffset begin, DateTimeOffset end) = ReportPeriod.Read(from, to, Now);
        Assert.Equal(TimeSpan.FromHours(hours), end - begin);
    }

    [Theory]
    [InlineData("yesterday", null)]
    [InlineData("11/24/2026", null)]
    [InlineData("2026-13-01", null)]
    [InlineData("7", null)]
    [InlineData("--7d", null)]
    [InlineData("", null)]
    [InlineData("2026-11-01", "2026-10-31")]
    [InlineData("2026-11-01T00:00", "2026-11-01T00:00")]
    [InlineData("-1h", "-2h")]
    [InlineData("now", "now")]
    [InlineData("2026-11-25", "2026-11-26")] // still to come
    [InlineData("2026-11-01", "9999-12-31")]
    [InlineData("2026-11-01\u202e", null)]
    public void What_is_no_period_is_a_bad_argument(string? from, string? to)
    {
        ZombieOpsException error = Assert.Throws<ZombieOpsException>(() => ReportPeriod.Read(from, to, Now));
        Assert.Equal((ErrorIds.BadArgument, ExitCode.BadUsage), (error.ErrorId, error.ExitCode));
        Assert.DoesNotContain('\u202e', error.Message);
    }
}
