using System.Text;
using Xunit;
using ZombieOps.Policies;

namespace ZombieOps.Core.Tests.Policies;

/// <summary>Whatever is in a file: it is a policy, or it has an error that names a place in it.</summary>
public sealed class PolicyFuzzTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Pieces =
    [
        "[", "]", "{", "}", ": ", "\n", "\n  ", "\n- ", "---\n", "...\n", "&a ", "*a", "!!x ", "!<", "%YAML 1.2\n", "%TAG ! x\n", "|", ">", "|+9\n", "? ", "- ", "'", "\"", "\\x", "\t", "#", "~", "<<: ", "\0", "\uFEFF", "𝄞",
        "sources", "windows:", "999999999999999999999", "24:00", "-1", ".inf", "0x", "2027-99-99", "password", "a: b: c",
    ];

    private static void Check(byte[] bytes)
    {
        PolicyReading reading = PolicyReader.Parse(bytes, "/p/policy.yaml", Now);
        Assert.Equal(reading.Policy is null, reading.Faults.Any(fault => fault.StopsRun));
        int lines = bytes.Count(b => b == (byte)'\n') + bytes.Count(b => b == (byte)'\r') + 2;
        foreach (PolicyFault fault in reading.Faults)
        {
            Assert.InRange(fault.Line, 1, lines + bytes.Length);
            Assert.InRange(fault.Column, 1, bytes.Length + 2);
            Assert.NotEqual("", fault.Says);
            Assert.NotEqual("", fault.Instead);
            Assert.DoesNotContain('\n', fault.Says + fault.Instead);
        }
    }

    [Fact]
    public void Mutated_policies_throw_nothing()
    {
        string[] seeds = [.. Directory.GetFiles(RepositoryRoot.File("deploy/policy"), "*.yaml").Select(File.ReadAllText)];
        Assert.NotEmpty(seeds);
        var random = new Random(5);
        for (int i = 0; i < 6000; i++)
        {
            var text = new StringBuilder(seeds[random.Next(seeds.Length)]);
            for (int n = random.Next(1, 8); n > 0; n--)
            {
                int at = random.Next(text.Length);
                switch (random.Next(5))
                {
                    case 0:
                        text.Remove(at, Math.Min(random.Next(1, 40), text.Length - at));
                        break;
                    case 1:
                        text[at] = (char)random.Next(1, 256);
                        break;
                    case 2:
                        // A piece of the file at another place: keys that are there twice, lists in lists.
                        int from = random.Next(text.Length);
                        text.Insert(at, text.ToString(from, Math.Min(random.Next(1, 200), text.Length - from)));
                        break;
                    default:
                        text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                        break;
                }

                if (text.Length == 0)
                {
                    text.Append(' ');
                }
            }

            Check(Encoding.UTF8.GetBytes(text.ToString()));
        }
    }

    [Fact]
    public void Junk_throws_nothing()
    {
        var random = new Random(6);
        for (int i = 0; i < 6000; i++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Check(i % 2 == 0 ? bytes : Encoding.UTF8.GetBytes(string.Concat(bytes.Take(40).Select(b => Pieces[b % Pieces.Length]))));
        }
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("'")]
    [InlineData("&a ")]
    [InlineData("*a ")]
    [InlineData("!")]
    [InlineData("a: ")]
    [InlineData("a,")]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("9")]
    [InlineData("a: b\n")]
    public void A_quarter_of_a_megabyte_of_one_piece_throws_nothing(string piece) =>
        Check(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, PolicyReader.MaxBytes / piece.Length))));
}
