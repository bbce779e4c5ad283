using Xunit;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Core.Tests.Remedies;

public sealed class ProtectedNamesTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("zombieops-names-").FullName;

    private EngineOptions Options => new() { ConfigDirectory = directory };

    private string UserFile => Path.Combine(directory, ProtectedNames.FileName);

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("sshd", "sshd", null)]
    [InlineData("sshd: alice [pr", null, null)]
    [InlineData("systemd", null, null)]
    [InlineData("systemd-journal", "systemd-journald", null)]
    [InlineData("containerd-shim", "containerd-shim-runc-v2", null)]
    [InlineData("dockerd", null, null)]
    [InlineData("kubelet", null, null)]
    [InlineData("crio", null, null)]
    [InlineData("conmon", null, null)]
    [InlineData("postgres", null, "postgresql@14-main.service")]
    [InlineData("mysqld", null, null)]
    [InlineData("rabbitmq-server", null, null)]
    [InlineData("amazon-ssm-agen", null, null)]
    [InlineData("java", "java", "elasticsearch.service")]
    [InlineData("java", "java", "opensearch@one.service")]
    [InlineData("bash", "bash", "user@1000.service")]
    public void What_a_host_needs_is_protected(string command, string? executable, string? unit) =>
        Assert.NotNull(ProtectedNames.BuiltIn.Find(command, executable, unit));

    [Theory]
    [InlineData("java", "java", "billing.service")]
    [InlineData("worker", "worker", null)]
    [InlineData("sshdx", null, null)]
    [InlineData("initrd-tool", null, null)]
    [InlineData("node", "node", "web.service")]
    public void What_a_user_runs_is_not(string command, string? executable, string? unit) =>
        Assert.Null(ProtectedNames.BuiltIn.Find(command, executable, unit));

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "abb", false)]
    [InlineData("*.service", "web.service", true)]
    [InlineData("a*b*c", "axbxbxc", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("", "a", false)]
    public void A_star_is_any_run_of_characters(string pattern, string name, bool matches) =>
        Assert.Equal(matches, ProtectedNames.Matches(pattern, name));

    [Fact]
    public void A_user_extends_the_list_and_cannot_shorten_it()
    {
        File.WriteAllText(UserFile, "\n# ours\nbilling*   # pays the bills\n\nledger.service\r\n");

        ProtectedNames names = ProtectedNames.Load(Options);

        Assert.Equal(ProtectedNames.BuiltIn.All.Count + 2, names.All.Count);
        Assert.Equal(UserFile, names.Find("billing-worker", null, null)!.From);
        Assert.NotNull(names.Find("java", "java", "ledger.service"));
        Assert.Equal("built-in", names.Find("sshd", null, null)!.From);

        File.WriteAllText(UserFile, "!sshd\n");
        ZombieOpsException problem = Assert.Throws<ZombieOpsException>(() => ProtectedNames.Load(Options));
        Assert.Equal((ErrorIds.ProtectedNamesUnreadable, ExitCode.BadUsage), (problem.ErrorId, problem.ExitCode));
        Assert.Contains(UserFile, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_file_there_is_the_built_in_list() => Assert.Same(ProtectedNames.BuiltIn, ProtectedNames.Load(Options));

    [Fact]
    public void A_link_to_nowhere_is_an_error()
    {
        File.CreateSymbolicLink(UserFile, UserFile + ".gone");

        Assert.Equal(ErrorIds.ProtectedNamesUnreadable, Assert.Throws<ZombieOpsException>(() => ProtectedNames.Load(Options)).ErrorId);
    }

    [Fact]
    public void A_file_that_is_no_text_is_an_error()
    {
        File.WriteAllBytes(UserFile, [0x73, 0xff, 0xfe, 0x0a]);

        Assert.Equal(ExitCode.BadUsage, Assert.Throws<ZombieOpsException>(() => ProtectedNames.Load(Options)).ExitCode);
    }

    [Fact]
    public void A_directory_in_its_place_is_an_error()
    {
        Directory.CreateDirectory(UserFile);

        Assert.Equal(ErrorIds.ProtectedNamesUnreadable, Assert.Throws<ZombieOpsException>(() => ProtectedNames.Load(Options)).ErrorId);
    }
}
