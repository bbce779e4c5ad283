using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Core.Tests.Processes;

public sealed class RecheckTests : IDisposable
{
    private static readonly FakeProcess Server = new() { Pid = 100, StartTime = 500 };
    private static readonly FakeProcess Dead = new() { Pid = 4711, ParentPid = 100, State = 'Z', StartTime = 900 };

    private readonly FakeProc proc = new FakeProc().With(FakeProc.Init, Server, Dead);
    private readonly Finding finding;

    public RecheckTests() => finding = proc.Only();

    public void Dispose() => proc.Dispose();

    private Recheck Look(Finding? of = null)
    {
        using ProcessSource source = proc.Source();
        return source.RecheckAsync(of ?? finding, FakeProc.Request(), TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();
    }

    [Fact]
    public void What_is_still_there_comes_back_freshly_judged()
    {
        proc.With(Server with { State = 'T' });
        Recheck recheck = Look();
        Assert.Equal(RecheckState.Present, recheck.State);
        Assert.Equal((finding.Id, ProcessCauses.ParentStopped), (recheck.Now!.Id, recheck.Now.Cause));
    }

    [Fact]
    public void A_pid_that_another_process_has_taken_is_gone_even_if_that_one_is_a_zombie_too()
    {
        proc.With(Dead with { StartTime = 901 });
        Recheck recheck = Look();
        Assert.Equal((RecheckState.Gone, null), (recheck.State, recheck.Now));
        Assert.Contains("another process has pid 4711", recheck.Says, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_no_entry_any_more_is_gone()
    {
        proc.Remove(4711);
        Assert.Equal(RecheckState.Gone, Look().State);
    }

    [Fact]
    public void What_is_being_removed_is_gone()
    {
        proc.With(Dead with { State = 'X' });
        Assert.Equal(RecheckState.Gone, Look().State);
    }

    [Fact]
    public void What_is_of_an_earlier_boot_is_gone()
    {
        proc.Write("sys/kernel/random/boot_id", "99999999-2222-4333-8444-555555555555\n");
        Assert.Equal(RecheckState.Gone, Look().State);
    }

    [Theory]
    [InlineData("torn stat")]
    [InlineData("no boot id")]
    [InlineData("other namespace")]
    [InlineData("malformed id")]
    [InlineData("forged id")]
    [InlineData("other target")]
    public void What_cannot_be_seen_is_unknown_and_never_gone(string what)
    {
        Finding of = finding;
        switch (what)
        {
            case "torn stat": proc.Write("4711/stat", "4711 (worker) Z 100"); break;
            case "no boot id": File.Delete(Path.Combine(proc.Root, "sys/kernel/random/boot_id")); break;
            case "other namespace": proc.Link("self/ns/pid", "pid:[4026532999]"); proc.Remove(4711); break;
            case "malformed id": of = finding with { Id = finding.Id.Replace("4711", "04711", StringComparison.Ordinal) }; break;
            case "forged id": of = finding with { Id = $"process:{FakeProc.BootId}:4711:901" }; break;
            case "other target": of = finding with { Target = new UnknownTarget("pod", default) }; break;
        }

        Recheck recheck = Look(of);
        Assert.Equal((RecheckState.Unknown, null), (recheck.State, recheck.Now));
    }

    [Fact]
    public void A_missing_entry_under_hidepid_may_be_a_hidden_one_and_is_unknown()
    {
        proc.Write("self/status", System.Text.Encoding.ASCII.GetString(new FakeProcess { Pid = 900 }.Status()).Replace("000001ffffffffff", "0000000000000000", StringComparison.Ordinal));
        proc.MountOptions("rw,hidepid=2");
        proc.Remove(4711);
        Assert.Equal(RecheckState.Unknown, Look().State);
    }

    [Fact]
    public void A_zombie_that_lives_again_is_never_cleared()
    {
        proc.With(Dead with { State = 'S' });
        Recheck recheck = Look();
        Assert.Equal((RecheckState.Present, Verdict.Unknown), (recheck.State, recheck.Now!.Verdict));
        Assert.Empty(recheck.Now.Remedies);
    }

    [Fact]
    public void A_leader_whose_threads_turn_out_to_live_is_protected()
    {
        proc.With(Dead with { Threads = 2, Tasks = [(4711, 'Z'), (4712, 'R')] });
        Assert.Equal((RecheckState.Present, Verdict.Protected), (Look().State, Look().Now!.Verdict));
    }
}
