using System.Reflection;
using Xunit;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Core.Tests.Processes;

public sealed class ProcessCatalogTests
{
    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

    [Fact]
    public void Every_cause_and_remedy_is_registered_with_a_summary()
    {
        SourceRegistration source = ProcessSource.Register;
        Assert.Equal(Constants(typeof(ProcessCauses)), source.Causes.Select(cause => cause.Code));
        Assert.Equal(Constants(typeof(ProcessRemedies)), source.Remedies.Select(remedy => remedy.Code));
        Assert.All(source.Causes, cause => Assert.False(string.IsNullOrWhiteSpace(cause.Summary)));
        Assert.Equal("parent-not-waiting", source.Causes.Single(cause => cause.Code == ProcessCauses.ParentNotWaiting).HelpAnchor);
    }

    [Fact]
    public void Every_cause_has_its_paragraph_in_the_docs()
    {
        string page = File.ReadAllText(RepositoryRoot.File("docs/causes.md"));
        Assert.All(ProcessSource.Register.Causes, cause => Assert.Contains($"<a id=\"{cause.HelpAnchor}\">", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Only_waiting_and_nudging_run_without_being_named_and_killing_only_makes_ending_harsher()
    {
        IReadOnlyList<RemedyInfo> remedies = ProcessSource.Register.Remedies;
        Assert.Equal([ProcessRemedies.Wait, ProcessRemedies.Nudge], remedies.Where(remedy => !remedy.MustBeNamed).Select(remedy => remedy.Code));
        Assert.Equal(ProcessRemedies.EndParent, remedies.Single(remedy => remedy.Escalates is not null && remedy.Code == ProcessRemedies.KillParent).Escalates);
    }
}
