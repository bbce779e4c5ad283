using System.Diagnostics;
using System.Text.Json;
using Xunit;
using ZombieOps.Cli.Drill;
using ZombieOps.Integration.Tests.Cli;

namespace ZombieOps.Integration.Tests.Drill;

/// <summary>The drill as a user runs it.</summary>
public sealed class DrillTests : IDisposable
{
    private readonly ZombieOpsCli cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void A_drill_shows_every_cause_clears_what_may_be_cleared_and_leaves_nothing_behind()
    {
        string temporary = Directory.CreateDirectory(cli.File("tmp")).FullName;
        CliResult result = cli.Shell($"TMPDIR={temporary} $ZOMBIEOPS drill --keep-audit '{cli.File("kept")}'").Exits(0);

        foreach (DrillCase item in DrillCase.All)
        {
            string shown = item.Verdict == ZombieOps.Model.Verdict.Protected ? "leader-exited" : ZombieOps.Text.Names.ToKebab(item.Cause);
            Assert.True(
                result.Out.Contains(shown, StringComparison.Ordinal) || result.Out.Contains($"skipped {item.Role[0]}", StringComparison.Ordinal),
                $"{shown} is not shown\n{result.Out}");
        }

        foreach (string remedy in (string[])["reap", "nudge", "continue", "end-parent"])
        {
            Assert.Matches($"(?m)^  cleared +{remedy} ", result.Out);
        }

        Assert.Contains("still runs", result.Out, StringComparison.Ordinal);
        Assert.Contains("intact", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", result.Out, StringComparison.Ordinal);
        Assert.Equal("", result.Err);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary));
        Assert.False(Directory.Exists(cli.State));
        Assert.Empty(Below(temporary));
        cli.Run("audit", "verify", "--state", cli.File("kept")).Exits(0);
    }

    [Fact]
    public void A_drill_tells_the_same_as_json()
    {
        CliResult result = cli.Run("drill", "--output", "json").Exits(0);
        using JsonDocument report = JsonDocument.Parse(result.Out);
        Assert.True(report.RootElement.GetProperty("ok").GetBoolean());
        Assert.True(report.RootElement.GetProperty("auditIntact").GetBoolean());
        Assert.Equal(DrillCase.All.Count, report.RootElement.GetProperty("cases").GetArrayLength());
    }

    [Fact]
    public void In_a_container_a_drill_finds_everything_and_names_what_it_cannot_show()
    {
        string? root = ((string[])["/sys/fs/cgroup/unified", "/sys/fs/cgroup"]).FirstOrDefault(path => File.Exists(Path.Combine(path, "cgroup.procs")));
        string name = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        string group = Path.Combine(root ?? "/nowhere", "docker-" + name + ".scope");
        try
        {
            Directory.CreateDirectory(group);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip("no cgroup can be made here: " + e.Message);
        }

        try
        {
            CliResult result = cli.Shell($"echo $$ > {group}/cgroup.procs && exec $ZOMBIEOPS drill").Exits(0);
            Assert.Contains("parent-not-waiting", result.Out, StringComparison.Ordinal);
            // Either the engine knows that it is in that container itself, or it leaves everything in it alone and says so.
            Assert.Matches($"(?m)^  cleared +reap|^  skipped clearing: .*{name[..12]}", result.Out);
        }
        finally
        {
            SpinWait.SpinUntil(
                () =>
                {
                    try
                    {
                        Directory.Delete(group);
                        return true;
                    }
                    catch (IOException)
                    {
                        return false; // What was in it is still on its way out.
                    }
                },
                10_000);
        }
    }

    [Theory]
    [InlineData(Libc.SigKill)]
    [InlineData(Libc.SigTerm)]
    [InlineData(2)]
    public void A_drill_that_is_ended_in_the_middle_leaves_nothing_behind(int signal)
    {
        string temporary = Directory.CreateDirectory(cli.File("tmp")).FullName;
        using Process drill = cli.Start("/bin/sh", ["-c", $"TMPDIR={temporary} exec $ZOMBIEOPS drill"]);
        // Everything is there once the first title is out.
        while (drill.StandardOutput.ReadLine() is { } line && !line.StartsWith("Found", StringComparison.Ordinal))
        {
        }

        Assert.NotEmpty(Below(temporary));
        Libc.kill(drill.Id, signal);
        Assert.True(drill.WaitForExit(30_000));
        Assert.NotEqual(0, drill.ExitCode);

        Assert.True(SpinWait.SpinUntil(() => Below(temporary).Count == 0, 20_000), string.Join(' ', Below(temporary)));
        Assert.True(SpinWait.SpinUntil(() => !Directory.EnumerateFileSystemEntries(temporary).Any(), 20_000), string.Join(' ', Directory.EnumerateFileSystemEntries(temporary)));
    }

    /// <summary>Live processes that have this directory as their TMPDIR: the drill and everything that it starts.</summary>
    private static List<int> Below(string temporary)
    {
        var found = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int pid) && Environments(directory).Any(text => text.Contains($"TMPDIR={temporary}\0", StringComparison.Ordinal)))
            {
                found.Add(pid);
            }
        }

        return found;
    }

    /// <summary>The environment as each thread shows it: a first thread that has ended shows none while its program runs on.</summary>
    private static List<string> Environments(string process)
    {
        var texts = new List<string>();
        try
        {
            foreach (string thread in Directory.EnumerateDirectories(Path.Combine(process, "task")))
            {
                texts.Add(Read(Path.Combine(thread, "environ")));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone.
        }

        return texts;
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // Gone, dead or somebody else's.
        }
    }
}
