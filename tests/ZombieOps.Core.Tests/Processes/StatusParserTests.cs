using System.Text;
using Xunit;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Core.Tests.Processes;

public sealed class StatusParserTests
{
    private static readonly FakeProcess Plain = new()
    {
        Pid = 30587,
        ParentPid = 12,
        State = 'Z',
        Threads = 2,
        TracerPid = 77,
        NamespacePids = "30587\t42",
        SignalsIgnored = 0x1000,
        SignalsCaught = 0x10002,
        UserId = 1000,
    };

    [Fact]
    public void Every_field_is_read()
    {
        Assert.True(StatusParser.TryParse(Plain.Status(), out StatusFacts facts));
        Assert.Equal((uint?)1000, facts.UserId);
        Assert.Equal(30587, facts.ThreadGroup);
        Assert.Equal(12, facts.ParentPid);
        Assert.Equal(77, facts.TracerPid);
        Assert.Equal(2, facts.Threads);
        Assert.Equal([30587, 42], facts.NamespacePids!);
        Assert.Equal(0x1000UL, facts.SignalsIgnored);
        Assert.Equal(0x10002UL, facts.SignalsCaught);
        Assert.Equal(0x1ffffffffffUL, facts.Capabilities);
        Assert.Equal(0, facts.Seccomp);
        Assert.Equal([0u], facts.Groups!);
    }

    [Fact]
    public void A_torn_file_gives_the_true_value_of_a_field_or_none()
    {
        byte[] whole = Plain.Status();
        Assert.True(StatusParser.TryParse(whole, out StatusFacts all));
        for (int length = 0; length < whole.Length; length++)
        {
            bool read = StatusParser.TryParse(whole.AsSpan(0, length), out StatusFacts facts);
            Assert.Equal(length > 0 && whole[length - 1] == (byte)'\n', read);
            Assert.True(facts.TracerPid is null || facts.TracerPid == all.TracerPid);
            Assert.True(facts.UserId is null || facts.UserId == all.UserId);
            Assert.True(facts.SignalsCaught is null || facts.SignalsCaught == all.SignalsCaught);
            Assert.True(facts.SignalsIgnored is null || facts.SignalsIgnored == all.SignalsIgnored);
            Assert.True(facts.NamespacePids is null || facts.NamespacePids.SequenceEqual(all.NamespacePids!));
        }
    }

    [Theory]
    [InlineData("TracerPid:\t0\nTracerPid:\t0\n")]
    [InlineData("TracerPid:\t-1\n")]
    [InlineData("TracerPid:\t99999999999\n")]
    [InlineData("TracerPid:\t\n")]
    [InlineData("TracerPid:\t0x1\n")]
    [InlineData("Uid:\t4294967296\t0\t0\t0\n")]
    [InlineData("Uid:\t\n")]
    [InlineData("NSpid:\t\n")]
    [InlineData("NSpid:\t1\tx\n")]
    [InlineData("NSpid:\t4294967295\n")]
    [InlineData("SigCgt:\t00000000000000001\n")]
    [InlineData("SigCgt:\t000000000001000g\n")]
    [InlineData("SigIgn:\t\n")]
    public void A_field_that_makes_no_sense_makes_the_whole_file_unread(string text)
    {
        Assert.False(StatusParser.TryParse(Encoding.ASCII.GetBytes("Pid:\t1\nUmask:\t0\n" + text), out StatusFacts facts));
        Assert.Null(facts.TracerPid);
    }

    [Fact]
    public void A_kernel_without_a_field_leaves_it_unread()
    {
        Assert.True(StatusParser.TryParse("Name:\ta\nPid:\t1\n"u8, out StatusFacts facts));
        Assert.Null(facts.TracerPid);
        Assert.Null(facts.NamespacePids);
        Assert.Null(facts.SignalsCaught);
    }
}
