using System.Text.RegularExpressions;

namespace ZombieOps.Reports;

/// <summary>
/// Reads the policy out of a run's reason (see <see cref="Policies.Policy.Reason"/>). Whoever clears by hand may write the same words, so it is what the run said, not what
/// the log proves.
/// </summary>
internal static partial class PolicyReason
{
    /// <summary>The policy that a reason names; false where it names none.</summary>
    public static bool TryRead(string? why, out string? name, out string path, out string sha256)
    {
        (name, path, sha256) = (null, "", "");
        if (why is null || !why.StartsWith("policy ", StringComparison.Ordinal) || why.Length > 20_000)
        {
            return false;
        }

        Match match = Form().Match(why);
        if (!match.Success)
        {
            return false;
        }

        name = match.Groups[1].Value is { Length: > 0 } called ? called : null;
        (path, sha256) = (match.Groups[2].Value, match.Groups[3].Value);
        return true;
    }

    // A name may hold brackets; a path begins with a slash.
    [GeneratedRegex(@"^policy (?:([^\r\n]*?) )?\((/[^\r\n]*?), sha256 ([0-9a-f]{64})\)(?::|$)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Form();
}
