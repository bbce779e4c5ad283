using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Integration.Tests.Remedies;

/// <summary>How systemctl is called and how its answers are read, with a script in its place.</summary>
public sealed class RestartUnitTests
{
    public RestartUnitTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux");
    }

    [Fact]
    public void It_is_called_without_a_shell_a_prompt_or_an_input()
    {
        using var systemctl = new FakeSystemctl("cat");

        UnitRestartReply reply = new LinuxProcessControl(systemctl.Path).RestartUnit(
            new UnitToRestart("web $(id) '.service", null), TimeSpan.FromSeconds(10), CancellationToken.None);

        Assert.Equal(new UnitRestartReply(true, false, 0, ""), reply);
        Assert.Equal(["--no-ask-password", "restart", "--", "web $(id) '.service"], systemctl.Arguments());
    }

    [Fact]
    public void A_unit_of_a_user_goes_to_the_users_manager()
    {
        using var systemctl = new FakeSystemctl("printf '%s' \"$XDG_RUNTIME_DIR\" >&2");
        uint self = Libc.GetEffectiveUserId();

        UnitRestartReply own = new LinuxProcessControl(systemctl.Path).RestartUnit(
            new UnitToRestart("app.service", self), TimeSpan.FromSeconds(10), CancellationToken.None);
        Assert.Equal(["--user", "--no-ask-password", "restart", "--", "app.service"], systemctl.Arguments());
        Assert.Equal($"/run/user/{self}", own.Says);

        new LinuxProcessControl(systemctl.Path).RestartUnit(new UnitToRestart("app.service", self + 1), TimeSpan.FromSeconds(10), CancellationToken.None);
        Assert.Equal(["--user", $"--machine={self + 1}@.host", "--no-ask-password", "restart", "--", "app.service"], systemctl.Arguments());
    }

    [Fact]
    public void What_it_says_comes_back()
    {
        using var systemctl = new FakeSystemctl("echo 'Failed to restart web.service: Access denied' >&2; exit 4");

        UnitRestartReply reply = new LinuxProcessControl(systemctl.Path).RestartUnit(
            new UnitToRestart("web.service", null), TimeSpan.FromSeconds(10), CancellationToken.None);

        Assert.Equal(new UnitRestartReply(true, false, 4, "Failed to restart web.service: Access denied"), reply);
    }

    [Fact]
    public void One_that_takes_too_long_is_given_up()
    {
        using var systemctl = new FakeSystemctl("exec sleep 60");

        UnitRestartReply reply = new LinuxProcessControl(systemctl.Path).RestartUnit(
            new UnitToRestart("web.service", null), TimeSpan.FromMilliseconds(100), CancellationToken.None);

        Assert.True(reply.TimedOut);
    }

    [Fact]
    public void No_systemctl_is_an_answer()
    {
        UnitRestartReply reply = new LinuxProcessControl("/nonexistent/systemctl").RestartUnit(
            new UnitToRestart("web.service", null), TimeSpan.FromSeconds(1), CancellationToken.None);

        Assert.False(reply.Started);
        Assert.NotEmpty(reply.Says);
    }

    [Fact]
    public async Task A_real_systemd_restarts_the_unit_and_the_zombie_is_gone()
    {
        Assert.SkipUnless(Directory.Exists("/run/systemd/system") && Libc.GetEffectiveUserId() == 0, "a running systemd, and root");
        string unit = $"zombieops-test-{Libc.GetPid()}.service";
        string file = $"/run/systemd/system/{unit}";
        await File.WriteAllTextAsync(
            file, "[Service]\nExecStart=/bin/sh -c 'sleep 0.01 & exec sleep 600'\n", TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(0, CParents.Run("systemctl", "daemon-reload")!.Value.ExitCode);
            Assert.Equal(0, CParents.Run("systemctl", "start", unit)!.Value.ExitCode);
            int parent = MainPid(unit);
            int zombie = 0;
            Assert.True(ParentProcess.Until(() =>
                (zombie = ParentProcess.Look.Children(parent)!.FirstOrDefault(ParentProcess.IsZombie)) != 0));
            Finding finding = ParentProcess.FindingOf(parent, zombie);
            using var actuator = new ProcessActuator(ParentProcess.Options, new LinuxProcessControl());

            ActReport report = await actuator.ActAsync(
                finding, ProcessRemedies.RestartUnit, new ActSettings(), TestContext.Current.CancellationToken);

            Assert.True(report.Done, report.Says);
            Assert.Equal(unit, report.Facts["unit"]);
            Assert.False(ParentProcess.IsZombie(zombie));
            Assert.NotEqual(parent, MainPid(unit));
        }
        finally
        {
            CParents.Run("systemctl", "stop", unit);
            File.Delete(file);
            CParents.Run("systemctl", "daemon-reload");
        }
    }

    private static int MainPid(string unit) =>
        int.Parse(CParents.Run("systemctl", "show", "-P", "MainPID", unit)!.Value.Output.Trim(), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A script in systemctl's place that writes its arguments down.</summary>
    private sealed class FakeSystemctl : IDisposable
    {
        private readonly TemporaryDirectory directory = new();

        internal FakeSystemctl(string then)
        {
            Path = System.IO.Path.Combine(directory.Path, "systemctl");
            File.WriteAllText(Path, $"#!/bin/sh\nprintf '%s\\n' \"$@\" > '{directory.Path}/arguments'\n{then}\n");
            if (OperatingSystem.IsLinux())
            {
                File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        internal string Path { get; }

        internal string[] Arguments() => File.ReadAllLines(System.IO.Path.Combine(directory.Path, "arguments"));

        public void Dispose() => directory.Dispose();
    }
}
