using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;
using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Integration.Tests.Remedies;

/// <summary>The remedies that are signals, and what the actuator refuses whatever it is asked for.</summary>
public sealed partial class SignalRemedyTests
{
    private readonly CountingProcessControl control = new();

    public SignalRemedyTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux");
    }

    private async Task<ActReport> Act(Finding finding, string remedy, ActSettings? settings = null, EngineOptions? options = null)
    {
        using var actuator = new ProcessActuator(options ?? ParentProcess.Options, control);
        return await actuator.ActAsync(finding, remedy, settings ?? new ActSettings(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_parent_whose_executable_cannot_be_read_may_be_a_protected_one_and_is_not_ended()
    {
        using ParentProcess parent = ParentProcess.C("read");
        DirectoryInfo root = Directory.CreateTempSubdirectory("zombieops-proc-");
        try
        {
            // The whole of procfs but for one link, as it is for a program that may not be traced (PR_SET_DUMPABLE).
            foreach (string entry in Directory.GetFileSystemEntries("/proc"))
            {
                File.CreateSymbolicLink(Path.Combine(root.FullName, Path.GetFileName(entry)), entry);
            }

            string own = Path.Combine(root.FullName, parent.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
            File.Delete(own);
            Directory.CreateDirectory(own);
            foreach (string name in (string[])["stat", "status", "cgroup", "task"])
            {
                File.CreateSymbolicLink(Path.Combine(own, name), $"/proc/{parent.Pid}/{name}");
            }

            ActReport report = await Act(parent.Finding(), ProcessRemedies.EndParent, options: ParentProcess.Options with { ProcRoot = root.FullName });

            Assert.Equal("NotPermitted", report.Reason);
            Assert.Contains("executable", report.Says, StringComparison.Ordinal);
            Assert.Empty(control.Signals);
            parent.AssertUnharmed();
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_nudge_wakes_a_handler_that_missed_its_signal()
    {
        using ParentProcess parent = ParentProcess.C("handler-all", 5);

        ActReport report = await Act(parent.Finding(), ProcessRemedies.Nudge);

        Assert.True(report.Done, report.Says);
        Assert.Equal(("1", "5", "0"), (report.Facts["signalsSent"], report.Facts["zombiesBefore"], report.Facts["zombiesAfter"]));
        Assert.DoesNotContain(parent.Zombies, ParentProcess.IsZombie);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_handler_that_reaps_one_a_signal_gets_one_signal_a_zombie()
    {
        using ParentProcess parent = ParentProcess.C("handler-one", 7);

        ActReport report = await Act(parent.Finding(), ProcessRemedies.Nudge);

        Assert.True(report.Done, report.Says);
        Assert.Equal(Enumerable.Repeat(Libc.SigChld, 7), control.Signals);
        Assert.DoesNotContain(parent.Zombies, ParentProcess.IsZombie);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_handler_that_blocks_is_not_sent_one_signal_too_many()
    {
        using ParentProcess parent = ParentProcess.C("handler-blocking", 3);

        ActReport report = await Act(parent.Finding(), ProcessRemedies.Nudge);

        Assert.True(report.Done, report.Says);
        Assert.Equal(3, control.Signals.Count);
        Assert.DoesNotContain("parentBlockedInWait", report.Facts.Keys);
        parent.AssertUnharmed();

        // The same parent with one signal too many: this is what the limit is for.
        using ParentProcess frozen = ParentProcess.C("handler-blocking", 1);
        frozen.Signal(Libc.SigChld);
        Assert.True(ParentProcess.Until(() => !ParentProcess.IsZombie(frozen.Zombies[0])));
        frozen.Signal(Libc.SigChld);
        Assert.True(ParentProcess.Until(() => ParentProcess.Look.SitsInWait(frozen.Pid) == true));
    }

    [Fact]
    public async Task A_parent_that_blocks_in_its_handler_is_reported()
    {
        using ParentProcess parent = ParentProcess.C("handler-twice", 1);

        ActReport report = await Act(parent.Finding(), ProcessRemedies.Nudge);

        Assert.True(report.Done, report.Says);
        Assert.SkipWhen(ParentProcess.Look.SitsInWait(parent.Pid) is null, "readable /proc/PID/syscall");
        Assert.Equal("true", report.Facts["parentBlockedInWait"]);
    }

    [Fact]
    public async Task A_parent_that_does_not_catch_SIGCHLD_is_not_nudged()
    {
        using ParentProcess parent = ParentProcess.C("read");

        Assert.Equal("Refused", (await Act(parent.Finding(), ProcessRemedies.Nudge)).Reason);
        Assert.Equal(0, control.Acts);
    }

    [Fact]
    public async Task A_stopped_parent_is_continued_and_not_nudged()
    {
        using ParentProcess parent = ParentProcess.C("handler-all");
        parent.Signal(19);
        Assert.True(ParentProcess.Until(() => parent.State() == 'T'));

        Assert.Equal("Refused", (await Act(parent.Finding(), ProcessRemedies.Nudge)).Reason);
        Assert.Equal("Refused", (await Act(parent.Finding(), ProcessRemedies.EndParent)).Reason);
        Assert.Equal(0, control.Acts);
        ActReport report = await Act(parent.Finding(), ProcessRemedies.Continue);

        Assert.True(report.Done, report.Says);
        Assert.Equal([Libc.SigCont], control.Signals);
        Assert.True(ParentProcess.Until(() => parent.State() != 'T'));
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_running_parent_is_not_continued()
    {
        using ParentProcess parent = ParentProcess.C("read");

        Assert.Equal("Refused", (await Act(parent.Finding(), ProcessRemedies.Continue)).Reason);
        Assert.Equal(0, control.Acts);
    }

    [Fact]
    public async Task A_parent_ends_on_SIGTERM_and_its_zombie_goes()
    {
        using ParentProcess parent = ParentProcess.Shell("sleep 0.01 & exec sleep 60");

        ActReport report = await Act(parent.Finding(), ProcessRemedies.EndParent);

        Assert.True(report.Done, report.Says);
        Assert.Equal([Libc.SigTerm], control.Signals);
        Assert.Equal("true", report.Facts["parentEnded"]);
    }

    [Fact]
    public async Task SIGKILL_comes_only_where_it_was_named_as_well()
    {
        using ParentProcess parent = ParentProcess.C("ignores-term");
        Finding finding = parent.Finding();
        var soon = new ActSettings { Grace = TimeSpan.FromMilliseconds(100) };

        ActReport without = await Act(finding, ProcessRemedies.EndParent, soon);
        Assert.Equal("TimedOut", without.Reason);
        Assert.Equal([Libc.SigTerm], control.Signals);

        ActReport with = await Act(
            finding, ProcessRemedies.EndParent, soon with { Allowed = ImmutableHashSet.Create(ProcessRemedies.EndParent, ProcessRemedies.KillParent) });
        Assert.True(with.Done, with.Says);
        Assert.Equal("SIGTERM,SIGKILL", with.Facts["signalsSent"]);
        Assert.Equal("Refused", (await Act(finding, ProcessRemedies.KillParent)).Reason);
    }

    [Fact]
    public async Task A_protected_parent_is_not_ended()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, ProtectedNames.FileName), "# ours\npare*\n");
        using ParentProcess parent = ParentProcess.C("read");

        ActReport report = await Act(
            parent.Finding(), ProcessRemedies.EndParent, options: ParentProcess.Options with { ConfigDirectory = directory.Path });

        Assert.Equal("Refused", report.Reason);
        Assert.Contains("'pare*'", report.Says, StringComparison.Ordinal);
        Assert.Equal(0, control.Acts);
        parent.AssertUnharmed();
    }

    [Fact]
    public void An_unreadable_list_of_protected_names_opens_no_actuator()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(Path.Combine(directory.Path, ProtectedNames.FileName));

        ZombieOpsException problem = Assert.Throws<ZombieOpsException>(
            () => new ProcessActuator(ParentProcess.Options with { ConfigDirectory = directory.Path }, new ForbiddingProcessControl()));

        Assert.Equal(ErrorIds.ProtectedNamesUnreadable, problem.ErrorId);
    }

    [Theory]
    [InlineData("Container")]
    [InlineData("Pod")]
    [InlineData("EcsTask")]
    public async Task What_a_container_owns_is_neither_ended_nor_restarted(string kind)
    {
        using ParentProcess parent = ParentProcess.C("read");
        Finding finding = parent.Finding() with { Owner = [new OwnerLink { Kind = kind, Name = "web" }] };

        Assert.Equal("Refused", (await Act(finding, ProcessRemedies.EndParent)).Reason);
        Assert.Equal("Refused", (await Act(finding, ProcessRemedies.RestartUnit)).Reason);
        Assert.Equal(0, control.Acts);
    }

    [Fact]
    public async Task Neither_this_tool_nor_one_of_its_ancestors_is_ended()
    {
        using ParentProcess parent = ParentProcess.C("read");
        int self = Libc.GetPid();
        ParentProcess.Look.Stat(self, out StatFacts own);

        Assert.True(ParentProcess.Look.IsOurselvesOrAncestor(self));
        Assert.True(ParentProcess.Look.IsOurselvesOrAncestor(own.ParentPid));
        Assert.True(ParentProcess.Look.IsOurselvesOrAncestor(1));
        Assert.False(ParentProcess.Look.IsOurselvesOrAncestor(parent.Pid));

        // A real zombie of this very process. The runtime waits for the children that it has started itself, and so not for this one.
        Assert.Equal(0, PosixSpawn(out int zombie, "/bin/true", 0, 0, ["/bin/true", null], [null]));
        try
        {
            Assert.True(ParentProcess.Until(() => ParentProcess.IsZombie(zombie)));
            ParentProcess.Look.Stat(zombie, out StatFacts dead);
            Finding finding = parent.Finding() with
            {
                Origin = $"process:{ParentProcess.Look.BootId()}:{self}:{own.StartTime}",
                Target = new ProcessTarget { Pid = zombie, StartTime = dead.StartTime, Command = "true", State = "Z", ParentPid = self },
            };

            ActReport end = await Act(finding, ProcessRemedies.EndParent);
            ActReport reap = await Act(finding, ProcessRemedies.Reap);

            Assert.Contains("this tool", end.Says, StringComparison.Ordinal);
            Assert.Equal(("Refused", "Refused"), (end.Reason, reap.Reason));
            Assert.Equal(0, control.Acts);
        }
        finally
        {
            Assert.Equal(zombie, Libc.Wait4(zombie, out _, 0, 0));
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PosixSpawn(out int pid, string path, nint actions, nint attributes, string?[] arguments, string?[] environment);

    [Theory]
    [InlineData(ProcessRemedies.Wait)]
    [InlineData(ProcessRemedies.AskOwner)]
    [InlineData(ProcessRemedies.KillParent)]
    [InlineData("Shout")]
    public async Task What_is_advice_is_never_carried_out(string remedy)
    {
        using ParentProcess parent = ParentProcess.C("read");
        using var actuator = new ProcessActuator(ParentProcess.Options, new ForbiddingProcessControl());

        ActReport report = await actuator.ActAsync(parent.Finding(), remedy, new ActSettings(), TestContext.Current.CancellationToken);

        Assert.Equal((false, "Refused"), (report.Done, report.Reason));
    }

    [Theory]
    [InlineData(Verdict.Unknown)]
    [InlineData(Verdict.Protected)]
    [InlineData(Verdict.ReportOnly)]
    public async Task Only_the_verdict_zombie_is_acted_on(Verdict verdict)
    {
        using ParentProcess parent = ParentProcess.C("read");
        using var actuator = new ProcessActuator(ParentProcess.Options, new ForbiddingProcessControl());

        ActReport report = await actuator.ActAsync(
            parent.Finding() with { Verdict = verdict }, ProcessRemedies.EndParent, new ActSettings(), TestContext.Current.CancellationToken);

        Assert.Equal("Refused", report.Reason);
    }

    [Theory]
    [InlineData(ProcessRemedies.Nudge)]
    [InlineData(ProcessRemedies.Continue)]
    [InlineData(ProcessRemedies.Reap)]
    [InlineData(ProcessRemedies.RestartUnit)]
    [InlineData(ProcessRemedies.EndParent)]
    public async Task What_is_not_the_same_process_any_more_is_left_alone(string remedy)
    {
        using ParentProcess parent = ParentProcess.C("read");
        Finding finding = parent.Finding();
        Assert.True(ProcessIdentity.TryParse(finding.Origin, out string boot, out int parentPid, out ulong start));
        var target = (ProcessTarget)finding.Target;

        foreach (Finding other in new[]
        {
            finding with { Origin = $"process:{boot}:{parentPid}:{start + 1}" },
            finding with { Origin = $"process:00000000-0000-0000-0000-000000000000:{parentPid}:{start}" },
            finding with { Target = target with { StartTime = target.StartTime + 1 } },
        })
        {
            Assert.Equal("IdentityChanged", (await Act(other, remedy)).Reason);
        }

        Assert.Equal("Refused", (await Act(finding with { Origin = null }, remedy)).Reason);
        Assert.Equal(0, control.Acts);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_zombie_that_went_between_scan_and_act_is_no_reason_to_act()
    {
        using ParentProcess parent = ParentProcess.C("handler-all");
        Finding finding = parent.Finding();
        control.BeforeOpen = () =>
        {
            parent.Signal(Libc.SigChld);
            Assert.True(ParentProcess.Until(() => !ParentProcess.IsZombie(parent.Zombies[0])));
        };

        ActReport report = await Act(finding, ProcessRemedies.EndParent);

        Assert.Equal("IdentityChanged", report.Reason);
        Assert.Equal(0, control.Acts);
        parent.AssertUnharmed();
    }

    [Fact]
    public async Task A_parent_that_ended_between_scan_and_act_is_no_reason_to_act()
    {
        using ParentProcess parent = ParentProcess.C("read");
        Finding finding = parent.Finding();
        control.BeforeOpen = () => Assert.Equal(0, parent.Finish().ExitCode);

        Assert.Equal("IdentityChanged", (await Act(finding, ProcessRemedies.EndParent)).Reason);
        Assert.Equal(0, control.Acts);
    }

    [Fact]
    public async Task A_live_program_whose_first_thread_has_ended_is_never_the_target()
    {
        using ParentProcess parent = ParentProcess.C("leader-exited");
        Assert.True(ParentProcess.Until(() => ParentProcess.IsZombie(parent.Zombies[0])));

        ActReport report = await Act(parent.Finding(), ProcessRemedies.EndParent);

        Assert.Equal("Refused", report.Reason);
        Assert.Equal(0, control.Acts);
    }

    [Fact]
    public async Task A_kernel_without_pidfd_is_no_reason_for_a_bare_kill()
    {
        using ParentProcess parent = ParentProcess.C("read");
        using var actuator = new ProcessActuator(ParentProcess.Options, new FakeOldKernelControl());

        ActReport report = await actuator.ActAsync(parent.Finding(), ProcessRemedies.EndParent, new ActSettings(), TestContext.Current.CancellationToken);

        Assert.Equal("Refused", report.Reason);
        Assert.Contains("no pidfd", report.Says, StringComparison.Ordinal);
        parent.AssertUnharmed();
    }
}
