using System.Runtime.InteropServices;
using Xunit;
using ZombieOps.Integration.Tests.Cli;

namespace ZombieOps.Integration.Tests.Packaging;

/// <summary>
/// Runs shell words in a root of their own: a view of this machine's file system in which whatever is written, installed or removed is gone at the end
/// (overlayfs over a tmpfs, in a mount namespace). Skips by name where that cannot be had.
/// </summary>
internal static class ThrowAwayRoot
{
    /// <summary>Runs a script as root in it; a directory is there under its own path.</summary>
    /// <param name="packed">Gives a place for files.</param>
    /// <param name="script">Shell words.</param>
    /// <param name="visible">Directories that are to be seen, wherever they are mounted.</param>
    public static CliResult Run(PackedProgram packed, string script, params string[] visible)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root, to install into a root of its own");
        // Directory.GetParent, three times: shared/Microsoft.NETCore.App/VERSION.
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        string name = Guid.NewGuid().ToString("N");
        string setup = packed.File(name + ".sh"), inner = packed.File(name + "-inner.sh");
        string binds = string.Concat(visible.Append(dotnet).Append(Path.GetDirectoryName(setup)!).Select(path => $"mkdir -p \"$m/root{path}\"; mount --bind {path} \"$m/root{path}\" || exit 98\n"));
        File.WriteAllText(inner, script + "\n");
        File.WriteAllText(setup, $"""
            m=$(mktemp -d)
            mount -t tmpfs none "$m" && mkdir "$m/upper" "$m/work" "$m/root" || exit 98
            mount -t overlay overlay -o lowerdir=/,upperdir="$m/upper",workdir="$m/work" "$m/root" || exit 98
            mount -t proc proc "$m/root/proc" && mount --rbind /dev "$m/root/dev" || exit 98
            {binds}
            chroot "$m/root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive DOTNET_ROOT={dotnet} DOTNET_EnableDiagnostics=0 sh {inner}
            """);
        CliResult result = packed.Shell($"unshare --mount --propagation private sh {setup}");
        Assert.SkipWhen(result.Exit == 98 || result.Err.StartsWith("unshare:", StringComparison.Ordinal), "a root of its own (overlayfs in a mount namespace)");
        return result;
    }
}
