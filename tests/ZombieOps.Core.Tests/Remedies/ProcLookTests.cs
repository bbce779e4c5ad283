using Xunit;
using ZombieOps.Sources.Processes.Parsing;
using ZombieOps.Sources.Processes.Remedies;

namespace ZombieOps.Core.Tests.Remedies;

/// <summary>Fresh reads on a made-up procfs.</summary>
public sealed class ProcLookTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("zombieops-proc-").FullName;

    private ProcLook Look => new(new EngineOptions { ProcRoot = root });

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static string Stat(int pid, string command, char state, int parent, int threads = 1, ulong start = 5, int exit = 0, uint flags = 0) =>
        $"{pid} ({command}) {state} {parent} 1 1 0 -1 {flags} 0 0 0 0 0 0 0 0 20 0 {threads} 0 {start} "
        + string.Concat(Enumerable.Repeat("0 ", 29)) + exit + "\n";

    private void Process(int pid, string command, char state, int parent, int threads = 1, int exit = 0, params (int Tid, char State)[] tasks)
    {
        string text = Stat(pid, command, state, parent, threads, exit: exit);
        Write($"{pid}/stat", text);
        foreach ((int tid, char taskState) in tasks.Length == 0 ? [(pid, state)] : tasks)
        {
            Write($"{pid}/task/{tid}/stat", Stat(tid, command, taskState, parent, threads));
        }
    }

    private void Write(string path, string text)
    {
        string full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    [Theory]
    [InlineData("sh")]
    [InlineData(") Z (")]
    [InlineData("a b) S 1 1")]
    [InlineData("")]
    [InlineData("((((")]
    public void A_command_name_cannot_pose_as_other_fields(string command)
    {
        Process(7, command, 'S', 42, exit: 1792);

        Assert.Equal(LookState.Read, Look.Stat(7, out StatFacts stat));
        Assert.Equal(('S', command, 42, 5UL, (int?)1792), (stat.State, stat.Command, stat.ParentPid, stat.StartTime, stat.ExitCode));
    }

    [Theory]
    [InlineData("")]
    [InlineData("7 (sh")]
    [InlineData("7 (sh) Z 1")]
    [InlineData("7 sh) Z ( 1")]
    [InlineData("7 (sh) ZZ 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5")]
    [InlineData("7 (sh) Z 99999999999 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5")]
    [InlineData("7 (sh) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 -5")]
    public void A_torn_or_absurd_line_is_a_failure_and_no_process(string line)
    {
        Write("7/stat", line);

        Assert.Equal(LookState.Failed, Look.Stat(7, out _));
    }

    [Fact]
    public void What_is_not_there_is_gone() => Assert.Equal(LookState.Gone, Look.Stat(7, out _));

    [Fact]
    public void Children_are_found_without_the_kernels_list_too()
    {
        Process(10, "parent", 'S', 1);
        Process(11, "dead", 'Z', 10);
        Process(12, "live", 'S', 10);
        Process(13, "other", 'Z', 12);
        Process(14, "leader", 'Z', 10, threads: 2, tasks: [(14, 'Z'), (15, 'S')]);

        Assert.Equal([11, 12, 14], Look.Children(10)!.Order());
        // A dead first thread with a live one behind it is a live child.
        Assert.Equal((1, 2), Look.CountChildren(10));

        Write("10/task/10/children", "11 ");
        Assert.Equal([11], Look.Children(10));
    }

    [Fact]
    public void Every_thread_has_to_be_dead()
    {
        Process(1, "dead", 'Z', 0, tasks: [(1, 'Z'), (2, 'X')]);
        Process(3, "live", 'Z', 0, tasks: [(3, 'Z'), (4, 'D')]);
        Write("5/task/5/stat", "torn");

        Assert.True(Look.AllThreadsDead(1));
        Assert.False(Look.AllThreadsDead(3));
        Assert.Null(Look.AllThreadsDead(5));
        Assert.Null(Look.AllThreadsDead(6));
    }

    [Fact]
    public void A_namespace_that_cannot_be_told_is_not_ours()
    {
        Process(10, "parent", 'S', 1);
        Write("10/status", "Name:\tparent\nTracerPid:\t0\nNSpid:\t10\nSeccomp:\t0\nSigCgt:\t0000000000010000\n");

        Assert.Equal(LookState.Read, Look.Parent(10, out var unknown, out _));
        Assert.Null(unknown!.Facts.InOurPidNamespace);

        Write("self/status", "Name:\tme\nNSpid:\t99\n");
        Look.Parent(10, out var ours, out _);
        Assert.True(ours!.Facts.InOurPidNamespace);
        Assert.Equal((0x10000UL, 0, 0), (ours.Facts.SignalsCaught, ours.Facts.TracerPid, ours.Facts.Seccomp));

        Write("10/status", "Name:\tparent\nNSpid:\t10\t1\n");
        Look.Parent(10, out var inner, out _);
        Assert.False(inner!.Facts.InOurPidNamespace);
        Assert.True(inner.Facts.IsInit);
        Assert.Null(inner.Facts.Seccomp);
    }

    [Theory]
    [InlineData(1792, "exitStatus=1792 exitCode=7")]
    [InlineData(0, "exitStatus=0 exitCode=0")]
    [InlineData(9, "exitStatus=9 termSignal=9")]
    [InlineData(139, "exitStatus=139 termSignal=11")]
    public void An_exit_status_is_written_down_as_wait_gives_it(int status, string expected)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);

        ReapAct.AddExitStatus(facts, status);

        Assert.Equal(expected.Split(' ').Order(StringComparer.Ordinal), facts.Select(fact => $"{fact.Key}={fact.Value}").Order(StringComparer.Ordinal));
    }
}
