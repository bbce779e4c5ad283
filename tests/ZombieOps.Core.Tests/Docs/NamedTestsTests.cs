using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace ZombieOps.Core.Tests.Docs;

/// <summary>Pages that say which test shows what: every test they name has to be there, so that the pages cannot rot.</summary>
public sealed partial class NamedTestsTests
{
    [Theory]
    [InlineData("docs/linux-facts.md", 31)]
    [InlineData("docs/search-facts.md", 80)]
    [InlineData("docs/trouble.md", 25)]
    [InlineData("tests/RULES.md", 10)]
    public void Every_test_that_a_page_names_is_there(string page, int atLeast)
    {
        var sources = Directory.EnumerateFiles(RepositoryRoot.File("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .ToList();
        (string Class, string Method)[] named = [.. TestName().Matches(File.ReadAllText(RepositoryRoot.File(page))).Select(match => (match.Groups[1].Value, match.Groups[2].Value)).Distinct()];
        Assert.True(named.Length >= atLeast, $"{page} names {named.Length} tests");
        string[] lost = [.. named.Where(name => !IsHere(name.Class, name.Method) && !IsElsewhere(name.Class, name.Method, sources)).Select(name => $"{name.Class}.{name.Method}")];
        Assert.Empty(lost);
    }

    [Fact]
    public void Every_fact_has_a_test_or_a_reason_why_not()
    {
        var rows = File.ReadLines(RepositoryRoot.File("docs/linux-facts.md"))
            .Where(line => FactRow().IsMatch(line))
            .Select(line => line.Trim().Trim('|').Split(" | "))
            .ToList();
        Assert.Equal(Enumerable.Range(1, 31).Select(number => $"L{number}"), rows.Select(row => row[0].Trim()));
        Assert.All(rows, row => Assert.True(row.Length == 5 && (TestName().IsMatch(row[4]) || row[4].Trim().StartsWith("none", StringComparison.Ordinal)), row[0]));
    }

    [Theory]
    [InlineData('S', 35, 3)]
    [InlineData('O', 8, 4)]
    [InlineData('F', 17, 3)]
    [InlineData('C', 22, 4)]
    public void Every_fact_and_scenario_of_search_clusters_has_a_test(char letter, int count, int columns)
    {
        var rows = File.ReadLines(RepositoryRoot.File("docs/search-facts.md"))
            .Where(line => Regex.IsMatch(line, $@"^\| {letter}\d+ \|"))
            .Select(line => line.Trim().Trim('|').Split(" | "))
            .ToList();
        Assert.Equal(Enumerable.Range(1, count).Select(number => $"{letter}{number}"), rows.Select(row => row[0].Trim()));
        Assert.All(rows, row => Assert.True(row.Length == columns && TestName().IsMatch(row[^1]), row[0]));
    }

    [Fact]
    public void Every_rule_has_a_test_and_says_how_it_was_seen_to_fail()
    {
        var rows = File.ReadLines(RepositoryRoot.File("tests/RULES.md"))
            .Where(line => RuleRow().IsMatch(line))
            .Select(line => line.Trim().Trim('|').Split(" | "))
            .ToList();
        Assert.Equal(Enumerable.Range(1, 10), rows.Select(row => int.Parse(row[0], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.All(rows, row => Assert.True(row.Length == 4 && TestName().IsMatch(row[2]) && row[3].Trim().Length > 20, row[0]));
    }

    /// <summary>Whether this assembly has such a test.</summary>
    private static bool IsHere(string @class, string method) => typeof(NamedTestsTests).Assembly.GetTypes()
        .Where(type => type.Name == @class)
        .SelectMany(type => type.GetMember(method, BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
        .Any(member => member.GetCustomAttribute<FactAttribute>() is not null);

    /// <summary>Whether the source of another test project has it: its assembly is not loaded here.</summary>
    private static bool IsElsewhere(string @class, string method, List<string> sources) => sources.Any(source =>
        Regex.IsMatch(source, $@"\bclass {@class}\b")
            && Regex.IsMatch(source, $@"\[(Fact|Theory)\](\s*\[[^\n]*\])*\s*public (static )?(async )?(void|Task) {method}\("));

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\| L\d+ \|")]
    private static partial Regex FactRow();

    [GeneratedRegex(@"^\| \d+ \|")]
    private static partial Regex RuleRow();
}
