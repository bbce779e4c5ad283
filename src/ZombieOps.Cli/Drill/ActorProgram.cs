using ZombieOps.Cli.Drill.Roles;

namespace ZombieOps.Cli.Drill;

/// <summary>
/// The hidden command <c>drill-actor ROLE [ARGUMENTS]</c>: this program as the parent of a real zombie. It is dispatched before the
/// command line is parsed, and it makes zombies of its own children alone.
/// </summary>
internal static class ActorProgram
{
    /// <summary>Name of the command.</summary>
    public const string Command = "drill-actor";

    private static readonly Dictionary<string, Func<string[], int>> Roles = new(StringComparer.Ordinal)
    {
        [ActorHostRole.Name] = ActorHostRole.Play,
        ["not-waiting"] = NotWaiting.Play,
        ["missed"] = Missed.Play,
        ["ignored-late"] = IgnoredLate.Play,
        ["stopped"] = Stopped.Play,
        ["end-when-stopped"] = Stopped.PlayChild,
        ["traced"] = Traced.Play,
        ["tracer"] = Traced.PlayTracer,
        ["tracee"] = Traced.PlayTracee,
        ["leader-exited"] = LeaderExited.Play,
        ["parent-dead"] = ParentDead.Play,
        ["uninterruptible"] = Uninterruptible.Play,
        ["fifo-guard"] = Uninterruptible.PlayGuard,
        ["init-not-reaping"] = InitNotReaping.Play,
        ["namespace-init"] = InitNotReaping.PlayInit,
        ["end-at-once"] = _ => 0,
    };

    /// <summary>Plays a role until its end.</summary>
    /// <param name="args">The role's name and its arguments.</param>
    public static int Run(string[] args)
    {
        if (!OperatingSystem.IsLinux() || args.Length == 0 || !Roles.TryGetValue(args[0], out Func<string[], int>? play))
        {
            return 2;
        }

        if (args[0] != ActorHostRole.Name)
        {
            Stage.Enter(args[0]);
        }

        return play(args[1..]);
    }
}
