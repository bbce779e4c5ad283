using System.Text;
using Xunit;
using ZombieOps.Metrics;

namespace ZombieOps.Core.Tests.Metrics;

public sealed class MetricTextTests
{
    private static string Write(Action<MetricText> write, params (string, string)[] always)
    {
        var text = new MetricText(always);
        write(text);
        return Encoding.UTF8.GetString(text.ToBytes());
    }

    [Fact]
    public void Help_and_type_come_once_before_the_samples()
    {
        string text = Write(t => t.Gauge("m", "What\\it\nis.", [([("a", "1")], 1), ([("a", "2")], 2.5)]), ("source", "process"));
        Assert.Equal("# HELP m What\\\\it\\nis.\n# TYPE m gauge\nm{source=\"process\",a=\"1\"} 1\nm{source=\"process\",a=\"2\"} 2.5\n", text);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\"b", "a\\\"b")]
    [InlineData("a\\b", "a\\\\b")]
    [InlineData("a\nb", "a\\nb")]
    [InlineData("a\\\nb", "a\\\\\\nb")]
    [InlineData("späß", "späß")]
    public void Values_of_labels_are_escaped(string value, string written) =>
        Assert.Equal($"m{{source=\"{written}\"}} 1\n", Write(t => t.Gauge("m", "h", 1), ("source", value)).Split("gauge\n")[1]);

    [Fact]
    public void What_has_no_sample_has_no_help_either()
    {
        Assert.Equal("", Write(t => t.Gauge("m", "h", (double?)null)));
        Assert.Equal("", Write(t => t.Gauge("m", "h", [])));
    }

    [Theory]
    [InlineData(1795541101.596, "1795541101.596")]
    [InlineData(0, "0")]
    [InlineData(12345678901234, "12345678901234")]
    [InlineData(0.0004, "0")]
    [InlineData(1.5, "1.5")]
    public void Numbers_have_neither_exponent_nor_a_comma(double number, string written) =>
        Assert.EndsWith($"}} {written}\n", Write(t => t.Gauge("m", "h", number), ("source", "x")), StringComparison.Ordinal);
}
