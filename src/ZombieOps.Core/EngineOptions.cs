namespace ZombieOps;

/// <summary>
/// Everything that the engine takes from its surroundings: paths, clock, who runs it. Nothing else in Core reads the
/// environment, so a test can run it on a made-up world.
/// </summary>
public sealed record EngineOptions
{
    /// <summary>Root of procfs.</summary>
    public string ProcRoot { get; init; } = "/proc";

    /// <summary>Root of the cgroup file systems.</summary>
    public string CgroupRoot { get; init; } = "/sys/fs/cgroup";

    /// <summary>
    /// Directory of ledger and audit log; null where none can be derived, which is an error only when it is needed
    /// (see <see cref="RequireStateDirectory"/>).
    /// </summary>
    public string? StateDirectory { get; init; }

    /// <summary>Directory of <c>exemptions.json</c> and <c>protected-names</c>. Files that are not there are no error.</summary>
    public string ConfigDirectory { get; init; } = "/etc/zombieops";

    /// <summary>Directory in which Kubernetes mounts the service account of a pod.</summary>
    public string ServiceAccountDirectory { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Socket on which systemd's journal takes entries by its native protocol.</summary>
    public string JournalSocket { get; init; } = "/run/systemd/journal/socket";

    /// <summary>Socket of the host's syslog daemon.</summary>
    public string SyslogSocket { get; init; } = "/dev/log";

    /// <summary>Whether the user named <see cref="ConfigDirectory"/>: then it has to be there.</summary>
    public bool ConfigDirectoryNamed { get; init; }

    /// <summary>Exemption file named by the user; it has to exist. Null for the one in <see cref="ConfigDirectory"/>, if any.</summary>
    public string? ExemptionsFile { get; init; }

    /// <summary>Exemptions that hold besides those of the file: a policy's own.</summary>
    public IReadOnlyList<Exemptions.Exemption> Exemptions { get; init; } = [];

    /// <summary>Told of each exemption in force that speaks of a finding of a scan. By default nobody is.</summary>
    public Action<Exemptions.Exemption> ExemptionMatched { get; init; } = static _ => { };

    /// <summary>A stop file that holds besides <see cref="StopFilePath"/>: a policy's own. Null for none.</summary>
    public string? SecondStopFile { get; init; }

    /// <summary>While this file exists nothing is cleared. Null for <c>stop</c> in <see cref="ConfigDirectory"/>.</summary>
    public string? StopFile { get; init; }

    /// <summary>Name of this host.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>User that runs the tool, by name.</summary>
    public string User { get; init; } = "unknown";

    /// <summary>User behind <c>sudo</c> (<c>SUDO_USER</c>); null where there is none.</summary>
    public string? SudoUser { get; init; }

    /// <summary>User that logged in (<c>/proc/self/loginuid</c>, proc(5)), which <c>su</c> and <c>sudo</c> do not change; null where nobody did.</summary>
    public string? LoginUser { get; init; }

    /// <summary>
    /// Below this age no parent is made to reap (remedy <c>Reap</c>), whatever the minimum age of the run: one minute, as Solaris'
    /// <c>preap(1)</c> has it. Only <c>drill</c> and tests lower it, on processes of their own.
    /// </summary>
    public TimeSpan ReapMinimumAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>At most so many bytes are in one segment of the audit log; a test lowers it.</summary>
    internal long AuditSegmentBytes { get; init; } = new Audit.AuditLogOptions().MaxSegmentBytes;

    /// <summary>
    /// Looks an environment variable up, for options that name one (a password's). By default there is none. Who embeds the engine may answer a
    /// name of its own here, so that a secret is handed over in memory and stands in no option.
    /// </summary>
    public Func<string, string?> Variable { get; init; } = static _ => null;

    /// <summary>How the shell that embeds the engine writes an option of a source, for evidence that says how to give what is missing. The command line's way by default.</summary>
    public Func<string, string> OptionName { get; init; } = static name => "--" + name;

    /// <summary>Clock, both wall and monotonic.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Options as a real run has them.</summary>
    /// <param name="environment">Looks an environment variable up; null for the process's own environment.</param>
    /// <remarks>
    /// <c>ZOMBIEOPS_STATE</c> and <c>ZOMBIEOPS_CONFIG</c> name the directories. Without them root uses <c>/var/lib/zombieops</c>, others
    /// <c>$XDG_STATE_HOME/zombieops</c> or <c>~/.local/state/zombieops</c> (XDG Base Directory Specification 0.8).
    /// </remarks>
    public static EngineOptions FromEnvironment(Func<string, string?>? environment = null)
    {
        Func<string, string?> read = environment ?? System.Environment.GetEnvironmentVariable;
        string? Variable(string name) => read(name) is { Length: > 0 } value ? value : null;

        string? state = Variable("ZOMBIEOPS_STATE");
        if (state is null && System.Environment.IsPrivilegedProcess)
        {
            state = "/var/lib/zombieops";
        }

        if (state is null && Variable("XDG_STATE_HOME") is { } xdg && Path.IsPathRooted(xdg))
        {
            state = Path.Combine(xdg, "zombieops");
        }

        if (state is null && Variable("HOME") is { } home && Path.IsPathRooted(home))
        {
            state = Path.Combine(home, ".local/state/zombieops");
        }

        return new EngineOptions
        {
            StateDirectory = state,
            ConfigDirectory = Variable("ZOMBIEOPS_CONFIG") ?? "/etc/zombieops",
            ConfigDirectoryNamed = Variable("ZOMBIEOPS_CONFIG") is not null,
            Host = System.Environment.MachineName,
            User = System.Environment.UserName is { Length: > 0 } user ? user : "unknown",
            SudoUser = Variable("SUDO_USER"),
            LoginUser = Audit.HostUsers.Login("/proc"),
            Variable = Variable,
        };
    }

    /// <summary>The state directory.</summary>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.NoStateDirectory"/>: none was given and none can be derived.</exception>
    public string RequireStateDirectory() => StateDirectory ?? throw new ZombieOpsException(
        ErrorIds.NoStateDirectory,
        ExitCode.NotPermitted,
        "there is no directory for the ledger and the audit log: HOME is not set and this is not root",
        "set ZOMBIEOPS_STATE or give --state DIR");

    /// <summary>Path of the stop file.</summary>
    public string StopFilePath => StopFile ?? Path.Combine(ConfigDirectory, "stop");
}
