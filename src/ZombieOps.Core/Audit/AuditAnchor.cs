using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ZombieOps.Audit;

/// <summary>
/// One record's number and hash, to be kept where who can write the log cannot: it proves later that this record, and so every one
/// before it, is still what it was.
/// </summary>
/// <param name="Sequence">Number of the record.</param>
/// <param name="Hash">Its hash, 64 lower-case hex digits.</param>
public sealed record AuditAnchor(long Sequence, string Hash)
{
    /// <summary>Reads <c>SEQUENCE:HASH</c>.</summary>
    /// <param name="text">The text, as <see cref="ToString"/> writes it.</param>
    /// <param name="anchor">The anchor.</param>
    /// <returns>False where it is no anchor.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out AuditAnchor? anchor)
    {
        anchor = null;
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        int colon = trimmed.IndexOf(':');
        if (colon < 0
            || !long.TryParse(trimmed[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            || sequence < 1)
        {
            return false;
        }

        ReadOnlySpan<char> hash = trimmed[(colon + 1)..];
        if (hash.Length != AuditLine.NoHash.Length)
        {
            return false;
        }

        foreach (char c in hash)
        {
            if (!char.IsAsciiHexDigit(c))
            {
                return false;
            }
        }

        anchor = new AuditAnchor(sequence, hash.ToString().ToLowerInvariant());
        return true;
    }

    /// <summary>Reads <c>SEQUENCE:HASH</c>.</summary>
    /// <param name="text">The text, as <see cref="ToString"/> writes it.</param>
    /// <exception cref="ZombieOpsException"><see cref="ErrorIds.BadArgument"/>.</exception>
    public static AuditAnchor Parse(string? text) => TryParse(text, out AuditAnchor? anchor) ? anchor : throw new ZombieOpsException(
        ErrorIds.BadArgument,
        ExitCode.BadUsage,
        $"'{text}' is no anchor",
        "give it as 'zombieops audit anchor' prints it: a record number, a colon and 64 hex digits");

    /// <summary><c>SEQUENCE:HASH</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence}:{Hash}");
}
