using Xunit;
using ZombieOps.Text;

namespace ZombieOps.Core.Tests.Text;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("90s", 90)]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("1h 30m", 5400)]
    [InlineData("2d", 172800)]
    [InlineData("1w2d", 777600)]
    [InlineData("250ms", 0.25)]
    [InlineData("1s500ms", 1.5)]
    [InlineData("1.5h", 5400)]
    [InlineData(" 5M ", 300)]
    [InlineData("00:05:00", 300)]
    [InlineData("1.02:00:00", 93600)]
    public void A_duration_is_read_in_the_units_that_it_names(string text, double seconds)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration));
        Assert.Equal(seconds, duration.TotalSeconds, 6);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("5x")]
    [InlineData("5m1h")]
    [InlineData("5m5m")]
    [InlineData("5m5")]
    [InlineData("1..5h")]
    [InlineData("5:30")]
    [InlineData("-00:05:00")]
    [InlineData("5 minutes ago")]
    [InlineData("999999999999999999999999w")]
    public void What_could_be_misread_is_refused(string? text) => Assert.False(Durations.TryParse(text, out _));

    [Fact]
    public void The_error_names_the_text_and_what_to_write_instead()
    {
        var error = Assert.Throws<ZombieOpsException>(() => Durations.Parse("5\u001b[2J"));
        Assert.Equal(ErrorIds.BadArgument, error.ErrorId);
        Assert.Equal("'5?[2J' is no duration", error.Message);
        Assert.Contains("1h30m", error.NextStep, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(0.25, "250ms")]
    [InlineData(59.9, "59s")]
    [InlineData(312, "5m12s")]
    [InlineData(3600, "1h")]
    [InlineData(3605, "1h")]
    [InlineData(277200, "3d5h")]
    [InlineData(-5, "0s")]
    public void A_duration_is_written_in_its_two_greatest_units(double seconds, string text) =>
        Assert.Equal(text, Durations.Format(TimeSpan.FromSeconds(seconds)));
}
