using System.Globalization;
using System.Text;
using Xunit;
using ZombieOps.Model;
using ZombieOps.Sources;
using ZombieOps.Sources.Processes;

namespace ZombieOps.Core.Tests.Processes;

/// <summary>Ten thousand hostile process tables, each with its own truth. A table is its seed: a failure names it.</summary>
public sealed class GeneratedTableTests
{
    private const int Tables = 10_000;

    [Fact]
    public void No_live_program_is_ever_a_zombie_and_no_zombie_is_missed_in_ten_thousand_tables()
    {
        int next = 0;
        int zombies = 0;
        int others = 0;
        var failures = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 2, _ =>
        {
            using var tables = new FakeTables();
            int seed;
            while ((seed = Interlocked.Increment(ref next)) <= Tables && failures.IsEmpty)
            {
                (int found, int rest, string? failure) = tables.Check(seed);
                Interlocked.Add(ref zombies, found);
                Interlocked.Add(ref others, rest);
                if (failure is not null)
                {
                    failures.Add($"seed {seed}: {failure}");
                }
            }
        });
        Assert.Empty(failures);
        // The generator must not have made the question empty.
        Assert.True(zombies > 5_000, $"{zombies} zombies");
        Assert.True(others > 20_000, $"{others} others");
    }

    /// <summary>A made-up procfs that is filled anew for every table.</summary>
    private sealed class FakeTables : IDisposable
    {
        private const int Slots = 8;
        private const string Id = "3b1f0c4e5d6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e";

        private static readonly byte[][] Names =
        [
            "worker"u8.ToArray(), ") Z ("u8.ToArray(), "a) Z 1 1"u8.ToArray(), ") R 1 (x) Z 1"u8.ToArray(), "x\ny) Z 1\n("u8.ToArray(), ""u8.ToArray(),
            "(((("u8.ToArray(), "))))"u8.ToArray(), " Z "u8.ToArray(), [0xff, 0xfe, 0x80, (byte)')', (byte)' ', (byte)'Z'], "\u001b[2J) S 0"u8.ToArray(), "\\012) Z"u8.ToArray(),
        ];

        private static readonly string[] Contained =
        [
            $"0::/system.slice/docker-{Id}.scope\n", $"0::/kubepods/burstable/pod0a1b2c3d-1111-2222-3333-444455556666/{Id}\n", $"4:pids:/ecs/7ad2e4f1c0ffee00badc0de5deadbeef/{Id}\n0::/\n",
            $"0::/machine.slice/libpod-{Id}.scope (deleted)\n", $"1:name=systemd:/docker/{Id}\n",
        ];

        private readonly FakeProc proc = new FakeProc().With(FakeProc.Init);
        private readonly string[] places = new string[Slots];

        public FakeTables()
        {
            for (int i = 0; i < Slots; i++)
            {
                // Not a process id, however much it looks like one.
                places[i] = Path.Combine(proc.Root, $"0{i}");
                Directory.CreateDirectory(Path.Combine(places[i], "ns"));
            }
        }

        public (int Zombies, int Others, string? Failure) Check(int seed)
        {
            var random = new Random(seed);
            var truth = new SortedDictionary<int, (Verdict Verdict, string Kind)>();
            int scanned = 1;
            bool hidden = false;

            int parentPid = Pid(random, 2);
            FakeProcess parent = new()
            {
                Pid = parentPid,
                StartTime = (ulong)random.Next(100, 1000),
                State = "SRDTtI"[random.Next(6)],
                Name = Pick(random, Names),
                SignalsCaught = random.Next(2) == 0 ? 0x10000UL : 0,
                SignalsIgnored = random.Next(4) == 0 ? 0x10000UL : 0,
                Threads = random.Next(1, 4),
            };
            int parentFault = random.Next(12);
            bool parentForeign = parentFault == 0;
            bool parentContained = parentFault == 1;
            bool parentUnread = parentFault is 2 or 3;
            parent = parentFault switch
            {
                0 => parent with { NamespacePids = $"{parentPid}\t1", NamespaceLink = "pid:[4026532999]" },
                1 => parent with { Cgroup = Pick(random, Contained) },
                _ => parent,
            };
            Put(0, parent);
            scanned++;
            if (parentFault == 2)
            {
                Tear(random, 0, "status", parent.Status());
            }
            else if (parentFault == 3)
            {
                Tear(random, 0, "stat", parent.Stat());
                hidden = true;
            }

            int count = random.Next(1, Slots);
            for (int slot = 1; slot < count; slot++)
            {
                int pid = Pid(random, slot + 2);
                FakeProcess process = new()
                {
                    Pid = pid,
                    ParentPid = parentPid,
                    StartTime = parent.StartTime + (ulong)random.Next(0, 100000),
                    State = 'Z',
                    Name = Pick(random, Names),
                    ExitCode = random.Next(4) * 256,
                };
                scanned++;
                Verdict usual = parentUnread ? Verdict.Unknown : parentForeign || parentContained ? Verdict.ReportOnly : Verdict.Zombie;
                string kind = ProcessKinds.Zombie;
                switch (random.Next(20))
                {
                    case 0 or 1 or 2:
                        Put(slot, process with { State = "SRDTtI"[random.Next(6)], Threads = random.Next(1, 5) });
                        continue;
                    case 3:
                        // A live program with a dead leader, in any company of dead threads.
                        int threads = random.Next(2, 4);
                        int alive = random.Next(1, threads);
                        Put(slot, process with { Threads = threads, Tasks = [.. Enumerable.Range(0, threads).Select(i => (pid + i, i == alive ? "SRDTt"[random.Next(5)] : "ZX"[i == 0 ? 0 : random.Next(2)]))] });
                        (usual, kind) = (Verdict.Protected, ProcessKinds.LeaderExited);
                        break;
                    case 4:
                        Put(slot, process with { Threads = 2, Tasks = [(pid, 'Z'), (pid + 1, 'X')] });
                        break;
                    case 5:
                        // Threads that cannot be looked at: no directory at all, or a torn one in it.
                        Put(slot, process with { Threads = 2, Tasks = random.Next(2) == 0 ? [(pid, 'Z'), (pid + 1, 'S')] : null });
                        if (Directory.Exists(Path.Combine(places[slot], "task")))
                        {
                            Tear(random, slot, $"task/{pid + 1}/stat", File.ReadAllBytes(Path.Combine(places[slot], $"task/{pid + 1}/stat")));
                        }

                        usual = Verdict.Unknown;
                        break;
                    case 6:
                        Put(slot, process);
                        Tear(random, slot, "stat", process.Stat());
                        hidden = true;
                        continue;
                    case 7:
                        Put(slot, process);
                        Tear(random, slot, "status", process.Status());
                        usual = Verdict.Unknown;
                        break;
                    case 8:
                        Put(slot, process);
                        Tear(random, slot, "cgroup", Encoding.ASCII.GetBytes(process.Cgroup));
                        usual = Verdict.Unknown;
                        break;
                    case 9:
                        Put(slot, process with { NamespacePids = $"{pid}\t{random.Next(2, 500)}", NamespaceLink = "pid:[4026532999]" });
                        usual = usual == Verdict.Zombie ? Verdict.ReportOnly : usual;
                        break;
                    case 10:
                        Put(slot, process with { Cgroup = Pick(random, Contained) });
                        usual = usual == Verdict.Zombie ? Verdict.ReportOnly : usual;
                        break;
                    case 11:
                        // Its parent's pid now belongs to a younger process.
                        Put(slot, process with { StartTime = parent.StartTime - (ulong)random.Next(1, 50) });
                        usual = Verdict.Unknown;
                        break;
                    case 12:
                        Put(slot, process with { ParentPid = random.Next(2) == 0 ? 0 : int.MaxValue });
                        usual = Verdict.Unknown;
                        break;
                    case 13:
                        // Huge values: what does not fit is not read, and never cut down to something that fits.
                        Put(slot, process);
                        proc.Write($"{pid}/stat", Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(process.Stat()).Replace($" {process.StartTime} 0 0 ", " 99999999999999999999 0 0 ", StringComparison.Ordinal)));
                        hidden = true;
                        continue;
                    case 14:
                        // Another process's file under this pid.
                        Put(slot, process);
                        proc.Write($"{pid}/stat", (process with { Pid = pid + 1 }).Stat());
                        hidden = true;
                        continue;
                    default:
                        Put(slot, process);
                        break;
                }

                truth.Add(pid, (usual, kind));
            }

            for (int slot = count; slot < Slots; slot++)
            {
                Clear(slot);
            }

            ScanReport report = proc.Scan();
            string? failure = Compare(report, truth, scanned, hidden) ?? Reuse(random, report);
            return (truth.Values.Count(t => t.Verdict == Verdict.Zombie), scanned - truth.Values.Count(t => t.Verdict == Verdict.Zombie), failure);
        }

        public void Dispose() => proc.Dispose();

        /// <summary>Changes what a finding stands for between the scan and the act: no other process may be taken for it.</summary>
        private string? Reuse(Random random, ScanReport report)
        {
            foreach (Finding finding in report.Findings.Where(finding => finding.Verdict == Verdict.Zombie))
            {
                var target = (ProcessTarget)finding.Target;
                FakeProcess process = new() { Pid = target.Pid, ParentPid = target.ParentPid, State = 'Z', StartTime = target.StartTime };
                FakeProcess? other = null;
                bool gone = true;
                switch (random.Next(6))
                {
                    case 0:
                        other = process with { StartTime = target.StartTime + (ulong)random.Next(1, 1000) };
                        break;
                    case 1:
                        other = process with { StartTime = target.StartTime + 1, State = 'R', Name = Pick(random, Names) };
                        break;
                    case 2:
                        other = process with { State = 'X' };
                        break;
                    case 3:
                        other = process with { Threads = 2, Tasks = [(target.Pid, 'Z'), (target.Pid + 1, 'S')] };
                        gone = false;
                        break;
                    case 4:
                        other = process with { State = "SRDT"[random.Next(4)] };
                        gone = false;
                        break;
                    default:
                        continue;
                }

                proc.With(other);
                using ProcessSource source = proc.Source();
                Recheck now = source.RecheckAsync(finding, FakeProc.Request(), TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();
                if (now.Now?.Verdict == Verdict.Zombie || (now.State == RecheckState.Gone) != gone)
                {
                    return $"{other} was taken for {finding.Id}: {now.State}, {now.Now?.Verdict}";
                }
            }

            return null;
        }

        private static string? Compare(ScanReport report, SortedDictionary<int, (Verdict Verdict, string Kind)> truth, int scanned, bool hidden)
        {
            string wanted = string.Join(" ", truth.Select(t => $"{t.Key}:{t.Value.Verdict}:{t.Value.Kind}"));
            string found = string.Join(" ", report.Findings.Select(f => $"{((ProcessTarget)f.Target).Pid}:{f.Verdict}:{f.Kind}"));
            bool complete = !hidden && truth.Values.All(t => t.Verdict != Verdict.Unknown);
            return wanted != found ? $"wanted {wanted}, found {found}"
                : report.Counts.Scanned != scanned ? $"{scanned} processes, {report.Counts.Scanned} counted"
                : report.Complete != complete ? $"complete should be {complete}: {string.Join("; ", report.IncompleteBecause)}"
                : null;
        }

        private static T Pick<T>(Random random, T[] of) => of[random.Next(of.Length)];

        private static int Pid(Random random, int slot) => (slot * 1_000_000) + random.Next(1, 999_000);

        private void Put(int slot, FakeProcess process)
        {
            Clear(slot);
            string place = Path.Combine(proc.Root, process.Pid.ToString(CultureInfo.InvariantCulture));
            Directory.Move(places[slot], place);
            places[slot] = place;
            proc.With(process);
        }

        private void Clear(int slot)
        {
            string task = Path.Combine(places[slot], "task");
            if (Directory.Exists(task))
            {
                Directory.Delete(task, recursive: true);
            }

            string place = Path.Combine(proc.Root, $"0{slot}");
            if (places[slot] != place)
            {
                Directory.Move(places[slot], place);
                places[slot] = place;
            }
        }

        /// <summary>Cuts a file off at a byte that is no end of a line.</summary>
        private void Tear(Random random, int slot, string file, byte[] whole)
        {
            int length;
            do
            {
                length = random.Next(0, whole.Length);
            }
            while (length > 0 && whole[length - 1] == (byte)'\n');
            File.WriteAllBytes(Path.Combine(places[slot], file), whole[..length]);
        }
    }
}
