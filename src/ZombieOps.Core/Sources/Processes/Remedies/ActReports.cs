using System.Collections.Immutable;
using System.Globalization;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Reports of the acts, with the reason codes that <see cref="ActReport.Reason"/> documents.</summary>
internal static class ActReports
{
    private static readonly IReadOnlyDictionary<string, string> NoFacts = ImmutableSortedDictionary<string, string>.Empty;

    internal static ActReport Done(string says, IReadOnlyDictionary<string, string>? facts = null) =>
        new() { Done = true, Says = says, Facts = facts ?? NoFacts };

    internal static ActReport Refused(string says, IReadOnlyDictionary<string, string>? facts = null) => Not("Refused", says, facts);

    internal static ActReport Changed(string says, IReadOnlyDictionary<string, string>? facts = null) => Not("IdentityChanged", says, facts);

    internal static ActReport TimedOut(string says, IReadOnlyDictionary<string, string>? facts = null) => Not("TimedOut", says, facts);

    internal static ActReport NotPermitted(string says, IReadOnlyDictionary<string, string>? facts = null) => Not("NotPermitted", says, facts);

    /// <summary>A system call that failed.</summary>
    internal static ActReport Failed(int errno, string what, IReadOnlyDictionary<string, string>? facts = null) => errno switch
    {
        Errno.NotPermitted or Errno.Access => NotPermitted($"{what} is not permitted ({Errno.Name(errno)}): run as the parent's user or as root", facts),
        Errno.NoProcess => Changed($"{what} came too late: the parent has ended", facts),
        Errno.NoSys => Refused($"{what} is not possible: this kernel has no pidfd (Linux 5.3 has); upgrade, or clear it by hand", facts),
        _ => Refused($"{what} failed with {Errno.Name(errno)}", facts),
    };

    internal static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static ActReport Not(string reason, string says, IReadOnlyDictionary<string, string>? facts) =>
        new() { Done = false, Reason = reason, Says = says, Facts = facts ?? NoFacts };
}
