using Xunit;

namespace ZombieOps.Integration.Tests.Cli;

/// <summary>Shell words that put the command line into a mount namespace of its own, or make it an unprivileged user. Skips by name what the machine lacks.</summary>
internal static class Sandbox
{
    /// <summary>Prefix that runs a command as nobody.</summary>
    public const string AsNobody = "setpriv --reuid 65534 --regid 65534 --clear-groups";

    /// <summary>A command in a mount namespace of its own, after a mount that nobody else sees.</summary>
    /// <param name="mount">Arguments of mount(8).</param>
    /// <param name="then">Shell commands; no single quotes.</param>
    public static string Mounted(string mount, string then) => $"unshare -m sh -c 'mount {mount} || exit 99; {then}'";

    /// <summary>Skips unless this user may mount in a namespace of its own.</summary>
    public static void NeedsMounts(ZombieOpsCli cli)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root, to mount in a namespace of its own");
        Assert.SkipUnless(cli.Shell(Mounted($"-t tmpfs none {Path.GetTempPath()}", "true")).Exit == 0, "the right to mount in a namespace of its own (unshare(1))");
    }

    /// <summary>Skips unless a command can be run as nobody, and gives the state directory that is nobody's then.</summary>
    public static string NobodysState(ZombieOpsCli cli)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root, to become another user");
        Assert.SkipUnless(
            cli.Shell($"{AsNobody} $ZOMBIEOPS --version").Exit == 0, "setpriv(1), or a build that others may read");
        string state = cli.File("nobody");
        cli.Shell($"mkdir {state} && chown 65534:65534 {state} && chmod 711 {Path.GetDirectoryName(state)}").Exits(0);
        return state;
    }
}
