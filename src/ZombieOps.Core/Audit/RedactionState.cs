using System.Text;

namespace ZombieOps.Audit;

/// <summary>Goes over the words of one command line and remembers what the word before asks for.</summary>
internal sealed class RedactionState(int depth = 0)
{
    private const int MaxDepth = 4;

    private enum Next
    {
        Anything,
        Secret,
        UserAndSecret,
        Authorization,
        Quoted,
        SecretsUntilOption,
    }

    private Next next;
    private string program = "";
    private bool login;
    private bool identified;

    /// <summary>The word as it may be shown.</summary>
    public string Word(string word)
    {
        Next wanted = next;
        next = Next.Anything;
        bool isOption = word.StartsWith("--", StringComparison.Ordinal);
        switch (wanted)
        {
            // A long option cannot be the value of the one before; a short one might be a password that begins with a dash.
            case Next.Secret when !isOption:
                Option(word, out _);
                return Redactor.Mask;
            case Next.UserAndSecret when !isOption:
                return MaskAfter(word, word.IndexOfAny([':', '%']));
            case Next.Authorization:
                if (IsScheme(word))
                {
                    next = Named(word, "bearer") || Named(word, "basic") ? Next.Secret : Next.SecretsUntilOption;
                    return word;
                }

                return Redactor.Mask;
            case Next.Quoted when word.Length > 0 && word[0] is '"' or '\'':
                return Redactor.Mask;
            case Next.SecretsUntilOption when !word.StartsWith('-'):
                next = Next.SecretsUntilOption;
                return Redactor.Mask;
        }

        NoteProgram(word);
        if (Option(word, out string? shown))
        {
            return shown ?? word;
        }

        return HasBlank(word) ? Sentence(word) : Plain(word);
    }

    /// <summary>A word that holds blanks: a header, a connection string or a command line of its own.</summary>
    private string Sentence(string text)
    {
        if (depth >= MaxDepth)
        {
            return Inside(text, quotes: false);
        }

        bool quoted = text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0];
        string inner = quoted ? text[1..^1] : text;
        // Quotes that never close, or that begin inside a word, would give the same text again.
        bool grouped = CommandWords.Split(inner, quotes: true).First().Word.Length < inner.Length;
        string shown = Inside(RedactionPairs.MaskFields(inner), grouped);
        return quoted ? $"{text[0]}{shown}{text[0]}" : shown;
    }

    private string Inside(string text, bool quotes)
    {
        var state = new RedactionState(depth + 1);
        var result = new StringBuilder(text.Length);
        foreach ((string gap, string word) in CommandWords.Split(text, quotes))
        {
            result.Append(gap).Append(state.Word(word));
        }

        return result.ToString();
    }

    private string Plain(string word)
    {
        if (Named(word, "bearer"))
        {
            next = Next.Secret;
            return word;
        }

        // SQL: PASSWORD 'x', IDENTIFIED BY 'x'.
        if (Named(word, "password") || (identified && Named(word, "by")))
        {
            next = Next.Quoted;
        }

        identified = Named(word, "identified");
        if (word.EndsWith(':') && Header(word.AsSpan(0, word.Length - 1)) is { } wanted)
        {
            next = wanted;
            return word;
        }

        int colon = word.IndexOf(':');
        if (colon > 0 && colon < word.Length - 1 && word[colon + 1] != '/')
        {
            ReadOnlySpan<char> name = word.AsSpan(0, colon);
            if (name is "pass" || (!name.ContainsAny('{', '"', '[') && Header(name) is not null))
            {
                return MaskAfter(word, colon);
            }
        }

        return RedactionBlocks.MaskTokens(RedactionPairs.MaskFields(RedactionPairs.MaskUrls(word)));
    }

    /// <summary>Whether the word is an option or an assignment that hands a secret over; then how it is shown.</summary>
    private bool Option(string word, out string? shown)
    {
        shown = null;
        int equals = word.IndexOf('=');
        ReadOnlySpan<char> name = equals < 0 ? word : word.AsSpan(0, equals);
        // What stands before "=" in a URL or a sentence is no name.
        if (name.IsEmpty || name.ContainsAny(' ', '/', '?') || name.ContainsAny('{', ';', '&'))
        {
            return false;
        }

        if (equals > 0)
        {
            if (SecretNames.IsSecret(name, hasValue: true) && !IsBoolean(word.AsSpan(equals + 1)))
            {
                shown = MaskAfter(word, equals);
                return true;
            }

            if (name is "--user" or "--proxy-user" && program == "curl")
            {
                shown = MaskAfter(word, word.IndexOf(':', equals));
                return true;
            }

            return false;
        }

        if (!name.StartsWith("-"))
        {
            return false;
        }

        if (name.Length > 3 && !name.Contains(':') && SecretNames.IsSecret(name, hasValue: false))
        {
            next = Next.Secret;
            return true;
        }

        return Short(word, out shown);
    }

    /// <summary>Options that hand a secret over in one program and mean something else in others.</summary>
    private bool Short(string word, out string? shown)
    {
        shown = null;
        switch (program)
        {
            case "mysql" when word.StartsWith("-p", StringComparison.Ordinal) && word.Length > 2:
            case "7z" when word.StartsWith("-p", StringComparison.Ordinal) && word.Length > 2:
                shown = "-p" + Redactor.Mask;
                return true;
            case "sshpass" when word.StartsWith("-p", StringComparison.Ordinal):
                program = ""; // a "-p" further on belongs to ssh, and is a port
                return Joined(word, "-p", Next.Secret, out shown);
            case "mongo" when word.StartsWith("-p", StringComparison.Ordinal):
            case "docker" when login && word.StartsWith("-p", StringComparison.Ordinal):
                return Joined(word, "-p", Next.Secret, out shown);
            case "redis-cli" when word is "-a":
            case "ldap" when word is "-w":
            case "zip" when word is "-P":
                next = Next.Secret;
                return true;
            case "curl" when word.StartsWith("-u", StringComparison.Ordinal) || word.StartsWith("-U", StringComparison.Ordinal):
                return Joined(word, word[..2], Next.UserAndSecret, out shown);
            case "curl" when word is "--user" or "--proxy-user":
                next = Next.UserAndSecret;
                return true;
            case "smbclient" when word.StartsWith("-U", StringComparison.Ordinal):
                return Joined(word, "-U", Next.UserAndSecret, out shown);
            default:
                return false;
        }
    }

    private bool Joined(string word, string option, Next wanted, out string? shown)
    {
        shown = null;
        if (word.Length == option.Length)
        {
            next = wanted;
        }
        else
        {
            shown = wanted == Next.Secret ? option + Redactor.Mask : MaskAfter(word, word.IndexOfAny([':', '%']));
        }

        return true;
    }

    private void NoteProgram(string word)
    {
        if (word.Length == 0 || word[0] == '-' || word.Contains('='))
        {
            return;
        }

        ReadOnlySpan<char> name = word.AsSpan(word.LastIndexOf('/') + 1).TrimEnd("\"'").TrimStart("\"'");
        string known = name switch
        {
            _ when name.StartsWith("mysql") || name.StartsWith("mariadb") => "mysql",
            _ when name.StartsWith("mongo") => "mongo",
            _ when name.StartsWith("ldap") => "ldap",
            "sshpass" or "curl" or "redis-cli" or "smbclient" => name.ToString(),
            "docker" or "podman" or "nerdctl" or "helm" or "oras" or "skopeo" or "buildah" or "az" or "oc" => "docker",
            "zip" or "unzip" => "zip",
            "7z" or "7za" or "7zr" or "7zz" => "7z",
            _ => "",
        };
        program = known.Length > 0 ? known : program;
        login |= name is "login";
    }

    private static Next? Header(ReadOnlySpan<char> name)
    {
        name = name.Trim("\"'");
        return name.Equals("authorization", StringComparison.OrdinalIgnoreCase) || name.Equals("proxy-authorization", StringComparison.OrdinalIgnoreCase)
            ? Next.Authorization
            : name.Equals("cookie", StringComparison.OrdinalIgnoreCase) || name.Equals("set-cookie", StringComparison.OrdinalIgnoreCase)
                ? Next.SecretsUntilOption
                : SecretNames.IsSecret(name, hasValue: true) ? Next.Secret : null;
    }

    private static bool IsScheme(string word) => Named(word, "bearer") || Named(word, "basic") || Named(word, "digest") || Named(word, "token")
        || Named(word, "apikey") || Named(word, "negotiate") || word.StartsWith("AWS4-", StringComparison.Ordinal);

    private static bool IsBoolean(ReadOnlySpan<char> value) => value is "true" or "false" or "yes" or "no";

    private static bool Named(string word, string name) => word.AsSpan().Trim("\"'").Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool HasBlank(string word) => word.AsSpan().ContainsAny(' ', '\t', '\n');

    private static string MaskAfter(string word, int at)
    {
        if (at < 0 || at == word.Length - 1)
        {
            return word;
        }

        // A quote that was opened before the value is closed after it.
        char close = word[0] is '"' or '\'' && word[^1] == word[0] ? word[0] : '\0';
        return close == '\0' ? string.Concat(word.AsSpan(0, at + 1), Redactor.Mask) : string.Concat(word.AsSpan(0, at + 1), Redactor.Mask, [close]);
    }
}
