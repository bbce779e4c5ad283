using System.Text;
using Xunit;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Core.Tests.Processes;

public sealed class StatParserTests
{
    private static readonly FakeProcess Plain = new() { Pid = 4711, ParentPid = 12, State = 'Z', Threads = 3, StartTime = 987654321, ExitCode = 1792 };

    public static TheoryData<string> HostileNames =>
        ["", " ", ")", "(", ") Z (", ") R 1 1 1", "a b)c", "x) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 (", "new\nline", "a) Z 1\n2 (b", "tab\tbell\a", "\u00e9\u4e16", "((((", "))))"];

    [Fact]
    public void Every_field_is_read_from_its_place()
    {
        Assert.True(StatParser.TryParse(Plain.Stat(), out StatLine line));
        Assert.Equal((4711, 12, (byte)'Z', 3, 987654321UL, 1792), (line.Pid, line.ParentPid, line.State, line.Threads, line.StartTime, line.ExitCode));
        Assert.Equal("worker", Encoding.ASCII.GetString(line.Name));
        Assert.Equal(17, line.ExitSignal);
        Assert.True(StatParser.TryParse((Plain with { ExitSignal = 0 }).Stat(), out line));
        Assert.Equal((0, 1792), (line.ExitSignal, line.ExitCode));
        Assert.True(StatParser.TryParse("1 (a) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n"u8, out line));
        Assert.Null(line.ExitSignal);
    }

    [Theory]
    [MemberData(nameof(HostileNames))]
    public void The_state_is_read_after_the_last_bracket_whatever_the_name_holds(string name)
    {
        FakeProcess process = Plain with { State = 'S', Name = Encoding.UTF8.GetBytes(name) };
        Assert.True(StatParser.TryReadState(process.Stat(), out byte state, out int threads));
        Assert.Equal((byte)'S', state);
        Assert.Equal(3, threads);
        Assert.True(StatParser.TryParse(process.Stat(), out StatLine line));
        Assert.Equal(name, Encoding.UTF8.GetString(line.Name));
        Assert.Equal(987654321UL, line.StartTime);
    }

    [Theory]
    [MemberData(nameof(HostileNames))]
    public void A_file_torn_at_any_byte_is_never_read(string name)
    {
        // A name with a line break may end in one: the rest of the line is missing then, and that must be seen as well.
        byte[] whole = (Plain with { Name = Encoding.UTF8.GetBytes(name) }).Stat();
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.False(StatParser.TryReadState(whole.AsSpan(0, length), out _, out _), $"state read from {length} bytes of '{name}'");
            Assert.False(StatParser.TryParse(whole.AsSpan(0, length), out _), $"{length} bytes of '{name}'");
        }
    }

    [Theory]
    [InlineData("99999999999999999999 (a) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")]
    [InlineData("1 (a) Z 4294967296 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")]
    [InlineData("1 (a) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 99999999999 0 5 0 0\n")]
    [InlineData("1 (a) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 18446744073709551616 0 0\n")]
    [InlineData("1 (a) Z -1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")]
    [InlineData("1 (a) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 -1 0 5 0 0\n")]
    [InlineData("1 (a) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 -5 0 0\n")]
    [InlineData("1 (a) Z 1 1\n 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")]
    [InlineData("-1 (a) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")]
    [InlineData("1 ) Z (a 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")]
    [InlineData("1 (a) 5 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")]
    [InlineData("1 (a) ZZ 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n")]
    [InlineData(")\n")]
    [InlineData("\n")]
    public void Values_that_no_kernel_writes_are_refused_and_never_cut_down(string text) =>
        Assert.False(StatParser.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void The_greatest_start_time_is_kept_whole()
    {
        Assert.True(StatParser.TryParse((Plain with { StartTime = ulong.MaxValue }).Stat(), out StatLine line));
        Assert.Equal(ulong.MaxValue, line.StartTime);
    }

    [Theory]
    [InlineData(@"a\nb", "a\nb")]
    [InlineData(@"a\\nb", @"a\nb")]
    [InlineData(@"a\012b", "a\nb")]
    [InlineData(@"a\", @"a\")]
    [InlineData(@"a\9", @"a\9")]
    [InlineData(@"\777", @"\777")]
    public void Names_come_back_as_the_program_set_them(string escaped, string plain) =>
        Assert.Equal(plain, StatParser.Unescape(Encoding.ASCII.GetBytes(escaped)));
}
