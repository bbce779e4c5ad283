namespace ZombieOps.CrashRunner.Year;

/// <summary>What happens when in a made-up year: the same from every process that asks, by the number of the tick alone.</summary>
/// <param name="Ticks">Ticks of the whole year; 52,560 at one every ten minutes. A shorter one is the beginning of it, with its events moved closer.</param>
public sealed record FakeYear(int Ticks)
{
    /// <summary>The zone of the policy's windows, which changes to summer time and back within the year.</summary>
    public const string Zone = "Europe/Berlin";

    private static readonly DateTimeOffset Begin = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The policy of the year: three remedies at night and at weekends, and one zombie that is left alone for a part of it.</summary>
    public string Policy => $$"""
        schema: zombieops-policy/1
        name: a made-up year
        sources:
          - source: process
            allow: [nudge, continue, reap]
            limits: {min-age: 5m, max-count: 200, max-share: 100%, watch: 0, settle: 0}
        windows:
          - {days: [mon, tue, wed, thu, fri], from: "22:00", to: "05:00", zone: {{Zone}}}
          - {days: [sat, sun], zone: {{Zone}}}
        exemptions:
          - {match: {command: legacy}, owner: team-billing, reason: rewritten soon, expires: '{{At(Ticks / 2):yyyy-MM-ddTHH:mm}}Z'}

        """;

    private TimeSpan Slack => Ticks < 30_000 ? TimeSpan.FromDays(80) : TimeSpan.Zero;

    /// <summary>What the host's clock shows at a tick: for a day it is three hours behind.</summary>
    public DateTimeOffset At(int tick) => Begin + Slack + TimeSpan.FromMinutes(10 * (long)tick) - (tick >= Ticks / 2 && tick < (Ticks / 2) + 144 ? TimeSpan.FromHours(3) : TimeSpan.Zero);

    /// <summary>The clock that only goes on.</summary>
    public static TimeSpan SinceStart(int tick) => TimeSpan.FromMinutes(10 * (long)tick);

    /// <summary>The boot of a tick: the host is started anew eleven times.</summary>
    public int Boot(int tick) => tick / Math.Max(1, Ticks / 12);

    /// <summary>The first tick of a boot.</summary>
    public int FirstOf(int boot) => boot * Math.Max(1, Ticks / 12);

    /// <summary>Pids of the zombies that appear at a tick. Even ones have a parent that is stopped, odd ones one that could handle SIGCHLD.</summary>
    public static IEnumerable<int> Arrivals(int tick)
    {
        uint dice = Dice(tick);
        for (int i = 0; i < (dice % 40 == 0 ? 3 : dice % 12 == 0 ? 1 : 0); i++)
        {
            yield return 1_000_000 + (tick * 4) + i;
        }
    }

    /// <summary>Whether a zombie goes by itself, some ticks after it came.</summary>
    public static bool LeavesByItself(int pid) => Dice(pid) % 7 == 0;

    private static uint Dice(int number)
    {
        // Any fixed mixing of bits will do (MurmurHash3's finaliser, public domain).
        uint mixed = (uint)number * 0x9E3779B1u;
        mixed = (mixed ^ (mixed >> 16)) * 0x85EBCA6Bu;
        mixed = (mixed ^ (mixed >> 13)) * 0xC2B2AE35u;
        return mixed ^ (mixed >> 16);
    }
}
