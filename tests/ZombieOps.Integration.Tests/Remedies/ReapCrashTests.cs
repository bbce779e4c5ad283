using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Xunit;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Integration.Tests.Remedies;

/// <summary>SIGKILL to the reap helper at every step, and to the tool behind it.</summary>
public sealed class ReapCrashTests
{
    // The steps of reaper.s. 7 and 8 are the unsafe window.
    private static readonly int[] SafeSteps = [1, 2, 3, 4, 5, 6, 9, 10];

    public ReapCrashTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "x86-64 Linux");
    }

    public static TheoryData<string, int> Matrix()
    {
        var data = new TheoryData<string, int>();
        foreach (string mode in new[] { "compute", "read", "nanosleep", "epoll", "epoll-retry", "ppoll", "futex", "storm", "trap", "threads" })
        {
            foreach (int step in SafeSteps)
            {
                // Between the stop and the write that makes the call go on, the death of the helper is to epoll_wait what SIGSTOP and
                // SIGCONT are: EINTR (signal(7)). A program that takes that is unharmed there too.
                if (mode != "epoll" || step is not (3 or 4))
                {
                    data.Add(mode, step);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void A_helper_that_is_killed_outside_the_window_leaves_the_parent_unharmed(string mode, int step)
    {
        using ParentProcess parent = ParentProcess.C(mode);

        ReapReply reply = ReapTests.Direct(parent, parent.Zombies[0], dieAt: step);

        Assert.Equal((ReapOutcome.HelperDied, step), (reply.Outcome, reply.Step));
        bool there = ParentProcess.IsZombie(parent.Zombies[0]);
        // A signal that came first takes the helper to step 9 with the call not made.
        Assert.True(there == step < 9 || (mode == "storm" && step == 9));
        if (there)
        {
            // The next run does what this one did not.
            Assert.Equal(ReapOutcome.Done, ReapTests.Direct(parent, parent.Zombies[0]).Outcome);
            Assert.False(ParentProcess.IsZombie(parent.Zombies[0]));
        }

        parent.AssertUnharmed();
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void The_window_is_where_it_is_said_to_be(int step)
    {
        using ParentProcess parent = ParentProcess.C("compute");

        ReapReply reply = ReapTests.Direct(parent, parent.Zombies[0], dieAt: step);

        Assert.Equal((ReapOutcome.HelperDied, step), (reply.Outcome, reply.Step));
        // It goes on with registers that are not its own: whatever it does then, it does not end well.
        Assert.DoesNotContain("ok", parent.Finish().Says, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tool_that_is_killed_while_the_helper_works_changes_nothing()
    {
        using var directory = new TemporaryDirectory();
        string code = Path.Combine(directory.Path, "code");
        File.WriteAllBytes(code, [.. ReaperCode.Bytes, .. new byte[4096 - ReaperCode.Bytes.Length]]);
        for (int i = 0; i < 20; i++)
        {
            using ParentProcess parent = ParentProcess.C(i % 2 == 0 ? "compute" : "epoll");
            byte[] page = new byte[ReapPage.Size];
            BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(0x10), parent.Pid);
            BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(0x14), parent.Zombies[0]);
            BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(0x20), SyscallFinder.In(ParentProcess.Look, parent.Pid).Address);
            BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(0x3c), 64);
            BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(0x58), 200_000);
            string shared = Path.Combine(directory.Path, $"page{i}");
            File.WriteAllBytes(shared, page);

            // 137: killed by SIGKILL, by itself, right after the helper was started.
            Assert.Equal(137, CParents.Run(CParents.Program(), "driver", code, shared)!.Value.ExitCode);

            Assert.True(ParentProcess.Until(() => !ParentProcess.IsZombie(parent.Zombies[0])));
            Assert.True(ParentProcess.Until(() => File.ReadAllBytes(shared)[0x08] == (int)ReapOutcome.Done));
            parent.AssertUnharmed();
        }
    }
}
