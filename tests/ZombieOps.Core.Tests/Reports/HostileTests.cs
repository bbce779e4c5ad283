using System.Text;
using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Reports;

namespace ZombieOps.Core.Tests.Reports;

/// <summary>Names that programs, users and servers choose, made to harm who reads the report.</summary>
public sealed class HostileTests : IDisposable
{
    private const string Script = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>'&amp;";
    private readonly ReportFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    public static TheoryData<string> Values() =>
    [
        Script,
        "</style><script>", "]]>--><!--", "javascript:alert(1)", "\u202egnp.exe", "\u2066a\u2069\u200b\u00ad\ufeff", "a\0b\u001b[31mred\u0007\r\nX: y\u2028z\u0085", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1",
        "\ud800 lone", "\"quoted\", with; commas\nand lines", "עברית العربية", new string('a', 10_000), "{{7*7}} ${jndi:ldap://x}", "\ue000\U000e0041",
    ];

    private void Write(string value)
    {
        fixture.Options = fixture.Options with { User = value, SudoUser = value, Host = value };
        fixture.Act(ReportFixture.Zombie(7, command: value, says: value, source: value, cause: value) with { Kind = value }, says: value, why: value, remedy: value);
        fixture.Tick(ReportFixture.Start, name: value);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void No_value_is_markup_in_HTML_and_none_is_hidden(string value)
    {
        Write(value);
        string html = fixture.Text(ReportFormat.Html);
        string body = html[html.IndexOf("<body>", StringComparison.Ordinal)..];
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.Single(Regex.Matches(html, "</style>"));
        Assert.DoesNotMatch("<[^>]*\\s(on[a-z]+|style|href|src)=", body);
        Assert.DoesNotContain(body.EnumerateRunes(), rune => rune.Value != '\n' && ReportText.IsHidden(rune));

        // Every tag is one of ours, and each that is opened is closed.
        var open = new Stack<string>();
        foreach (Match tag in Regex.Matches(body, "<(/?)([a-z0-9]+)(?:\\s[^<>]*?)?(/?)>"))
        {
            if (tag.Groups[1].Length == 0 && tag.Groups[3].Length == 0)
            {
                open.Push(tag.Groups[2].Value);
            }
            else if (tag.Groups[1].Length > 0 && tag.Groups[2].Value is not "html")
            {
                Assert.Equal(open.Pop(), tag.Groups[2].Value);
            }
        }

        Assert.Empty(open);
        Assert.Equal(Regex.Count(body, "<"), Regex.Count(body, "<(/?)([a-z0-9]+)(?:\\s[^<>]*?)?(/?)>"));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void No_value_is_a_formula_or_a_second_row_in_CSV(string value)
    {
        Write(value);
        string csv = fixture.Text(ReportFormat.Csv);
        string[] lines = csv.Split("\r\n");
        Assert.Equal(("", 3), (lines[^1], lines.Length));
        Assert.DoesNotContain('\n', lines[1]);
        string[] heads = [.. Regex.Matches(lines[0], "\"([^\"]*)\"").Select(match => match.Groups[1].Value)];
        string[] fields = [.. Regex.Matches(lines[1], "\"((?:[^\"]|\"\")*)\"(?:,|$)").Select(match => match.Groups[1].Value)];
        Assert.Equal(heads.Length, fields.Length);
        Assert.All(fields, field => Assert.DoesNotMatch("^[=+@\t\r＝＋－＠-]", field));
        Assert.DoesNotContain(csv.EnumerateRunes(), rune => rune.Value is not ('\r' or '\n') && ReportText.IsHidden(rune));
        if (value.Length < 100 && value.StartsWith('='))
        {
            Assert.Equal("'" + value, fields[Array.IndexOf(heads, "why")]);
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void JSON_is_read_back_as_it_was(string value)
    {
        Write(value);
        PeriodReport read = ZombieJson.Read<PeriodReport>(fixture.Text(ReportFormat.Json));
        ReportAct act = Assert.Single(read.Acts);
        string expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));
        Assert.Equal(value.Length > ReportText.Max ? ReportText.Cut(value) : expected, act.Why);
    }

    [Fact]
    public void The_page_may_load_nothing_but_its_own_style()
    {
        fixture.Act(ReportFixture.Zombie(1));
        string html = fixture.Text(ReportFormat.Html);
        Assert.Contains("default-src 'none'; style-src 'sha256-", html, StringComparison.Ordinal);
        string css = Regex.Match(html, "<style>(.*?)</style>", RegexOptions.Singleline).Groups[1].Value;
        Assert.Contains(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(css))), html, StringComparison.Ordinal);
        Assert.DoesNotMatch("url\\(|@import|https?:", css);
        Assert.DoesNotMatch("<(link|script|img|iframe|object|embed|form|base|a)\\b", html);
    }

    [Fact]
    public void What_is_read_aloud_is_there()
    {
        fixture.Act(ReportFixture.Zombie(1));
        fixture.Ticks(ReportFixture.Start.AddDays(-7), ReportFixture.Start);
        string html = fixture.Text(ReportFormat.Html);
        Assert.Contains("<html lang=\"en\">", html, StringComparison.Ordinal);
        Assert.Equal(Regex.Count(html, "<table>"), Regex.Count(html, "<caption>"));
        Assert.Equal(Regex.Count(html, "<th>|<th "), Regex.Count(html, "<th scope=\"col\">"));
        Assert.Equal(Regex.Count(html, "<svg "), Regex.Count(html, "role=\"img\" aria-labelledby=") + Regex.Count(html, "aria-hidden=\"true\""));
        Assert.All(Regex.Matches(html, "aria-labelledby=\"([a-z]+-t) ([a-z]+-d)\"").ToList(), match => Assert.True(html.Contains($"id=\"{match.Groups[1].Value}\"", StringComparison.Ordinal) && html.Contains($"id=\"{match.Groups[2].Value}\"", StringComparison.Ordinal)));
        Assert.Equal(Regex.Count(html, "<td[ >]"), Regex.Count(html, "<td data-h=\"|<td colspan="));
    }

    [Fact]
    public void A_value_that_is_cut_says_how_much_is_missing_and_splits_no_character()
    {
        Assert.Equal("ab… (3 more characters)", ReportText.Cut("abcde", 2));
        Assert.Equal("a… (4 more characters)", ReportText.Cut("a😀😀", 2));
        Assert.Equal("abcde", ReportText.Cut("abcde", 5));
    }
}
