namespace ZombieOps.Audit;

/// <summary>Tells by its name whether an option, variable, field or header holds a secret.</summary>
internal static class SecretNames
{
    // Names are compared in lower case without what separates their words.
    private static readonly string[] Endings =
    [
        "password", "passwd", "passphrase", "passcode", "secret", "token", "apikey", "accesskey", "secretkey", "accountkey",
        "sharedkey", "authkey", "encryptionkey", "signingkey", "masterkey", "masterauth", "secretid", "pass", "jwt", "sessionkey",
    ];

    private static readonly HashSet<string> Words = new(StringComparer.Ordinal) { "password", "passwd", "passphrase", "secret", "token", "apikey" };

    private static readonly HashSet<string> NotSecret = new(StringComparer.Ordinal) { "pwd", "oldpwd", "bypass", "compass" };

    // "--password-file f": the last word says that the value is about the secret and is not the secret.
    private static readonly HashSet<string> About = new(StringComparer.Ordinal)
    {
        "file", "files", "path", "dir", "directory", "filename", "stdin", "fd", "env", "policy", "length", "prompt", "name", "names",
        "ttl", "expiry", "expires", "expiration", "lifetime", "timeout", "url", "uri", "endpoint", "type", "command", "cmd", "count",
        "min", "max", "algorithm", "required", "enabled", "store", "manager", "provider", "ref", "version", "mode", "size", "limit",
        "rotation", "age", "encoding", "format", "helper", "namespace", "class", "location", "program",
    };

    // "--ask-password", "--no-password": a flag without a value.
    private static readonly HashSet<string> Flags = new(StringComparer.Ordinal) { "no", "ask", "prompt", "without", "disable", "enable", "show", "skip", "allow" };

    /// <summary>Whether the value of that name is a secret.</summary>
    /// <param name="name">The name, with or without leading dashes.</param>
    /// <param name="hasValue">Whether a value stands beside it already; otherwise the next word would be taken for it.</param>
    public static bool IsSecret(ReadOnlySpan<char> name, bool hasValue)
    {
        name = name.Trim("-\"'\\{[($ ");
        if (name.Length is < 3 or > 128)
        {
            return false;
        }

        List<string> words = Split(name);
        string flat = string.Concat(words).TrimEnd("0123456789".ToCharArray());
        if (words.Count == 0 || NotSecret.Contains(flat) || flat.EndsWith("askpass", StringComparison.Ordinal) || About.Contains(words[^1]) || (!hasValue && Flags.Contains(words[0])))
        {
            return false;
        }

        foreach (string ending in Endings)
        {
            if (flat.EndsWith(ending, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return words.Exists(Words.Contains) || (words.Count > 1 && words[^1] == "pwd") || flat is "mysqlpwd" or "userpwd" or "dbpwd";
    }

    /// <summary>Words of a name: at what is no letter or digit, and where a capital follows a small letter.</summary>
    private static List<string> Split(ReadOnlySpan<char> name)
    {
        var words = new List<string>();
        int start = 0;
        for (int i = 0; i <= name.Length; i++)
        {
            bool separator = i == name.Length || !char.IsAsciiLetterOrDigit(name[i]);
            bool capital = !separator && i > start && char.IsAsciiLetterUpper(name[i]) && char.IsAsciiLetterLower(name[i - 1]);
            if (separator || capital)
            {
                if (i > start)
                {
                    words.Add(name[start..i].ToString().ToLowerInvariant());
                }

                start = capital ? i : i + 1;
            }
        }

        return words;
    }
}
