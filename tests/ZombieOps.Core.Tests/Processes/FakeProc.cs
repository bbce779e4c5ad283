using System.Globalization;
using System.Text;
using Xunit;
using ZombieOps.Ledger;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Core.Tests.Processes;

/// <summary>One process of a made-up procfs.</summary>
internal sealed record FakeProcess
{
    public required int Pid { get; init; }

    public int ParentPid { get; init; } = 1;

    public char State { get; init; } = 'S';

    public byte[] Name { get; init; } = "worker"u8.ToArray();

    public int Threads { get; init; } = 1;

    public ulong StartTime { get; init; } = 1000;

    public int ExitCode { get; init; }

    public int ExitSignal { get; init; } = 17;

    public string Tgid { get; init; } = "";

    public int TracerPid { get; init; }

    public string NamespacePids { get; init; } = "";

    public string? NamespaceLink { get; init; } = "pid:[4026531836]";

    public ulong SignalsCaught { get; init; }

    public ulong SignalsIgnored { get; init; }

    public uint UserId { get; init; }

    public string Cgroup { get; init; } = "0::/\n";

    public string CommandLine { get; init; } = "";

    /// <summary>Thread ids and their states; null makes no <c>task</c> directory.</summary>
    public IReadOnlyList<(int Tid, char State)>? Tasks { get; init; }

    public byte[] Stat() =>
    [
        .. Encoding.ASCII.GetBytes($"{Pid} ("),
        .. Name,
        .. Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $") {State} {ParentPid} {Pid} {Pid} 0 -1 4194560 84 0 0 0 0 0 0 0 20 0 {Threads} 0 {StartTime} 0 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 {ExitSignal} 1 0 0 0 0 0 0 0 0 0 0 0 0 {ExitCode}\n")),
    ];

    public byte[] Status() => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"Name:\tworker\nUmask:\t0022\nState:\t{State} (state)\nTgid:\t{(Tgid.Length > 0 ? Tgid : Pid)}\nNgid:\t0\nPid:\t{Pid}\nPPid:\t{ParentPid}\nTracerPid:\t{TracerPid}\nUid:\t{UserId}\t{UserId}\t{UserId}\t{UserId}\nGid:\t0\t0\t0\t0\nFDSize:\t0\nGroups:\t0 \nNStgid:\t{Pid}\nNSpid:\t{(NamespacePids.Length > 0 ? NamespacePids : Pid)}\nThreads:\t{Threads}\nSigQ:\t1/1\nSigPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t{SignalsIgnored:x16}\nSigCgt:\t{SignalsCaught:x16}\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n"));
}

/// <summary>A made-up procfs in a directory of files, in memory where the machine has a place for that.</summary>
internal sealed class FakeProc : IDisposable
{
    public const string BootId = "11111111-2222-4333-8444-555555555555";

    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public FakeProc()
    {
        string parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        Root = Path.Combine(parent, "zombieops-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path.Combine(Root, "sys/kernel/random"));
        Directory.CreateDirectory(Path.Combine(Root, "self/ns"));
        Write("sys/kernel/random/boot_id", BootId + "\n");
        Write("stat", "cpu  1 2 3\nintr 1 2 3\nctxt 5\nbtime 1700000000\nprocesses 9\n");
        Write("self/status", new FakeProcess { Pid = 900 }.Status());
        Write("self/cgroup", "0::/\n");
        MountOptions("rw");
        File.CreateSymbolicLink(Path.Combine(Root, "self/ns/pid"), "pid:[4026531836]");
        File.CreateSymbolicLink(Path.Combine(Root, "self/ns/user"), "user:[4026531837]");
        Passwd = Path.Combine(Root, "passwd");
        Write("passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n");
    }

    public string Root { get; }

    public string Passwd { get; }

    public static FakeProcess Init { get; } = new() { Pid = 1, ParentPid = 0, StartTime = 1, Name = "systemd"u8.ToArray(), SignalsCaught = 0x10000, Cgroup = "0::/init.scope\n" };

    public string Of(int pid, string file) => Path.Combine(Root, pid.ToString(CultureInfo.InvariantCulture), file);

    public void Write(string path, string text) => File.WriteAllText(Path.Combine(Root, path), text);

    public void Write(string path, byte[] bytes) => File.WriteAllBytes(Path.Combine(Root, path), bytes);

    public void MountOptions(string options) =>
        Write("self/mountinfo", $"22 1 0:21 / / rw - ext4 /dev/vda rw\n23 22 0:22 / {Root} rw,relatime shared:5 - proc proc {options}\n");

    public void Link(string path, string target)
    {
        string full = Path.Combine(Root, path);
        File.Delete(full);
        File.CreateSymbolicLink(full, target);
    }

    public FakeProc With(params ReadOnlySpan<FakeProcess> processes)
    {
        foreach (FakeProcess process in processes)
        {
            string directory = Path.Combine(Root, process.Pid.ToString(CultureInfo.InvariantCulture));
            Directory.CreateDirectory(Path.Combine(directory, "ns"));
            File.WriteAllBytes(Path.Combine(directory, "stat"), process.Stat());
            File.WriteAllBytes(Path.Combine(directory, "status"), process.Status());
            File.WriteAllText(Path.Combine(directory, "cgroup"), process.Cgroup);
            File.WriteAllText(Path.Combine(directory, "cmdline"), process.CommandLine);
            if (process.NamespaceLink is { } link)
            {
                string path = Path.Combine(directory, "ns/pid");
                File.Delete(path);
                File.CreateSymbolicLink(path, link);
            }

            foreach ((int tid, char state) in process.Tasks ?? [])
            {
                string task = Path.Combine(directory, "task", tid.ToString(CultureInfo.InvariantCulture));
                Directory.CreateDirectory(task);
                File.WriteAllBytes(Path.Combine(task, "stat"), (process with { Pid = tid, State = state }).Stat());
            }
        }

        return this;
    }

    public void Remove(int pid) => Directory.Delete(Path.Combine(Root, pid.ToString(CultureInfo.InvariantCulture)), recursive: true);

    public ProcessSource Source(int workers = 1) =>
        new(new EngineOptions { ProcRoot = Root, Host = "made-up" }, Passwd, workers);

    public static ScanRequest Request(double ageSeconds = 600) => new()
    {
        Settle = TimeSpan.Zero,
        Sightings = new FakeSightings(TimeSpan.FromSeconds(ageSeconds)),
    };

    public ScanReport Scan(double ageSeconds = 600, int workers = 1)
    {
        using ProcessSource source = Source(workers);
        return source.ScanAsync(Request(ageSeconds), TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();
    }

    public Finding Only(double ageSeconds = 600) => Assert.Single(Scan(ageSeconds).Findings);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>A ledger in which everything has the same age.</summary>
internal sealed class FakeSightings(TimeSpan age, AgeSource from = AgeSource.Ledger) : ISightings
{
    public Sighting Of(string findingId) => new(FakeProc.Now - age, age, from);
}
