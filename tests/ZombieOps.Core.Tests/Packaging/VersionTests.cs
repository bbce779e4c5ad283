using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace ZombieOps.Core.Tests.Packaging;

/// <summary>There is one version, in Directory.Build.props; everything else that names one has to name that.</summary>
public sealed class VersionTests
{
    private static readonly string Version = XDocument.Load(RepositoryRoot.File("Directory.Build.props")).Descendants("VersionPrefix").Single().Value;

    [Fact]
    public void The_engine_has_it() => Assert.Equal(Version, typeof(ZombieEngine).Assembly.GetName().Version!.ToString(3));

    [Theory]
    [InlineData("module/ZombieOps.psd1", @"(?m)^\s*ModuleVersion\s*=\s*'([^']*)'")]
    [InlineData("CHANGELOG.md", @"(?m)^## \[?v?([0-9]+\.[0-9]+\.[0-9]+[-.0-9a-z]*)")]
    [InlineData("ansible/galaxy.yml", @"(?m)^version:\s*['""]?([^'""\s]+)")]
    [InlineData("docs/install.md", @"zombieops_([0-9.]+)_amd64\.deb")]
    public void Every_other_file_that_names_it_says_the_same(string file, string pattern)
    {
        string path = RepositoryRoot.File(file);
        Assert.SkipUnless(File.Exists(path), file);
        MatchCollection found = Regex.Matches(File.ReadAllText(path), pattern);
        Assert.NotEmpty(found);
        // A changelog names older ones below the first.
        Assert.All(file == "CHANGELOG.md" ? found.Take(1) : found, match => Assert.Equal(Version, match.Groups[1].Value));
    }

    [Fact]
    public void No_project_has_one_of_its_own() => Assert.All(
        Directory.EnumerateFiles(RepositoryRoot.Path, "*.csproj", SearchOption.AllDirectories),
        file => Assert.DoesNotMatch("<(Version|VersionPrefix|AssemblyVersion|FileVersion|InformationalVersion)>", File.ReadAllText(file)));
}
