using System.Text.RegularExpressions;
using Xunit;
using ZombieOps.Integration.Tests.Cli;
using ZombieOps.Integration.Tests.PowerShell;

namespace ZombieOps.Integration.Tests.Packaging;

/// <summary>What is in the packages of the executable.</summary>
public sealed partial class PackageTests(PackedProgram packed) : IClassFixture<PackedProgram>
{
    [Fact]
    public void The_same_program_gives_the_same_bytes_whoever_packs_it_and_where()
    {
        string[] first = [packed.Deb, packed.Tar];
        string again = packed.Pack("again", $"umask 077; mkdir -p {packed.File("elsewhere")}; TMPDIR={packed.File("elsewhere")} LC_ALL=C.UTF-8 TZ=Asia/Tokyo");
        Assert.All(first, file => Assert.Equal(PackedProgram.Hash(file), PackedProgram.Hash(Path.Combine(again, Path.GetFileName(file)))));
    }

    [Fact]
    public void The_packages_have_the_version_of_the_program()
    {
        Assert.Equal(PackedProgram.Version + "\n", packed.Shell($"dpkg-deb -f {packed.Deb} Version").Exits(0).Out);
        string page = packed.Shell($"dpkg-deb --fsys-tarfile {packed.Deb} | tar -xO ./usr/share/man/man1/zombieops.1.gz | gzip -d").Exits(0).Out;
        Assert.StartsWith($".TH ZOMBIEOPS 1 \"2027-01-15\" \"zombieops {PackedProgram.Version}\" ", page, StringComparison.Ordinal);
        Assert.Equal(PackedProgram.Version + "\n", packed.Shell($"mkdir tree; tar -C tree --strip-components=1 -xzf {packed.Tar} && tree/zombieops --version").Exits(0).Out);
    }

    [Fact]
    public void Another_version_than_that_of_the_program_is_not_packed()
    {
        _ = packed.Deb;
        CliResult result = packed.Shell(
            $"{Path.Combine(ModuleStage.Repository, "tools", "package.sh")} --program {Path.GetDirectoryName(ZombieOpsCli.Executable)} --version 9.9.9 --output {packed.File("wrong")}").Exits(2);
        Assert.Contains("not 9.9.9", result.Err, StringComparison.Ordinal);
    }

    [Fact]
    public void All_files_are_those_of_root_and_nobody_else_may_write_them()
    {
        string[] lines = packed.Shell($"dpkg-deb -c {packed.Deb}; tar --numeric-owner -tvzf {packed.Tar}").Exits(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 60, string.Join('\n', lines));
        Assert.All(lines, line => Assert.Matches(@"^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) +(root/root|0/0) ", line));
        Assert.DoesNotContain(lines, line => line.Contains("xunit", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("./usr/bin/zombieops")]
    [InlineData("./usr/share/man/man1/zombieops.1.gz")]
    [InlineData("./usr/share/bash-completion/completions/zombieops")]
    [InlineData("./usr/share/zsh/vendor-completions/_zombieops")]
    [InlineData("./usr/share/fish/vendor_completions.d/zombieops.fish")]
    [InlineData("./lib/systemd/system/zombieops@.service")]
    [InlineData("./lib/systemd/system/zombieops@.timer")]
    [InlineData("./lib/systemd/system/zombieops@processes.service.d/no-network.conf")]
    [InlineData("./etc/zombieops/policies/processes.yaml")]
    [InlineData("./usr/share/doc/zombieops/examples/clear-processes.conf")]
    [InlineData("./usr/share/doc/zombieops/examples/policies/processes.yaml")]
    [InlineData("./usr/share/doc/zombieops/examples/policies/search-es-operator.yaml")]
    [InlineData("./usr/lib/sysusers.d/zombieops.conf")]
    [InlineData("./usr/share/doc/zombieops/copyright")]
    [InlineData("./usr/share/doc/zombieops/examples/cron.d/zombieops")]
    [InlineData("./usr/share/doc/zombieops/examples/sudoers.d/zombieops")]
    [InlineData("./usr/share/doc/zombieops/examples/runbooks/Save-IncidentEvidence.ps1")]
    [InlineData("./usr/share/doc/zombieops/examples/azure/main.bicep")]
    public void The_Debian_package_has(string file) =>
        Assert.Contains(file, packed.Shell($"dpkg-deb -c {packed.Deb}").Exits(0).Out.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(5)));

    [Fact]
    public void Every_file_below_etc_is_a_conffile_and_every_checksum_is_right()
    {
        string[] marked = packed.Shell($"dpkg-deb -I {packed.Deb} conffiles").Exits(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string listed = packed.Shell($"dpkg-deb --fsys-tarfile {packed.Deb} | tar -t | grep '^./etc/.*[^/]$' | sort").Exits(0).Out;
        Assert.NotEmpty(marked);
        Assert.Equal(listed, string.Concat(marked.Select(file => $".{file}\n")));
        packed.Shell($"mkdir sums && dpkg-deb -R {packed.Deb} sums && cd sums && md5sum -c --quiet DEBIAN/md5sums").Exits(0);
    }

    [Fact]
    public void The_package_depends_on_OpenSSL_because_the_audit_log_does() =>
        Assert.Contains("libssl3", packed.Shell($"dpkg-deb -f {packed.Deb} Depends").Exits(0).Out, StringComparison.Ordinal);

    [Fact]
    public void A_unit_hides_no_process_and_holds_no_capability_until_a_remedy_needs_two()
    {
        string[] shipped = Lines("systemd"), clear = Lines("examples"), lines = [.. shipped, .. clear];
        Assert.All(lines.Where(line => line.StartsWith("ProtectProc=", StringComparison.Ordinal)), line => Assert.Equal("ProtectProc=default", line));
        Assert.All(lines.Where(line => line.StartsWith("ProcSubset=", StringComparison.Ordinal)), line => Assert.Equal("ProcSubset=all", line));
        Assert.DoesNotContain(lines, line => Hiding().IsMatch(line));
        Assert.Equal(["CapabilityBoundingSet=", "AmbientCapabilities="], shipped.Where(line => line.Contains("Capabilit", StringComparison.Ordinal)));
        Assert.Equal(["CapabilityBoundingSet=CAP_KILL CAP_SYS_PTRACE", "AmbientCapabilities=CAP_KILL CAP_SYS_PTRACE"], clear.Where(line => line.Contains("Capabilit", StringComparison.Ordinal)));
        // What reap needs beside its capabilities: to trace, and to make its own page executable.
        Assert.Equal(["SystemCallFilter=ptrace", "MemoryDenyWriteExecute=no"], clear.Where(line => line.StartsWith("System", StringComparison.Ordinal) || line.StartsWith("Memory", StringComparison.Ordinal)));
        string[] needed = ["ProtectSystem=strict", "User=zombieops", "SuccessExitStatus=1", "Persistent=true", "MemoryDenyWriteExecute=yes", "NoNewPrivileges=yes"];
        Assert.All(needed, line => Assert.Contains(line, shipped));
        Assert.Contains(shipped, line => line.StartsWith("RandomizedDelaySec=", StringComparison.Ordinal));
    }

    /// <summary>There is one way to run by a schedule, and so one place that says what may be cleared.</summary>
    [Fact]
    public void Whatever_runs_by_a_schedule_calls_run_with_a_policy_and_nothing_calls_sweep()
    {
        string repository = ModuleStage.Repository;
        string[] folders = [Path.Combine(repository, "deploy"), Path.Combine(repository, "ansible", "roles", "schedule")];
        (string File, string Line)[] lines = [.. folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)).SelectMany(file => File.ReadLines(file).Select(line => (file, line)))];
        Assert.DoesNotContain(lines, item => item.Line.Contains("zombieops sweep", StringComparison.Ordinal) || item.Line.Contains("'sweep'", StringComparison.Ordinal));
        Assert.Contains(lines, item => item.Line.StartsWith("ExecStart=/usr/bin/zombieops run --policy /etc/zombieops/policies/%i.yaml", StringComparison.Ordinal));
        Assert.Contains(lines, item => item.Line.StartsWith("*/10 * * * * root /usr/bin/zombieops run --policy /etc/zombieops/policies/processes.yaml", StringComparison.Ordinal));
    }

    /// <summary>The shipped policy is in force as soon as somebody enables the timer, so it may clear nothing.</summary>
    [Fact]
    public void The_shipped_policy_passes_the_check_and_clears_nothing()
    {
        string[] policies = Directory.GetFiles(Path.Combine(ModuleStage.Repository, "deploy", "etc", "policies"));
        Assert.All(policies, file =>
        {
            Assert.EndsWith("0 errors, 0 warnings\n", packed.Shell($"$ZOMBIEOPS policy check {file}").Exits(0).Out, StringComparison.Ordinal);
            Assert.Empty(ZombieOps.Policies.PolicyReader.Read(file, DateTimeOffset.UtcNow).Require().Sources.SelectMany(source => source.Clear.Allowed));
        });
        Assert.NotEmpty(policies);
    }

    private static string[] Lines(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(ModuleStage.Repository, "deploy", folder), "*", SearchOption.AllDirectories).SelectMany(File.ReadLines).Where(line => !line.StartsWith('#'))];

    [Fact]
    public void The_sudoers_fragment_is_valid_and_has_no_wildcard()
    {
        string file = Path.Combine(ModuleStage.Repository, "deploy", "sudoers.d", "zombieops");
        string[] lines = [.. File.ReadLines(file).Where(line => !line.StartsWith('#'))];
        Assert.DoesNotContain(lines, line => line.Contains('*') || line.Contains('?') || line.Contains('^') || line.Contains('['));
        // A command without arguments would allow all of them.
        Assert.DoesNotContain(lines, line => line.TrimEnd(',', ' ', '\\').EndsWith("/zombieops", StringComparison.Ordinal));
        string visudo = Machine.Find("visudo") ?? (File.Exists("/usr/sbin/visudo") ? "/usr/sbin/visudo" : Machine.Needs("visudo"));
        packed.Shell($"{visudo} -c -f {file}").Exits(0);
    }

    [Theory]
    [InlineData("bash", "bash -n")]
    [InlineData("zsh", "zsh -n")]
    [InlineData("fish", "fish --no-execute")]
    public void Each_shell_reads_its_completion(string shell, string check)
    {
        Machine.Needs(shell);
        packed.Shell($"$ZOMBIEOPS completion {shell} > completion && {check} completion").Exits(0);
    }

    [Fact]
    public void Zsh_completes_from_a_file_on_its_function_path()
    {
        Machine.Needs("zsh");
        // compinit reads the first line of the file, and the first call of the function is its body.
        CliResult result = packed.Shell(
            "mkdir -p zfunctions bin && ln -sf $ZOMBIEOPS bin/zombieops && $ZOMBIEOPS completion zsh > zfunctions/_zombieops && "
            + "PATH=$PWD/bin:$PATH zsh -f -c 'fpath=($PWD/zfunctions $fpath); autoload -Uz compinit; compinit -D -u; print ${_comps[zombieops]}; "
            + "compadd() { print -l -- \"$@\" }; BUFFER=\"zombieops sw\"; CURSOR=12; _zombieops'").Exits(0);
        Assert.Equal(["_zombieops", "--", "sweep"], result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [GeneratedRegex("^(PrivateUsers|PrivatePIDs)=(?!no)|^(ProtectProc=(invisible|noaccess|ptraceable))|^InaccessiblePaths=.*/proc")]
    private static partial Regex Hiding();
}
