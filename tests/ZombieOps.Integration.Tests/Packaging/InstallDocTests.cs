using Xunit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.Docs;

namespace ZombieOps.Integration.Tests.Packaging;

/// <summary>The commands of docs/install.md that need packages and root, as they stand there, in a root that is thrown away.</summary>
public sealed class InstallDocTests(PackedProgram packed) : IClassFixture<PackedProgram>
{
    // Who is root already has no need of it.
    private const string Sudo = "sudo() { \"$@\"; }\nset -e\n";

    [Fact]
    public void The_checksums_and_the_archive_are_as_the_page_says()
    {
        Assert.SkipUnless(packed.Tar.EndsWith("x64.tar.gz", StringComparison.Ordinal), "x86-64, for which the page gives the name of the archive");
        CliResult result = Run(
            $"""
            {Sudo}cp {packed.Tar} {packed.Deb} .
            sha256sum *.deb *.tar.gz > SHA256SUMS
            {Page("sha256sum -c")}
            {Page("tar -xzf")}
            {Page("cd zombieops-")}
            {Page("sudo install -m 755 zombieops")}
            {Page("sudo install -D -m 644 man")}
            stat -c %a /usr/bin/zombieops
            cmp zombieops /usr/bin/zombieops
            # The program of these tests has its assemblies beside it, which the native one that is shipped does not need.
            ./zombieops --version
            test -s /usr/local/share/man/man1/zombieops.1
            """);
        Assert.EndsWith($"755\n{PackedProgram.Version}\n", result.Exits(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_examples_of_the_package_go_where_the_page_says()
    {
        CliResult result = Run(
            $"""
            rm -rf /var/lib/zombieops /etc/zombieops
            dpkg --force-depends -i {packed.Deb} >/dev/null 2>&1 || exit 1
            mkdir -p /etc/cron.d /etc/sudoers.d
            {Sudo}{Page("sudo install -m 644 /usr/share/doc")}
            cd /usr/share/doc/zombieops/examples/sudoers.d
            if command -v visudo >/dev/null; then {Page("visudo -c")} >/dev/null; fi
            {Page("sudo install -m 440")}
            stat -c '%a %n' /etc/cron.d/zombieops /etc/sudoers.d/zombieops
            """);
        Assert.Equal("644 /etc/cron.d/zombieops\n440 /etc/sudoers.d/zombieops\n", result.Exits(0).Out);
    }

    private static string Page(string starts) =>
        Assert.Single(DocBlock.All().Where(block => block.Page == "docs/install.md").SelectMany(block => block.Commands()), command => command.Text.StartsWith(starts, StringComparison.Ordinal)).Text;

    private CliResult Run(string script) => ThrowAwayRoot.Run(packed, "cd \"$(mktemp -d)\"\n" + script, Path.GetDirectoryName(packed.Deb)!);
}
