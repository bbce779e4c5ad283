using System.Text;

namespace ZombieOps.Audit;

/// <summary>Secrets inside one word: user and password in a URL, fields of a query, a connection string or a JSON object.</summary>
internal static class RedactionPairs
{
    // User, password and host of one URL; it bounds the work on a word that is made of "://" alone.
    private const int MaxAuthority = 2048;

    /// <summary>Masks <c>pass</c> in <c>scheme://user:pass@host</c>, and a user that is a token itself.</summary>
    public static string MaskUrls(string word)
    {
        int from = 0;
        StringBuilder? result = null;
        while (true)
        {
            int scheme = word.IndexOf("://", from, StringComparison.Ordinal);
            if (scheme < 0)
            {
                return result is null ? word : result.Append(word, from, word.Length - from).ToString();
            }

            int start = scheme + 3;
            int end = start;
            int limit = Math.Min(word.Length, start + MaxAuthority);
            while (end < limit && !(char.IsWhiteSpace(word[end]) || word[end] is '"' or '\'' or '`' or '<' or '>'))
            {
                end++;
            }

            // A list of URLs in one word is several of them.
            int another = word.IndexOf("://", start, end - start, StringComparison.Ordinal);
            int comma = another < 0 ? -1 : word.LastIndexOf(',', another, another - start);
            end = comma > start ? comma : end;
            (int maskFrom, int maskTo) = Secret(word.AsSpan(start, end - start));
            result ??= new StringBuilder(word.Length);
            result.Append(word, from, start + maskFrom - from);
            if (maskTo > maskFrom)
            {
                result.Append(Redactor.Mask);
            }

            from = start + maskTo;
            if (maskTo == maskFrom)
            {
                from = start + maskFrom;
            }
        }
    }

    /// <summary>Masks the values of secret fields after a separator or in quotes: <c>?token=x</c>, <c>;Password=x;</c>, <c>{"secret":"x"}</c>.</summary>
    public static string MaskFields(string word)
    {
        if (!word.AsSpan().ContainsAny('=', ':'))
        {
            return word;
        }

        var result = new StringBuilder(word.Length);
        int copied = 0;
        int name = 0;
        for (int i = 0; i < word.Length; i++)
        {
            char c = word[i];
            if (c is '?' or '&' or ';' or ',' or '{' or '(' or '|' || char.IsWhiteSpace(c))
            {
                name = i + 1;
            }
            else if (c == '=' || (c == ':' && i > 0 && word[i - 1] is '"' or '\''))
            {
                if (i - name <= 128 && SecretNames.IsSecret(word.AsSpan(name, i - name), hasValue: true))
                {
                    (int from, int to) = Value(word, i + 1);
                    result.Append(word, copied, from - copied).Append(to > from ? Redactor.Mask : "");
                    copied = to;
                    i = to - 1;
                }

                name = i + 1;
            }
        }

        return copied == 0 ? word : result.Append(word, copied, word.Length - copied).ToString();
    }

    /// <summary>Where the secret stands in what follows <c>://</c>; an empty range where there is none.</summary>
    private static (int From, int To) Secret(ReadOnlySpan<char> rest)
    {
        int authority = rest.IndexOfAny('/', '?', '#');
        authority = authority < 0 ? rest.Length : authority;
        int at = rest[..authority].LastIndexOf('@');
        int colon = rest[..(at < 0 ? authority : at)].IndexOf(':');
        if (at < 0 && colon > 0)
        {
            // "user:pa/ss@host" is no valid URL, and still is what people write; "host:5000/image@sha256" is one.
            ReadOnlySpan<char> maybePort = rest[(colon + 1)..authority];
            at = maybePort.ContainsAnyExceptInRange('0', '9') ? rest.LastIndexOf('@') : -1;
        }

        return at < 0 ? (0, 0)
            : colon >= 0 ? (colon + 1, at)
            : at >= 20 || RedactionBlocks.IsIssued(rest[..at]) ? (0, at)
            : (0, 0);
    }

    private static (int From, int To) Value(string word, int from)
    {
        while (from < word.Length && char.IsWhiteSpace(word[from]))
        {
            from++;
        }

        if (from < word.Length && word[from] is '"' or '\'')
        {
            char quote = word[from];
            int close = from + 1;
            while (close < word.Length && word[close] != quote)
            {
                close += word[close] == '\\' ? 2 : 1;
            }

            return (from + 1, Math.Min(close, word.Length));
        }

        int end = from;
        while (end < word.Length && !(word[end] is '&' or ';' or '"' or '\'' or '}' || char.IsWhiteSpace(word[end])))
        {
            end++;
        }

        return (from, end);
    }
}
