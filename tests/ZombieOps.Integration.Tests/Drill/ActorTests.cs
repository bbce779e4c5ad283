using Xunit;
using ZombieOps.Cli.Drill;

namespace ZombieOps.Integration.Tests.Drill;

/// <summary>The actors are the tests' and the drill's truth, so they are checked against procfs and not against the engine.</summary>
public sealed class ActorTests
{
    [Theory]
    [InlineData("not-waiting")]
    [InlineData("missed")]
    [InlineData("ignored-late")]
    [InlineData("stopped")]
    [InlineData("traced")]
    [InlineData("parent-dead")]
    [InlineData("uninterruptible")]
    [InlineData("init-not-reaping")]
    public void An_actor_is_the_parent_of_a_zombie_and_takes_it_along_when_it_ends(string role)
    {
        using var actor = Actor.Start(role);
        if (actor.SkippedBecause is { } missing)
        {
            Assert.Skip(missing);
        }

        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        Assert.Contains(actor.ZombiePid, ProcFs.ChildrenOf(actor.ParentPid));

        actor.Dispose();

        Assert.Null(ProcFs.State(actor.Pid));
        Assert.Null(ProcFs.State(actor.HostPid));
        Assert.All(actor.ZombiePids, zombie => Assert.Null(ProcFs.State(zombie)));
    }

    [Fact]
    public void A_leader_that_has_exited_shows_Z_and_its_program_goes_on()
    {
        using var actor = Actor.Start("leader-exited");

        Assert.Equal('Z', ProcFs.State(actor.Pid));
        Assert.True(actor.GoesOn());
        Assert.True(actor.GoesOn());
    }

    [Fact]
    public void A_missed_signal_is_made_up_for_by_one_signal_a_child()
    {
        using var actor = Actor.Start("missed", 3);
        Assert.Equal(3, actor.ZombiePids.Count);

        for (int left = 2; left >= 0; left--)
        {
            Libc.kill(actor.Pid, Libc.SigChld);
            Assert.True(SpinWait.SpinUntil(() => actor.ZombiePids.Count(zombie => ProcFs.State(zombie) is not null) == left, 10_000));
        }
    }

    [Fact]
    public void A_stopped_parent_waits_as_soon_as_it_is_continued()
    {
        using var actor = Actor.Start("stopped");
        Libc.kill(actor.Pid, Libc.SigCont);
        Assert.True(ProcFs.AwaitGone(actor.ZombiePid));
        Assert.NotNull(ProcFs.State(actor.Pid));
    }

    [Fact]
    public void A_traced_zombie_goes_when_its_tracer_ends()
    {
        using var actor = Actor.Start("traced");
        if (actor.SkippedBecause is { } missing)
        {
            Assert.Skip(missing);
        }

        Assert.Contains($"TracerPid:\t{actor.TracerPid}\n", File.ReadAllText($"/proc/{actor.ZombiePid}/status"), StringComparison.Ordinal);
        actor.EndTracer();
        Assert.True(ProcFs.AwaitGone(actor.ZombiePid));
    }

    [Fact]
    public void A_parent_in_uninterruptible_sleep_waits_once_it_gets_its_answer()
    {
        using var actor = Actor.Start("uninterruptible");
        Assert.Equal('D', ProcFs.State(actor.ParentPid));
        actor.Unblock();
        Assert.Null(ProcFs.State(actor.ZombiePid));
        Assert.NotNull(ProcFs.State(actor.ParentPid));
    }

    [Fact]
    public void Zombies_of_an_ended_parent_are_reaped_by_the_host_at_once()
    {
        using var actor = Actor.Start("not-waiting", 20);
        Libc.kill(actor.Pid, Libc.SigTerm);
        Assert.All(actor.ZombiePids, zombie => Assert.True(ProcFs.AwaitGone(zombie, 2_000)));
    }

    [Theory]
    [InlineData("read")]
    [InlineData("sleep")]
    [InlineData("epoll")]
    [InlineData("compute")]
    [InlineData("threads")]
    public void A_parent_that_does_not_wait_may_do_anything_else(string mode)
    {
        using var actor = Actor.Start("not-waiting", 1, mode);
        Assert.Equal('Z', ProcFs.State(actor.ZombiePid));
        if (mode is "compute" or "threads")
        {
            Assert.True(actor.GoesOn());
        }
    }

    [Fact]
    public void A_host_that_is_killed_leaves_no_process_behind()
    {
        using var host = ActorHost.Open();
        IReadOnlyList<Actor> actors = host.Start([["not-waiting"], ["leader-exited"], ["parent-dead"], ["stopped"], ["traced"], ["uninterruptible"], ["init-not-reaping"]]);
        int[] all = [.. Descendants(host.Pid)];
        Assert.True(all.Length >= 2 * actors.Count - 1, string.Join(' ', all));

        Libc.kill(host.Pid, Libc.SigKill);

        // What is left of them is at most a zombie, and those are waited for by the first process of this machine.
        Assert.All(all, pid => Assert.True(SpinWait.SpinUntil(() => ProcFs.State(pid) is null or 'Z', 10_000), $"{pid} is {ProcFs.State(pid)}"));
    }

    internal static IEnumerable<int> Descendants(int pid) =>
        ProcFs.ChildrenOf(pid).SelectMany(child => Descendants(child).Prepend(child));
}
