using System.Globalization;

namespace ZombieOps.Cli.Drill.Roles;

/// <summary>
/// A parent with children that have ended and that it never waits for: <c>not-waiting [COUNT] [MODE] [ignore-term] [program=PATH]</c>. The mode says what it does meanwhile:
/// <c>read</c> (default) and <c>sleep</c> as an ordinary program, <c>epoll</c>, <c>compute</c>, <c>threads</c> as this one. The last two count in a file while their own memory stays as it should.
/// </summary>
internal static unsafe class NotWaiting
{
    public static int Play(string[] args)
    {
        int count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1;
        string mode = args.Length > 1 ? args[1] : "read";
        if (args.Contains("ignore-term"))
        {
            _ = Libc.signal(Libc.SigTerm, Libc.SigIgn);
        }

        string? program = args.FirstOrDefault(argument => argument.StartsWith("program=", StringComparison.Ordinal))?["program=".Length..];
        var zombies = Enumerable.Range(0, count).Select(_ => Stage.MakeZombie(program)).ToList();
        string counter = Path.Combine(Stage.Directory, $"counter-{Libc.getpid()}");
        switch (mode)
        {
            case "read":
                Stage.ReadyAs("not-waiting", "cat", null, zombies);
                return Stage.UntilTheEnd();
            case "sleep":
                Stage.ReadyAs("not-waiting", "sleep", "86400", zombies);
                return Stage.UntilTheEnd();
        }

        Stage.Ready(zombies, $"counter={counter}");
        switch (mode)
        {
            case "epoll":
                byte* events = stackalloc byte[64];
                _ = Libc.epoll_wait(Libc.epoll_create1(Libc.OCloExec), events, 1, -1);
                break;
            case "threads":
                for (int i = 0; i < 16; i++)
                {
                    new Thread(static () => Compute(null)) { IsBackground = true }.Start();
                }

                Compute(counter);
                break;
            case "compute":
                Compute(counter);
                break;
        }

        // A call that returns was disturbed, and then this process ends.
        return 4;
    }

    /// <summary>A xorshift generator runs twice from the same seed, in integers and through memory; the first difference ends the process.</summary>
    private static void Compute(string? counter)
    {
        int fd = counter is null ? -1 : Libc.open(counter, Libc.OWrOnly | Libc.OCreat | Libc.OTrunc | Libc.OCloExec, 0x180);
        ulong registers = 88172645463325252;
        ulong[] memory = [registers];
        byte* text = stackalloc byte[24];
        for (long round = 1; ; round++)
        {
            for (int i = 0; i < 200_000; i++)
            {
                registers ^= registers << 13;
                registers ^= registers >> 7;
                registers ^= registers << 17;
                ref ulong cell = ref memory[0];
                cell ^= cell << 13;
                cell ^= cell >> 7;
                cell ^= cell << 17;
                if (registers != cell)
                {
                    Libc._exit(4);
                }
            }

            if (fd >= 0)
            {
                _ = round.TryFormat(new Span<byte>(text, 20), out int length, provider: CultureInfo.InvariantCulture);
                text[length] = (byte)'\n';
                _ = Libc.pwrite(fd, text, (nuint)length + 1, 0);
            }
        }
    }
}
