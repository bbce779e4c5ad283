using Xunit;
using ZombieOps.Integration.Tests.Search;

namespace ZombieOps.Integration.Tests.Docs;

/// <summary>Runs every command of README.md and the docs that needs a search cluster on a real one.</summary>
[Collection(nameof(RealOpenSearch))]
public sealed class DocClusterTests(RealOpenSearch cluster)
{
    public static TheoryData<string> Pages() => [.. DocBlock.All().Where(block => DocCommandTests.Commands(block, true).Count > 0).Select(block => block.Page).Distinct()];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_command_of_the_page_does_what_it_says_on_a_real_cluster(string page)
    {
        await cluster.ReadyAsync();
        using var sandbox = new DocSandbox(cluster.Url, cluster.Ip);
        sandbox.LeaveMarks(list => cluster.PutAsync("persistent", "cluster.routing.allocation.exclude._ip", list).GetAwaiter().GetResult());
        foreach (DocBlock block in DocBlock.All().Where(block => block.Page == page))
        {
            if (DocCommandTests.Commands(block, cluster: true) is { Count: > 0 } commands)
            {
                DocCommandTests.Check(commands, sandbox.Run(commands));
            }
        }
    }

    [Fact]
    public async Task Every_PowerShell_command_of_the_docs_ends_without_an_error_on_a_real_cluster()
    {
        Machine.Needs("pwsh");
        await cluster.ReadyAsync();
        using var sandbox = new DocSandbox(cluster.Url, cluster.Ip);
        sandbox.LeaveMarks(list => cluster.PutAsync("persistent", "cluster.routing.allocation.exclude._ip", list).GetAwaiter().GetResult());
        DocPowerShellTests.RunAll(sandbox, cluster: true);
    }
}
