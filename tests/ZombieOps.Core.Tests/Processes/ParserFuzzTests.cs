using System.Text;
using Xunit;
using ZombieOps.Sources.Processes.Parsing;

namespace ZombieOps.Core.Tests.Processes;

/// <summary>Mutated procfs files against every parser. The seed is fixed, so that a failure comes again.</summary>
public sealed class ParserFuzzTests
{
    private const int Inputs = 250_000;
    private const int Seed = 20260102;

    private static readonly byte[][] Corpus =
    [
        new FakeProcess { Pid = 4711, State = 'Z', Threads = 2, Name = ") Z ("u8.ToArray(), ExitCode = 9 }.Stat(),
        new FakeProcess { Pid = int.MaxValue, StartTime = ulong.MaxValue, Name = "a\nb\\n"u8.ToArray() }.Stat(),
        new FakeProcess { Pid = 4711, State = 'Z', NamespacePids = "4711\t42\t1" }.Status(),
        "12:pids:/docker/3b1f0c4e5d6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e\n1:name=systemd:/\n0::/system.slice/a.service (deleted)\n"u8.ToArray(),
        "0::/kubepods.slice/kubepods-pod0a1b2c3d_1111_2222_3333_444455556666.slice:cri-containerd:3b1f0c4e5d6a7b8c9d0e\n0::/user.slice/user-1000.slice/user@1000.service/session-3.scope\n"u8.ToArray(),
        "0::/ecs/7ad2e4f1c0ffee00badc0de5deadbeef/x\n0::/lxc.payload.a/lxc/b/machine.slice/machine-c.scope/_/_.service\n"u8.ToArray(),
        "23 22 0:22 / /proc rw,relatime shared:5 - proc proc rw,hidepid=2,gid=27,subset=pid\n24 1 0:1 / /a\\040b rw - proc proc rw\n"u8.ToArray(),
    ];

    private static readonly byte[][] Tokens =
    [
        "\n"u8.ToArray(), " "u8.ToArray(), ":"u8.ToArray(), "::"u8.ToArray(), "/"u8.ToArray(), ")"u8.ToArray(), "("u8.ToArray(), "-"u8.ToArray(), "\\"u8.ToArray(), "\\0"u8.ToArray(), "\0"u8.ToArray(),
        "99999999999999999999999"u8.ToArray(), "-1"u8.ToArray(), ".scope"u8.ToArray(), ".slice"u8.ToArray(), ".service"u8.ToArray(), "session-"u8.ToArray(), "user-"u8.ToArray(), "user@"u8.ToArray(),
        "docker-"u8.ToArray(), "kubepods"u8.ToArray(), "-pod"u8.ToArray(), "pod"u8.ToArray(), "ecs/"u8.ToArray(), "NSpid:\t"u8.ToArray(), "TracerPid:\t0\n"u8.ToArray(), " (deleted)"u8.ToArray(), " - "u8.ToArray(), [0xff, 0xc3],
    ];

    [Fact]
    public void No_mutated_input_makes_a_parser_throw()
    {
        var random = new Random(Seed);
        int read = 0;
        byte[] input = [];
        try
        {
            for (int i = 0; i < Inputs; i++)
            {
                input = Mutate(random, Corpus[random.Next(Corpus.Length)]);
                if (StatParser.TryParse(input, out StatLine line))
                {
                    read++;
                    _ = new StatFacts(line).Command;
                    // Both readers must agree on what decides.
                    Assert.True(StatParser.TryReadState(input, out byte state, out int threads));
                    Assert.Equal((line.State, line.Threads), (state, threads));
                }

                read += StatusParser.TryParse(input, out _) ? 1 : 0;
                read += CgroupParser.TryParse(input, out CgroupOwners owners) && owners.Links.Length > 0 ? 1 : 0;
                read += MountInfoParser.TryFind(input, "/proc"u8, out _) ? 1 : 0;
            }
        }
        catch (Exception error) when (error is not Xunit.Sdk.XunitException)
        {
            Assert.Fail($"seed {Seed}: {error} on {Convert.ToHexString(input)}");
        }

        // Mutations that nothing accepts any more would test nothing.
        Assert.InRange(read, Inputs / 20, Inputs * 4);
    }

    private static byte[] Mutate(Random random, byte[] original)
    {
        var bytes = new List<byte>(original);
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int at = random.Next(bytes.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(0, Math.Min(20, bytes.Count - at) + 1));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    int from = random.Next(bytes.Count + 1);
                    bytes.InsertRange(at, bytes.GetRange(from, random.Next(0, Math.Min(40, bytes.Count - from) + 1)));
                    break;
            }
        }

        return [.. bytes];
    }
}
